import type { InferenceSession } from 'onnxruntime-web'
import { ValueError } from '../base/error.js'
import type { ModelInput, ModelOutput } from '../learnware/model.js'

/** Element types that rows can be converted to. */
export type FeedType = 'float32' | 'float64' | 'int64' | 'int32'

/** How a session is to be fed and read, once it fits what was declared. */
export interface Contract {
  readonly input: { readonly name: string; readonly type: FeedType; readonly oneHot: boolean; readonly width: number }
  /** Rows that the graph takes at once where it fixes them. */
  readonly fixedRows: number | undefined
  readonly output: string
}

const feedTypes: readonly string[] = ['float32', 'float64', 'int64', 'int32']

/** Columns of the input where every category is a column of its own. */
export const oneHotWidth = (inputs: readonly ModelInput[]): number =>
  inputs.reduce((sum, { kind, categories }) => sum + (kind === 'categorical' ? (categories?.length ?? 0) : 1), 0)

/**
 * The contract of a session with a declaration.
 * @throws RangeError with one sentence where the model takes or gives something else.
 */
export const contractOf = (
  session: InferenceSession,
  { inputs, output }: { inputs: readonly ModelInput[]; output: ModelOutput },
): Contract => ({ ...inputOf(session, inputs), output: outputOf(session, output) })

const shapeText = (shape: readonly (number | string)[]): string => `[${shape.join(', ')}]`

const inputOf = (session: InferenceSession, inputs: readonly ModelInput[]): Omit<Contract, 'output'> => {
  if (session.inputNames.length !== 1) {
    throw misfit(`one input for all columns, got ${session.inputNames.length} (${named(session.inputNames)})`)
  }
  const metadata = session.inputMetadata[0]
  if (!metadata.isTensor || !feedTypes.includes(metadata.type)) {
    throw misfit(`a numeric input, got ${metadata.isTensor ? metadata.type : 'no tensor'} for "${metadata.name}"`)
  }
  const { name, type, shape } = metadata
  if (shape.length !== 2) throw misfit(`an input of rows × columns, got the shape ${shapeText(shape)} for "${name}"`)
  const plain = inputs.length
  const wide = oneHotWidth(inputs)
  const width = typeof shape[1] === 'number' && shape[1] >= 0 ? shape[1] : plain
  if (width !== plain && width !== wide) {
    throw misfit(
      `an input of ${plain} columns, as declared${wide === plain ? '' : ` (or ${wide}, one for each category)`}, got the shape ${shapeText(shape)} for "${name}"`,
      'give the description of this model, or the model of this description',
    )
  }
  const fixedRows = typeof shape[0] === 'number' && shape[0] > 0 ? shape[0] : undefined
  return { input: { name, type: type as FeedType, oneHot: width !== plain, width }, fixedRows }
}

/** The output that holds what was declared: probabilities rather than labels, the only float one otherwise. */
const outputOf = (session: InferenceSession, output: ModelOutput): string => {
  const found = session.outputMetadata
  if (found.some((metadata) => !metadata.isTensor)) {
    throw misfit(
      'tensors as outputs, got a ZipMap (a list of dictionaries)',
      'export with zipmap off: skl2onnx options={"zipmap": False}, onnxmltools zipmap=False',
    )
  }
  const width = output.kind === 'real' ? 1 : output.classes.length
  const real = found.filter(
    (metadata) => metadata.isTensor && (metadata.type === 'float32' || metadata.type === 'float64'),
  )
  const fitting = real.filter((metadata) => metadata.isTensor && widths(metadata.shape, width))
  if (fitting.length === 1) return fitting[0].name
  const what = output.kind === 'real' ? 'one number for each row' : `${width} probabilities for each row`
  if (fitting.length > 1)
    throw misfit(`one output with ${what}, got ${fitting.length} (${named(fitting.map(({ name }) => name))})`)
  const got = found.map((metadata) =>
    metadata.isTensor ? `"${metadata.name}" ${metadata.type} ${shapeText(metadata.shape)}` : '',
  )
  throw misfit(
    `an output with ${what}, got ${got.join(', ')}`,
    'give the description of this model, or the model of this description',
  )
}

/** True where a shape may be rows × width; two classes may come as the probability of the second. */
const widths = (shape: readonly (number | string)[], width: number): boolean => {
  if (shape.length === 1) return width <= 2
  if (shape.length !== 2) return shape.length === 0
  return typeof shape[1] !== 'number' || shape[1] <= 0 || shape[1] === width || (shape[1] === 1 && width === 2)
}

const named = (names: readonly string[]): string => {
  const shown = names.slice(0, 4).map((name) => JSON.stringify(name.slice(0, 40)))
  return names.length > 4 ? `${shown.join(', ')}, …` : shown.join(', ')
}

const misfit = (what: string, advice = 'export it with one tensor in and one tensor out'): ValueError =>
  new ValueError(`"model" expected ${what}; ${advice}`, 'shape')
