// npm run bench [name …]: bundles the question <name>.bench.ts and runs it in a process of its own; without a name, all of them.
// `smoke` is the guard of continuous integration: it is not part of the report, and its exit code tells of a breach.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bundle } from './bundle.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const guard = 'smoke'
// The folders of questions, and the order of the report.
const questions = {
  core: [
    'convergence',
    'finite-dimension',
    'supremum',
    'reduce-plane',
    'reduce-speed',
    'peer-reduce',
    'peer-gradient',
    'gram',
    'threads',
    'pool',
    'quadratic',
    'pairs',
    'stream',
  ],
  search: [
    'search',
    'search-sizes',
    'search-exact',
    'search-views',
    'search-million',
    'search-mixture',
    'search-churn',
    'search-peers',
    'unseen',
    'anchors',
    'anchors-shops',
  ],
  reuse: ['adapt', 'objectives', 'fine-tune'],
}
const order = Object.values(questions).flat()
const folders = new Map(
  ['.', ...Object.keys(questions)].flatMap((folder) =>
    readdirSync(`${here}/${folder}`)
      .filter((file) => file.endsWith('.bench.ts'))
      .map((file) => [file.slice(0, -'.bench.ts'.length), folder]),
  ),
)
const all = [...folders.keys()]
const unlisted = all.filter((name) => name !== guard && !order.includes(name))
const names = process.argv.length > 2 ? process.argv.slice(2) : [...order, ...unlisted]
const unknown = names.filter((name) => !all.includes(name))
if (unknown.length > 0) {
  console.error(`there is no bench "${unknown[0]}"; there are ${all.join(', ')}`)
  process.exit(1)
}

const failed = []
for (const name of names) {
  const outfile = fileURLToPath(new URL(`../build/bench/${name}.mjs`, import.meta.url))
  const settings = { folder: here, order: [...order, ...unlisted], kept: name !== guard }
  await bundle(
    `import { run } from './${folders.get(name)}/${name}.bench.ts'
import { conclude } from './report/conclude.ts'
const held = await conclude('${name}', run, ${JSON.stringify(settings)})
process.exit(held || ${name !== guard} ? 0 : 1)`,
    here,
    outfile,
  )
  const { status } = spawnSync(process.execPath, ['--expose-gc', outfile], { stdio: 'inherit' })
  if (status !== 0) failed.push(name)
}
if (failed.length > 0) {
  console.error(`\nfailed: ${failed.join(', ')}`)
  process.exit(1)
}
