import { KindError, shown, ValueError } from '../../base/error.js'
import { type FittedState, fittedOf } from '../fit/cross-validation.js'
import { encodingFrom, farthest } from '../fit/encoding.js'
import { modelOf } from '../fit/fitted-model.js'
import { heading, largest } from '../fit/saved-model.js'
import { mostNodes, treesFrom } from '../learner/boosted-trees.js'
import type { FitState, KernelState, LinearState, TreesState } from '../learner/fit-state.js'
import { kernelClassifierFrom } from '../learner/kernel-classifier.js'
import { kernelRidgeFrom, mostRows } from '../learner/kernel-ridge.js'
import type { Predict } from '../learner/learner.js'
import { linearFit } from '../learner/linear.js'
import { entropy } from '../learner/logistic.js'
import { squared } from '../learner/ridge.js'
import type { Model, ModelInput, ModelOutput } from '../model.js'

/** Whether bytes begin as those of a saved model do. */
export const isSaved = (bytes: Uint8Array): boolean =>
  new TextDecoder().decode(bytes.subarray(0, heading.length)) === heading

/**
 * The model in bytes of `save`, which may come from anyone: every number and every length is looked at first.
 * @throws RangeError with one sentence where they hold no such model, or one of other inputs or another output.
 */
export const opened = (
  bytes: Uint8Array,
  { inputs, output }: { readonly inputs: readonly ModelInput[]; readonly output: ModelOutput },
): Model => {
  const file = objectAt(parsed(bytes), 'the whole')
  const said = arrayAt(file.inputs, 'inputs').map((input) => {
    const { name, categories } = objectAt(input, 'an input')
    return [textAt(name, 'the name of an input'), ...textsAt(categories, 'the categories of an input')]
  })
  const declared = inputs.map(({ name, own = name, categories = [] }) => [own, ...categories])
  if (!same(said, declared)) {
    throw misfit('its inputs are those declared, by name, order and categories', said.map(([name]) => name).join(', '))
  }
  const { kind, classes } = objectAt(file.output, 'output')
  const puts = [textAt(kind, 'the kind of the output'), ...textsAt(classes, 'the classes')]
  if (!same(puts, output.kind === 'real' ? ['real'] : [output.kind, ...output.classes])) {
    throw misfit('its output is the one declared', puts.join(', '))
  }
  const width = output.kind === 'real' ? 1 : output.classes.length
  const state = stateOf(file, inputs, width, output.kind)
  const fit = fitFrom(state.fit)
  return modelOf({ inputs, output }, fittedOf(fit, {}, encodingFrom(state.coordinates), state.range))
}

const parsed = (bytes: Uint8Array): unknown => {
  if (!(bytes instanceof Uint8Array)) throw new KindError(`"bytes" expected a Uint8Array, got ${shown(bytes)}`)
  if (!isSaved(bytes)) throw misfit(`they begin with ${heading}`, new TextDecoder().decode(bytes.subarray(0, 20)))
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw misfit('they are one whole object of JSON', 'something else')
  }
}

const same = (a: readonly (string | readonly string[])[], b: readonly (string | readonly string[])[]): boolean =>
  JSON.stringify(a) === JSON.stringify(b)

const fitFrom = (state: FitState): Predict => {
  if (state.kind === 'trees') return treesFrom(state)
  if (state.kind === 'linear') {
    return linearFit(state.theta, state.loss === 'squared' ? squared : entropy, state.labels)
  }
  return state.softmax ? kernelClassifierFrom(state, state.softmax) : kernelRidgeFrom(state)
}

type Held = Readonly<Record<string, unknown>>

const stateOf = (file: Held, inputs: readonly ModelInput[], width: number, kind: ModelOutput['kind']): FittedState => {
  const known = new Set<string>()
  const coordinates = arrayAt(file.coordinates, 'coordinates').map((each) => {
    const { column, level, centre, scale } = objectAt(each, 'a coordinate')
    const place = wholeIn(column, 0, inputs.length - 1, 'the column of a coordinate')
    const { kind, categories } = inputs[place]
    const [first, last] = kind === 'categorical' ? [0, (categories?.length ?? largest) - 1] : [-1, -1]
    wholeIn(level, first, last, 'the level of a coordinate')
    const key = `${place} ${level}`
    if (known.has(key)) throw misfit('no coordinate comes twice', key)
    known.add(key)
    return {
      column: place,
      level: level as number,
      centre: numberIn(centre, -largest, 'the centre of a coordinate'),
      scale: numberIn(scale, Number.MIN_VALUE, 'the scale of a coordinate'),
    }
  })
  const fit = fitOf(objectAt(file.fit, 'fit'), Math.max(1, coordinates.length), width, kind)
  if (kind !== 'real') return { coordinates, fit }
  const [low, high] = numbersAt(file.range, 2, 'range')
  return { coordinates, range: [low, numberIn(high, low, 'the end of the range')], fit }
}

const fitOf = (fit: Held, d: number, width: number, kind: ModelOutput['kind']): FitState => {
  const loss = kind === 'real' ? 'squared' : 'entropy'
  if (fit.kind === 'kernel') return kernelOf(fit, d, width, kind)
  if (fit.kind !== 'linear' && fit.kind !== 'trees') throw misfit('its fit is linear, kernel or trees', fit.kind)
  if (fit.loss !== loss) throw misfit(`the loss of a ${kind} is ${loss}`, fit.loss)
  const labels = numberIn(fit.labels, Number.MIN_VALUE, 'labels')
  return fit.kind === 'linear' ? linearOf(fit, loss, labels, d, width) : treesOf(fit, loss, labels, d, width)
}

const linearOf = (fit: Held, loss: LinearState['loss'], labels: number, d: number, width: number): LinearState => {
  const given = arrayAt(fit.theta, 'theta')
  const hidden = (value: unknown, e: number): boolean => value === null && loss === 'entropy' && e >= d * width
  const theta = numbersAt(
    given.map((value, e) => (hidden(value, e) ? 0 : value)),
    (d + 1) * width,
    'theta',
  ).map((value, e) => (hidden(given[e], e) ? -Infinity : value))
  if (theta.subarray(d * width).every((value) => value === -Infinity)) throw misfit('one class is possible', 'none')
  return { kind: 'linear', loss, theta, labels }
}

const kernelOf = (fit: Held, d: number, width: number, kind: ModelOutput['kind']): KernelState => {
  const intercept = numbersAt(fit.intercept, width, 'intercept')
  const rows = arrayAt(fit.alpha, 'alpha').length / width
  const softmax = kind === 'real' ? undefined : objectAt(fit.softmax, 'softmax')
  return {
    kind: 'kernel',
    gamma: numberIn(fit.gamma, Number.MIN_VALUE, 'gamma'),
    alpha: numbersAt(fit.alpha, wholeIn(rows, 1, mostRows, 'the rows of alpha') * width, 'alpha'),
    basis: numbersAt(fit.basis, rows * d, 'basis', farthest),
    intercept,
    ...(softmax && {
      softmax: {
        factor: numberIn(softmax.factor, Number.MIN_VALUE, 'the factor of the softmax', mostFactor),
        labels: numberIn(softmax.labels, Number.MIN_VALUE, 'labels'),
      },
    }),
  }
}

const treesOf = (fit: Held, loss: TreesState['loss'], labels: number, d: number, width: number): TreesState => ({
  kind: 'trees',
  loss,
  start: numbersAt(fit.start, width, 'start'),
  trees: arrayAt(fit.trees, 'trees').map((each) => {
    const tree = objectAt(each, 'a tree')
    const nodes = wholeIn(arrayAt(tree.columns, 'columns').length, 1, mostNodes, 'the nodes of a tree')
    const columns = numbersAt(tree.columns, nodes, 'columns')
    const children = numbersAt(tree.children, nodes, 'children')
    columns.forEach((column, node) => {
      wholeIn(column, -1, d - 1, 'the column of a node')
      // A child that stands before its parent could lead a row in a circle.
      if (column >= 0) wholeIn(children[node], node + 1, nodes - 2, 'the child of a node')
    })
    return {
      weight: numberIn(tree.weight, 0, 'the weight of a tree', mostWeight),
      columns: Int32Array.from(columns),
      cuts: numbersAt(tree.cuts, nodes, 'cuts'),
      children: Int32Array.from(children),
      values: numbersAt(tree.values, nodes * width, 'values'),
    }
  }),
  labels,
})

/** A share of 1, but for rounding. */
const mostWeight = 1 + 1e-9
const mostFactor = 1e6

const objectAt = (value: unknown, name: string): Held => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Held
  throw misfit(`${name} is an object`, value)
}

const textAt = (value: unknown, name: string): string => {
  if (typeof value === 'string') return value
  throw misfit(`${name} is text`, value)
}

const textsAt = (value: unknown, name: string): readonly string[] =>
  value === undefined ? [] : arrayAt(value, name).map((each) => textAt(each, name))

const arrayAt = (value: unknown, name: string): readonly unknown[] => {
  if (Array.isArray(value)) return value
  throw misfit(`${name} is an array`, value)
}

const numbersAt = (value: unknown, length: number, name: string, most = largest): Float64Array => {
  const given = arrayAt(value, name)
  if (given.length !== length) throw misfit(`${name} has ${length} numbers`, given.length)
  return Float64Array.from(given, (entry) => numberIn(entry, -most, name, most))
}

const numberIn = (value: unknown, low: number, name: string, high = largest): number => {
  if (typeof value === 'number' && value >= low && value <= high) return value
  throw misfit(`${name} is a number from ${low} to ${high}`, value)
}

const wholeIn = (value: unknown, low: number, high: number, name: string): number => {
  if (Number.isInteger(value) && (value as number) >= low && (value as number) <= high) return value as number
  throw misfit(`${name} is a whole number from ${low} to ${high}`, value)
}

const misfit = (expected: string, got: unknown): ValueError =>
  new ValueError(
    `"bytes" expected a saved model in which ${expected}, got ${shown(got)}; give the bytes of "save", with the description of that model`,
  )
