import { type Matrix, matrix } from '../../src/base/matrix.js'
import { uniforms } from '../../src/base/random.js'
import { gaussian } from '../../src/kernel/kernel.js'
import type { Embedding } from '../../src/rkme/embedding.js'
import { knownParts } from '../../src/search/task/known-parts.js'
import { type UnseenOptions, unseenShare } from '../../src/search/task/unseen.js'
import { specify } from '../../src/specification/specify/specify.js'
import type { Terms } from '../../src/specification/terms.js'
import { normals } from '../../src/wasm/scalar.js'

/** Three known jobs and, last, a new one: standard normal rows around centres in directions drawn at random. */
export interface Jobs {
  readonly centres: readonly Float64Array[]
  readonly terms: Terms
}

/** Jobs of which each lies `distance` from the first; in the plane the new one stands at a right angle to the others. */
export const jobsAt = (dimension: number, distance: number, seed: number): Jobs => {
  const directions = orthonormal(dimension, seed)
  const at = (k: number, factor: number) => directions[k].map((value) => factor * value)
  const centres =
    dimension === 2
      ? [at(0, 0), at(0, distance), at(0, -distance), at(1, distance)]
      : [at(0, 0), at(1, distance), at(2, distance), at(3, distance)]
  // Terms scale a column by all rows of an island, not by those of one job.
  const scale = Math.sqrt(1 + (distance * distance) / dimension / 2)
  return {
    centres,
    terms: {
      island: 'isl:0000000000000000',
      version: 1,
      columns: Array.from({ length: dimension }, (_, j) => ({
        name: `x${j}`,
        kind: 'numeric',
        centre: 0,
        scale,
        missing: 'none',
      })),
      kernel: gaussian(1 / (4 * dimension)),
      size: { rule: 'root', cap: 100, leastRows: 50, leastRowsRequirement: 30 },
      labels: { kind: 'none' },
    },
  }
}

const orthonormal = (dimension: number, seed: number): Float64Array[] => {
  const z = normals(1000 + seed, dimension * dimension)
  const found: Float64Array[] = []
  for (let k = 0; k < Math.min(dimension, 4); k++) {
    const v = z.slice(k * dimension, (k + 1) * dimension)
    for (const other of found) {
      const along = v.reduce((sum, value, j) => sum + value * other[j], 0)
      for (let j = 0; j < dimension; j++) v[j] -= along * other[j]
    }
    const length = Math.sqrt(v.reduce((sum, value) => sum + value * value, 0))
    found.push(v.map((value) => value / length))
  }
  return found
}

/** Rows of the jobs by their shares, with the job of each. */
export const drawJobs = (
  { centres }: Jobs,
  shares: readonly number[],
  rows: number,
  seed: number,
): { rows: Matrix; jobs: Int32Array } => {
  const columns = centres[0].length
  const random = uniforms(7919 * seed + 13)
  const z = normals(104729 * seed + 5, columns * rows)
  const jobs = Int32Array.from({ length: rows }, () => {
    let rest = random()
    let job = 0
    while (job < shares.length - 1 && rest >= shares[job]) rest -= shares[job++]
    return job
  })
  const data = z.map((value, at) => centres[jobs[Math.floor(at / columns)]][at % columns] + value)
  return { rows: matrix(data, rows, columns), jobs }
}

/** The known jobs of a market, each specified by its developer. */
export const specified = (jobs: Jobs, rows: number, seed: number): { id: string; embedding: Embedding }[] =>
  [0, 1, 2].map((k) => ({
    id: `job${k}`,
    embedding: specify(jobs.terms, drawJobs({ ...jobs, centres: [jobs.centres[k]] }, [1], rows, 10 * seed + k).rows, {
      role: 'learnware',
      seed: k,
    }).embedding,
  }))

/** What a search says of the unseen share. */
export const searched = (
  target: Embedding,
  market: readonly { id: string; embedding: Embedding }[],
  options?: UnseenOptions,
) => unseenShare(target, knownParts(target, market), options)

/** Shares of three known jobs beside a new one. */
export const sharesWith = (share: number): number[] => [...[0.5, 0.3, 0.2].map((known) => known * (1 - share)), share]
