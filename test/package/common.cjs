const learnware = require('learnware')
const numeric = require('learnware/numeric')
const worker = require('learnware/worker')
const { fileStore } = require('learnware/store/file')

const run = async () => {
  if (typeof fileStore !== 'function') throw new Error('learnware/store/file has no fileStore')
  const { main } = await import('./market.js')
  console.log(JSON.stringify(await main(learnware, worker, numeric)))
}

run()
