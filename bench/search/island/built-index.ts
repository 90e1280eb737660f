import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fitProjection } from '../../../src/search/sketch/projection.js'
import { openIndex, type SketchIndex, sketchIndex } from '../../../src/search/sketch/sketch-index.js'
import type { SimulatedIsland } from './simulated.js'

const folder = join(process.cwd(), 'build/bench')
const part = 100000

/** What building an index took, beside the index. */
export interface Built {
  readonly index: SketchIndex
  readonly file: string
  /** Seconds of the fit, and of one learnware; NaN where it was kept from an earlier run. */
  readonly fit: number
  readonly add: number
}

/**
 * The index over learnwares 0 … count − 1 of a simulated island, whose ordinals are their numbers. A large one is kept in
 * build/bench as it grows, so that a bench that was stopped goes on where it was.
 */
export const builtIndex = (island: SimulatedIsland, name: string, count: number, basis = 512): Built => {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${name}-${count}-${basis}.lwix`)
  const started = performance.now()
  const isKept = existsSync(file)
  const sample = isKept ? [] : Array.from({ length: 1024 }, (_, i) => island.learnware(Math.floor((i * count) / 1024)))
  const index = isKept
    ? openIndex(new Uint8Array(readFileSync(file)))
    : sketchIndex(fitProjection(sample, { basis }), { sample: sample.slice(0, 200), room: count })
  const fit = isKept ? Number.NaN : (performance.now() - started) / 1000
  const begun = performance.now()
  const first = index.size
  for (let number = first; number < count; number++) {
    index.add(number, island.learnware(number))
    if ((number + 1) % part === 0) writeFileSync(file, index.save())
  }
  const add = first === count ? Number.NaN : (performance.now() - begun) / 1000 / (count - first)
  if (first < count) writeFileSync(file, index.save())
  return { index, file, fit, add }
}
