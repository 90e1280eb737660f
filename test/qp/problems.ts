import { uniforms } from '../../src/base/random.js'
import { normals } from '../../src/wasm/scalar.js'

/** A quadratic program with c in the range of G, unless said otherwise. */
export interface Problem {
  readonly name: string
  readonly n: number
  readonly G: Float64Array
  readonly c: Float64Array
}

const from = (name: string, A: Float64Array, n: number, r: number, t: Float64Array): Problem => {
  const G = new Float64Array(n * n)
  const c = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) for (let k = 0; k < r; k++) G[i * n + j] += A[i * r + k] * A[j * r + k]
    for (let k = 0; k < r; k++) c[i] += A[i * r + k] * t[k]
  }
  return { name, n, G, c }
}

export const kinds = ['plain', 'duplicates', 'scales', 'positive', 'nearly equal', 'whole numbers', 'outside'] as const

/** A seeded problem of up to `largest` variables; the kind is taken in turn. */
export const problem = (seed: number, largest: number): Problem => {
  const random = uniforms(seed * 7919 + 13)
  const kind = kinds[seed % kinds.length]
  const n = 1 + Math.floor(random() * largest)
  const r = 1 + Math.floor(random() * n * 1.2)
  const A = normals(seed + 1, n * r)
  const t = normals(seed + 100001, r)
  for (let i = 0; i < n; i++) {
    const row = A.subarray(i * r, (i + 1) * r)
    const scale = 10 ** (8 * random() - 4)
    const twin = Math.floor(random() * (i + 1))
    if (kind === 'duplicates' && random() < 0.5) row.set(A.slice(twin * r, (twin + 1) * r))
    for (let k = 0; k < r; k++) {
      if (kind === 'scales') row[k] *= scale
      if (kind === 'positive' || kind === 'outside') row[k] = Math.abs(row[k])
      if (kind === 'nearly equal') row[k] = 1 + 1e-4 * row[k]
      if (kind === 'whole numbers') row[k] = Math.round(row[k])
    }
  }
  const made = from(`${kind}, n ${n}, rank ${r}, seed ${seed}`, A, n, r, t)
  return kind === 'outside' ? { ...made, c: normals(seed + 200003, n) } : made
}

/** The least objective over every support, tried one by one; `complete` where none was singular and skipped. */
export const enumerated = ({ n, G, c }: Problem, simplex: boolean): { least: number; complete: boolean } => {
  let best = simplex ? Infinity : 0
  let complete = true
  for (let set = 1; set < 1 << n; set++) {
    const P = Array.from({ length: n }, (_, i) => i).filter((i) => set & (1 << i))
    const size = P.length + (simplex ? 1 : 0)
    const system = P.map((i) => [...P.map((j) => G[i * n + j]), ...(simplex ? [1] : []), c[i]])
    if (simplex) system.push([...P.map(() => 1), 0, 1])
    const w = gauss(system, size)?.slice(0, P.length)
    if (!w) complete = false
    if (!w || w.some((value) => value < 0)) continue
    let value = 0
    P.forEach((i, a) => {
      value -= 2 * c[i] * w[a]
      P.forEach((j, b) => {
        value += w[a] * G[i * n + j] * w[b]
      })
    })
    best = Math.min(best, value)
  }
  return { least: best, complete }
}

/** Gaussian elimination with row pivoting; undefined where a pivot is tiny. */
const gauss = (system: number[][], size: number): number[] | undefined => {
  for (let k = 0; k < size; k++) {
    let p = k
    for (let i = k; i < size; i++) if (Math.abs(system[i][k]) > Math.abs(system[p][k])) p = i
    if (Math.abs(system[p][k]) < 1e-8) return undefined
    ;[system[k], system[p]] = [system[p], system[k]]
    for (let i = 0; i < size; i++) {
      if (i === k) continue
      const f = system[i][k] / system[k][k]
      for (let j = k; j <= size; j++) system[i][j] -= f * system[k][j]
    }
  }
  return system.map((row, k) => row[size] / row[k])
}
