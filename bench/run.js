// npm run bench [name …]: bundles bench/<name>.ts and runs it; without a name, all of them.
import { readdirSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const here = fileURLToPath(new URL('.', import.meta.url))
const all = readdirSync(here)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.slice(0, -'.bench.ts'.length))
const names = process.argv.length > 2 ? process.argv.slice(2) : all
const unknown = names.filter((name) => !all.includes(name))
if (unknown.length > 0) {
  console.error(`there is no bench "${unknown[0]}"; there are ${all.join(', ')}`)
  process.exit(1)
}

console.log(`${cpus()[0]?.model.trim()} × ${cpus().length}, Node ${process.versions.node}, ${new Date().toISOString()}`)
for (const name of names) {
  const outfile = fileURLToPath(new URL(`../build/bench/${name}.mjs`, import.meta.url))
  await build({
    entryPoints: [`${here}${name}.bench.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  })
  console.log(`\n${name}`)
  const { run } = await import(pathToFileURL(outfile).href)
  await run()
}
