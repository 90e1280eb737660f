import { type Matrix, sliceRows, takeRows } from '../../base/matrix.js'
import { gram } from '../../kernel/gram.js'
import { type GaussianKernel, gaussian } from '../../kernel/kernel.js'
import { type Dense, times } from '../../learnware/learner/product.js'
import type { Learnware } from '../../learnware/learnware.js'
import type { ModelOutput } from '../../learnware/model.js'
import type { Table } from '../../specification/rows/table.js'
import type { Requirement } from '../../specification/specification.js'
import { coordinatesOf, densityOf } from '../density.js'
import type { Outputs } from '../outputs.js'
import { requirementOn } from '../proximity.js'

/** For every learnware, from −1 to 1 at every row: how surely it serves the row. It is asked where this is not below 0. */
export type Usefulness = readonly Float64Array[]

/** u_l(x) = 2 min(1, Φ_l(x) / Φ_u(x)) − 1, Φ_u the user's own embedding: 0 where a learnware is half as dense as the user. */
export const usefulnessByDensity = (
  learnwares: readonly Learnware[],
  requirement: Requirement,
  table: Table,
): Usefulness => {
  const coordinates = coordinatesOf(table)
  const own = new Map<string, Float64Array>()
  return learnwares.map(({ specification, terms }) => {
    const X = coordinates(terms)
    const user = own.get(terms.island) ?? densityOf(requirementOn(requirement, terms.island).embedding, X)
    own.set(terms.island, user)
    return densityOf(specification.embedding, X).map((density, i) =>
      density >= user[i] ? 1 : (2 * density) / user[i] - 1,
    )
  })
}

/**
 * ±1 for every learnware at every labelled row: for classes whether the likeliest one is right, for reals whether the error
 * is no larger than the median of all learnwares' errors at that row.
 */
export const rightAt = ({ rows, width, of }: Outputs, targets: Float64Array, output: ModelOutput): Int8Array[] => {
  const result = of.map(() => new Int8Array(rows))
  for (let i = 0; i < rows; i++) {
    if (output.kind === 'real') {
      const errors = of.map((f) => Math.abs(f[i] - targets[i]))
      const middle = [...errors].sort((a, b) => a - b)[Math.floor((errors.length - 1) / 2)]
      errors.forEach((error, l) => {
        result[l][i] = error <= middle ? 1 : -1
      })
      continue
    }
    const truth = targets.subarray(i * width, (i + 1) * width).indexOf(1)
    of.forEach((f, l) => {
      const row = f.subarray(i * width, (i + 1) * width)
      result[l][i] = row.indexOf(Math.max(...row)) === truth ? 1 : -1
    })
  }
  return result
}

/**
 * Usefulness where labels tell: (Σ_j k(x, x_j) r_l(x_j) + u_l(x)) / (Σ_j k(x, x_j) + 1), over labelled rows x_j at which
 * r_l = ±1 is known, with u_l(x) by density, which counts as one label at the row's very place.
 */
export const usefulnessByLabels = (
  density: Usefulness,
  right: readonly Int8Array[],
  fit: Int32Array,
  X: Matrix,
  labelled: Matrix,
  kernel: GaussianKernel,
): Usefulness => {
  const width = right.length + 1
  const said = new Float64Array(fit.length * width).fill(1)
  right.forEach((r, l) => {
    for (let j = 0; j < fit.length; j++) said[j * width + l] = r[fit[j]]
  })
  const sums = kernelSums(X, takeRows(labelled, fit), { rows: fit.length, columns: width, data: said }, kernel)
  return density.map((u, l) =>
    u.map((value, i) => (sums[i * width + l] + value) / (sums[i * width + right.length] + 1)),
  )
}

const blockRows = 2048

/** K(X, Z)W, a block of rows at a time. */
const kernelSums = (X: Matrix, Z: Matrix, W: Dense, kernel: GaussianKernel): Float64Array => {
  const result = new Float64Array(X.rows * W.columns)
  for (let start = 0; start < X.rows; start += blockRows) {
    const block = sliceRows(X, start, Math.min(X.rows, start + blockRows))
    result.set(times(gram(block, Z, kernel), W).data, start * W.columns)
  }
  return result
}

/** The island's kernel, and narrower ones: how far a label speaks is chosen among them. */
export const kernelsOf = ({ gamma }: GaussianKernel): GaussianKernel[] =>
  [1, 4, 16].map((multiple) => gaussian(multiple * gamma))
