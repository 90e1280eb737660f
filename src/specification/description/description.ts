import type * as v from 'valibot'
import { options as checkOptions } from '../../base/check.js'
import { type Finding, plainCopy } from '../plain.js'
import { consistencyFindings } from './consistency.js'
import { type learnwareSchema, type requirementSchema, schemaFindings, type words } from './schema.js'

export type { Finding } from '../plain.js'

/** A closed word. */
type Word<K extends keyof typeof words> = (typeof words)[K][number]

/** One value of a list (in a requirement several; none means any). */
export interface ClassValues<T extends string = string> {
  readonly Type: 'Class'
  readonly Values: readonly T[]
}

/** Any number of tags. */
export interface TagValues {
  readonly Type: 'Tag'
  readonly Values: readonly string[]
}

/** Free text. */
export interface TextValue {
  readonly Type: 'String'
  readonly Values: string
}

/** Size and meaning of inputs or outputs by position: `{ Dimension: 2, Description: { '0': 'price', '1': 'day' } }`. */
export interface Positions {
  readonly Dimension: number
  readonly Description: Readonly<Record<string, string>>
}

/** An input column: what it means, and how it becomes comparable where the description founds an island. */
export interface Field {
  readonly name: string
  /** What the column means, across names: an id or free text. */
  readonly concept?: string
  readonly kind: Word<'kind'>
  readonly unit?: string
  readonly categories?: readonly string[]
  readonly range?: readonly number[]
  readonly centre?: number
  readonly scale?: number
  readonly missing?: 'none' | 'allowed'
  readonly encoder?: string
  readonly dim?: number
}

/** What comes out; `centre`, `scale` and `range` propose the scaling of a real label. */
export interface OutputField {
  readonly kind: Word<'output'>
  readonly classes?: readonly string[]
  readonly unit?: string
  readonly transform?: Word<'transform'>
  readonly range?: readonly number[]
  readonly centre?: number
  readonly scale?: number
}

/** The part of a description that machines compare. */
export interface Language {
  readonly version: 1
  readonly inputs: readonly Field[]
  readonly output: OutputField
  readonly objective: {
    readonly metric: Word<'metric'>
    readonly direction: 'min' | 'max'
    readonly weights?: Readonly<Record<string, number>>
  }
  readonly claim?: { readonly value?: number; readonly n?: number; readonly method?: 'holdout' | 'cv' | 'train' }
  readonly islands?: readonly string[]
  readonly sensitivity?: Word<'sensitivity'>
  readonly energy?: { readonly kWh?: number; readonly kgCO2e?: number; readonly method?: string }
  readonly intent?: string
  readonly constraints?: { readonly maxLatencyMs?: number; readonly maxBytes?: number; readonly offline?: boolean }
}

/** What a user wants: as a {@link Description}, but a name is not needed, and lists may be empty (any) or hold several values. */
export interface RequirementDescription {
  readonly Data: ClassValues<Word<'data'>>
  readonly Task: ClassValues<Word<'task'>>
  readonly Library: ClassValues
  readonly Scenario: TagValues
  readonly Name?: TextValue
  readonly Description?: TextValue
  readonly License: ClassValues
  readonly Input?: Positions
  readonly Output?: Positions
  readonly LDL?: Language
}

/** What a learnware is for: task, inputs, output, objective, licence (`ldl.schema.json`). */
export interface Description extends RequirementDescription {
  readonly Name: TextValue
  readonly Description: TextValue
}

/** The types above are what the schemas let through. */
type Agrees<Parsed extends Declared, Declared> = Parsed
export type Parsed = [
  Agrees<v.InferOutput<typeof learnwareSchema>, Description>,
  Agrees<v.InferOutput<typeof requirementSchema>, RequirementDescription>,
]

/** All that was found wrong with a description; `description` is a fresh plain copy where nothing was. */
export interface Validation<T> {
  readonly valid: boolean
  readonly findings: readonly Finding[]
  readonly description?: T
}

/**
 * Every finding on a learnware's description, or with `requirement` on what a user wants: the schema, then what a schema
 * cannot say (names unique, categories given, dimensions agree, ranges in order). Never throws, whatever the value.
 */
export function validateDescription(value: unknown, options?: { requirement?: false }): Validation<Description>
export function validateDescription(
  value: unknown,
  options: { requirement: boolean },
): Validation<RequirementDescription>
export function validateDescription(value: unknown, given = {}): Validation<RequirementDescription> {
  const { requirement = false }: { requirement?: boolean } = checkOptions(given, 'options', ['requirement'])
  const { copy, findings } = plainCopy(value)
  const all =
    findings.length > 0 ? findings : [...schemaFindings(copy, requirement), ...consistencyFindings(copy, requirement)]
  return all.length > 0
    ? { valid: false, findings: all }
    : { valid: true, findings: [], description: copy as unknown as RequirementDescription }
}
