import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { uniforms } from '../../src/base/random.js'
import { openMarket } from '../../src/market/market.js'
import { encodeSpecification } from '../../src/specification/codec.js'
import { fileStore } from '../../src/store/file.js'
import { numberRuntime } from '../market/number-runtime.js'
import { shop } from '../market/shops.js'

/** What came of killing a submitting process again and again. */
export interface KillFigures {
  readonly kills: number
  /** Kills that fell between the begin and the end of a call of `submit` that changes the disk. */
  readonly insideWrite: number
  /** Learnwares whose receipt was given out before the kill. */
  readonly receipted: number
  /** Receipted learnwares that were not there, or not whole, after the kill. */
  readonly lost: number
}

interface Killed {
  readonly output: string
  readonly failure: string
}

/** Starts the child, and kills it that many milliseconds after it said `mark`: S as it opens its store, O once it is open. */
const killedChild = (
  child: string,
  { folder, material, name }: { folder: string; material: string; name: string },
  { mark, delay }: { mark: 'S' | 'O'; delay: number },
): Promise<Killed> =>
  new Promise((resolve, reject) => {
    const started = spawn(process.execPath, [child, folder, material, name], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let failure = ''
    let armed = false
    started.stdout.on('data', (data) => {
      output += data
      if (armed || !output.includes(`${mark}\n`)) return
      armed = true
      setTimeout(() => started.kill('SIGKILL'), delay)
    })
    started.stderr.on('data', (data) => {
      failure += data
    })
    started.on('error', reject)
    started.on('close', () => resolve({ output, failure }))
  })

/**
 * Kills (signal 9) a process that submits without end, at random times, and opens its market after each kill: every
 * learnware whose receipt was given out must be there, with all its bytes. A new folder after each 20 kills.
 */
export const killAndReopen = async (
  kills: number,
  child: string,
  { seed = 1, longest = 150 } = {},
): Promise<KillFigures> => {
  const top = mkdtempSync(join(tmpdir(), 'learnware-kill-'))
  const random = uniforms(seed)
  let insideWrite = 0
  let receipted = 0
  let lost = 0
  let known: string[] = []
  let folder = ''
  try {
    const { description, specification } = shop(1)
    writeFileSync(join(top, 'description.json'), JSON.stringify({ description }))
    writeFileSync(join(top, 'specification'), encodeSpecification(specification))
    for (let kill = 0; kill < kills; kill++) {
      if (kill % 20 === 0) {
        if (folder) rmSync(folder, { recursive: true })
        folder = join(top, `market-${kill}`)
        known = []
      }
      const { output, failure } = await killedChild(
        child,
        { folder, material: top, name: `kill ${kill}` },
        kill % 5 === 4 ? { mark: 'S', delay: 0.3 * random() * longest } : { mark: 'O', delay: random() * longest },
      )
      if (failure) throw new Error(`the child failed by itself: ${failure}`)
      const marks = output.split('\n').filter((line) => line === 'W' || line === 'w')
      if (marks[marks.length - 1] === 'W' && output.includes('O\n')) insideWrite++
      const news = [...output.matchAll(/^R([0-9a-f]{64})$/gm)].map(([, id]) => id)
      receipted += news.length
      known.push(...news)
      lost += await lostOf(folder, known)
    }
  } finally {
    rmSync(top, { recursive: true, force: true })
  }
  return { kills, insideWrite, receipted, lost }
}

const lostOf = async (folder: string, ids: readonly string[]): Promise<number> => {
  const market = await openMarket({ store: fileStore(folder), runtime: numberRuntime })
  let lost = 0
  for (const id of ids) {
    const whole = await market.fetch([id]).then(
      ([learnware]) => learnware.id === id,
      () => false,
    )
    if (!whole) lost++
  }
  await market.close()
  return lost
}
