// Computes the golden digests in this Node. With --write they become golden.json: do that only where bytes change on
// purpose. Without it, those that differ are printed.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const file = fileURLToPath(new URL('golden.json', import.meta.url))
const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL('cases.ts', import.meta.url))],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'neutral',
  mainFields: ['module', 'main'],
})
const { goldenCases } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`)

const digests = {}
for (const { name, digest } of goldenCases()) {
  const start = performance.now()
  digests[name] = await digest()
  const elapsed = performance.now() - start
  if (process.argv.includes('--times')) console.log(`${elapsed.toFixed(0).padStart(6)} ms  ${name}`)
}

if (process.argv.includes('--write')) writeFileSync(file, `${JSON.stringify(digests, null, 2)}\n`)
else {
  const known = JSON.parse(readFileSync(file, 'utf8'))
  const differing = Object.keys(digests).filter((name) => digests[name] !== known[name])
  console.log(differing.length === 0 ? 'all digests agree' : `differing: ${differing.join(', ')}`)
  process.exit(differing.length === 0 ? 0 : 1)
}
