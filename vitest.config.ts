import { fileURLToPath } from 'node:url'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { chromiumArguments, findChromium } from './.ci/chromium.mjs'

const chromium = findChromium()
if (!chromium && process.env.CI) {
  throw new Error('No Chromium found: install it (apt-get install -y chromium) or set CHROMIUM_PATH')
}

const source = (file: string) => fileURLToPath(new URL(`./src/${file}`, import.meta.url))
const alias = [
  { find: /^learnware$/, replacement: source('index.ts') },
  { find: /^learnware\/numeric$/, replacement: source('numeric.ts') },
  { find: /^learnware\/store\/file$/, replacement: source('store/file.ts') },
  { find: /^learnware\/(reuse|onnx|worker)$/, replacement: source('$1/index.ts') },
]

const everywhere = { include: ['test/**/*.test.ts'], exclude: ['test/**/*.node.test.ts'] }
const limits = { testTimeout: 60_000, hookTimeout: 60_000 }

const node = {
  resolve: { alias },
  test: {
    name: 'node',
    environment: 'node' as const,
    include: everywhere.include,
    provide: { shares: true },
    ...limits,
  },
}

const inBrowser = (name: string, include: string[], headers: Record<string, string> = {}) => ({
  resolve: { alias },
  server: { headers },
  // Named here, so that none is found late: that would reload the page in the middle of a test.
  optimizeDeps: {
    include: ['@noble/hashes/sha2.js', 'comlink', 'comlink/dist/esm/node-adapter.mjs', 'fast-check', 'valibot'],
    // It finds its WASM beside its own address, so it is served as it is.
    exclude: ['onnxruntime-web'],
  },
  test: {
    name,
    include,
    exclude: everywhere.exclude,
    ...limits,
    provide: { shares: Object.keys(headers).length > 0 },
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath: chromium, args: chromiumArguments } }),
      instances: [{ browser: 'chromium' as const }],
    },
  },
})

const browser = inBrowser('browser', everywhere.include)
// A page that may share memory with its workers: what depends on that is tried there too.
const isolated = inBrowser('isolated', ['test/worker/**/*.test.ts'], {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
})

export default defineConfig({
  test: {
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/wasm/binary.ts', 'src/worker/source.ts'],
      reporter: ['text-summary', 'json-summary', 'html'],
    },
    projects: chromium ? [node, browser, isolated] : [node],
  },
})
