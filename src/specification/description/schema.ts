import * as v from 'valibot'
import { shown } from '../../base/error.js'
import { listed } from '../fuzzy.js'
import { type Finding, within } from '../plain.js'

/** The words that the schema knows, one list for types, validation and messages. */
export const words = {
  data: ['Table', 'Image', 'Text', 'Multimodal', 'TimeSeries'],
  task: ['Classification', 'Regression', 'Feature Extraction', 'Segmentation', 'Object Detection', 'Others'],
  kind: ['numeric', 'integer', 'binary', 'categorical', 'ordinal', 'datetime', 'text', 'image', 'embedding'],
  output: ['real', 'label', 'probabilities', 'ranking', 'vector'],
  transform: ['identity', 'log1p', 'logit'],
  metric: ['accuracy', 'error', 'log_loss', 'auc', 'f1', 'prbep', 'mse', 'rmse', 'mae', 'mape', 'wrmsse', 'custom'],
  sensitivity: ['public', 'internal', 'personal', 'special-category'],
} as const

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** An object (not an array) with the given members; further members are let through. */
const record = <const E extends v.ObjectEntries>(entries: E) =>
  v.pipe(v.custom<Record<string, unknown>>(isRecord, 'expected an object'), v.looseObject(entries))

const dictionary = <const S extends v.GenericSchema>(entry: S) =>
  v.pipe(v.custom<Record<string, unknown>>(isRecord, 'expected an object'), v.record(v.string(), entry))

const texts = v.array(v.string())
const number = v.number()
const whole = v.pipe(v.number(), v.integer('expected a whole number'))
const count = v.pipe(whole, v.minValue(1, 'expected a whole number of at least 1'))
const amount = v.pipe(v.number(), v.minValue(0, 'expected a number of at least 0'))
const range = v.pipe(v.array(v.number()), v.length(2, 'expected two numbers, lowest and highest'))
const scale = v.pipe(v.number(), v.gtValue(0, 'expected a number above 0'))

const classOf = <const S extends v.GenericSchema<unknown, string>>(entry: S, several: boolean) =>
  record({
    Type: v.literal('Class'),
    Values: several
      ? v.array(entry)
      : v.pipe(v.array(entry), v.maxLength(1, 'expected at most one value (several only in a requirement)')),
  })

const tag = record({
  Type: v.literal('Tag'),
  Values: v.pipe(
    texts,
    v.check((values) => new Set(values).size === values.length, 'expected each value once'),
  ),
})

const text = record({
  Type: v.literal('String'),
  Values: v.pipe(v.string(), v.minLength(1, 'expected a text of at least one letter')),
})

/** Dimension and meaning by position. */
export const shapeSchema = record({
  Dimension: count,
  Description: v.pipe(
    dictionary(v.string()),
    v.check(
      (entries) => Object.keys(entries).every((key) => /^[0-9]+$/.test(key)),
      'expected positions ("0", "1", …) as names',
    ),
  ),
})

/** An input column. */
export const fieldSchema = record({
  name: v.string(),
  concept: v.optional(v.string()),
  kind: v.picklist(words.kind),
  unit: v.optional(v.string()),
  categories: v.optional(texts),
  range: v.optional(range),
  centre: v.optional(number),
  scale: v.optional(scale),
  missing: v.optional(v.picklist(['none', 'allowed'])),
  encoder: v.optional(v.string()),
  dim: v.optional(count),
})

/** What comes out. */
export const outputSchema = record({
  kind: v.picklist(words.output),
  classes: v.optional(texts),
  unit: v.optional(v.string()),
  transform: v.optional(v.picklist(words.transform)),
  range: v.optional(range),
  centre: v.optional(number),
  scale: v.optional(scale),
})

const language = record({
  version: v.literal(1),
  inputs: v.array(fieldSchema),
  output: outputSchema,
  objective: record({
    metric: v.picklist(words.metric),
    direction: v.picklist(['min', 'max']),
    weights: v.optional(dictionary(number)),
  }),
  claim: v.optional(
    record({
      value: v.optional(number),
      n: v.optional(whole),
      method: v.optional(v.picklist(['holdout', 'cv', 'train'])),
    }),
  ),
  islands: v.optional(
    v.array(
      v.pipe(v.string(), v.regex(/^isl:[0-9a-f]{16}$/, 'expected an island key, "isl:" and 16 hexadecimal digits')),
    ),
  ),
  sensitivity: v.optional(v.picklist(words.sensitivity)),
  energy: v.optional(record({ kWh: v.optional(amount), kgCO2e: v.optional(amount), method: v.optional(v.string()) })),
  intent: v.optional(v.string()),
  constraints: v.optional(
    record({ maxLatencyMs: v.optional(number), maxBytes: v.optional(whole), offline: v.optional(v.boolean()) }),
  ),
})

const entries = (several: boolean) => ({
  Data: classOf(v.picklist(words.data), several),
  Task: classOf(v.picklist(words.task), several),
  Library: classOf(v.string(), several),
  Scenario: tag,
  License: classOf(v.string(), several),
  Input: v.optional(shapeSchema),
  Output: v.optional(shapeSchema),
  LDL: v.optional(language),
})

/** The learnware description language, version 1: the schema of a learnware's description. */
export const learnwareSchema = record({ ...entries(false), Name: text, Description: text })

/** The schema of a requirement's description: no name needed, lists with several values. */
export const requirementSchema = record({ ...entries(true), Name: v.optional(text), Description: v.optional(text) })

/** The two conditions on whole descriptions: a table has inputs, a prediction has outputs. */
const conditions = (value: Record<string, unknown>): Finding[] => {
  const holds = (key: string, wanted: readonly string[]): boolean => {
    const part = value[key]
    const list = isRecord(part) ? part.Values : undefined
    return Array.isArray(list) && list.some((entry) => wanted.includes(entry))
  }
  const findings: Finding[] = []
  if (holds('Data', ['Table']) && value.Input === undefined) {
    findings.push({
      path: 'Input',
      message: 'is missing; data of the kind Table needs Dimension and Description of its inputs',
    })
  }
  if (holds('Task', ['Classification', 'Regression']) && value.Output === undefined) {
    findings.push({
      path: 'Output',
      message: 'is missing; Classification and Regression need Dimension and Description of the output',
    })
  }
  return findings
}

/** Everything that keeps plain data from being a description by the schema alone. */
export const schemaFindings = (value: unknown, requirement: boolean): Finding[] => {
  const { issues = [] } = v.safeParse(requirement ? requirementSchema : learnwareSchema, value)
  const findings = issues.map((issue) => ({ path: pathOf(issue), message: sentence(issue) }))
  return isRecord(value) ? [...findings, ...conditions(value)] : findings
}

const pathOf = (issue: v.BaseIssue<unknown>): string =>
  (issue.path ?? []).reduce((path, { key }) => within(path, key as string | number), '')

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  array: 'an array',
}

const sentence = (issue: v.BaseIssue<unknown>): string => {
  if (issue.kind === 'schema' && issue.input === undefined) return `is missing; it is required`
  const got = `got ${shown(issue.input)}`
  if (issue.type === 'picklist') {
    return `expected one of ${listed((issue.expected ?? '').replace(/[()"]/g, '').split(' | '), 20)}, ${got}`
  }
  if (issue.type === 'literal') return `expected ${issue.expected}, ${got}`
  if (issue.type === 'custom' || issue.kind === 'validation') return `${issue.message}, ${got}`
  return `expected ${kinds[issue.type] ?? issue.expected ?? 'another value'}, ${got}`
}
