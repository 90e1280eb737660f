import type { Matrix } from '../../../src/base/matrix.js'
import type { Learnware } from '../../../src/learnware/learnware.js'
import type { FoundByPerformance } from '../../../src/market/anchor/by-performance.js'
import { lossesOf, prototypes, squaredDistances } from '../../../src/market/anchor/prototypes.js'
import { measureAt, transfers } from '../../../src/market/anchor/transfer.js'
import { readCatalogue } from '../../../src/market/catalogue.js'
import { type Market, openMarket } from '../../../src/market/market.js'
import { type Asked, type DistanceReport, reportDistances } from '../../../src/reuse/anchor/nearness.js'
import { type PerformanceReport, reportPerformance } from '../../../src/reuse/anchor/performance.js'
import { embed, inner } from '../../../src/rkme/mmd.js'
import { functionalDistances } from '../../../src/search/anchor/functional.js'
import { products } from '../../../src/search/products.js'
import { nearest } from '../../../src/search/topk.js'
import { encodeTable } from '../../../src/specification/rows/encode.js'
import { type Rows, readTable } from '../../../src/specification/rows/table.js'
import type { Terms } from '../../../src/specification/terms.js'
import { must } from '../../report/section.js'
import { clairvoyant } from './clairvoyant.js'
import { kernelOnDistances } from './kernel-on-distances.js'
import type { AnchorSet } from './set.js'

/** A set with its market filled, and all models open. */
export interface Filled {
  readonly set: AnchorSet
  readonly market: Market
  readonly learnwares: readonly Learnware[]
}

/** A filled set with every learnware judged for every user. */
export interface Trial extends Filled {
  readonly island: string
  /** By user, then by learnware. */
  readonly truth: readonly Float64Array[]
  /** By user, what she would report of all learnwares. */
  readonly reports: readonly PerformanceReport[]
  /** Functional distances of the learnwares. */
  readonly distances: Matrix
  /** The prototypes, as positions of learnwares. */
  anchors(count: number): number[]
}

export const fill = async (set: AnchorSet): Promise<Filled> => {
  const market = await openMarket({ store: set.store, runtime: set.runtime })
  for (const submission of set.submissions()) {
    const receipt = await market.submit(submission)
    must(receipt.status === 'accepted', `${set.name}: ${JSON.stringify(receipt.findings)}`)
  }
  const ids = [...readCatalogue(await set.store.records()).entries.keys()].sort()
  return { set, market, learnwares: await market.fetch(ids) }
}

export const prepare = async (set: AnchorSet): Promise<Trial> => {
  const { market, learnwares } = await fill(set)
  const ids = learnwares.map(({ id }) => id)
  const catalogue = readCatalogue(await set.store.records())
  const run = await transfers({
    catalogue,
    store: set.store,
    runtime: set.runtime,
  })(ids, ids)
  const truth: Float64Array[] = []
  const reports: PerformanceReport[] = []
  for (const { test, few } of set.users) {
    reports.push(await reportPerformance(learnwares, few as never))
    const losses = new Float64Array(ids.length)
    for (const [l, { model }] of learnwares.entries())
      losses[l] = set.loss(await model.predict(test.rows), test.labels, model)
    truth.push(losses)
  }
  return {
    set,
    market,
    island: learnwares[0].terms.island,
    learnwares,
    truth,
    reports,
    distances: functionalDistances(
      squaredDistances(learnwares.map(({ specification }) => specification.embedding)),
      lossesOf(ids, ids, run, measureAt.error),
    ),
    anchors: (count) => prototypes(ids, run, count).map((id) => ids.indexOf(id)),
  }
}

/** Mean regrets: how much worse the best of five is than the best of all. */
export interface Regrets {
  readonly anchors: number
  /** The same where she does not tell how near her rows lie to the anchors'. */
  readonly alone: number
  /** Learnwares run in all three rounds, on average. */
  readonly runs: number
  readonly rounds: number
  readonly once: number
  readonly nearestToBest: number
  /** The same with as many anchors as the three rounds ran. */
  readonly nearestToBestOfMore: number
  readonly kernel: number
  /** Five of least loss on the user's few rows, all learnwares run: what her rows can tell at all. */
  readonly allRun: number
  /** The same by what the market infers from all of them. */
  readonly allInferred: number
  readonly wins: number
}

const five = (values: ArrayLike<number>): number[] =>
  Array.from(values, (_, i) => i)
    .sort((a, b) => values[a] - values[b] || a - b)
    .slice(0, 5)

/** Loss and its variance as a report tells them. */
const told = ({ anchors, rows }: PerformanceReport): { value: number; noise: number }[] =>
  anchors.map(({ accuracy, loss = 0, error = 0 }) => {
    if (accuracy === undefined) return { value: loss, noise: (7 / 12) * error * error }
    const p = ((1 - accuracy) * rows + 1) / (rows + 2)
    return {
      value: 1 - accuracy,
      noise: (p * (1 - p)) / rows + 1 / (12 * rows),
    }
  })

export const regretsOf = async (trial: Trial, count: number): Promise<Regrets> => {
  const { set, market, learnwares, truth, distances } = trial
  const size = learnwares.length
  const place = new Map(learnwares.map(({ id }, l) => [id, l]))
  const chosen = trial.anchors(count)
  const sums = {
    anchors: 0,
    alone: 0,
    runs: 0,
    rounds: 0,
    once: 0,
    nearestToBest: 0,
    nearestToBestOfMore: 0,
    kernel: 0,
    allRun: 0,
    allInferred: 0,
    wins: 0,
  }
  const more = trial.anchors(Math.min(size, count + 16))
  const byBest = (report: PerformanceReport): number[] => {
    const values = told(report)
    const best = place.get(report.anchors[five(values.map(({ value }) => value))[0]].id) as number
    return five(distances.data.subarray(best * size, (best + 1) * size))
  }
  for (const [u, everyone] of trial.reports.entries()) {
    const best = Math.min(...truth[u])
    const regret = (places: readonly number[]): number => Math.min(...places.map((l) => truth[u][l])) - best
    const only = (places: readonly number[], isNear = true): PerformanceReport => ({
      ...everyone,
      anchors: places.map((l) => {
        const { product, ...told } = everyone.anchors[l]
        return isNear ? { ...told, product } : told
      }),
    })
    const placesOf = ({ ranked }: FoundByPerformance): number[] => ranked.map(({ id }) => place.get(id) as number)
    const asked = async (isNear: boolean) => {
      let report = only(chosen, isNear)
      let found = await market.searchByAnchors(report)
      const once = regret(placesOf(found))
      while (found.next.length > 0) {
        const places = [...report.anchors.map(({ id }) => id), ...found.next].map((id) => place.get(id) as number)
        report = { ...only(places, isNear), round: report.round + 1 }
        found = await market.searchByAnchors(report)
      }
      return { report, once, regret: regret(placesOf(found)) }
    }
    const { report, once, regret: ours } = await asked(true)
    sums.once += once
    sums.alone += (await asked(false)).regret
    const base = regret(byBest(only(chosen)))
    sums.anchors += ours
    sums.runs += report.anchors.length
    sums.rounds += report.round
    sums.nearestToBest += base
    sums.nearestToBestOfMore += regret(byBest(only(more)))
    const answers = told(only(chosen))
    sums.kernel += regret(
      five(
        kernelOnDistances(
          distances,
          chosen,
          answers.map(({ value }) => value),
          answers.map(({ noise }) => noise),
        ),
      ),
    )
    sums.allRun += regret(five(told(everyone).map(({ value }) => value)))
    const every = learnwares.map((_, l) => l)
    sums.allInferred += regret(placesOf(await market.searchByAnchors({ ...only(every), round: 3 })))
    sums.wins += ours < base ? 1 : ours === base ? 0.5 : 0
  }
  const users = set.users.length
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / users])) as unknown as Regrets
}

/** Comparisons that an exact search by distance took, as parts of the learnwares: the mean over users. */
export interface Compared {
  readonly all: number
  /** Without the first eight, which are the anchors. */
  readonly beyondAnchors: number
  /** By one who begins with the nearest: what the proof costs. */
  readonly proof: number
}

/** An exact search by distance for every user; every answer is held against all distances. */
export const compared = async ({ set, market, learnwares }: Filled, top: number): Promise<Compared> => {
  const { terms } = learnwares[0]
  const candidates = learnwares.map(({ id, specification }) => ({
    id,
    embedding: specification.embedding,
  }))
  const sums = { all: 0, beyondAnchors: 0, proof: 0 }
  for (const { few } of set.users) {
    const target = targetOf(few.rows, terms)
    const expected = nearest(target, candidates, { top })
    const asked = async (first: readonly Asked[]): Promise<number> => {
      let report: DistanceReport = reportDistances(terms, few.rows, first)
      let found = await market.searchByAnchors(report, { top })
      while (found.ask.length > 0) {
        report = reportDistances(terms, few.rows, found.ask, { after: report })
        found = await market.searchByAnchors(report, { top })
      }
      must(
        found.certificate === 'exact' && expected.every(({ id }, k) => found.ranked[k].id === id),
        `${set.name}: the search by distance found ${found.ranked[0]?.id}, expected ${expected[0].id}`,
      )
      return found.evaluations
    }
    const evaluations = await asked([])
    sums.all += evaluations
    sums.beyondAnchors += Math.max(0, evaluations - 8)
    sums.proof += await asked(expected.map(({ index }) => candidates[index]))
  }
  const pairs = set.users.length * learnwares.length
  return { all: sums.all / pairs, beyondAnchors: sums.beyondAnchors / pairs, proof: sums.proof / pairs }
}

/** The same part for the nearest, by one who knows all answers beforehand. */
export const foretold = ({ set, learnwares }: Filled): number => {
  const embeddings = learnwares.map(({ specification }) => specification.embedding)
  const gram = embeddings.map((one) => products(one, embeddings))
  const counts = set.users.map(({ few }) => {
    const target = targetOf(few.rows, learnwares[0].terms)
    return clairvoyant(gram, inner(target, target), products(target, embeddings))
  })
  return counts.reduce((sum, count) => sum + count, 0) / (counts.length * learnwares.length)
}

const targetOf = (rows: Rows, terms: Terms) => embed(encodeTable(readTable(rows, terms.columns), terms), terms.kernel)

export const closed = async ({ market, learnwares }: Filled): Promise<void> => {
  for (const { model } of learnwares) await model.close()
  await market.close()
}
