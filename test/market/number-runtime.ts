import type { Matrix } from '../../src/base/matrix.js'
import type { Model, ModelInput, ModelOutput, Runtime } from '../../src/learnware/model.js'
import { readTable } from '../../src/specification/rows/table.js'

/** A model in one line of JSON: linear scores of the inputs; `fault` is what a bad model does. */
export interface NumberModel {
  readonly weights: readonly (number | readonly number[])[]
  readonly bias: number | readonly number[]
  readonly fault?: 'wide' | 'nan' | 'batch' | 'random' | 'constant' | 'throws' | 'infinite'
  readonly note?: string
}

const magic = 'NUM1'

/** Bytes of a model: `NUM1`, a line of JSON, and what may follow it. */
export const numberModel = (model: NumberModel, padding = 0): Uint8Array => {
  const text = new TextEncoder().encode(`${magic}${JSON.stringify(model)}\n`)
  const bytes = new Uint8Array(text.length + padding)
  bytes.set(text)
  return bytes
}

let calls = 0
let open = 0

/** How many models are open now. */
export const openModels = (): number => open

/** A runtime of the tests: linear models, and softmax of linear scores. It refuses everything that is none of its models. */
export const numberRuntime: Runtime = {
  name: 'numbers',
  async open(bytes, { inputs, output }) {
    const end = bytes.indexOf(10)
    const text = new TextDecoder().decode(bytes.subarray(0, Math.max(end, 0)))
    if (!text.startsWith(magic)) throw new Error('the bytes do not begin with NUM1; export a number model')
    open++
    return modelOf(JSON.parse(text.slice(magic.length)), inputs, output)
  },
}

const modelOf = ({ weights, bias, fault }: NumberModel, inputs: readonly ModelInput[], output: ModelOutput): Model => ({
  inputs,
  output,
  async predict(rows) {
    if (fault === 'throws') throw new Error('the model has no operator Foo')
    const x = readTable(
      rows,
      inputs.map((input) => ({ ...input, missing: 'allowed' as const })),
    )
    const width = Array.isArray(bias) ? bias.length : 1
    const biases = Array.isArray(bias) ? bias : [bias as number]
    const data = new Float64Array(x.rows * width)
    for (let i = 0; i < x.rows; i++) {
      for (let c = 0; c < width; c++) {
        let sum = biases[c]
        weights.forEach((weight, j) => {
          const value = x.data[i * x.columns + j]
          const factor = fault === 'constant' ? 0 : Array.isArray(weight) ? weight[c] : (weight as number)
          sum += factor * (Number.isNaN(value) ? 0 : value)
        })
        if (fault === 'nan') sum = Number.NaN
        if (fault === 'infinite' && Math.abs(sum) > 1e5) sum = Number.POSITIVE_INFINITY
        if (fault === 'batch') sum += x.rows
        if (fault === 'random') sum += calls++
        data[i * width + c] = sum
      }
      if (output.kind === 'probabilities') softmax(data.subarray(i * width, (i + 1) * width))
    }
    const result: Matrix = { rows: x.rows, columns: width, data }
    return fault === 'wide' ? { rows: x.rows, columns: 2 * width, data: new Float64Array(2 * data.length) } : result
  },
  async close() {
    open--
  },
})

const softmax = (row: Float64Array): void => {
  const most = Math.max(...row)
  let sum = 0
  for (let c = 0; c < row.length; c++) {
    row[c] = Math.exp(row[c] - most)
    sum += row[c]
  }
  for (let c = 0; c < row.length; c++) row[c] /= sum
}
