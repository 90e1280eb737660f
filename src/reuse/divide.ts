import { options, whole } from '../base/check.js'
import { KindError, shown } from '../base/error.js'
import type { Learnware } from '../learnware/learnware.js'
import { targetsOf } from '../learnware/target.js'
import { encodeTable } from '../specification/encode.js'
import type { Requirement } from '../specification/specification.js'
import { specify } from '../specification/specify.js'
import { cellsTable, type Rows, readTable, rowCount, type Table } from '../specification/table.js'
import type { Terms } from '../specification/terms.js'
import { reuse } from './choose.js'
import type { ReusedModel } from './compose.js'
import { gatedModel } from './gated.js'
import { tableOf } from './outputs.js'
import { pauses } from './pause.js'
import { proximity } from './proximity.js'
import type { Report, Tried, Used } from './report.js'
import { densityGate, type Gate, kernelSplit, outputSplit, type Split } from './split.js'
import { stack } from './stack.js'
import { type Labelled, outputOf } from './target.js'

/** What {@link divide} takes besides terms and rows. */
export interface DivideOptions {
  /** The learnwares that a requirement needs: `async (r) => market.fetch(await market.search(r))`. */
  readonly search: (requirement: Requirement) => Promise<readonly Learnware[]>
  /** Labelled rows; with them parts are also cut by what learnwares say, and losses decide. */
  readonly labelled?: Labelled<Rows>
  readonly seed?: number
  readonly signal?: AbortSignal
}

/** A part of a divided task. */
export interface DividedPart {
  /** Its share of the rows. */
  readonly share: number
  /** MMD (not squared) of its rows to the nearest learnware that was found for them. */
  readonly distance: number
  readonly report: Report
}

/** A model of parts, or of the whole where no cut was worth it. */
export interface DividedModel extends ReusedModel {
  /** How the task was cut, and into what; absent where it stayed whole. */
  readonly division?: { readonly by: string; readonly parts: readonly DividedPart[] }
}

/** A cut must bring the squared distance to the nearest learnwares below this part of that of the whole. */
const nearer = 0.7
/** A cut by labels must bring the cross-validated loss below this part of that of the whole. */
const better = 0.9
/** Rows that a part's requirement needs, and labels that its weights need. */
const fewestRows = 30
const fewestLabels = 10
/** So many of the learnwares nearest to the whole are tried as what cuts it. */
const mostSplitters = 10

interface Part {
  readonly rows: Int32Array
  readonly requirement: Requirement
  readonly learnwares: readonly Learnware[]
  readonly distance: number
}

/**
 * Cuts a task into parts that different learnwares serve, searches for each part, and sends every row to its part. Without
 * labels two clusters of the rows are parts where Σ share · d² < 0.7 d², d the distance to the nearest learnware found. With
 * labels the groups that one learnware's outputs make are tried, too, and a cut counts by its cross-validated loss, which
 * must be below 0.9 of that of the whole. A task that no cut helps stays whole.
 * @throws TypeError or RangeError with one sentence for rows, labels or options that do not fit, or where the search for the
 * whole finds nothing; the reason of an abort.
 */
export const divide = async (terms: Terms, rows: Rows, given: DivideOptions): Promise<DividedModel> => {
  options(given, 'options', ['search', 'labelled', 'seed', 'signal'])
  const { search, labelled, signal } = given
  if (typeof search !== 'function')
    throw new KindError(`"search" expected a function from a requirement to learnwares, got ${shown(search)}`)
  const seed = whole(given.seed ?? 0, 'seed')
  const pause = pauses(signal)
  const table = tableOf(rows, terms)
  const part = async (indices: Int32Array): Promise<Part | undefined> => {
    await pause()
    const names = terms.columns.map(({ name }) => name)
    const requirement = specify(terms, cellsTable(table, names, indices), { role: 'requirement', seed, signal })
    const learnwares = await search(requirement)
    if (learnwares.length === 0) return undefined
    return { rows: indices, requirement, learnwares, distance: nearestOf(learnwares, requirement) }
  }

  const every = Int32Array.from({ length: rowCount(table) }, (_, i) => i)
  const all = await part(every)
  const found = all?.learnwares ?? []
  const output = outputOf(found, labelled?.labels)
  if (labelled) targetsOf(labelled.labels, output, rowCount(labelled.rows), 'labelled.labels')
  const { requirement, distance } = all as Part
  const fitted = { seed, signal }
  const undivided = async (tried: readonly Tried[] = []): Promise<DividedModel> => {
    const model = await reuse(found, requirement, { ...fitted, ...(labelled && { labelled }) })
    return { ...model, report: { ...model.report, candidates: [...model.report.candidates, ...tried] } }
  }

  const cut = async (split: Split): Promise<{ parts: Part[]; gate: Gate } | undefined> => {
    if (split.parts.length < 2 || split.parts.some(({ length }) => length < fewestRows)) return undefined
    const parts: Part[] = []
    for (const indices of split.parts) {
      const made = await part(indices)
      if (made === undefined) return undefined
      parts.push(made)
    }
    const gate =
      split.gate ??
      densityGate(
        terms,
        parts.map((made) => made.requirement),
        parts.map(shareOf(every.length)),
      )
    return { parts, gate }
  }
  const X = encodeTable(readTable(table, terms.columns), terms)
  const clusters = await cut(kernelSplit(X, terms.kernel, seed))

  if (labelled === undefined || labelled.labels.length < 2 * fewestLabels) {
    const spread = clusters?.parts.reduce((sum, p) => sum + shareOf(every.length)(p) * p.distance ** 2, 0) ?? Infinity
    if (clusters === undefined || spread >= nearer * distance ** 2) return undivided()
    return divided('clusters of rows', clusters, [])
  }

  const at = tableOf(labelled.rows, terms)
  const splits = [{ by: 'clusters of rows', made: clusters }]
  const order = proximity(found, requirement).order
  for (const l of order.subarray(0, mostSplitters)) {
    const split = await outputSplit(found[l], table, output, fewestRows, signal)
    splits.push({ by: split.name, made: await cut(split) })
  }
  const base = (await stack(found, requirement, { labelled, ...fitted })).report.losses as { loss: number }
  const tried: (Tried & { made: { parts: Part[]; gate: Gate } })[] = []
  for (const { by, made } of splits) {
    if (made === undefined) continue
    const groups = await labelsOf(made, at, labelled.labels)
    if (groups.some(({ labels }) => labels.length < fewestLabels)) continue
    let sum = 0
    for (const [k, group] of groups.entries()) {
      const { learnwares, requirement } = made.parts[k]
      const { losses } = (await stack(learnwares, requirement, { labelled: group, ...fitted })).report
      sum += (losses?.loss ?? 0) * group.labels.length
    }
    tried.push({ method: `divided by ${by}`, weight: 0, loss: sum / labelled.labels.length, made })
  }
  tried.sort((a, b) => a.loss - b.loss)
  const candidates = tried.map(({ made: _, ...entry }) => entry)
  if (tried.length === 0 || tried[0].loss >= better * base.loss) return undivided(candidates)
  const [{ method, made, loss }] = tried
  const whole1: Tried = { method: 'undivided', weight: 0, ...base }
  return divided(method.slice('divided by '.length), made, [...candidates, whole1], loss)

  async function divided(
    by: string,
    { parts, gate }: { parts: Part[]; gate: Gate },
    candidates: readonly Tried[],
    loss?: number,
  ): Promise<DividedModel> {
    const groups = labelled ? await labelsOf({ parts, gate }, tableOf(labelled.rows, terms), labelled.labels) : []
    const models: ReusedModel[] = []
    for (const [k, { learnwares, requirement }] of parts.entries())
      models.push(
        await reuse(learnwares, requirement, {
          ...fitted,
          ...(groups[k]?.labels.length > 0 && { labelled: groups[k] }),
        }),
      )
    const gatedParts = models.map((model, k) => ({ model, share: shareOf(every.length)(parts[k]) }))
    const report: Report = {
      method: 'divide',
      reason: `the task was cut into ${parts.length} parts by ${by}`,
      used: usedIn(gatedParts),
      labelled: labelled?.labels.length ?? 0,
      measure: output.kind === 'real' ? 'squared error' : 'Brier score',
      ...(loss === undefined ? {} : { losses: { loss } }),
      candidates: candidates.map((entry, i) => ({ ...entry, weight: i === 0 ? 1 : 0 })),
      failed: [],
    }
    const model = gatedModel(terms, gatedParts, gate, output, report)
    const division = {
      by,
      parts: gatedParts.map(({ share, model }, k) => ({ share, distance: parts[k].distance, report: model.report })),
    }
    return Object.defineProperties({ division } as unknown as DividedModel, Object.getOwnPropertyDescriptors(model))
  }
}

const shareOf =
  (count: number) =>
  ({ rows }: Part): number =>
    rows.length / count

const nearestOf = (learnwares: readonly Learnware[], requirement: Requirement): number => {
  const { distances, order } = proximity(learnwares, requirement)
  return distances[order[0]]
}

/** The labelled rows of each part: a row belongs to the part of its largest share. */
const labelsOf = async (
  { parts, gate }: { parts: readonly Part[]; gate: Gate },
  table: Table,
  labels: Labelled<Rows>['labels'],
): Promise<{ rows: Table; labels: number[] | string[] }[]> => {
  const shares = await gate(table)
  const all = Array.from(labels as ArrayLike<number | string>)
  const place = all.map((_, i) => {
    let best = 0
    for (let k = 1; k < parts.length; k++) if (shares[i * parts.length + k] > shares[i * parts.length + best]) best = k
    return best
  })
  const names = parts[0].learnwares[0].terms.columns.map(({ name }) => name)
  return parts.map((_, k) => {
    const indices = Int32Array.from(all.keys()).filter((i) => place[i] === k)
    return { rows: cellsTable(table, names, indices), labels: Array.from(indices, (i) => all[i]) as string[] }
  })
}

/** The learnwares of all parts, a weight counted by the share of its part, the heaviest first. */
const usedIn = (parts: readonly { share: number; model: ReusedModel }[]): Used[] => {
  const all = new Map<string, Used>()
  for (const { share, model } of parts) {
    for (const { id, weight, distance } of model.report.used) {
      const known = all.get(id)
      const total = (known?.weight ?? 0) + share * weight
      all.set(id, { id, weight: total, distance: Math.min(known?.distance ?? Infinity, distance) })
    }
  }
  return [...all.values()].sort((a, b) => b.weight - a.weight || (a.id < b.id ? -1 : 1))
}
