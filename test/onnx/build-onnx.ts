// Just enough of protobuf to write small ONNX models by hand (onnx.proto3, IR version 8).

type Field = readonly [number, number | string | Uint8Array]

const varint = (value: number): number[] => {
  const bytes: number[] = []
  let rest = value
  while (rest >= 128) {
    bytes.push((rest % 128) + 128)
    rest = Math.floor(rest / 128)
  }
  return [...bytes, rest]
}

const message = (...fields: readonly Field[]): Uint8Array => {
  const bytes: number[] = []
  for (const [number, value] of fields) {
    if (typeof value === 'number') {
      bytes.push(...varint(number * 8), ...varint(value))
      continue
    }
    const content = typeof value === 'string' ? new TextEncoder().encode(value) : value
    bytes.push(...varint(number * 8 + 2), ...varint(content.length))
    for (const byte of content) bytes.push(byte)
  }
  return Uint8Array.from(bytes)
}

const types = { float32: 1, int64: 7, float64: 11, string: 8 } as const
export type ElementType = keyof typeof types

/** A tensor type's description; text dimensions are symbolic. */
const tensorType = (type: ElementType, shape: readonly (number | string)[]): Uint8Array =>
  message([
    1,
    message(
      [1, types[type]],
      [2, message(...shape.map((dim): Field => [1, message([typeof dim === 'number' ? 1 : 2, dim])]))],
    ),
  ])

/** A named input or output. */
export const value = (name: string, type: ElementType, shape: readonly (number | string)[]): Uint8Array =>
  message([1, name], [2, tensorType(type, shape)])

/** An output of ZipMap: a list of maps from class numbers to probabilities. */
export const dictionaries = (name: string): Uint8Array => {
  const map = message([5, message([1, types.int64], [2, tensorType('float32', [])])])
  return message([1, name], [2, message([4, message([1, map])])])
}

/** An initializer: float32 or int64 values with a shape. */
export const tensor = (
  name: string,
  shape: readonly number[],
  data: readonly number[],
  type: 'float32' | 'int64' = 'float32',
): Uint8Array => {
  const content = type === 'int64' ? BigInt64Array.from(data, BigInt) : Float32Array.from(data)
  return message(
    ...shape.map((dim): Field => [1, dim]),
    [2, types[type]],
    [8, name],
    [9, new Uint8Array(content.buffer)],
  )
}

/** An initializer whose values are in a file beside the model. */
export const external = (name: string, shape: readonly number[], file: string): Uint8Array =>
  message(...shape.map((dim): Field => [1, dim]), [2, 1], [8, name], [13, message([1, 'location'], [2, file])], [14, 1])

/** A whole-number attribute, or a list of them. */
export const attribute = (name: string, ints: number | readonly number[]): Uint8Array =>
  typeof ints === 'number'
    ? message([1, name], [3, ints], [20, 2])
    : message([1, name], ...ints.map((int): Field => [8, int]), [20, 7])

/** An operator with its inputs, outputs and attributes. */
export const node = (
  type: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: readonly Uint8Array[] = [],
  domain = '',
): Uint8Array =>
  message(
    ...inputs.map((name): Field => [1, name]),
    ...outputs.map((name): Field => [2, name]),
    [4, type],
    ...attributes.map((bytes): Field => [5, bytes]),
    [7, domain],
  )

export interface Graph {
  readonly nodes: readonly Uint8Array[]
  readonly inputs: readonly Uint8Array[]
  readonly outputs: readonly Uint8Array[]
  readonly initializers?: readonly Uint8Array[]
  readonly metadata?: Readonly<Record<string, string>>
}

/** The bytes of a model with opset 17 and ai.onnx.ml 3. */
export const model = ({ nodes, inputs, outputs, initializers = [], metadata = {} }: Graph): Uint8Array => {
  const graph = message(
    ...nodes.map((bytes): Field => [1, bytes]),
    [2, 'test'],
    ...initializers.map((bytes): Field => [5, bytes]),
    ...inputs.map((bytes): Field => [11, bytes]),
    ...outputs.map((bytes): Field => [12, bytes]),
  )
  return message(
    [1, 8],
    [7, graph],
    [8, message([1, ''], [2, 17])],
    [8, message([1, 'ai.onnx.ml'], [2, 3])],
    ...Object.entries(metadata).map(([key, text]): Field => [14, message([1, key], [2, text])]),
  )
}

/** y = xW + b for rows of `weights.length / width` columns, with what the shapes and types say. */
export const affine = (
  weights: readonly number[],
  bias: readonly number[],
  { rows = 'N', flat = false, softmax = false }: { rows?: number | string; flat?: boolean; softmax?: boolean } = {},
): Uint8Array => {
  const width = bias.length
  const columns = weights.length / width
  const last = flat || softmax ? 'inner' : 'output'
  return model({
    nodes: [
      node('MatMul', ['input', 'W'], ['product']),
      node('Add', ['product', 'b'], [last]),
      ...(softmax ? [node('Softmax', ['inner'], ['output'])] : []),
      ...(flat ? [node('Squeeze', ['inner', 'axes'], ['output'])] : []),
    ],
    inputs: [value('input', 'float32', [rows, columns])],
    outputs: [value('output', 'float32', flat ? [rows] : [rows, width])],
    initializers: [
      tensor('W', [columns, width], weights),
      tensor('b', [width], bias),
      ...(flat ? [tensor('axes', [1], [1], 'int64')] : []),
    ],
  })
}
