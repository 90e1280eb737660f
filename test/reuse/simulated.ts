import type { Matrix } from '../../src/base/matrix.js'
import { uniforms } from '../../src/base/random.js'
import { gaussian } from '../../src/kernel/kernel.js'
import type { Learnware } from '../../src/learnware/learnware.js'
import type { Model, ModelOutput } from '../../src/learnware/model.js'
import type { Embedding } from '../../src/rkme/embedding.js'
import { readTable } from '../../src/specification/rows/table.js'
import type { Requirement } from '../../src/specification/specification.js'
import type { Terms } from '../../src/specification/terms.js'

/** A row of coordinates to a row of outputs. */
export type Rule = (x: ArrayLike<number>) => number[]

const kernel = gaussian(0.125)
const columns = ['a', 'b'].map((name) => ({ name, kind: 'numeric', centre: 0, scale: 1, missing: 'none' }) as const)

/** Terms of a simulated island with the columns a and b. */
export const termsOf = (output: ModelOutput): Terms => ({
  island: 'isl:0000000000000000',
  version: 1,
  columns,
  kernel,
  size: { rule: 'root', cap: 32, leastRows: 50, leastRowsRequirement: 30 },
  labels: output.kind === 'real' ? { kind: 'real', centre: 0, scale: 1 } : { kind: 'classes', classes: output.classes },
})

/** The embedding of points around a place. */
export const embeddingAt = (a: number, b: number): Embedding => ({
  kernel,
  points: { rows: 2, columns: 2, data: Float64Array.of(a - 0.1, b, a + 0.1, b) },
  weights: Float64Array.of(0.5, 0.5),
  samples: 100,
  error: 0,
  floor: 0.01,
})

const specified = (a: number, b: number): Requirement => ({
  version: 1,
  island: 'isl:0000000000000000',
  embedding: embeddingAt(a, b),
  audit: { copies: 0, leastSupport: 5 },
})

/** What a user at a place asks for. */
export const requirementAt = (a: number, b: number): Requirement => specified(a, b)

/** A model that follows a rule and counts how often it was asked. */
export const modelOf = (rule: Rule, output: ModelOutput): Model & { asked: number } => {
  const model = {
    asked: 0,
    inputs: columns.map(({ name, kind }) => ({ name, kind })),
    output,
    async predict(rows: Parameters<Model['predict']>[0]): Promise<Matrix> {
      model.asked++
      const raw = readTable(rows, columns)
      const width = output.kind === 'real' ? 1 : output.classes.length
      const data = new Float64Array(raw.rows * width)
      for (let i = 0; i < raw.rows; i++) data.set(rule(raw.data.subarray(2 * i, 2 * i + 2)), i * width)
      return { rows: raw.rows, columns: width, data }
    },
    async close() {},
  }
  return model
}

/** A learnware that stands at a place and follows a rule. */
export const learnwareAt = (
  id: string,
  [a, b]: readonly [number, number],
  rule: Rule,
  output: ModelOutput = { kind: 'real' },
  terms: Terms = termsOf(output),
): Learnware & { model: Model & { asked: number } } => ({
  id,
  description: {} as Learnware['description'],
  terms,
  specification: specified(a, b),
  model: modelOf(rule, output),
})

/** Rows around a place, by column name, as a seeded draw. */
export const rowsAt = (count: number, seed: number, a = 0, b = 0): { a: Float64Array; b: Float64Array } => {
  const random = uniforms(seed)
  const draw = (middle: number): Float64Array => Float64Array.from({ length: count }, () => middle + 4 * random() - 2)
  return { a: draw(a), b: draw(b) }
}

/** A deviation of mean 0 and standard deviation 1 (twelve uniforms). */
export const noise = (seed: number): (() => number) => {
  const random = uniforms(seed)
  return () => Array.from({ length: 12 }, random).reduce((sum, value) => sum + value, -6)
}
