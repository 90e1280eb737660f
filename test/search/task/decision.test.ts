import { describe, expect, test } from 'vitest'
import type { Embedding } from '../../../src/rkme/embedding.js'
import { type Decision, decide } from '../../../src/search/task/decision.js'
import { knownParts } from '../../../src/search/task/known-parts.js'
import { misfit } from '../../../src/search/task/misfit.js'
import { frankWolfe } from '../../../src/search/task/mixture.js'
import { unseenShare as shareOfParts, type UnseenOptions } from '../../../src/search/task/unseen.js'
import { nearest } from '../../../src/search/topk.js'
import { type Shares, simulated } from '../islands.js'

const market = [
  [0, 0],
  [5, 0],
  [-5, 0],
].map(([x, y], i) => ({ id: `job${i}`, embedding: simulated([[1, x, y]], 500, i + 1) }))

const partsOf = (user: Embedding, candidates: typeof market) =>
  frankWolfe(user, candidates).members.map(({ index, weight }) => ({
    weight,
    embedding: candidates[index].embedding,
  }))

const unseenShare = (user: Embedding, candidates: typeof market, options?: UnseenOptions) =>
  shareOfParts(user, knownParts(user, candidates), options)

const judged = (user: Embedding, candidates = market): Decision => {
  const [single] = nearest(user, candidates, { top: 1 })
  return decide({
    single: single && misfit(user, [{ weight: 1, embedding: candidates[single.index].embedding }]),
    mixture: misfit(user, partsOf(user, candidates)),
    unseen: unseenShare(user, candidates),
  })
}

describe('the decision on simulated users', () => {
  const half: Shares = [
    [0.6, 0, 0],
    [0.4, 5, 0],
  ]
  test.each<[string, Shares, Decision]>([
    ['of one known job', [[1, 0, 0]], 'single'],
    ['of two known jobs', half, 'mixture'],
    [
      'of a known and an unknown job',
      [
        [0.6, 0, 0],
        [0.4, 0, 9],
      ],
      'partial',
    ],
    ['of an unknown job', [[1, 0, 9]], 'none'],
  ])('%s', (_, parts, expected) => {
    for (let seed = 1; seed <= 5; seed++) expect(judged(simulated(parts, 600, 100 + seed))).toBe(expected)
  })

  test('a market of one learnware does not call a foreign task single, an empty one calls nothing', () => {
    const foreign = simulated([[1, 0, 9]], 300, 3)
    expect(judged(foreign, market.slice(0, 1))).toBe('none')
    expect(judged(foreign, [])).toBe('none')
  })
})

describe('unseenShare', () => {
  const embeddingOf = (truth: number, rows: number, seed: number) =>
    simulated(
      [
        [0.6 * (1 - truth), 0, 0],
        [0.4 * (1 - truth), 5, 0],
        [truth, 0, 7],
      ],
      rows,
      seed,
    )

  test.each([0, 0.15, 0.3, 0.6])('its interval covers a true share of %d, and its point is near', (truth) => {
    let covered = 0
    for (let seed = 1; seed <= 10; seed++) {
      const { share, low, high } = unseenShare(embeddingOf(truth, 400, 50 * seed), market)
      expect(low).toBeLessThanOrEqual(share)
      expect(share).toBeLessThanOrEqual(high)
      expect(Math.abs(share - truth)).toBeLessThan(0.09)
      // Two standard deviations of the rows' own share, which is not quite the truth.
      const chance = 2 * Math.sqrt((truth * (1 - truth)) / 400)
      if (low <= truth + chance && truth - chance <= high) covered++
    }
    expect(covered).toBeGreaterThanOrEqual(9)
  })

  test('is narrower with more rows, and starts above 0 where a third is new', () => {
    const width = (rows: number) => {
      const { low, high } = unseenShare(embeddingOf(0.35, rows, 7), market)
      return high - low
    }
    expect(width(2000)).toBeLessThan(width(60))
    expect(unseenShare(embeddingOf(0.35, 400, 9), market).low).toBeGreaterThan(0.05)
    expect(unseenShare(embeddingOf(0, 400, 9), market).low).toBe(0)
  })

  test('is everything for a foreign task and for an empty market', () => {
    const foreign = simulated([[1, 0, 400]], 200, 3)
    expect(unseenShare(foreign, market)).toEqual({ share: 1, low: 1, high: 1 })
    expect(unseenShare(foreign, [])).toEqual({ share: 1, low: 1, high: 1 })
    expect(unseenShare(simulated([[1, 0, 9]], 200, 3), market).high).toBe(1)
  })

  test('is the same every time, and errs downwards where the new job overlaps known ones', () => {
    const overlapping = simulated(
      [
        [0.6, 0, 0],
        [0.4, 0, 3],
      ],
      800,
      5,
    )
    const first = unseenShare(overlapping, market)
    expect(unseenShare(overlapping, market)).toEqual(first)
    expect(first.share).toBeLessThan(0.4)
    expect(first.high).toBeGreaterThan(0.4)
  })

  test('refuses options that mean nothing', () => {
    expect(() => unseenShare(market[0].embedding, market, { draws: 0 })).toThrow(/"draws"/)
    expect(() => unseenShare(market[0].embedding, market, { seed: Number.NaN })).toThrow(/"seed"/)
  })
})

describe('decide', () => {
  const base = {
    single: { left: 6, noise: 5 },
    mixture: { left: 5, noise: 5 },
    unseen: { share: 0, low: 0, high: 0.1 },
  }
  const unseen = { share: 0.4, low: 0.2, high: 0.6 }

  test.each<[string, object, Decision]>([
    ['a single that noise explains', {}, 'single'],
    ['a single that noise explains, though a mixture is nearer', { mixture: { left: 1, noise: 5 } }, 'single'],
    ['a mixture that is clearly nearer', { single: { left: 20, noise: 5 } }, 'mixture'],
    ['a mixture that is hardly nearer', { single: { left: 20, noise: 5 }, mixture: { left: 16, noise: 5 } }, 'single'],
    ['a part unseen', { unseen }, 'partial'],
    ['an uncertain part', { unseen: { ...unseen, low: 0.01 } }, 'single'],
    ['too small a part', { unseen: { share: 0.13, low: 0.12, high: 0.6 } }, 'single'],
    ['too little covered', { unseen: { share: 0.9, low: 0.8, high: 1 } }, 'none'],
    ['an empty market', { single: undefined }, 'none'],
  ])('%s', (_, change, expected) => {
    expect(decide({ ...base, ...change })).toBe(expected)
  })
})
