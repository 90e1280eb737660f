import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { chromium } from 'playwright'
import { chromiumArguments, findChromium } from '../../.ci/chromium.mjs'
import { serve } from '../../.ci/serve.mjs'

const folder = join(process.cwd(), 'build/bench')

/** Bundles bench/browser/<script>.ts, loads it into a page of headless Chromium over build/bench, and calls a function of the page. */
export const inChromium = async <T>(
  script: string,
  name: string,
  args: readonly unknown[],
): Promise<{ value: T; version: string } | string> => {
  const executablePath = findChromium()
  if (!executablePath) return 'No Chromium found: the page is not measured; install it or set CHROMIUM_PATH.'
  mkdirSync(folder, { recursive: true })
  await build({
    entryPoints: [join(process.cwd(), 'bench/browser', `${script}.ts`)],
    outfile: join(folder, `${script}.js`),
    bundle: true,
    format: 'iife',
    target: 'es2022',
    logLevel: 'warning',
  })
  writeFileSync(
    join(folder, `${script}.html`),
    `<!doctype html><meta charset="utf-8"><title>${script}</title><script src="/${script}.js"></script>\n`,
  )
  const server = await serve(folder)
  const browser = await chromium.launch({ executablePath, args: chromiumArguments })
  try {
    const page = await browser.newPage()
    await page.goto(`${server.address}/${script}.html`)
    const call = `${name}(${args.map((value) => JSON.stringify(value)).join(', ')})`
    return { value: (await page.evaluate(call)) as T, version: browser.version() }
  } finally {
    await browser.close()
    await server.close()
  }
}
