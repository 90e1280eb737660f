import { type Matrix, matrix } from '../../../src/base/matrix.js'
import { uniforms } from '../../../src/base/random.js'
import type { Model, Runtime } from '../../../src/learnware/model.js'
import { choleskySolve } from '../../../src/qp/cholesky.js'
import type { Description } from '../../../src/specification/description/description.js'
import { readTable } from '../../../src/specification/rows/table.js'
import { foundTerms } from '../../../src/specification/specify/found.js'
import { specify } from '../../../src/specification/specify/specify.js'
import { memoryStore } from '../../../src/store/memory.js'
import { normals } from '../../../src/wasm/scalar.js'
import type { AnchorSet, Labelled } from './set.js'

const dimension = 4
const features = 24
const columns = Array.from({ length: dimension }, (_, c) => ({
  name: `x${c}`,
  kind: 'numeric' as const,
  missing: 'none' as const,
}))

const description = (name: string): Description => ({
  Data: { Type: 'Class', Values: ['Table'] },
  Task: { Type: 'Class', Values: ['Regression'] },
  Library: { Type: 'Class', Values: ['Others'] },
  Scenario: { Type: 'Tag', Values: ['Others'] },
  Name: { Type: 'String', Values: name },
  Description: { Type: 'String', Values: name },
  License: { Type: 'Class', Values: ['Apache-2.0'] },
  Input: {
    Dimension: dimension,
    Description: Object.fromEntries(columns.map(({ name }, c) => [c, name])),
  },
  Output: { Dimension: 1, Description: { 0: 'y' } },
  LDL: {
    version: 1,
    inputs: columns.map(({ name }) => ({
      name,
      kind: 'numeric',
      centre: 0,
      scale: 1,
    })),
    output: { kind: 'real', centre: 0, scale: 3 },
    objective: { metric: 'mse', direction: 'min' },
  },
})

/** A task of its own: where its rows lie, and what is to be learnt from them. */
interface Task {
  rows(count: number, seed: number): { X: Matrix; y: Float64Array }
}

/** Tasks that differ in their rows (six regions, each task beside one of them) and, apart from that, in what is to be learnt (five concepts, each task a variant of one). */
const tasksOf = (seed: number) => {
  const directions = normals(seed, features * dimension).map((value) => 0.45 * value)
  const random = uniforms(seed + 1)
  const phases = Float64Array.from({ length: features }, () => 2 * Math.PI * random())
  const regions = normals(seed + 3, 6 * dimension).map((value) => 1.5 * value)
  const concepts = normals(seed + 4, 5 * features)
  const lift = (X: Matrix): Float64Array =>
    Float64Array.from({ length: X.rows * features }, (_, at) => {
      const [i, f] = [Math.floor(at / features), at % features]
      let inner = phases[f]
      for (let c = 0; c < dimension; c++) inner += directions[f * dimension + c] * X.data[i * dimension + c]
      return Math.cos(inner)
    })
  const apply = (X: Matrix, weights: ArrayLike<number>): Float64Array => {
    const lifted = lift(X)
    return Float64Array.from({ length: X.rows }, (_, i) => {
      let sum = 0
      for (let f = 0; f < features; f++) sum += weights[f] * lifted[i * features + f]
      return sum
    })
  }
  const task = (own: number): Task => {
    const pick = uniforms(own)
    const region = Math.floor(6 * pick())
    const concept = Math.floor(5 * pick())
    const shift = normals(own + 1, dimension)
    const weights = normals(own + 2, features).map((value, f) => concepts[concept * features + f] + 0.35 * value)
    return {
      rows(count, seed) {
        const data = normals(seed, count * dimension).map(
          (value, at) => value + regions[region * dimension + (at % dimension)] + 0.4 * shift[at % dimension],
        )
        const X = matrix(data, count, dimension)
        const noise = normals(seed + 1, count)
        return {
          X,
          y: apply(X, weights).map((value, i) => value + 0.3 * noise[i]),
        }
      },
    }
  }
  /** Ridge regression on the features. */
  const trained = ({ X, y }: { X: Matrix; y: Float64Array }): Float64Array => {
    const lifted = lift(X)
    const G = new Float64Array(features * features)
    const c = new Float64Array(features)
    for (let i = 0; i < X.rows; i++) {
      for (let f = 0; f < features; f++) {
        c[f] += lifted[i * features + f] * y[i]
        for (let g = 0; g < features; g++) G[f * features + g] += lifted[i * features + f] * lifted[i * features + g]
      }
    }
    return choleskySolve(matrix(G, features, features), c, { ridge: 1 })
  }
  return { task, trained, apply }
}

const bytesOf = (weights: Float64Array): Uint8Array => new TextEncoder().encode(JSON.stringify(Array.from(weights)))

const table = (X: Matrix): Record<string, Float64Array> =>
  Object.fromEntries(
    columns.map(({ name }, c) => [name, Float64Array.from({ length: X.rows }, (_, i) => X.data[i * dimension + c])]),
  )

/** A market of `size` simulated learnwares, each trained on 200 rows, and users with tasks of the same kind but of their own. */
export const simulatedSet = (seed: number, size: number, users: number, few: number): AnchorSet => {
  const { task, trained, apply } = tasksOf(seed)
  const runtime: Runtime = {
    name: 'features',
    async open(bytes, { inputs, output }): Promise<Model> {
      const weights: number[] = JSON.parse(new TextDecoder().decode(bytes))
      return {
        inputs,
        output,
        async predict(rows) {
          const data = apply(readTable(rows, columns), weights)
          return { rows: data.length, columns: 1, data }
        },
        async close() {},
      }
    },
  }
  const labelled = ({ X, y }: { X: Matrix; y: Float64Array }): Labelled => ({
    rows: table(X),
    labels: Array.from(y),
  })
  return {
    name: `simulated ${seed}`,
    runtime,
    store: memoryStore(),
    submissions: function* () {
      for (let i = 0; i < size; i++) {
        const own = 100_000 + 1000 * seed + 10 * i
        const { X, y } = task(own).rows(200, own + 3)
        const about = description(`learnware ${seed} ${i}`)
        const specification = specify(foundTerms(about), table(X), {
          labels: y,
          seed: own,
        })
        yield {
          description: about,
          specification,
          model: bytesOf(trained({ X, y })),
        }
      }
    },
    users: Array.from({ length: users }, (_, u) => {
      const own = task(7_000_000 + 1000 * seed + 10 * u)
      return {
        few: labelled(own.rows(few, 555_555 + u)),
        test: labelled(own.rows(500, 991 + u)),
      }
    }),
    loss: (predicted, labels) =>
      labels.reduce<number>((sum, y, i) => sum + (predicted.data[i] - Number(y)) ** 2, 0) / labels.length,
  }
}
