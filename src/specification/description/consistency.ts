import * as v from 'valibot'
import { listed } from '../fuzzy.js'
import type { Finding } from '../plain.js'
import { fieldSchema, outputSchema, shapeSchema } from './schema.js'

type Field = v.InferOutput<typeof fieldSchema>
type Output = v.InferOutput<typeof outputSchema>
type Shape = v.InferOutput<typeof shapeSchema>
type Report = (path: string, message: string) => void

const most = { inputs: 2_000, words: 2_000, name: 200 } as const
const risingMetrics = ['accuracy', 'auc', 'f1', 'prbep']

/**
 * What the schema cannot say: names and words unique, categories present, ranges in order, dimensions that agree with
 * inputs and classes, task with output, metric with direction. Parts that are not of the schema's form are passed over.
 */
export const consistencyFindings = (value: unknown, requirement: boolean): Finding[] => {
  const findings: Finding[] = []
  const report: Report = (path, message) => {
    findings.push({ path, message })
  }
  const language = member(value, 'LDL')
  const inputs = list(member(language, 'inputs'))
  inputs.forEach((input, i) => {
    if (fits(fieldSchema, input)) checkField(input, `LDL.inputs[${i}]`, requirement, report)
  })
  checkNames(inputs, report)
  const output = member(language, 'output')
  if (fits(outputSchema, output))
    checkOutput(output, list(member(member(value, 'Task'), 'Values')), requirement, report)
  checkDirection(member(language, 'objective'), report)
  const sizes = { Input: inputSize(inputs), Output: fits(outputSchema, output) ? outputSize(output) : undefined }
  for (const part of ['Input', 'Output'] as const) {
    const shape = member(value, part)
    if (fits(shapeSchema, shape)) checkShape(shape, part, sizes[part], report)
  }
  checkClasses(value, report)
  return findings
}

const fits = <S extends v.GenericSchema>(schema: S, value: unknown): value is v.InferOutput<S> =>
  v.safeParse(schema, value).success

const member = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const repeated = (values: readonly string[]): string[] => [
  ...new Set(values.filter((word, i) => values.indexOf(word) !== i)),
]

const checkNames = (inputs: readonly unknown[], report: Report): void => {
  if (inputs.length > most.inputs) {
    report(
      'LDL.inputs',
      `expected at most ${most.inputs} inputs, got ${inputs.length}; encode them first (kind embedding)`,
    )
    return
  }
  const names = inputs.map((input) => member(input, 'name')).filter((name) => typeof name === 'string')
  const twice = repeated(names)
  if (twice.length > 0) report('LDL.inputs', `expected each name once, got ${listed(twice)} more than once; rename one`)
}

const checkWords = (words: readonly string[], path: string, what: string, report: Report): void => {
  if (words.length > most.words) {
    report(path, `expected at most ${most.words} ${what}, got ${words.length}; group the rare ones`)
    return
  }
  const twice = repeated(words)
  if (twice.length > 0) report(path, `expected each of the ${what} once, got ${listed(twice)} more than once`)
}

const checkField = (field: Field, path: string, requirement: boolean, report: Report): void => {
  if (field.name.length === 0 || field.name.length > most.name) {
    report(`${path}.name`, `expected 1 to ${most.name} letters, got ${field.name.length}`)
  }
  const least = { categorical: 1, ordinal: 2, binary: 2 }[field.kind as string]
  if (least !== undefined && field.categories !== undefined && field.categories.length < least) {
    report(
      `${path}.categories`,
      `expected at least ${least} for ${field.kind === 'ordinal' ? 'an' : 'a'} ${field.kind} input, got ${field.categories.length}`,
    )
  }
  if (field.kind === 'binary' && (field.categories?.length ?? 2) > 2) {
    report(`${path}.categories`, `expected 2 for a binary input, got ${field.categories?.length}; make it categorical`)
  }
  if ((field.kind === 'categorical' || field.kind === 'ordinal') && field.categories === undefined && !requirement) {
    report(
      `${path}.categories`,
      `is missing; ${field.kind === 'ordinal' ? 'an ordinal' : 'a categorical'} input needs its known words${field.kind === 'ordinal' ? ' in rising order' : ''}`,
    )
  }
  if (field.kind === 'embedding' && field.dim === undefined && !requirement) {
    report(`${path}.dim`, 'is missing; an embedding needs its dimension')
  }
  if (field.categories !== undefined) checkWords(field.categories, `${path}.categories`, 'categories', report)
  checkRange(field, path, report)
}

const checkRange = ({ range, centre }: Field | Output, path: string, report: Report): void => {
  if (range === undefined) return
  const [low, high] = range
  if (!(low < high)) {
    report(`${path}.range`, `expected the lowest before the highest value, got ${low} and ${high}`)
  } else if (centre !== undefined && (centre < low || centre > high)) {
    report(`${path}.centre`, `expected a value inside the range ${low} to ${high}, got ${centre}`)
  }
}

const checkOutput = (output: Output, tasks: readonly unknown[], requirement: boolean, report: Report): void => {
  const hasClasses = output.kind === 'label' || output.kind === 'probabilities'
  if (output.classes !== undefined) checkWords(output.classes, 'LDL.output.classes', 'classes', report)
  if (hasClasses && (output.classes?.length ?? 0) < 2 && !(requirement && !output.classes?.length)) {
    report(
      'LDL.output.classes',
      `expected at least 2 classes for the output "${output.kind}", got ${output.classes?.length ?? 'none'}`,
    )
  }
  if (tasks.length === 1) {
    const [task] = tasks
    if (task === 'Regression' && hasClasses) {
      report('LDL.output.kind', `expected "real" for the task Regression, got "${output.kind}"; change one of them`)
    }
    if (task === 'Classification' && output.kind === 'real') {
      report(
        'LDL.output.kind',
        'expected "probabilities" or "label" for the task Classification, got "real"; change one of them',
      )
    }
  }
  checkRange(output, 'LDL.output', report)
}

const checkDirection = (objective: unknown, report: Report): void => {
  const metric = member(objective, 'metric')
  const direction = member(objective, 'direction')
  if (typeof metric !== 'string' || metric === 'custom' || (direction !== 'min' && direction !== 'max')) return
  const right = risingMetrics.includes(metric) ? 'max' : 'min'
  if (direction !== right) {
    report('LDL.objective.direction', `expected "${right}" for the metric ${metric.slice(0, 20)}, got "${direction}"`)
  }
}

/** Numbers that all inputs take together, or undefined where that is open (no inputs, text, images). */
const inputSize = (inputs: readonly unknown[]): number | undefined => {
  if (inputs.length === 0) return undefined
  let size = 0
  for (const input of inputs) {
    if (!fits(fieldSchema, input) || input.kind === 'text' || input.kind === 'image') return undefined
    size += input.kind === 'embedding' ? (input.dim ?? Number.NaN) : 1
  }
  return Number.isNaN(size) ? undefined : size
}

const outputSize = (output: Output): number | undefined => {
  if (output.kind === 'real') return 1
  const isClassed = output.kind === 'label' || output.kind === 'probabilities'
  return isClassed && output.classes !== undefined && output.classes.length > 0 ? output.classes.length : undefined
}

const checkShape = (
  { Dimension, Description }: Shape,
  part: 'Input' | 'Output',
  size: number | undefined,
  report: Report,
): void => {
  if (size !== undefined && Dimension !== size) {
    const source = part === 'Input' ? 'LDL.inputs' : 'LDL.output'
    report(`${part}.Dimension`, `expected ${size} as in ${source}, got ${Dimension}; change one of them`)
  }
  const beyond = Object.keys(Description).filter((key) => Number(key) >= Dimension)
  if (beyond.length > 0) {
    report(`${part}.Description`, `expected positions below the dimension ${Dimension}, got ${listed(beyond)}`)
  }
}

const checkClasses = (value: unknown, report: Report): void => {
  const tasks = list(member(member(value, 'Task'), 'Values'))
  const dimension = member(member(value, 'Output'), 'Dimension')
  if (tasks.length === 1 && tasks[0] === 'Classification' && dimension === 1) {
    report('Output.Dimension', 'expected at least 2 for the task Classification (one per class), got 1')
  }
}
