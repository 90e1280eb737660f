// node .ci/build.mjs [wasm | sources | package]; each stage includes those before it and is skipped where nothing changed.
//   wasm     assembly → build/release.wasm → src/wasm/binary.ts
//   sources  src/worker/serve/entry.ts → src/worker/source.ts, the whole worker as one string
//   package  src → dist: ESM, CJS and types for every subpath, core.wasm, worker-entry.js
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { contentHash, filesUnder, root, tool } from './shell.mjs'

const at = (path) => join(root, path)
const generated = ['src/wasm/binary.ts', 'src/worker/source.ts']
const stampFile = at('build/stamps.json')
const stamps = existsSync(stampFile) ? JSON.parse(readFileSync(stampFile, 'utf8')) : {}

const stage = async (name, inputs, outputs, make) => {
  const hash = contentHash(filesUnder(...inputs, '.ci/build.mjs', 'package.json', 'package-lock.json'))
  if (stamps[name] === hash && outputs.every((path) => existsSync(at(path)))) return
  const start = performance.now()
  await make()
  stamps[name] = hash
  mkdirSync(at('build'), { recursive: true })
  writeFileSync(stampFile, `${JSON.stringify(stamps, null, 2)}\n`)
  console.log(`${name} built in ${((performance.now() - start) / 1000).toFixed(1)} s`)
}

const must = (file, args) => {
  const code = tool(file, args)
  if (code !== 0) process.exit(code)
}

// See `fromText` in src/wasm/instance.ts.
const textOf = (bytes) => {
  const characters = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).filter(
    (one) => !"'\\".includes(one),
  )
  const single = 91
  let text = ''
  for (const given of bytes) {
    const byte = given === 90 ? 253 : given === 253 ? 90 : given
    if (byte >= single) text += characters[Math.floor(byte / single) - 1]
    text += characters[2 + (byte % single)]
  }
  return text
}

const wasm = () =>
  stage('wasm', ['assembly', 'asconfig.json'], ['build/release.wasm', 'src/wasm/binary.ts'], () => {
    mkdirSync(at('build'), { recursive: true })
    must('assemblyscript/bin/asc.js', ['--config', 'asconfig.json', '--target', 'release'])
    const bytes = readFileSync(at('build/release.wasm'))
    // By its first y the core finds the flags of the memory that it imports: see src/wasm/instance.ts.
    const name = bytes.indexOf(0x79)
    if (bytes.toString('latin1', name - 5, name + 3) !== 'memory\x02\x01') throw new Error('the core imports no memory')
    mkdirSync(at('src/wasm'), { recursive: true })
    writeFileSync(
      at('src/wasm/binary.ts'),
      `/** The compiled core, generated from assembly/ by \`npm run build\`. */\nexport const binary: string =\n  '${textOf(bytes)}'\n`,
    )
    console.log(`build/release.wasm has ${bytes.length} bytes`)
  })

const sources = async () => {
  await wasm()
  if (!existsSync(at('src/worker/serve/entry.ts'))) return
  const inputs = filesUnder('src').filter((file) => file !== 'src/worker/source.ts')
  await stage('worker', inputs, ['build/worker-entry.js', 'src/worker/source.ts'], async () => {
    const { build } = await import('esbuild')
    await build({
      absWorkingDir: root,
      entryPoints: ['src/worker/serve/entry.ts'],
      outfile: 'build/worker-entry.js',
      bundle: true,
      minify: true,
      format: 'iife',
      platform: 'neutral',
      mainFields: ['module', 'main'],
      target: 'es2022',
      logLevel: 'warning',
    })
    const text = readFileSync(at('build/worker-entry.js'), 'utf8').trim()
    writeFileSync(
      at('src/worker/source.ts'),
      `/** The worker as one script, generated from entry.ts by \`npm run build\`. */\nexport const source: string =\n  ${JSON.stringify(text)}\n`,
    )
  })
}

const bundle = async () => {
  await sources()
  const inputs = [
    ...filesUnder('src').filter((file) => !generated.includes(file)),
    'assembly',
    '.config/tsup.config.ts',
    'tsconfig.json',
  ]
  await stage('package', inputs, ['dist/index.js', 'dist/index.d.ts', 'dist/core.wasm'], () => {
    // tsup's own `clean` races between its configurations.
    rmSync(at('dist'), { recursive: true, force: true })
    must('tsup/dist/cli-default.js', ['--config', '.config/tsup.config.ts', '--silent'])
    copyFileSync(at('build/release.wasm'), at('dist/core.wasm'))
    copyFileSync(at('build/worker-entry.js'), at('dist/worker-entry.js'))
  })
}

const stages = { wasm, sources, package: bundle }
const wanted = process.argv[2] ?? 'sources'
if (!(wanted in stages)) {
  console.error(`.ci/build.mjs expected one of ${Object.keys(stages).join(', ')}, got ${wanted}`)
  process.exit(1)
}
await stages[wanted]()
