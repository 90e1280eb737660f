import { options, whole } from '../../base/check.js'
import { KindError, shown, ValueError } from '../../base/error.js'
import { takeRows } from '../../base/matrix.js'
import { fitOwn, type OwnModel } from '../../learnware/builtin.js'
import type { Learnware } from '../../learnware/learnware.js'
import { embed } from '../../rkme/mmd.js'
import type { UnseenShare } from '../../search/task/decision.js'
import { type Rows, readTable, rowCount, type Table } from '../../specification/rows/table.js'
import type { Requirement, Specification } from '../../specification/specification.js'
import { specify } from '../../specification/specify/specify.js'
import type { Terms } from '../../specification/terms.js'
import { compose, type ReusedModel } from '../compose.js'
import { coordinatesOf } from '../density.js'
import { tableOf } from '../outputs.js'
import { distance } from '../products.js'
import { requirementOn } from '../proximity.js'
import { measureOf, type Report } from '../report.js'
import { checkLabelled, type Labelled, outputOf } from '../target.js'
import { largest } from './mimic.js'
import { openSelector, unseenOf } from './open-selector.js'
import type { Routes } from './route.js'
import { routed } from './routed.js'

/** Options of {@link unseen}. */
export interface UnseenOptions {
  /** The user's own rows, without labels; they are read here and nowhere else. */
  readonly rows: Rows
  /** Labelled rows of the new part, as `unseenRows` names them. Rows that a learnware serves may be among them, and are passed over. */
  readonly labelled: Labelled<Rows>
  /** Folds of the cross-validation of the new model. */
  readonly folds?: number
  readonly seed?: number
  readonly signal?: AbortSignal
}

/** A model of learnwares for what they know and one of the user's own for what none of them knows. */
export interface UnseenModel extends ReusedModel {
  readonly report: Report & {
    /** The unseen share of the task, the rows that no learnware serves, and the labels that the own model learnt from. */
    readonly unseen: UnseenShare & { readonly rows: number; readonly labels: number; readonly lambda: number }
  }
  /** The model of the new part. */
  readonly own: OwnModel
  /** Specification of the new part, with which `own` may become a learnware; absent below 50 rows, which would show through. */
  readonly offer?: { readonly model: OwnModel; readonly specification: Specification }
  /** Who serves these rows, 'own' where no learnware does; nothing is run. */
  routes(rows: Rows): Routes
}

/** The id that a report and routes give to the user's own model. */
const ownId = 'own'
const fewestRows = 20
const fewestLabels = 10
const fewestToOffer = 50

/**
 * Learnwares for the jobs that they know, and a model of the user's own, trained on a few labels, for the part that none of
 * them serves: rows are told apart by {@link openSelector}, of reference [19] (its abstract was read; the risk is that of
 * ALGORITHMS 4.2). Below 20 unseen rows there is no new job to speak of.
 * @throws RangeError or TypeError with one sentence for learnwares, rows or labels that do not fit, too few unseen rows or
 * labels among them, or labels of one class; the reason of an abort.
 */
export const unseen = async (
  learnwares: readonly Learnware[],
  requirement: Requirement,
  settings: UnseenOptions,
): Promise<UnseenModel> => {
  options(settings, 'options', ['rows', 'labelled', 'folds', 'seed', 'signal'])
  const { rows, labelled, folds = 5, seed = 0, signal } = settings
  whole(folds, 'folds', 2)
  whole(seed, 'seed')
  checkLabelled(labelled)
  signal?.throwIfAborted()
  const output = outputOf(learnwares, labelled.labels)
  const { terms } = learnwares[0]
  const table = tableOf(rows, terms)
  const X = coordinatesOf(table)(terms)
  const selector = openSelector(learnwares, requirement, X, seed)
  const fresh = unseenOf(selector, selector.shares(X))
  if (fresh.length < fewestRows) {
    throw new ValueError(
      `"rows" expected at least ${fewestRows} rows that no learnware serves, got ${fresh.length} of ${X.rows}; reuse the learnwares as they are`,
      'shape',
    )
  }
  const known = await labelledPart(labelled, terms, (Z) => unseenOf(selector, selector.shares(Z)))
  const own = await fitOwn(known.rows, known.labels, { inputs: terms.columns, output, folds, seed, signal })
  const rejected = pickTable(table, terms, fresh)
  const specification =
    fresh.length >= Math.max(fewestToOffer, terms.size.leastRows)
      ? specify(terms, rejected, { role: 'learnware', seed, signal })
      : undefined
  const { embedding } = requirementOn(requirement, terms.island)
  const self: Learnware = {
    id: ownId,
    description: learnwares[0].description,
    terms,
    specification: specification ?? { ...requirement, embedding: embed(takeRows(X, fresh), terms.kernel) },
    model: own,
  }
  const members = [
    ...selector.members,
    { learnware: self, weight: Math.max(selector.unseen.share, fresh.length / X.rows) },
  ]
  const width = members.length
  const model = compose({
    learnwares: members.map(({ learnware }) => learnware),
    weights: members.map(({ weight }) => weight),
    output,
    join: routed(terms, width, 'hard', (Z) => ({ shares: selector.shares(Z), abstains: () => false })),
    report: {
      method: 'unseen',
      reason: `${fresh.length} of ${X.rows} rows look like no job that the learnwares know; a model of ${known.labels.length} labels serves those`,
      used: members
        .map(({ learnware, weight }) => ({
          id: learnware.id,
          weight,
          distance: distance(embedding, learnware.specification.embedding),
        }))
        .sort((a, b) => b.weight - a.weight),
      labelled: known.labels.length,
      measure: measureOf(output),
      candidates: own.report.candidates.map(({ name, ...losses }) => ({
        method: `own: ${name}`,
        weight: name === own.report.chosen ? 1 : 0,
        ...losses,
      })),
      failed: [],
      unseen: { ...selector.unseen, rows: fresh.length, labels: known.labels.length, lambda: selector.lambda },
    } as Report,
  })
  const routes = (given: Rows): Routes => {
    if (rowCount(given) === 0) throw new ValueError('"rows" expected at least one row, got 0', 'shape')
    const shares = selector.shares(coordinatesOf(tableOf(given, terms))(terms))
    const ids = members.map(({ learnware }) => learnware.id)
    return {
      ids: Array.from({ length: shares.length / width }, (_, i) => ids[largest(shares, width, i)]),
      shares,
      members: ids,
    }
  }
  return Object.assign(model, {
    own,
    routes,
    ...(specification && { offer: { model: own, specification } }),
  }) as unknown as UnseenModel
}

/** The labelled rows of the new part. */
const labelledPart = async (
  { rows, labels }: Labelled<Rows>,
  terms: Terms,
  freshOf: (X: ReturnType<typeof takeRows>) => Int32Array,
) => {
  const table = tableOf(rows, terms)
  const count = rowCount(table)
  if (typeof labels !== 'object' || labels === null || typeof labels.length !== 'number')
    throw new KindError(`"labelled.labels" expected an array, got ${shown(labels)}`)
  if (labels.length !== count) {
    throw new ValueError(`"labelled.labels" expected length ${count}, one for each row, got ${labels.length}`, 'shape')
  }
  const fresh = freshOf(coordinatesOf(table)(terms))
  if (fresh.length < fewestLabels) {
    throw new ValueError(
      `"labelled" expected at least ${fewestLabels} labelled rows that no learnware serves, got ${fresh.length} of ${count}; label those that unseenRows names`,
      'shape',
    )
  }
  const kept = Array.from(fresh, (i) => labels[i]) as string[] | number[]
  if (new Set<unknown>(kept).size < 2) {
    throw new ValueError(
      `"labelled.labels" expected at least two different labels in the new part, got only ${shown(kept[0])}; a constant needs no model`,
    )
  }
  return { rows: pickTable(table, terms, fresh), labels: kept }
}

/** Some rows of a table, by the terms' columns. */
const pickTable = (table: Table, terms: Terms, indices: ArrayLike<number>): Table =>
  tableOf(takeRows(readTable(table, terms.columns), indices), terms)
