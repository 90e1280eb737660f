import { beforeAll, describe, expect, it } from 'vitest'
import { canonicalJson } from '../../../src/base/codec.js'
import type { FoundByPerformance } from '../../../src/market/anchor/by-performance.js'
import { mostTasks, sampleOf, usualCount } from '../../../src/market/anchor/prototypes.js'
import { type Market, openMarket } from '../../../src/market/market.js'
import { solveByAnchors } from '../../../src/market/solve/few.js'
import { type DistanceReport, reportDistances } from '../../../src/reuse/anchor/nearness.js'
import { type PerformanceReport, reportPerformance } from '../../../src/reuse/anchor/performance.js'
import { anchorManifest } from '../../../src/reuse/anchor/sent.js'
import { evaluate } from '../../../src/rkme/evaluate.js'
import { embed, inner } from '../../../src/rkme/mmd.js'
import { nearest } from '../../../src/search/topk.js'
import type { OutputField } from '../../../src/specification/description/description.js'
import { encodeTable } from '../../../src/specification/rows/encode.js'
import { readTable } from '../../../src/specification/rows/table.js'
import { foundTerms } from '../../../src/specification/specify/found.js'
import { specify } from '../../../src/specification/specify/specify.js'
import { memoryStore } from '../../../src/store/memory.js'
import { numberModel, numberRuntime, openModels } from '../number-runtime.js'
import { deviates, shopDescription } from '../shops.js'

type Row = { price: number; week: number }

/** Slopes of what is sold; the concepts differ, the rows of all shops are alike in threes. */
const concepts = [
  [8, 0],
  [-8, 0],
  [0, 3],
  [0, -3],
]
const sold = ([price, week]: readonly number[], row: Row): number =>
  100 + price * (row.price - 10) + week * (row.week - 26)

const rowsAt = (place: number, seed: number, count: number): Row[] => {
  const normal = deviates(seed)
  return Array.from({ length: count }, () => ({
    price: 9 + place + 2 * normal(),
    week: 23 + 3 * place + 6 * normal(),
  }))
}

const output: OutputField = { kind: 'probabilities', classes: ['high', 'low'] }
const objective = { metric: 'accuracy', direction: 'max' } as const
const classy = (name: string) =>
  ({
    ...shopDescription(name, { output, objective }),
    Task: { Type: 'Class', Values: ['Classification'] },
    Output: { Dimension: 2, Description: { 0: 'high', 1: 'low' } },
  }) as ReturnType<typeof shopDescription>
const classOf = (value: number): string => (value > 100 ? 'high' : 'low')

/** Three shops for each of the concepts and three places; a model is the concept, a little off. */
const submissions = (kind: 'real' | 'classes') =>
  concepts.flatMap((concept, c) =>
    [0, 1, 2].map((place) => {
      const seed = 10 * c + place + 1
      const normal = deviates(seed)
      const [price, week] = concept.map((value) => value + 0.3 * normal())
      const rows = rowsAt(place, seed, 60)
      const description = kind === 'real' ? shopDescription(`shop ${seed}`) : classy(`shop ${seed}`)
      const sales = rows.map((row) => sold(concept, row))
      const bias = 100 - 10 * price - 26 * week
      return {
        description,
        specification: specify(foundTerms(description), rows, {
          labels: kind === 'real' ? sales : sales.map(classOf),
          seed,
        }),
        model: numberModel(
          kind === 'real'
            ? { weights: [price, week], bias }
            : {
                weights: [
                  [price, -price],
                  [week, -week],
                ],
                bias: [bias - 100, 100 - bias],
              },
        ),
      }
    }),
  )

const filled = async (
  kind: 'real' | 'classes',
  leave = 0,
): Promise<{ market: Market; ids: string[]; island: string }> => {
  const market = await openMarket({ store: memoryStore(), runtime: numberRuntime })
  const ids: string[] = []
  for (const submission of submissions(kind).slice(leave)) {
    const receipt = await market.submit(submission)
    expect(receipt.findings.filter(({ level }) => level === 'fail')).toEqual([])
    ids.push(receipt.id)
  }
  return { market, ids, island: (await market.islands())[0].island }
}

const close = async (learnwares: readonly { model: { close(): Promise<void> } }[]): Promise<void> => {
  for (const { model } of learnwares) await model.close()
}

/** Few rows of a shop whose concept is the c-th. */
const few = (c: number, place = 1, count = 20, seed = 900) => {
  const rows = rowsAt(place, seed + c, count)
  return { rows, labels: rows.map((row) => sold(concepts[c], row)) }
}

let real: Awaited<ReturnType<typeof filled>>
let classes: Awaited<ReturnType<typeof filled>>
beforeAll(async () => {
  real = await filled('real')
  classes = await filled('classes')
})

describe('anchors', () => {
  it('are prototypes: one of each concept, the same at every call, opened for the user', async () => {
    const before = openModels()
    const anchors = await real.market.anchors(shopDescription('anyone'), { count: 4 })
    expect(openModels()).toBe(before + 4)
    expect(new Set(anchors.map(({ id }) => Math.floor(real.ids.indexOf(id) / 3))).size).toBe(4)
    const again = await real.market.anchors(real.island, { count: 4 })
    expect(again.map(({ id }) => id)).toEqual(anchors.map(({ id }) => id))
    await close([...anchors, ...again])
    expect(openModels()).toBe(before)
  })

  it('are 8 by default, or √N, at most 16 and at most all', () => {
    expect([1, 7, 8, 60, 80, 200, 1e6].map(usualCount)).toEqual([1, 7, 8, 8, 9, 15, 16])
  })

  it('are drawn anew once more than a tenth of the island has changed', () => {
    const ids = Array.from({ length: 40 }, (_, i) => `id${String(i).padStart(3, '0')}`)
    const first = sampleOf(ids)
    expect(first.tasks).toEqual(ids)
    const less = sampleOf(ids.slice(2), first)
    expect(less.of).toBe(first.of)
    expect(less.tasks).toEqual(ids.slice(2))
    expect(sampleOf([...ids.slice(2), 'new1', 'new2'], first).of).toBe(first.of)
    const other = sampleOf([...ids.slice(2), 'new1', 'new2', 'new3'], first)
    expect(other.of).not.toBe(first.of)
    expect(other.tasks).toContain('new3')
    expect(sampleOf(Array.from({ length: 400 }, (_, i) => `${i}`)).tasks).toHaveLength(mostTasks)
  })

  it('follow the market: new learnwares are tried, retired ones are no anchors', async () => {
    const { market, ids, island } = await filled('real', 2)
    const [first] = await market.anchors(island, { count: 1 })
    await first.model.close()
    await market.retire(first.id)
    const [second] = await market.anchors(island, { count: 1 })
    await second.model.close()
    expect(second.id).not.toBe(first.id)
    const [left] = submissions('real')
    const { id } = await market.submit(left)
    const all = await market.anchors(island, { count: ids.length })
    expect(all.map((learnware) => learnware.id)).toContain(id)
    await close(all)
    await market.close()
  })

  it('say in one sentence why not', async () => {
    await expect(real.market.anchors(real.island, { count: 13 })).rejects.toThrow(
      '"count" expected at most 12, since the island has no more learnwares to choose from, got 13; ask for fewer',
    )
    await expect(real.market.anchors(real.island, { count: 0 })).rejects.toThrow(/"count" expected a whole number/)
    await expect(real.market.anchors('isl:none')).rejects.toMatchObject({ code: 'absent' })
    await expect(real.market.anchors(real.island, { many: 3 } as object)).rejects.toThrow(/no option "many"/)
    const stop = new AbortController()
    stop.abort(new Error('enough'))
    await expect(real.market.anchors(real.island, { signal: stop.signal })).rejects.toThrow('enough')
    const empty = await openMarket({ store: memoryStore(), runtime: numberRuntime })
    expect(await empty.anchors(shopDescription('anyone'))).toEqual([])
    await empty.close()
  })
})

describe('a search by performance', () => {
  const ask = async (report: PerformanceReport) => real.market.searchByAnchors(report)

  it('finds the learnwares of the user’s concept, although her rows are like those of all', async () => {
    const anchors = await real.market.anchors(real.island, { count: 4 })
    for (const c of [0, 1, 2, 3]) {
      const [{ id }] = (await ask(await reportPerformance(anchors, few(c)))).ranked
      expect(Math.floor(real.ids.indexOf(id) / 3)).toBe(c)
      const found = await ask(await reportPerformance(anchors, few(c), { nearness: false }))
      expect(found.measure).toBe('root mean squared error')
      expect(found.ranked.slice(0, 2).map(({ id }) => Math.floor(real.ids.indexOf(id) / 3))).toEqual([c, c])
      expect(found.ranked).toHaveLength(5)
      for (const { mean, spread } of found.ranked) {
        expect(Number.isFinite(mean)).toBe(true)
        expect(spread).toBeGreaterThanOrEqual(0)
      }
      expect(found.findings).toEqual([])
    }
    await close(anchors)
  })

  it('works by accuracy, by precision and recall, and by Brier score for classes', async () => {
    const anchors = await classes.market.anchors(classes.island, { count: 4 })
    const { rows, labels } = few(1, 1, 24)
    for (const metric of ['accuracy', 'precision and recall', 'loss'] as const) {
      const report = await reportPerformance(anchors, { rows, labels: labels.map(classOf) }, { metric })
      const found = await classes.market.searchByAnchors(report)
      expect(Math.floor(classes.ids.indexOf(found.ranked[0].id) / 3)).toBe(1)
      expect(found.measure).toBe({ accuracy: 'error', 'precision and recall': '1 − F1', loss: 'Brier score' }[metric])
    }
    await close(anchors)
  })

  it('counts near tasks most where the report says how near the rows lie', async () => {
    const anchors = await real.market.anchors(real.island, { count: 4 })
    const report = await reportPerformance(anchors.slice(0, 3), few(2))
    const [{ product, ...first }, ...others] = report.anchors
    const { terms, specification } = anchors[0]
    const own = embed(encodeTable(readTable(few(2).rows, terms.columns), terms), terms.kernel)
    const values = evaluate(specification.embedding, encodeTable(readTable(few(2).rows, terms.columns), terms))
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
    const most = Math.sqrt(inner(specification.embedding, specification.embedding)) / values.length
    const step = 2 ** Math.ceil(Math.log2(Math.max(most, Math.sqrt(squares / (values.length - 1) / values.length))))
    expect(Math.abs((product as number) - inner(own, specification.embedding))).toBeLessThanOrEqual(step / 2 + 1e-12)
    expect(Number.isInteger((product as number) / step)).toBe(true)
    const plain = await ask({ ...report, anchors: [first, ...others.map(({ product, ...one }) => one)] })
    const found = await ask(report)
    expect(Math.floor(real.ids.indexOf(found.ranked[0].id) / 3)).toBe(2)
    expect(found.ranked.map(({ mean }) => mean)).not.toEqual(plain.ranked.map(({ mean }) => mean))
    const more = await reportPerformance(anchors.slice(3), few(2), { after: report })
    expect(more.anchors.every(({ product }) => product !== undefined)).toBe(true)
    expect(anchorManifest(more).text).toContain('inner product')
    const kept = await reportPerformance(anchors, few(2), { nearness: false })
    expect(anchorManifest(kept).text).not.toContain('inner product')
    const after = await reportPerformance(anchors.slice(0, 1), few(2), { after: kept })
    expect(after.anchors.some(({ product }) => product !== undefined)).toBe(false)
    await expect(ask({ ...report, anchors: [{ ...first, product: 2 }] })).rejects.toThrow(/at most ‖Φ_a‖/)
    await expect(ask({ ...report, anchors: [{ ...first, product: Number.NaN }] })).rejects.toThrow(
      /"report.anchors\[0\].product" expected a finite number/,
    )
    await close(anchors)
  })

  it('does not show one row, nor one that all rows are like', async () => {
    const anchors = await real.market.anchors(real.island, { count: 2 })
    const { rows, labels } = few(2)
    const one = await reportPerformance(anchors, { rows: rows.slice(0, 1), labels: labels.slice(0, 1) })
    expect(one.anchors.every(({ product }) => product === undefined)).toBe(true)
    for (const count of [3, 7, 20]) {
      const equal = Array.from({ length: count }, (_, i) => ({ ...rows[0], week: rows[0].week + 1e-6 * i }))
      const told = await reportPerformance(anchors, { rows: equal, labels: labels.slice(0, count) })
      told.anchors.forEach(({ product }, a) => {
        const { embedding } = anchors[a].specification
        const step = 2 ** Math.ceil(Math.log2(Math.sqrt(inner(embedding, embedding)) / count))
        expect(Number.isInteger((product as number) / step)).toBe(true)
      })
    }
    await close(anchors)
  })

  it('goes on for three rounds at most, each time with what is not known yet', async () => {
    let asked = await real.market.anchors(real.island, { count: 2 })
    const opened = [...asked]
    let report: PerformanceReport | undefined
    let found: FoundByPerformance | undefined
    for (let round = 1; round <= 3; round++) {
      report = await reportPerformance(asked, few(2), { after: report })
      expect(report.round).toBe(round)
      found = await ask(report)
      const known: string[] = report.anchors.map(({ id }) => id)
      expect(found.next.every((id) => !known.includes(id))).toBe(true)
      asked = await real.market.fetch(found.next)
      opened.push(...asked)
      if (asked.length === 0) break
    }
    expect(found?.next).toEqual([])
    await close(opened)
  })

  it('says that answers which are all alike, or constant, carry no information', async () => {
    const anchors = await real.market.anchors(real.island, { count: 4 })
    const same = few(0, 1, 1)
    const rows = Array.from({ length: 6 }, () => same.rows[0])
    const report = await reportPerformance(anchors, { rows, labels: rows.map(() => same.labels[0]) })
    expect(report.anchors.every(({ constant }) => constant)).toBe(true)
    const found = await ask({ ...report, anchors: report.anchors.map((anchor) => ({ ...anchor, loss: 4, error: 1 })) })
    expect(found.findings.map(({ check }) => check)).toEqual(['alike', 'constant'])
    for (const { message } of found.findings) expect(message).toMatch(/carry no information/)
    expect(found.ranked).toHaveLength(5)
    await close(anchors)
  })

  it('refuses what cannot be, in one sentence', async () => {
    const anchors = await classes.market.anchors(classes.island, { count: 3 })
    const labelled = { rows: few(0).rows, labels: few(0).labels.map(classOf) }
    const report = await reportPerformance(anchors, labelled)
    const [first, ...rest] = report.anchors
    const search = (change: object) => classes.market.searchByAnchors({ ...report, ...change })
    await expect(search({ anchors: [{ ...first, id: 'nobody' }] })).rejects.toMatchObject({ code: 'absent' })
    await expect(search({ anchors: [{ ...first, accuracy: Number.NaN }] })).rejects.toThrow(
      '"report.anchors[0].accuracy" expected a finite number from 0 to 1, got NaN',
    )
    await expect(search({ anchors: [{ ...first, accuracy: 2 }, ...rest] })).rejects.toThrow(/from 0 to 1, got 2/)
    await expect(search({ anchors: [first, first] })).rejects.toThrow(/has two answers of/)
    await expect(search({ anchors: [] })).rejects.toThrow(/expected at least one answer, got none/)
    await expect(search({ anchors: 3 })).rejects.toThrow(/"report.anchors" expected an array, got 3/)
    await expect(search({ metric: 'luck' })).rejects.toThrow(/"report.metric" expected one of/)
    await expect(search({ kind: 'other' })).rejects.toThrow(/"report.kind" expected one of/)
    await expect(search({ island: 'isl:elsewhere' })).rejects.toMatchObject({ code: 'incompatible' })
    await expect(search({ rows: 0 })).rejects.toThrow(/"report.rows" expected a whole number of at least 1/)
    const both = await reportPerformance(anchors, labelled, { metric: 'precision and recall' })
    const [one] = both.anchors
    await expect(classes.market.searchByAnchors({ ...both, anchors: [{ ...one, recall: [1] }] })).rejects.toThrow(
      '"report.anchors[0].recall" expected length 2, got 1',
    )
    await expect(classes.market.searchByAnchors(report, { top: 0 })).rejects.toThrow(/"top" expected a whole number/)
    await expect(reportPerformance(anchors, { rows: labelled.rows, labels: ['high'] })).rejects.toThrow(
      /"labelled.labels" expected length 20/,
    )
    await expect(reportPerformance(anchors, labelled, { metric: 'loss', after: report })).rejects.toThrow(
      /"after" expected an earlier report of loss on the same 20 rows/,
    )
    await close(anchors)
  })
})

describe('a report', () => {
  it('is rounded to one part in √n, and lists what leaves', async () => {
    const anchors = await classes.market.anchors(classes.island, { count: 3 })
    const { rows, labels } = few(3, 0, 20)
    const report = await reportPerformance(anchors, { rows, labels: labels.map(classOf) })
    for (const { accuracy = Number.NaN } of report.anchors) {
      const steps = accuracy * Math.sqrt(20)
      expect(accuracy === 1 || Math.abs(steps - Math.round(steps)) < 1e-12).toBe(true)
    }
    const sent = anchorManifest(report)
    expect(sent.bytes).toBe(new TextEncoder().encode(canonicalJson(report)).length)
    expect(sent.parts.reduce((sum, part) => sum + part.bytes, 0)).toBe(sent.bytes)
    expect(sent.text).toMatch(/no row, no label, no prediction$/)
    for (const row of rows) expect(canonicalJson(report)).not.toContain(String(row.price))
    await close(anchors)
    const ones = await real.market.anchors(real.island, { count: 3 })
    for (const { loss = Number.NaN, error = Number.NaN } of (await reportPerformance(ones, few(0))).anchors) {
      expect(Number.isInteger(Math.log2(error))).toBe(true)
      expect(Number.isInteger(loss / error)).toBe(true)
    }
    await close(ones)
  })
})

describe('a search by distance', () => {
  it('finds exactly what all distances would, from a few inner products', async () => {
    const terms = await real.market.terms(shopDescription('anyone'))
    const learnwares = await real.market.fetch(real.ids)
    await close(learnwares)
    const candidates = learnwares
      .map(({ id, specification }) => ({ id, embedding: specification.embedding }))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
    for (const [place, top] of [
      [0, 1],
      [1, 3],
      [2, 1],
    ]) {
      const rows = rowsAt(place, 77 + place, 12)
      let report: DistanceReport = reportDistances(terms, rows)
      let found = await real.market.searchByAnchors(report, { top })
      expect(found.certificate).toBe('none')
      while (found.ask.length > 0) {
        report = reportDistances(terms, rows, found.ask, { after: report })
        found = await real.market.searchByAnchors(report, { top })
      }
      const target = embed(encodeTable(readTable(rows, terms.columns), terms), terms.kernel)
      expect(found.certificate).toBe('exact')
      expect(found.ranked).toEqual(
        nearest(target, candidates, { top }).map(({ id, distance, score }) => ({ id, distance, score })),
      )
      expect(found.evaluations).toBe(report.anchors.length)
      expect(found.bound).toBeGreaterThanOrEqual(found.ranked[top - 1].distance)
      expect(anchorManifest(report).bytes).toBe(new TextEncoder().encode(canonicalJson(report)).length)
    }
  })

  it('refuses products that no rows can have', async () => {
    const report: DistanceReport = { kind: 'distance', island: real.island, own: 0.5, anchors: [] }
    const [id] = real.ids
    await expect(real.market.searchByAnchors({ ...report, anchors: [{ id, product: 5 }] })).rejects.toThrow(
      /"report.anchors\[0\].product" expected at most ‖Φ_u‖ ‖Φ_a‖ = .*, got 5; take reportDistances/,
    )
    await expect(real.market.searchByAnchors({ ...report, anchors: [{ id, product: Number.NaN }] })).rejects.toThrow(
      '"report.anchors[0].product" expected a finite number, got NaN',
    )
    await expect(real.market.searchByAnchors({ ...report, own: -1 })).rejects.toThrow(/"report.own" expected/)
    const terms = await real.market.terms(shopDescription('anyone'))
    expect(() => reportDistances(terms, [{ price: 1, week: 2 }], [], { after: { ...report, island: 'x' } })).toThrow(
      /"after" expected a report for island/,
    )
  })
})

describe('a user with too few rows', () => {
  it('is told of the anchors by specify and by search', async () => {
    const terms = await real.market.terms(shopDescription('anyone'))
    expect(() => specify(terms, few(0).rows)).toThrow(/solveByAnchors/)
    const requirement = specify(terms, rowsAt(1, 5, 60), { seed: 1 })
    const cut = { ...requirement, embedding: { ...requirement.embedding, samples: 20 } }
    await expect(real.market.search(cut)).rejects.toThrow(/so few rows are served by anchors: solveByAnchors/)
  })

  it('gets a model in one call, and closes it', async () => {
    const before = openModels()
    const { rows, labels } = few(0, 1, 12)
    const { model, found, report } = await solveByAnchors(real.market, rows, {
      description: shopDescription('anyone'),
      labels,
      count: 4,
      top: 3,
    })
    expect(found.ranked).toHaveLength(3)
    expect(report.kind).toBe('performance')
    expect(openModels()).toBe(before + 3)
    const fresh = few(0, 1, 50, 5000)
    const { data } = await model.predict(fresh.rows)
    const squared = fresh.labels.reduce((sum, y, i) => sum + (y - data[i]) ** 2, 0) / 50
    const spread = fresh.labels.reduce((sum, y) => sum + (y - 100) ** 2, 0) / 50
    expect(squared).toBeLessThan(0.2 * spread)
    expect(model.report.used.every(({ distance }) => distance === undefined)).toBe(true)
    await model.close()
    expect(openModels()).toBe(before)
  })

  it('without labels gets the average of the nearest', async () => {
    const before = openModels()
    const { model, found } = await solveByAnchors(real.market, rowsAt(2, 8, 10), {
      description: shopDescription('anyone'),
      top: 2,
    })
    expect(found).toMatchObject({ kind: 'distance', certificate: 'exact' })
    expect(model.report.used.map(({ id }) => id).sort()).toEqual(found.ranked.map(({ id }) => id).sort())
    expect(model.report.used.every(({ distance }) => Number.isFinite(distance))).toBe(true)
    await model.close()
    expect(openModels()).toBe(before)
  })

  it('is told where the market holds nothing, and leaves no model open where labels do not fit', async () => {
    const empty = await openMarket({ store: memoryStore(), runtime: numberRuntime })
    const { rows, labels } = few(1)
    const description = shopDescription('anyone')
    await expect(solveByAnchors(empty, rows, { description, labels })).rejects.toMatchObject({ code: 'absent' })
    await expect(solveByAnchors(empty, rows, { description })).rejects.toMatchObject({ code: 'absent' })
    await empty.close()
    const before = openModels()
    await expect(solveByAnchors(real.market, rows, { description, labels: [1, 2] })).rejects.toThrow(
      /expected length 20/,
    )
    expect(openModels()).toBe(before)
  })
})
