// npm run consumers: packs the library, has publint and attw judge it, installs the tarball in a scratch folder and
// runs the same small market there in Node (ESM and CJS), from bundles (Vite, esbuild) and from a plain module page.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as esbuild from 'esbuild'
import { chromium } from 'playwright'
import { build as viteBuild } from 'vite'
import { chromiumArguments, findChromium } from './chromium.mjs'
import { serve } from './serve.mjs'
import { setup } from './setup.mjs'
import { must, root } from './shell.mjs'

const results = new Map()
const failures = []

/** Runs one consumer; a failure is kept and the others still run. */
const consumer = async (name, use) => {
  const start = performance.now()
  try {
    const result = await use()
    if (result !== undefined) results.set(name, result)
    console.log(`ok    ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`)
  } catch (error) {
    failures.push(name)
    console.log(`FAIL  ${name}: ${error.message}`)
  }
}

/** Runs a program of node_modules; what it says counts only where it fails. */
const judged = (file, args, options = {}) => {
  const path = join(root, 'node_modules', file)
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], {
    cwd: root,
    encoding: 'utf8',
    ...options,
  })
  if (status !== 0) throw new Error(`${stdout}${stderr}` || `ended with code ${status}`)
}

const packed = () => {
  const folder = join(root, 'build/package')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  must('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder])
  return join(folder, readdirSync(folder)[0])
}

setup('package')
const tarball = packed()
const scratch = mkdtempSync(join(tmpdir(), 'learnware-consumers-'))
const inScratch = { cwd: scratch }

await consumer('publint', () => judged('publint/src/cli.js', ['run', tarball, '--strict']))
await consumer('attw', () => {
  const rest = ['--profile', 'node16', '--exclude-entrypoints', './core.wasm', './worker-entry.js', '--format', 'ascii']
  judged('@arethetypeswrong/cli/dist/index.js', [tarball, ...rest, '--no-emoji', '--no-color'])
})

writeFileSync(join(scratch, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }\n')
must('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--silent', '--omit=peer', tarball], inScratch)
for (const file of readdirSync(join(root, 'test/package')))
  cpSync(join(root, 'test/package', file), join(scratch, file))

const inNode = (file) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [file], {
    ...inScratch,
    encoding: 'utf8',
    timeout: 120_000,
  })
  if (status !== 0) throw new Error(stderr.slice(-600) || `ended with code ${status}`)
  return JSON.parse(stdout.trim().split('\n').at(-1))
}

await consumer('types', () => judged('typescript/bin/tsc', ['-p', 'tsconfig.json'], inScratch))
await consumer('Node, ESM', () => inNode('module.mjs'))
await consumer('Node, CommonJS', () => inNode('common.cjs'))

const page = (script, importMap = '') =>
  `<!doctype html><meta charset="utf-8"><title>…</title>${importMap}<script type="module" src="${script}"></script>\n`

const modules = {
  learnware: '/node_modules/learnware/dist/index.js',
  'learnware/': '/node_modules/learnware/dist/',
  'learnware/numeric': '/node_modules/learnware/dist/numeric.js',
  'learnware/worker': '/node_modules/learnware/dist/worker.js',
  '@noble/hashes/': '/node_modules/@noble/hashes/',
  valibot: '/node_modules/valibot/dist/index.mjs',
}

writeFileSync(
  join(scratch, 'plain.html'),
  page('/page.js', `<script type="importmap">${JSON.stringify({ imports: modules })}</script>`),
)
writeFileSync(join(scratch, 'index.html'), page('/page.js'))
mkdirSync(join(scratch, 'esbuild'))
writeFileSync(join(scratch, 'esbuild/index.html'), page('/esbuild/page.js'))

await consumer('esbuild bundle in Node', async () => {
  const common = { absWorkingDir: scratch, bundle: true, format: 'esm', logLevel: 'error', minify: true }
  await esbuild.build({ ...common, entryPoints: ['module.mjs'], outfile: 'esbuild/module.mjs', platform: 'node' })
  await esbuild.build({ ...common, entryPoints: ['page.js'], outfile: 'esbuild/page.js' })
  return inNode('esbuild/module.mjs')
})
await consumer('Vite build', () =>
  viteBuild({
    root: scratch,
    base: './',
    logLevel: 'error',
    build: { outDir: 'vite', target: 'es2022' },
    configFile: false,
  }).then(() => {}),
)

const executablePath = findChromium()
if (!executablePath) {
  console.log('No Chromium found: the pages are not tried')
  if (process.env.CI) failures.push('Chromium')
} else {
  const server = await serve(scratch)
  const browser = await chromium.launch({ executablePath, args: chromiumArguments })
  const open = async (address, policy) => {
    server.policy = policy
    const tab = await browser.newPage()
    const complaints = []
    tab.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    tab.on('pageerror', (error) => complaints.push(error.message))
    await tab.goto(server.address + address)
    await tab.waitForFunction(() => document.title !== '…', undefined, { timeout: 60_000 }).catch(() => {})
    const [title, result] = await tab.evaluate(() => [document.title, globalThis.result])
    await tab.close()
    if (title !== 'done') throw new Error([result, ...complaints].join('\n').slice(0, 600) || 'the page did not finish')
    return JSON.parse(result)
  }
  await consumer('plain module page', () => open('/plain.html'))
  await consumer('esbuild bundle in Chromium', () => open('/esbuild/index.html'))
  await consumer('Vite build in Chromium', () => open('/vite/index.html'))
  const strict = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:"
  await consumer('strict content security policy', () => open('/esbuild/index.html', strict))
  await browser.close()
  await server.close()
}

const [first] = results.values()
for (const [name, result] of results) {
  if (JSON.stringify(result) === JSON.stringify(first)) continue
  failures.push(name)
  console.log(`FAIL  ${name} answers ${JSON.stringify(result)}`)
}
console.log(`every consumer should answer ${JSON.stringify(first)}`)
if (!first?.workerAgrees || !first.helpful || first.statuses.some((status) => status !== 'accepted')) {
  failures.push('market')
  console.log('FAIL  the small market did not go as it should')
}
rmSync(scratch, { recursive: true, force: true })
if (failures.length > 0) {
  console.log(`failed: ${failures.join(', ')}`)
  process.exit(1)
}
