import { uniforms } from '../../src/base/random.js'
import { foundTerms } from '../../src/specification/specify/found.js'
import { normals } from '../../src/wasm/scalar.js'
import { digits, sales } from './sample.js'

/** Terms of the sample descriptions, and rows that fit them. */
export const salesTerms = foundTerms(sales())
export const digitsTerms = foundTerms(digits())

export interface Shop {
  readonly price: number | null
  readonly day: string
  readonly open: number
  readonly size: string
}

export const shopRows = (count: number, seed: number): { rows: Shop[]; labels: number[] } => {
  const random = uniforms(seed)
  const z = normals(seed, 2 * count)
  const rows = Array.from({ length: count }, (_, i) => ({
    price: random() < 0.1 ? null : 6 + 2 * z[2 * i],
    day: ['Mon', 'Tue', 'Wed'][Math.floor(random() * 3)],
    open: random() < 0.8 ? 1 : 0,
    size: ['small', 'medium', 'large'][Math.floor(random() * 3)],
  }))
  return { rows, labels: rows.map((row, i) => 100 + 5 * (row.price ?? 6) + 4 * z[2 * i + 1]) }
}

/** Rows of three classes around (0, 0), (8, 0), (0, 8), with the given shares. */
export const digitRows = (
  count: number,
  seed: number,
  shares = [0.5, 0.3, 0.2],
): { rows: number[][]; labels: string[] } => {
  const random = uniforms(seed)
  const z = normals(seed, 2 * count)
  const labels = Array.from({ length: count }, () => {
    const u = random()
    return u < shares[0] ? 0 : u < shares[0] + shares[1] ? 1 : 2
  })
  const rows = labels.map((c, i) => [(c === 1 ? 8 : 0) + 2 * z[2 * i] + 4, (c === 2 ? 8 : 0) + 2 * z[2 * i + 1] - 2])
  return { rows, labels: labels.map(String) }
}
