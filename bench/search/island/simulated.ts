import { matrix } from '../../../src/base/matrix.js'
import { below, uniforms } from '../../../src/base/random.js'
import { gaussian } from '../../../src/kernel/kernel.js'
import type { Embedding } from '../../../src/rkme/embedding.js'
import { reduce } from '../../../src/rkme/reduce/reduce.js'
import { normals } from '../../../src/wasm/scalar.js'

/** A simulated island: its learnwares are made from their numbers whenever they are asked for, so that a million need no room. */
export interface SimulatedIsland {
  readonly columns: number
  learnware(number: number): Embedding
  /** The domain that a learnware is of. */
  domainOf(number: number): number
  /** A user of one of the market's domains, or (`outside`) of a domain that no learnware is of. */
  user(number: number, outside?: boolean): Embedding
}

const templates = 8
const rowsOfTemplate = 2000
const betweenDomains = 0.7
const withinDomains = 0.7
const shiftOfLearnware = 0.12
const stretchOfLearnware = 0.08

/**
 * Domains are Gaussians at random centres, with half of the variance between them. A learnware is one of eight reduced sets
 * of a Gaussian (n points), moved and stretched to its domain, then a little by itself, its weights blurred as those of
 * `rows` rows are: what `reduce` makes of rows, without a million reductions.
 */
export const simulatedIsland = ({
  columns,
  domains = 100,
  points = 50,
  seed = 1,
}: {
  columns: number
  domains?: number
  points?: number
  seed?: number
}): SimulatedIsland => {
  const kernel = gaussian(1 / (4 * columns))
  const made = Array.from({ length: templates }, (_, t) =>
    reduce(matrix(normals(1000 * seed + t, rowsOfTemplate * columns), rowsOfTemplate, columns), {
      kernel: gaussian((withinDomains * withinDomains) / (4 * columns)),
      size: points,
      iterations: 30,
      seed: t,
    }),
  )
  const centres = normals(seed + 77, 2 * domains * columns)
  const one = (number: number, domain: number, rows: number): Embedding => {
    const random = uniforms(number ^ (seed << 20))
    const template = made[below(random, templates)]
    const n = template.weights.length
    const z = normals((number * 2654435761 + seed) | 0, 2 * columns + n)
    const data = new Float64Array(n * columns)
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < columns; k++) {
        const stretch = withinDomains * (1 + stretchOfLearnware * z[columns + k])
        data[j * columns + k] =
          betweenDomains * centres[domain * columns + k] +
          shiftOfLearnware * z[k] +
          stretch * template.points.data[j * columns + k]
      }
    }
    const weights = template.weights.map((weight, j) =>
      Math.max(0, weight + Math.sqrt(weight / rows) * z[2 * columns + j]),
    )
    return {
      kernel,
      points: matrix(data, n, columns),
      weights,
      samples: rows,
      error: 0.01,
      floor: Math.sqrt(0.5 / rows),
    }
  }
  const domainOf = (number: number): number => below(uniforms(number + 13 * seed), domains)
  return {
    columns,
    domainOf,
    learnware: (number) => one(number, domainOf(number), 1000),
    user: (number, outside = false) =>
      one(0x40000000 + number, (outside ? domains : 0) + below(uniforms(number + 991), domains), 300),
  }
}
