import { canonicalJson, sha256Hex } from '../../src/base/codec.js'
import { type Matrix, matrix } from '../../src/base/matrix.js'
import { gram } from '../../src/kernel/gram.js'
import { gaussian, laplacian, linear, type ProductPartOptions, polynomial, product } from '../../src/kernel/kernel.js'
import { type Candidate, searchSpecifications } from '../../src/market/match/match.js'
import { encode } from '../../src/rkme/codec.js'
import { embed } from '../../src/rkme/mmd.js'
import { privateEmbedding } from '../../src/rkme/private/private.js'
import { herd } from '../../src/rkme/reduce/herd.js'
import { merge } from '../../src/rkme/reduce/merge.js'
import { reduce } from '../../src/rkme/reduce/reduce.js'
import { functionalDistances } from '../../src/search/anchor/functional.js'
import { beliefOf } from '../../src/search/anchor/gaussian-process.js'
import { medoids } from '../../src/search/anchor/medoids.js'
import { boundsBy } from '../../src/search/anchor/pivots.js'
import { conditionAll, nextProbes } from '../../src/search/anchor/probing.js'
import { products } from '../../src/search/products.js'
import { encodeSpecification } from '../../src/specification/codec.js'
import type { Description, OutputField } from '../../src/specification/description/description.js'
import { foundTerms } from '../../src/specification/specify/found.js'
import { specify } from '../../src/specification/specify/specify.js'
import type { Terms } from '../../src/specification/terms.js'
import { embeddingBound } from '../../src/theory/bounds.js'
import { normals } from '../../src/wasm/scalar.js'
import type { Engine } from '../../src/worker/index.js'

/** What has to have the same bytes wherever it is computed. */
export interface GoldenCase {
  readonly name: string
  /** The SHA-256 of the result, computed here, or by an engine. */
  digest(engine?: Engine): Promise<string>
}

type Precision = 'f32' | 'f64'

const data = (seed: number, m: number, d: number, precision: Precision): Matrix => {
  const values = normals(seed, m * d)
  return matrix(precision === 'f32' ? Float32Array.from(values) : values, m, d)
}

const once = <T>(make: () => T): (() => T) => {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

const reductions = (): GoldenCase[] =>
  (['f32', 'f64'] as const).flatMap((precision) =>
    [1, 20, 100, 784].flatMap((d) =>
      [1, 255, 256, 257, 10_000].map((m): GoldenCase => {
        const options = { size: 9, iterations: 3, rounds: 2, seed: 5, precision, measure: m * d < 500_000 }
        return {
          name: `reduce ${precision} d=${d} m=${m}`,
          digest: async (engine) => {
            const X = data(m + d, m, d, precision)
            return sha256Hex(
              encode(await (engine ? engine.reduce(X, { ...options, transfer: true }) : reduce(X, options))),
            )
          },
        }
      }),
    ),
  )

const termsOf = (d: number, output: OutputField): Terms => {
  const description: Description = {
    Data: { Type: 'Class', Values: ['Table'] },
    Task: { Type: 'Class', Values: ['Others'] },
    Library: { Type: 'Class', Values: [] },
    Scenario: { Type: 'Tag', Values: [] },
    Name: { Type: 'String', Values: 'golden' },
    Description: { Type: 'String', Values: 'golden' },
    License: { Type: 'Class', Values: [] },
    Input: { Dimension: d, Description: {} },
    LDL: {
      version: 1,
      inputs: Array.from({ length: d }, (_, j) => ({ name: `x${j}`, kind: 'numeric' as const })),
      output,
      objective: { metric: 'mse', direction: 'min' },
    },
  }
  return foundTerms(description)
}

const real: OutputField = { kind: 'real', centre: 0, scale: 1 }
const classes: OutputField = { kind: 'probabilities', classes: ['a', 'b', 'c'] }

const specifications = (): GoldenCase[] =>
  (['f32', 'f64'] as const).flatMap((precision) =>
    (
      [
        [1, 257, 'none'],
        [20, 256, 'real'],
        [20, 600, 'classes'],
        [100, 100, 'none'],
        [784, 60, 'none'],
      ] as const
    ).map(([d, m, kind]): GoldenCase => {
      const terms = termsOf(d, kind === 'classes' ? classes : real)
      const y = normals(17, m)
      const labels =
        kind === 'none'
          ? undefined
          : kind === 'real'
            ? y
            : Array.from(y, (value) => 'abc'[Math.abs(Math.floor(value)) % 3])
      return {
        name: `specify ${precision} d=${d} m=${m} labels=${kind}`,
        digest: async (engine) => {
          const rows = data(m * d, m, d, 'f64')
          const options = { labels, precision, seed: 11 }
          const specification = await (engine ? engine.specify(terms, rows, options) : specify(terms, rows, options))
          return sha256Hex(encodeSpecification(specification))
        },
      }
    }),
  )

const shifted = (rows: Matrix, by: number): Matrix =>
  matrix(
    rows.data.map((value) => value + by),
    rows.rows,
    rows.columns,
  )

const searches = (): GoldenCase[] =>
  (['f32', 'f64'] as const).flatMap((precision) =>
    [1, 20, 100].map((d): GoldenCase => {
      const terms = termsOf(d, real)
      const candidates = once((): Candidate[] =>
        [-2, -1, -0.25, 0.25, 1, 2].map((by, i) => ({
          id: `id-${i}`,
          specification: specify(terms, shifted(data(100 + i, 100, d, 'f64'), by), { role: 'learnware', precision }),
        })),
      )
      const requirement = once(() => specify(terms, data(3, 80, d, 'f64'), { precision }))
      return {
        name: `search ${precision} d=${d}`,
        digest: async (engine) => {
          const options = { top: 6, members: 4 }
          const found = engine
            ? await engine.search(requirement(), candidates(), options)
            : searchSpecifications(requirement(), candidates(), options)
          return sha256Hex(canonicalJson(found))
        },
      }
    }),
  )

/** Reductions under every other kernel; the third and fourth column of the product are a category and a mask. */
const otherKernels = (): GoldenCase[] => {
  const parts: ProductPartOptions[] = Array.from({ length: 20 }, () => ({ kind: 'numeric', gamma: 1 / 80 }))
  parts.splice(2, 2, { kind: 'categorical' }, { kind: 'missing' })
  const kernels = [laplacian(1 / 40), polynomial({ degree: 3, scale: 1 / 20 }), linear(), product(parts)]
  return kernels.flatMap((kernel) =>
    (['f32', 'f64'] as const).map((precision): GoldenCase => {
      const options = { kernel, size: 9, iterations: 3, seed: 5, precision }
      return {
        name: `reduce ${precision} ${kernel.kind}`,
        digest: async (engine) => {
          const X = data(31, 700, 20, precision)
          for (let at = 0; at < X.data.length; at += 20) {
            X.data[at + 2] = Math.floor(2 * Math.abs(X.data[at + 2]))
            X.data[at + 3] = Number(X.data[at + 3] > 1)
          }
          return sha256Hex(encode(await (engine ? engine.reduce(X, options) : reduce(X, options))))
        },
      }
    }),
  )
}

/** What is made of embeddings: reductions from an earlier one, herds, merges, private ones, bounds. */
const derived = (): GoldenCase[] => {
  const options = { size: 9, iterations: 3, seed: 5 }
  const old = once(() => reduce(data(1, 300, 20, 'f64'), options))
  const local: Readonly<Record<string, () => string>> = {
    herd: () => sha256Hex(encode(herd(data(2, 257, 20, 'f64'), { size: 40, weighted: 'cone' }))),
    'herd of an embedding': () => sha256Hex(encode(herd(old(), { size: 40, seed: 3 }))),
    merge: () =>
      sha256Hex(
        encode(
          merge(
            [3, 4].map((seed) => reduce(data(seed, 257, 20, 'f64'), options)),
            { size: 12 },
          ),
        ),
      ),
    private: () => {
      const basis = data(5, 60, 20, 'f64')
      const made = { basis, epsilon: 2, delta: 1e-4, size: 12, seed: 7 }
      const { embedding, sigma } = privateEmbedding(data(6, 1000, 20, 'f64'), made)
      return sha256Hex(sha256Hex(encode(embedding)) + canonicalJson(sigma))
    },
    anchors: () => {
      const tasks = Array.from({ length: 12 }, (_, i) => embed(data(40 + i, 10 + i, 5, 'f64'), gaussian(1 / 20)))
      const columns = tasks.map((task) => products(task, tasks))
      const squared = matrix(
        Float64Array.from({ length: 144 }, (_, at) => {
          const [i, j] = [Math.floor(at / 12), at % 12]
          return i === j ? 0 : Math.max(0, columns[i][i] - columns[i][j] - columns[j][i] + columns[j][j])
        }),
        12,
        12,
      )
      const losses = matrix(
        normals(9, 144).map((value) => value * value),
        12,
        12,
      )
      const { chosen, deviation } = medoids(functionalDistances(squared, losses), 3)
      const aspect = { share: 1, belief: beliefOf(losses), values: [0.3, 0.9, 1.2], noise: [0.02, 0.05, 0.1] }
      const { mean, spread } = conditionAll([aspect], chosen)
      const norms = Float64Array.from(columns, (column, i) => column[i])
      const answers = chosen.map((index) => ({ index, product: columns[5][index] }))
      const { lower } = boundsBy({ norms, column: (j) => columns[j] }, norms[5], answers)
      const told = [chosen, deviation, [...mean], [...spread], nextProbes([aspect], chosen, 4), [...lower]]
      return sha256Hex(canonicalJson(told))
    },
    bounds: () => sha256Hex(canonicalJson([0.3, 1e-5, 1e-300].map((delta) => embeddingBound(old(), delta)))),
  }
  return [
    {
      name: 'reduce from a start',
      digest: async (engine) => {
        const X = data(7, 400, 20, 'f64')
        const grown = { ...options, size: 12, start: old() }
        return sha256Hex(encode(await (engine ? engine.reduce(X, grown) : reduce(X, grown))))
      },
    },
    ...Object.entries(local).map(([name, digest]): GoldenCase => ({ name, digest: async () => digest() })),
  ]
}

const grams = (): GoldenCase[] => [
  {
    name: 'gram f32 d=300 in pairs',
    digest: async (engine) => {
      const [X, Z] = [data(1, 525, 300, 'f32'), data(2, 133, 300, 'f32')]
      const kernel = gaussian(1 / 600)
      const K = engine
        ? await engine.gram(X, Z, kernel, { precision: 'f32' })
        : gram(X, Z, kernel, { precision: 'f32' })
      return sha256Hex(new Uint8Array(K.data.buffer as ArrayBuffer))
    },
  },
]

/** All golden cases; their digests are committed in golden.json. */
export const goldenCases = (): GoldenCase[] => [
  ...reductions(),
  ...specifications(),
  ...searches(),
  ...derived(),
  ...otherKernels(),
  ...grams(),
]
