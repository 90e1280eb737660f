import * as learnware from 'learnware'
import * as numeric from 'learnware/numeric'
import * as worker from 'learnware/worker'
import { main } from './market.js'

main(learnware, worker, numeric).then(
  (result) => {
    document.title = 'done'
    globalThis.result = JSON.stringify(result)
  },
  (error) => {
    document.title = 'failed'
    globalThis.result = String(error.stack)
  },
)
