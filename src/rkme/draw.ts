import type { Matrix } from '../base/matrix.js'
import { uniforms } from '../base/random.js'
import { discreteColumns } from '../kernel/form.js'
import type { Kernel } from '../kernel/kernel.js'
import { normals } from '../wasm/scalar.js'
import type { Embedding } from './embedding.js'

/**
 * `count` points drawn from Σ_j β_j N(z_j, s²I) over the points of an embedding (weights below 0 count as 0), with s half
 * the median distance of a point to its nearest neighbour, or half the kernel's width where there is one point.
 * Categories are those of the point drawn around, and count in no distance.
 */
export const drawNear = ({ points, weights, kernel }: Embedding, count: number, seed: number): Matrix => {
  const { rows: n, columns: d, data } = points
  const fixed = new Set(discreteColumns(kernel))
  const s = (n === 1 ? widthOf(kernel) : medianNeighbour(points, fixed)) / 2
  const random = uniforms(seed)
  const noise = normals(Math.floor(random() * 4294967296), count * d)
  let total = 0
  for (let j = 0; j < n; j++) total += Math.max(0, weights[j])
  const drawn = new Float64Array(count * d)
  for (let i = 0, at = 0; i < count; i++) {
    let rest = random() * total
    let chosen = 0
    for (let j = 0; j < n; j++) {
      if (!(weights[j] > 0)) continue
      chosen = j
      rest -= weights[j]
      if (rest < 0) break
    }
    for (let k = 0; k < d; k++, at++) drawn[at] = data[chosen * d + k] + (fixed.has(k) ? 0 : s * noise[at])
  }
  return { rows: count, columns: d, data: drawn }
}

/** How far a kernel reaches: the distance over which it falls to about e^(−1/2), 1 where it does not fall. */
const widthOf = (kernel: Kernel): number => {
  if (kernel.kind === 'gaussian') return Math.sqrt(1 / (2 * kernel.gamma))
  return kernel.kind === 'laplacian' ? 1 / kernel.gamma : 1
}

const medianNeighbour = ({ rows: n, columns: d, data }: Matrix, fixed: ReadonlySet<number>): number => {
  const nearest = new Float64Array(n).fill(Infinity)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      let sum = 0
      for (let k = 0; k < d; k++) {
        if (fixed.has(k)) continue
        const difference = data[i * d + k] - data[j * d + k]
        sum += difference * difference
      }
      nearest[i] = Math.min(nearest[i], sum)
      nearest[j] = Math.min(nearest[j], sum)
    }
  }
  return Math.sqrt(nearest.sort()[n >> 1])
}
