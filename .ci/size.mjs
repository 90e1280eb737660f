// npm run size: what a page pays. Bundles entries with their dependencies and holds them, and the WASM, to limits.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { setup } from './setup.mjs'
import { root, tool } from './shell.mjs'

setup('package')
mkdirSync(join(root, 'build/size'), { recursive: true })
writeFileSync(
  join(root, 'build/size/core.entry.js'),
  "export { decode, encode, gaussian, gram, inner, mixture, mmd, reduce } from '../../dist/numeric.js'\n",
)
await build({
  absWorkingDir: root,
  entryPoints: { index: 'dist/index.js', numeric: 'dist/numeric.js', core: 'build/size/core.entry.js' },
  outdir: 'build/size',
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  legalComments: 'none',
})
process.exit(tool('size-limit/bin.js'))
