// node test/store/kill.js 200: kills a submitting process that often with signal 9, opens its market after each kill,
// and prints what was lost.
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const outDir = here('../../build/kill')
mkdirSync(outDir, { recursive: true })
await build({
  entry: [here('kill-and-reopen.ts'), here('kill-child.ts')],
  outDir,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  noExternal: [/.*/],
  splitting: false,
  config: false,
  silent: true,
})
const { killAndReopen } = await import('../../build/kill/kill-and-reopen.js')
const kills = Number(process.argv[2] ?? 200)
const begin = Date.now()
const figures = await killAndReopen(kills, `${outDir}/kill-child.js`, { seed: Number(process.argv[3] ?? 1) })
console.log(
  `${figures.kills} kills, ${figures.insideWrite} inside a write, ${figures.receipted} receipts given, ` +
    `${figures.lost} lost (${((Date.now() - begin) / 1000).toFixed(0)} s)`,
)
process.exitCode = figures.lost > 0 ? 1 : 0
