import { choleskySolve, gaussian, gram, laplacian, matrix } from 'learnware/numeric'
import { mulberry32, shuffle } from '../../examples/random.js'

/** The kinds that developers take in turn. */
export const KINDS = ['ridge', 'wide gaussian', 'gaussian', 'laplacian']

const BASIS = 200
const HOLDOUT = 0.2
const LAMBDAS = [1e-1, 1e-2, 1e-3, 1e-4]
const CLIP = 4

/**
 * A developer's model as bytes: ridge regression, or a kernel expansion over 200 of her rows, with the penalty that does
 * best on the last fifth. Columns are scaled by the island, not by the developer.
 * @param {{ columns: { name: string, centre: number, scale: number }[], rows: Record<string, Float64Array>, labels: number[], kind: string, seed: number }} task
 * @returns {{ bytes: Uint8Array, claim: { value: number, n: number, method: 'holdout' } }}
 */
export function fitExpansion({ columns, rows, labels, kind, seed }) {
  const X = scaled(columns, rows)
  const cut = X.length - Math.round(HOLDOUT * X.length)
  const early = problemOf(X.slice(0, cut), labels, kind, seed)
  const losses = LAMBDAS.map((lambda) => {
    const predicted = valuesAt(solved(early, lambda), X.slice(cut))
    return predicted.reduce((sum, value, i) => sum + (value - labels[cut + i]) ** 2, 0) / (X.length - cut)
  })
  const least = Math.min(...losses)
  const model = solved(problemOf(X, labels, kind, seed), LAMBDAS[losses.indexOf(least)])
  return {
    bytes: new TextEncoder().encode(JSON.stringify({ columns, ...model })),
    claim: { value: Number(least.toPrecision(6)), n: X.length - cut, method: 'holdout' },
  }
}

/** What opens such bytes. */
export function expansionRuntime() {
  return {
    name: 'expansion',
    async open(bytes, { inputs, output }) {
      const { columns, ...model } = JSON.parse(new TextDecoder().decode(bytes))
      return {
        inputs,
        output,
        async predict(rows) {
          const data = Float64Array.from(valuesAt(model, scaled(columns, rows)))
          return { rows: data.length, columns: 1, data }
        },
        async close() {},
      }
    },
  }
}

/** Rows as arrays of (value − centre) / scale within ±4. */
function scaled(columns, table) {
  const cells = columns.map(({ name, centre, scale }) => {
    const column = Array.isArray(table) ? table.map((row) => row[name]) : table[name]
    return Array.from(column, (value) => Math.max(-CLIP, Math.min(CLIP, (value - centre) / scale)))
  })
  return Array.from({ length: cells[0].length }, (_, i) => cells.map((column) => column[i]))
}

function kernelOf(kind, dimension) {
  const gamma = 1 / (4 * dimension)
  if (kind === 'laplacian') return laplacian(gamma)
  return gaussian(kind === 'gaussian' ? gamma : gamma / 4)
}

/** Coordinates in which the model is linear: columns and a constant, or kernel values at the basis. */
function featuresOf(kind, basis, X) {
  if (kind === 'ridge') return X.map((row) => [...row, 1])
  const { columns, data } = gram(X, basis, kernelOf(kind, basis[0].length))
  return X.map((_, i) => [...data.subarray(i * columns, (i + 1) * columns), 1])
}

/** The normal equations of the weights, without their penalty. */
function problemOf(X, labels, kind, seed) {
  const basis = kind === 'ridge' ? [] : shuffle(X, mulberry32(seed)).slice(0, BASIS)
  const F = featuresOf(kind, basis, X).map((row) => Float64Array.from(row))
  const size = F[0].length
  const products = new Float64Array(size * size)
  const answers = new Float64Array(size)
  F.forEach((row, i) => {
    for (let a = 0; a < size; a++) {
      const value = row[a] / X.length
      answers[a] += value * labels[i]
      for (let b = 0; b <= a; b++) products[a * size + b] += value * row[b]
    }
  })
  for (let a = 0; a < size; a++) for (let b = 0; b < a; b++) products[b * size + a] = products[a * size + b]
  return { kind, basis, size, products, answers }
}

function solved({ kind, basis, size, products, answers }, lambda) {
  // The constant is hardly penalised.
  const data = products.map((value, at) => {
    const a = Math.floor(at / size)
    return at % (size + 1) === 0 ? value + (a === size - 1 ? 1e-9 : lambda) : value
  })
  const weights = choleskySolve({ rows: size, columns: size, data }, { rows: size, columns: 1, data: answers }).data
  return { kind, basis, weights: [...weights] }
}

function valuesAt({ kind, basis, weights }, X) {
  const { columns, data } =
    kind === 'ridge'
      ? matrix(Float64Array.from(X.flat()), X.length, X[0].length)
      : gram(X, basis, kernelOf(kind, basis[0].length))
  return X.map((_, i) => {
    let sum = 0
    for (let a = 0; a < columns; a++) sum += data[i * columns + a] * weights[a]
    return sum + weights[columns]
  })
}
