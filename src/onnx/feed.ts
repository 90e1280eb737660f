import type { Tensor } from 'onnxruntime-web'
import { ValueError } from '../base/error.js'
import type { Matrix } from '../base/matrix.js'
import type { ModelInput, ModelOutput } from '../learnware/model.js'
import type { Contract, FeedType } from './contract.js'

/** What an input tensor holds. */
export type FeedData = Float32Array | Float64Array | BigInt64Array | Int32Array

/** Rows `start` … `end` of raw values as a tensor's content, zeros up to `rows`. */
export const feed = (
  raw: Matrix,
  start: number,
  end: number,
  rows: number,
  { oneHot, width, type }: Contract['input'],
  inputs: readonly ModelInput[],
): FeedData => {
  const values = new Float64Array(rows * width)
  for (let i = start; i < end; i++) {
    let place = (i - start) * width
    inputs.forEach(({ kind, categories }, j) => {
      const value = raw.data[i * raw.columns + j]
      if (oneHot && kind === 'categorical') {
        if (!Number.isNaN(value)) values[place + value] = 1
        place += categories?.length ?? 0
      } else values[place++] = value
    })
  }
  return converted(values, type, width, start)
}

const converted = (values: Float64Array, type: FeedType, width: number, start: number): FeedData => {
  if (type === 'float64') return values
  if (type === 'float32') return Float32Array.from(values)
  for (let e = 0; e < values.length; e++) {
    if (!Number.isSafeInteger(values[e]) || (type === 'int32' && (values[e] | 0) !== values[e])) {
      throw new ValueError(
        `"rows" expected whole numbers, as this model takes ${type}, got ${values[e]} in row ${start + Math.floor(e / width)}, column ${e % width}`,
      )
    }
  }
  return type === 'int32' ? Int32Array.from(values) : BigInt64Array.from(values, BigInt)
}

// Softmax in float32 is off by less; what is further off is no probability.
const slack = 1e-3

/**
 * Copies the first `rows` rows of an output tensor into `result` at `offset`, rows × width.
 * @throws RangeError where its shape or its numbers are not what was declared.
 */
export const read = (
  tensor: Tensor,
  rows: number,
  fed: number,
  output: ModelOutput,
  result: Float64Array,
  offset: number,
): void => {
  const width = output.kind === 'real' ? 1 : output.classes.length
  const { dims, data } = tensor
  const columns = dims.length === 2 ? dims[1] : 1
  const single = columns === 1 && width === 2
  if (dims.length > 2 || dims.length === 0 || dims[0] !== fed || (columns !== width && !single)) {
    throw new ValueError(
      `"model" expected an output of ${fed} × ${width} for ${fed} rows, got ${dims.join(' × ')}; its description or its graph is wrong`,
      'shape',
    )
  }
  const values = data as Float32Array | Float64Array
  for (let i = 0; i < rows; i++) {
    let sum = 0
    for (let c = 0; c < width; c++) {
      const value = single ? (c === 1 ? values[i] : 1 - values[i]) : values[i * width + c]
      if (!Number.isFinite(value)) throw broken(`a finite number, got ${value}`, offset + i)
      if (output.kind === 'probabilities' && !(value >= -slack && value <= 1 + slack))
        throw broken(`probabilities, got ${value}`, offset + i)
      sum += value
      result[(offset + i) * width + c] = value
    }
    if (output.kind === 'probabilities' && Math.abs(sum - 1) > slack * width)
      throw broken(`probabilities that sum to 1, got a sum of ${sum}`, offset + i)
  }
}

const broken = (what: string, row: number): ValueError =>
  new ValueError(
    `"model" expected to put out ${what} in row ${row}; ${what.startsWith('prob') ? 'end the graph with a Softmax' : 'its rows may hold values or missing ones that it was not trained for'}`,
  )
