import { options, whole } from '../../base/check.js'
import { KindError, MarketError, shown } from '../../base/error.js'
import type { Learnware } from '../../learnware/learnware.js'
import { type DistanceReport, reportDistances } from '../../reuse/anchor/nearness.js'
import { type Metric, type PerformanceReport, reportPerformance } from '../../reuse/anchor/performance.js'
import { reuse } from '../../reuse/blend/choose.js'
import type { ReusedModel } from '../../reuse/compose.js'
import type { RequirementDescription } from '../../specification/description/description.js'
import type { Labels } from '../../specification/rows/label.js'
import type { Rows } from '../../specification/rows/table.js'
import type { Terms } from '../../specification/terms.js'
import type { FoundByDistance } from '../anchor/by-distance.js'
import type { FoundByPerformance } from '../anchor/by-performance.js'
import type { Market } from '../market.js'

/** What a user with few rows says of them. */
export interface FewRows {
  /** What is wanted, or the id of the island that serves it. */
  readonly description: RequirementDescription | string
  /** One for each row. Without labels the nearest learnwares are sought by distance. */
  readonly labels?: Labels
  /** How the anchors' answers are measured; by default accuracy for classes, loss for a real. */
  readonly metric?: Metric
  /** With labels: whether to tell besides how near the rows lie to each anchor's. By default yes. */
  readonly nearness?: boolean
  /** How many anchors to begin with. */
  readonly count?: number
  /** How many learnwares to reuse. */
  readonly top?: number
  readonly seed?: number
  readonly signal?: AbortSignal
  /** A word on what is being done. */
  readonly onProgress?: (step: 'anchors' | 'round' | 'reuse') => void
}

/** The model, with all that left the machine on the way to it. */
export interface SolvedByAnchors {
  /** Its `close` closes the learnwares that it runs. */
  readonly model: ReusedModel
  readonly found: FoundByPerformance | FoundByDistance
  /** The last report, which holds all earlier answers: `anchorManifest(report)` lists its bytes. */
  readonly report: PerformanceReport | DistanceReport
  /** The learnwares that were asked for by their ids, besides the anchors that came by themselves. */
  readonly asked: readonly string[]
}

/**
 * A model for a user whose rows are too few for a requirement, or cannot be shown in one: anchors come here, how well they
 * do and how near her rows lie to theirs goes there, up to three times; the learnwares found come here and are reused with her
 * labelled rows. No row leaves.
 * @throws MarketError `absent` where the market holds nothing for the description; what `reportPerformance` and `reuse`
 * throw; the reason of an abort.
 */
export const solveByAnchors = async (
  market: Pick<Market, 'anchors' | 'searchByAnchors' | 'fetch' | 'terms' | 'islands'>,
  rows: Rows,
  settings: FewRows,
): Promise<SolvedByAnchors> => {
  options(settings, 'options', [
    'description',
    'labels',
    'metric',
    'nearness',
    'count',
    'top',
    'seed',
    'signal',
    'onProgress',
  ])
  checkMarket(market)
  const { labels, top = 5, seed, signal, onProgress } = settings
  whole(top, 'top', 1)
  const { found, report, opened, asked } = await (labels === undefined
    ? byDistance(market, rows, { ...settings, top })
    : byPerformance(market, rows, labels, { ...settings, top }))
  const wanted = found.ranked.map(({ id }) => id)
  try {
    const lacking = wanted.filter((id) => !opened.has(id))
    const fetched = await market.fetch(lacking, { signal })
    for (const learnware of fetched) opened.set(learnware.id, learnware)
    onProgress?.('reuse')
    const learnwares = wanted.map((id) => opened.get(id) as Learnware)
    const model = await reuse(learnwares, found, {
      members: top,
      ...(labels !== undefined && { labelled: { rows, labels } }),
      ...(seed !== undefined && { seed }),
      ...(signal && { signal }),
    })
    await closed([...opened.values()].filter(({ id }) => !wanted.includes(id)))
    const close = async (): Promise<void> => {
      await model.close()
      await closed(learnwares)
    }
    return { model: owning(model, close), found, report, asked: [...asked, ...lacking] }
  } catch (error) {
    await closed([...opened.values()])
    throw error
  }
}

/** Refuses what is no market. */
export const checkMarket = (market: Pick<Market, 'islands'>): void => {
  if (typeof market?.islands !== 'function')
    throw new KindError(`"market" expected what openMarket gives, got ${shown(market)}`)
}

/** The same model with another end; its report goes on to say what fails. */
const owning = (model: ReusedModel, close: () => Promise<void>): ReusedModel => ({
  inputs: model.inputs,
  output: model.output,
  get report() {
    return model.report
  },
  predict: (rows, given) => model.predict(rows, given),
  close,
})

const closed = async (learnwares: readonly Learnware[]): Promise<void> => {
  await Promise.allSettled(learnwares.map(({ model }) => model.close()))
}

const nothing = (): MarketError =>
  new MarketError(
    'absent',
    'no learnware of this market serves "description"; leave more of it open, or fit a model of your own',
  )

type Answered<Found, Report> = { found: Found; report: Report; opened: Map<string, Learnware>; asked: string[] }

const byPerformance = async (
  market: Pick<Market, 'anchors' | 'searchByAnchors' | 'fetch'>,
  rows: Rows,
  labels: Labels,
  { description, metric, nearness, count, top, signal, onProgress }: FewRows,
): Promise<Answered<FoundByPerformance, PerformanceReport>> => {
  const opened = new Map<string, Learnware>()
  try {
    onProgress?.('anchors')
    let tried = await market.anchors(description, { ...(count !== undefined && { count }), ...(signal && { signal }) })
    if (tried.length === 0) throw nothing()
    const asked: string[] = []
    let report: PerformanceReport | undefined
    for (;;) {
      for (const learnware of tried) opened.set(learnware.id, learnware)
      report = await reportPerformance(
        tried,
        { rows, labels },
        { ...(metric && { metric }), nearness, ...(report && { after: report }), ...(signal && { signal }) },
      )
      const found = await market.searchByAnchors(report, { top, signal })
      if (found.next.length === 0) return { found, report, opened, asked }
      onProgress?.('round')
      asked.push(...found.next)
      tried = await market.fetch(found.next, { signal })
    }
  } catch (error) {
    await closed([...opened.values()])
    throw error
  }
}

const byDistance = async (
  market: Pick<Market, 'searchByAnchors' | 'terms' | 'islands'>,
  rows: Rows,
  { description, top, signal, onProgress }: FewRows,
): Promise<Answered<FoundByDistance, DistanceReport>> => {
  const served = await servedTerms(market, description)
  if (served === undefined) throw nothing()
  onProgress?.('anchors')
  let report = reportDistances(served, rows)
  for (;;) {
    const found = await market.searchByAnchors(report, { top, signal })
    if (found.ask.length === 0) return { found, report, opened: new Map(), asked: [] }
    onProgress?.('round')
    report = reportDistances(served, rows, found.ask, { after: report })
  }
}

/** The terms of the first island that serves the description and holds learnwares. */
const servedTerms = async (
  market: Pick<Market, 'terms' | 'islands'>,
  description: RequirementDescription | string,
): Promise<Terms | undefined> => {
  const standing = (await market.islands()).filter(({ learnwares }) => learnwares > 0)
  if (typeof description === 'string') return standing.find(({ island }) => island === description)?.terms
  const terms = await market.terms(description)
  return [terms, ...(terms.others ?? [])].find(({ island }) => standing.some((view) => view.island === island))
}
