// npm run size: what a page pays. Bundles the core entry with its dependencies and holds it, and the WASM, to a limit.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { setup } from './setup.mjs'
import { root, tool } from './shell.mjs'

setup('package')
mkdirSync(join(root, 'build/size'), { recursive: true })
await build({
  absWorkingDir: root,
  entryPoints: ['dist/index.js', 'dist/numeric.js'],
  outdir: 'build/size',
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  legalComments: 'none',
})
process.exit(tool('size-limit/bin.js'))
