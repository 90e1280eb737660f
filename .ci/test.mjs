// npm test: Node, Chromium, and Chromium in a page that may share memory; further arguments go to vitest. The last line is "N passed, N failed".
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { findChromium } from './chromium.mjs'
import { setup } from './setup.mjs'
import { root, run, tool } from './shell.mjs'

const report = join(root, 'build/tests.json')

const close = (passed, failed) => {
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed > 0 ? 1 : 0)
}

/** A Chromium of this machine, else one that could be installed, else undefined. */
const browser = () => {
  if (findChromium()) return findChromium()
  console.log('No Chromium found; trying to install it')
  if (process.platform === 'linux' && process.getuid?.() === 0) {
    run('apt-get', ['update', '-qq'])
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  }
  if (!findChromium()) tool('playwright/cli.js', ['install', 'chromium'])
  return findChromium()
}

setup('sources')
if (!browser()) {
  const way = 'No Chromium found: install it (apt-get install chromium, or Chrome) or set CHROMIUM_PATH to its program'
  if (process.env.CI) {
    console.error(way)
    close(0, 1)
  }
  console.warn(`${way}; the tests run in Node only`)
}

mkdirSync(join(root, 'build'), { recursive: true })
rmSync(report, { force: true })
const code = tool('vitest/vitest.mjs', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
])

let passed = 0
let failed = 0
try {
  const results = JSON.parse(readFileSync(report, 'utf8'))
  passed = results.numPassedTests
  failed = results.numFailedTests
  // A file that cannot be loaded has no tests to count.
  failed += results.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length
} catch {
  failed = 1
}
// Errors outside tests, such as an unhandled rejection, end vitest with a code and nothing to count.
close(passed, code !== 0 && failed === 0 ? 1 : failed)
