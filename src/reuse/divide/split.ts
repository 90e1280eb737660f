import { type Matrix, takeRows } from '../../base/matrix.js'
import { permutation, uniforms } from '../../base/random.js'
import { gram } from '../../kernel/gram.js'
import type { GaussianKernel } from '../../kernel/kernel.js'
import type { Learnware } from '../../learnware/learnware.js'
import type { ModelOutput } from '../../learnware/model.js'
import { encodeTable } from '../../specification/rows/encode.js'
import { readTable, type Table } from '../../specification/rows/table.js'
import type { Requirement } from '../../specification/specification.js'
import type { Terms } from '../../specification/terms.js'
import { densityOf } from '../density.js'
import { noneLeft } from '../failure.js'
import { outputs } from '../outputs.js'
import { byMoments } from '../route/moments.js'

/** The share of each part in every row: rows × parts, rows sum to 1. */
export type Gate = (table: Table, signal?: AbortSignal) => Promise<Float64Array>

/** A way to cut a task into parts. */
export interface Split {
  readonly name: string
  /** Indices of the rows in each part. */
  readonly parts: readonly Int32Array[]
  /** What sends further rows to parts; by default the heads of the parts' embeddings do. */
  readonly gate?: Gate
}

/** Clusters are sought on at most so many rows. */
const mostRows = 400
const mostRounds = 30

/**
 * Two clusters of rows by kernel k-means: every row belongs to the cluster whose mean embedding is nearer in the RKHS,
 * ‖φ(x) − μ_c‖² = k(x, x) − 2 mean_i k(x, x_i) + mean_ij k(x_i, x_j), starting at a seeded row and the row least like it.
 */
export const kernelSplit = (X: Matrix, kernel: GaussianKernel, seed: number): Split => {
  const chosen = permutation(uniforms(seed), X.rows, Math.min(mostRows, X.rows))
  const S = takeRows(X, chosen)
  const K = gram(S, undefined, kernel)
  const n = S.rows
  let far = 0
  for (let i = 1; i < n; i++) if (K.data[i] < K.data[far]) far = i
  let cluster = Uint8Array.from({ length: n }, (_, i) => (K.data[far * n + i] > K.data[i] ? 1 : 0))
  let nearer = nearerOf(K, cluster)
  for (let round = 0; round < mostRounds; round++) {
    const next = nearer(K)
    const settled = next.every((value, i) => value === cluster[i])
    cluster = next
    nearer = nearerOf(K, cluster)
    if (settled) break
  }
  const of = nearer(gram(X, S, kernel))
  const rows = Int32Array.from({ length: X.rows }, (_, i) => i)
  return { name: 'clusters of rows', parts: [0, 1].map((c) => rows.filter((i) => of[i] === c)) }
}

/** From clusters of n rows to the function that gives every row of a cross-Gram with them its cluster. */
const nearerOf = (K: Matrix, cluster: Uint8Array): ((across: Matrix) => Uint8Array<ArrayBuffer>) => {
  const n = cluster.length
  const counts = [0, 0]
  for (const c of cluster) counts[c]++
  const within = [0, 0]
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) if (cluster[i] === cluster[j]) within[cluster[i]] += K.data[i * n + j]
  const level = within.map((sum, c) => sum / Math.max(counts[c], 1) ** 2)
  return ({ rows, data }) =>
    Uint8Array.from({ length: rows }, (_, i) => {
      const sums = [0, 0]
      for (let j = 0; j < n; j++) sums[cluster[j]] += data[i * n + j]
      const [a, b] = sums.map((sum, c) => level[c] - (2 * sum) / Math.max(counts[c], 1))
      return b < a ? 1 : 0
    })
}

/**
 * Parts by what a learnware says of the rows: its likeliest class, classes of fewer than `least` rows together; for a real,
 * below and above the median of its outputs.
 */
export const outputSplit = async (
  learnware: Learnware,
  table: Table,
  output: ModelOutput,
  least: number,
  signal?: AbortSignal,
): Promise<Split> => {
  const said = await saidBy(learnware, table, output, signal)
  const cut = said.slice().sort()[said.length >> 1]
  const group = (value: number): number => (output.kind === 'real' ? (value < cut ? 0 : 1) : value)
  const counts = new Map<number, number>()
  for (const value of said) counts.set(group(value), (counts.get(group(value)) ?? 0) + 1)
  const kept = [...counts]
    .filter(([, count]) => count >= least)
    .map(([name]) => name)
    .sort((a, b) => a - b)
  const small = said.length - kept.reduce((sum, name) => sum + (counts.get(name) ?? 0), 0)
  const parts = kept.length + (small >= least ? 1 : 0)
  // Groups that are too small join the part after the kept ones, or, where that is too small, the first.
  const place = (value: number): number => {
    const found = kept.indexOf(group(value))
    return found >= 0 ? found : small >= least ? kept.length : 0
  }
  const rows = Int32Array.from({ length: said.length }, (_, i) => i)
  return {
    name: `what ${learnware.id.slice(0, 12)} says`,
    parts: Array.from({ length: parts }, (_, k) => rows.filter((i) => place(said[i]) === k)),
    gate: async (more, stop) => {
      const values = await saidBy(learnware, more, output, stop)
      const weights = new Float64Array(values.length * parts)
      values.forEach((value, i) => {
        weights[i * parts + place(value)] = 1
      })
      return weights
    },
  }
}

/** One number for each row: the value of a real, the column of the likeliest class. */
const saidBy = async (
  learnware: Learnware,
  table: Table,
  output: ModelOutput,
  signal?: AbortSignal,
): Promise<Float64Array> => {
  const { of, width, rows, failed } = await outputs([learnware], table, output, { signal })
  const [data] = of
  if (data === undefined) throw noneLeft(failed)
  if (output.kind === 'real') return data
  return Float64Array.from({ length: rows }, (_, i) => {
    let best = 0
    for (let c = 1; c < width; c++) if (data[i * width + c] > data[i * width + best]) best = c
    return best
  })
}

/**
 * Shares of parts by the heads of their embeddings ({@link byMoments}), or with `hard` 1 for the greatest of them; the parts'
 * own shares where none is near. Their densities would not do: the kernel is wide, so the larger part is denser almost everywhere.
 */
export const partGate = (
  terms: Terms,
  parts: readonly { readonly share: number; readonly requirement: Requirement }[],
  { hard = false }: { hard?: boolean } = {},
): Gate => {
  const width = parts.length
  const embeddings = parts.map(({ requirement }) => requirement.embedding)
  const select =
    width === 1 ? undefined : byMoments(embeddings.map((embedding, k) => ({ weight: parts[k].share, embedding })))
  return async (table) => {
    const X = encodeTable(readTable(table, terms.columns), terms)
    if (select === undefined) return new Float64Array(X.rows).fill(1)
    const shares = Float64Array.from(select(X))
    const densities = embeddings.map((embedding) => densityOf(embedding, X))
    for (let i = 0; i < X.rows; i++) {
      const row = shares.subarray(i * width, (i + 1) * width)
      const isNear = densities.some((density) => density[i] > 1e-12)
      const greatest = row.indexOf(Math.max(...row))
      if (!isNear) row.set(parts.map(({ share }) => share))
      else if (hard) row.fill(0).fill(1, greatest, greatest + 1)
    }
    return shares
  }
}
