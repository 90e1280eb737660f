import { options as checkOptions, oneOf } from '../../base/check.js'
import { ValueError } from '../../base/error.js'
import type { Matrix } from '../../base/matrix.js'
import type { Embedding } from '../../rkme/embedding.js'
import { drive, driveAsync, type RowSource, type Steps } from '../../rkme/rows/driver.js'
import { encodeTable } from '../rows/encode.js'
import type { Labels } from '../rows/label.js'
import { type Rows, readTable } from '../rows/table.js'
import type { Specification } from '../specification.js'
import type { Terms } from '../terms.js'
import { auditOf } from './guard.js'
import { type Part, partsOf, type SolverChoice } from './part.js'
import { checkTerms } from './terms-check.js'

export type { Labels } from '../rows/label.js'
export type { SpecificationProgress } from './part.js'

/** Options of {@link specify}. */
export interface SpecifyOptions extends SolverChoice {
  /** One for each row: numbers where the terms have a real label, class names where they have classes. */
  readonly labels?: Labels
  /** A learnware needs at least 50 rows, a requirement 30. By default: a learnware where labels are given. */
  readonly role?: 'learnware' | 'requirement'
  readonly signal?: AbortSignal
}

/** One reduction of a specification: any driver may run its steps over its rows. */
export interface SpecificationTask {
  readonly rows: Matrix
  steps(): Steps<Embedding>
}

/** The reductions that a specification needs, in order, and how their results become one. */
export interface SpecificationPlan {
  readonly tasks: readonly SpecificationTask[]
  assemble(embeddings: readonly Embedding[]): Specification
}

/** However little terms ask for, fewer rows would be told apart in a reduced set. */
const leastRows = { learnware: 50, requirement: 30 } as const

/**
 * The specification of rows under a market's terms: their embedding as a reduced set, class-wise or joint embeddings where
 * labels are given, an audit, and the same under `terms.others`. Nothing leaves the machine; the rows are neither changed
 * nor kept. The same rows, terms and options give the same bytes everywhere.
 * @throws TypeError or RangeError with one sentence: the column and row, what was expected, what to do; the reason of
 * `signal` where it aborts.
 */
export const specify = (terms: Terms, rows: Rows, options: SpecifyOptions = {}): Specification => {
  const { tasks, assemble } = planSpecification(terms, rows, options)
  return assemble(tasks.map((task) => drive(task.steps(), task.rows, undefined, options.signal)))
}

/**
 * {@link specify} by another driver: `open` gives each reduction its source of sums (`localSource`, a pool of workers, a
 * file), one after the other. The same bytes.
 */
export const specifyWith = async (
  open: (rows: Matrix) => RowSource | Promise<RowSource>,
  terms: Terms,
  rows: Rows,
  options: SpecifyOptions = {},
): Promise<Specification> => {
  const { tasks, assemble } = planSpecification(terms, rows, options)
  const embeddings: Embedding[] = []
  for (const task of tasks) {
    options.signal?.throwIfAborted()
    embeddings.push(await driveAsync(task.steps(), await open(task.rows), options.signal))
  }
  return assemble(embeddings)
}

/** Checked and encoded rows as the reductions that make a specification: what every driver starts from. */
export const planSpecification = (terms: Terms, rows: Rows, options: SpecifyOptions = {}): SpecificationPlan => {
  checkOptions(options, 'options', ['labels', 'role', 'seed', 'precision', 'signal', 'onProgress'])
  checkTerms(terms)
  const { labels } = options
  const role = oneOf(options.role ?? (labels === undefined ? 'requirement' : 'learnware'), 'role', [
    'learnware',
    'requirement',
  ])
  const sets = [
    planOne(terms, rows, role, options),
    ...(terms.others ?? []).flatMap((other) => {
      checkTerms(other)
      const isAlike = other.labels.kind === terms.labels.kind
      return ifItHasTheColumns(() => planOne(other, rows, role, { ...options, labels: isAlike ? labels : undefined }))
    }),
  ]
  const parts = sets.flatMap((set) => set.parts)
  let done = 0
  const tasks = parts.map((part) => ({
    rows: part.rows,
    steps: () =>
      part.steps(
        (progress) => options.onProgress?.({ ...progress, part: part.name, done, parts: parts.length }),
        () => {
          done++
        },
      ),
  }))
  return {
    tasks,
    assemble: (embeddings) => {
      let start = 0
      const [own, ...others] = sets.map((set) => {
        const end = start + set.parts.length
        const specification = set.assemble(embeddings.slice(start, end))
        start = end
        return specification
      })
      return others.length > 0 ? { ...own, others } : own
    },
  }
}

interface OnePlan {
  readonly parts: readonly Part[]
  assemble(embeddings: readonly Embedding[]): Specification
}

const planOne = (terms: Terms, rows: Rows, role: 'learnware' | 'requirement', options: SpecifyOptions): OnePlan => {
  const raw = readTable(rows, terms.columns)
  const { size } = terms
  const least = Math.max(leastRows[role], role === 'learnware' ? size.leastRows : size.leastRowsRequirement)
  if (raw.rows < least) {
    throw new ValueError(
      `"rows" expected at least ${least} rows for a ${role}, got ${raw.rows}; fewer would show through: ${role === 'learnware' ? 'collect more rows of your own' : 'ask by anchors instead, solveByAnchors(market, rows, …), or collect more rows'}`,
      'shape',
    )
  }
  const parts = partsOf(encodeTable(raw, terms), terms, options)
  return {
    parts,
    assemble: (embeddings) => {
      const named = parts.map((part, i) => ({ ...part, embedding: embeddings[i] }))
      const classes = named.flatMap(({ label, prior, embedding }) =>
        label === undefined || prior === undefined ? [] : [{ label, prior, embedding }],
      )
      const joint = named.find(({ name }) => name === 'joint')
      return {
        version: 1,
        island: terms.island,
        embedding: embeddings[0],
        ...(classes.length > 0 && { classes }),
        ...(joint && { joint: joint.embedding }),
        audit: auditOf(named),
      }
    },
  }
}

/** Rows without the columns of a further island are not comparable there: it is passed over, all other faults are told. */
const ifItHasTheColumns = <T>(plan: () => T): T[] => {
  try {
    return [plan()]
  } catch (error) {
    if (error instanceof ValueError && error.code === 'shape') return []
    throw error
  }
}
