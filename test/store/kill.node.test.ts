import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'tsup'
import { expect, it } from 'vitest'
import { killAndReopen } from './kill-and-reopen.js'

// node test/store/kill.js 200 runs the same longer, and prints the figures.
const kills = Number(process.env.LEARNWARE_KILLS ?? 15)

it('a process killed at random times loses no receipted learnware', async () => {
  const outDir = mkdtempSync(join(tmpdir(), 'learnware-kill-child-'))
  try {
    await build({
      entry: [join(import.meta.dirname, 'kill-child.ts')],
      outDir,
      outExtension: () => ({ js: '.mjs' }),
      format: 'esm',
      platform: 'node',
      target: 'node20',
      noExternal: [/.*/],
      config: false,
      silent: true,
    })
    const figures = await killAndReopen(kills, join(outDir, 'kill-child.mjs'))
    expect(figures).toMatchObject({ kills, lost: 0 })
    expect(figures.receipted).toBeGreaterThan(0)
    expect(figures.insideWrite).toBeGreaterThan(0)
  } finally {
    rmSync(outDir, { recursive: true, force: true })
  }
}, 600_000)
