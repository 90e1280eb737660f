import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
process.chdir(root)

/** assembly/ → build/release.wasm → src/wasm/binary.ts */
const buildCore = async () => {
  mkdirSync('build', { recursive: true })
  const { error, stderr } = await asc.main(['--config', 'asconfig.json', '--target', 'release'])
  if (error) throw new Error(`assembly/ does not compile: ${error.message}\n${stderr.toString()}`)
  const bytes = readFileSync('build/release.wasm')
  const text = `/** The numeric core, generated from assembly/ by \`npm run build\`. */\nexport const binary: string = '${bytes.toString('base64')}'\n`
  writeFileSync('src/wasm/binary.ts', text)
  return bytes.length
}

const size = await buildCore()
console.log(`build/release.wasm ${size} bytes`)
