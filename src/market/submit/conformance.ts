import type { Matrix } from '../../base/matrix.js'
import type { Model, ModelOutput } from '../../learnware/model.js'
import type { Table } from '../../specification/rows/table.js'
import type { Specification } from '../../specification/specification.js'
import type { Terms } from '../../specification/terms.js'
import { type Columns, extremeRows, mimicRows, pickRows } from '../mimic.js'
import { type Check, fail, failed, pass, type ReceiptFinding, warn } from '../receipt.js'

const batch = 64
const singles = 8

/** What the checks of a model's behaviour look at, and how they can be interrupted. */
export interface Conformance {
  readonly model: Model
  readonly terms: Terms
  readonly specification: Specification
  readonly signal?: AbortSignal
  readonly onCheck?: (check: Check) => void
}

/**
 * How a model behaves on rows that mimic its own specification: output as declared and finite, the same for a row alone and
 * among 64 (1e-6 of the largest output; above 1e-4 it fails), the same twice (1e-9), finite at the edges, not constant.
 * Stops at the first check that fails, since the later ones would only repeat it.
 */
export const conformanceFindings = async (subject: Conformance): Promise<ReceiptFinding[]> => {
  const { model, terms, specification, signal, onCheck } = subject
  const mimic = mimicRows(specification.embedding.points, terms)
  const points = specification.embedding.points.rows
  const rows = pickRows(
    mimic,
    Array.from({ length: batch }, (_, i) => i % points),
  )
  const findings: ReceiptFinding[] = []
  const check = async (name: Check, look: () => ReceiptFinding | Promise<ReceiptFinding>): Promise<boolean> => {
    signal?.throwIfAborted()
    onCheck?.(name)
    try {
      findings.push(await look())
    } catch (error) {
      signal?.throwIfAborted()
      findings.push(
        fail(
          name,
          `the model fails on rows of its own specification: ${sentence(error)}; export it again and try it on such rows`,
        ),
      )
    }
    return !failed(findings)
  }
  const predict = (columns: Columns): Promise<Matrix> => model.predict(columns as Table, { signal })

  let outputs: Matrix | undefined
  const first = async (): Promise<Matrix> => {
    outputs ??= await predict(rows)
    return outputs
  }
  const checks: [Check, () => Promise<ReceiptFinding>][] = [
    ['output', async () => outputFinding(await first(), model.output)],
    ['finite', async () => finiteFinding('finite', await first(), 'rows of its own specification')],
    [
      'batch',
      async () =>
        batchFinding(
          await first(),
          await Promise.all(someRows(points).map((i) => predict(pickRows(mimic, [i])))),
          someRows(points),
        ),
    ],
    ['determinism', async () => determinismFinding(await first(), await predict(rows))],
    [
      'extremes',
      async () =>
        finiteFinding(
          'extremes',
          await predict(extremeRows(mimic, terms)),
          'rows with one column at ±1e6, at its last word or missing',
        ),
    ],
    ['constant', async () => constantFinding(await predict(mimic))],
  ]
  for (const [name, look] of checks) if (!(await check(name, look))) break
  return findings
}

const sentence = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/[.;\s]+$/, '').slice(0, 300)

const someRows = (points: number): number[] =>
  Array.from({ length: Math.min(singles, points, batch) }, (_, i) =>
    Math.floor((i * Math.min(points, batch)) / Math.min(singles, points, batch)),
  )

const outputFinding = (outputs: Matrix, declared: ModelOutput): ReceiptFinding => {
  const width = declared.kind === 'real' ? 1 : declared.classes.length
  const what = declared.kind === 'real' ? 'one column for a real' : `one column for each of its ${width} classes`
  if (outputs.rows !== batch || outputs.columns !== width) {
    return fail(
      'output',
      `the description declares ${what}, the model gives ${outputs.rows} × ${outputs.columns} for ${batch} rows; make LDL.output and the model agree`,
    )
  }
  if (declared.kind === 'probabilities') {
    for (let i = 0; i < outputs.rows; i++) {
      const row = outputs.data.subarray(i * width, (i + 1) * width)
      let sum = 0
      for (const value of row) sum += value
      if (row.some((value) => value < -1e-6 || value > 1 + 1e-6) || Math.abs(sum - 1) > 1e-3) {
        return fail(
          'output',
          `the description declares probabilities, the model gives a row with the sum ${sum.toPrecision(6)}, from ${Math.min(...row)} to ${Math.max(...row)}; end it with a softmax`,
        )
      }
    }
  }
  return pass('output', `gives ${what}`)
}

const finiteFinding = (check: Check, { data, columns }: Matrix, where: string): ReceiptFinding => {
  const at = data.findIndex((value) => !Number.isFinite(value))
  return at < 0
    ? pass(check, `is finite on ${where}`)
    : fail(
        check,
        `the model gives ${data[at]} in row ${Math.floor(at / columns) + 1} of ${where}; clip its inputs or outputs`,
      )
}

const largest = (data: ArrayLike<number>): number => {
  let most = Number.MIN_VALUE
  for (let i = 0; i < data.length; i++) most = Math.max(most, Math.abs(data[i]))
  return most
}

const batchFinding = (together: Matrix, alone: readonly Matrix[], indices: readonly number[]): ReceiptFinding => {
  const { columns, data } = together
  let difference = 0
  for (let k = 0; k < indices.length; k++) {
    if (alone[k].rows !== 1 || alone[k].columns !== columns) {
      return fail(
        'batch',
        `the model gives ${alone[k].rows} × ${alone[k].columns} for one row; make its batch dimension free`,
      )
    }
    for (let j = 0; j < columns; j++)
      difference = Math.max(difference, Math.abs(data[indices[k] * columns + j] - alone[k].data[j]))
  }
  const relative = difference / largest(data)
  if (relative > 1e-4) {
    return fail(
      'batch',
      `a row alone gives an output that differs by ${relative.toExponential(1)} of the largest from the same row among ${batch}; each row must be predicted by itself`,
    )
  }
  if (relative > 1e-6)
    return warn(
      'batch',
      `a row alone and among ${batch} differ by ${relative.toExponential(1)} of the largest output, more than rounding in f32 should`,
    )
  return pass('batch', `gives the same for a row alone and among ${batch}`)
}

const determinismFinding = (once: Matrix, twice: Matrix): ReceiptFinding => {
  const most = largest(once.data)
  const differs = once.data.some((value, i) => Math.abs(value - twice.data[i]) > 1e-9 * most)
  return differs
    ? fail(
        'determinism',
        'the model gives different outputs for the same rows; export it in inference mode, without dropout or sampling',
      )
    : pass('determinism', 'gives the same twice')
}

const constantFinding = ({ rows, columns, data }: Matrix): ReceiptFinding => {
  const most = largest(data)
  for (let i = columns; i < rows * columns; i++) {
    if (Math.abs(data[i] - data[i % columns]) > 1e-6 * most)
      return pass('constant', 'gives different outputs for different rows')
  }
  return fail(
    'constant',
    `the model gives the same output for all ${rows} points of its specification; check that it was trained and that its inputs arrive`,
  )
}
