import { finite, options, whole } from '../base/check.js'
import { KindError, shown, ValueError } from '../base/error.js'
import { isMatrix, type Matrix, matrix, samples } from '../base/matrix.js'
import { checkColumns } from '../kernel/form.js'
import { checkKernel, type Kernel } from '../kernel/kernel.js'
import type { ClassEmbedding, Embedding, LabelledEmbedding } from './embedding.js'

const orNaN = (value: unknown, name: string): number =>
  value === null || Number.isNaN(value) ? Number.NaN : finite(value, name, 0)

const record = (value: unknown, name: string): Record<string, unknown> =>
  options(value, name) as Record<string, unknown>

/**
 * Anything of the form of an embedding, checked: a kernel, finite points, as many finite weights, whole samples.
 * @throws TypeError or RangeError that names the first part that is unsound.
 */
export const checkEmbedding = (value: unknown, name = 'embedding'): Embedding => {
  const { kernel, points, weights, samples: count, error, floor } = record(value, name)
  const checked = checkKernel(record(kernel, `${name}.kernel`) as unknown as Kernel, `${name}.kernel`)
  if (!isMatrix(points)) throw new KindError(`"${name}.points" expected a matrix, got ${shown(points)}`)
  checkColumns(checked, samples(points, `${name}.points`), `${name}.points`)
  if (!(weights instanceof Float64Array))
    throw new KindError(`"${name}.weights" expected a Float64Array, got ${shown(weights)}`)
  if (weights.length !== points.rows) {
    throw new ValueError(`"${name}.weights" expected length ${points.rows}, got ${weights.length}`, 'shape')
  }
  weights.forEach((weight, i) => {
    finite(weight, `${name}.weights[${i}]`)
  })
  return {
    kernel: checked,
    points,
    weights,
    samples: whole(count, `${name}.samples`, 1),
    error: orNaN(error, `${name}.error`),
    floor: orNaN(floor, `${name}.floor`),
  }
}

/** A labelled embedding, checked like {@link checkEmbedding} with its classes and joint embedding. */
export const checkLabelledEmbedding = (value: unknown, name = 'embedding'): LabelledEmbedding => {
  const { classes, joint } = record(value, name)
  if (classes !== undefined && !Array.isArray(classes)) {
    throw new KindError(`"${name}.classes" expected an array, got ${shown(classes)}`)
  }
  return {
    ...checkEmbedding(value, name),
    ...(classes && {
      classes: classes.map((part: unknown, c): ClassEmbedding => {
        const { label, prior, embedding } = record(part, `${name}.classes[${c}]`)
        if (typeof label !== 'string')
          throw new KindError(`"${name}.classes[${c}].label" expected a word, got ${shown(label)}`)
        return {
          label,
          prior: finite(prior, `${name}.classes[${c}].prior`, 0, 1),
          embedding: checkEmbedding(embedding, `${name}.classes[${c}].embedding`),
        }
      }),
    }),
    ...(joint !== undefined && { joint: checkEmbedding(joint, `${name}.joint`) }),
  }
}

/** An embedding with its numbers in plain arrays, as JSON can carry them; NaN becomes null. */
export interface PlainEmbedding {
  readonly kernel: Kernel
  readonly rows: number
  readonly columns: number
  readonly points: readonly number[]
  readonly weights: readonly number[]
  readonly samples: number
  readonly error: number | null
  readonly floor: number | null
}

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value)

export const toPlain = ({ kernel, points, weights, samples: count, error, floor }: Embedding): PlainEmbedding => ({
  kernel: checkKernel(kernel),
  rows: points.rows,
  columns: points.columns,
  points: Array.from(points.data),
  weights: Array.from(weights),
  samples: count,
  error: orNull(error),
  floor: orNull(floor),
})

const numbers = (value: unknown, name: string): Float64Array => {
  if (!Array.isArray(value)) throw new KindError(`"${name}" expected an array of numbers, got ${shown(value)}`)
  return Float64Array.from(value, (entry, i) => finite(entry, `${name}[${i}]`))
}

/** The embedding that {@link toPlain} wrote, checked. */
export const fromPlain = (value: unknown, name = 'embedding'): Embedding => {
  const { rows, columns, points, weights, ...rest } = record(value, name)
  const placed: Matrix = matrix(
    numbers(points, `${name}.points`),
    whole(rows, `${name}.rows`, 1),
    whole(columns, `${name}.columns`, 1),
  )
  return checkEmbedding({ ...rest, points: placed, weights: numbers(weights, `${name}.weights`) }, name)
}
