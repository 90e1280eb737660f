import { describe, expect, test } from 'vitest'
import type { Embedding } from '../../src/rkme/embedding.js'
import { inner } from '../../src/rkme/mmd.js'
import { type Decision, decide, noiseFloor } from '../../src/search/decision.js'
import { frankWolfe } from '../../src/search/mixture.js'
import { nearest } from '../../src/search/topk.js'
import { unseenShare as shareOfParts, type UnseenOptions, wideFit } from '../../src/search/unseen.js'
import { type Shares, simulated } from './islands.js'

const market = [
  [0, 0],
  [5, 0],
  [-5, 0],
].map(([x, y], i) => ({ id: `job${i}`, embedding: simulated([[1, x, y]], 500, i + 1) }))

const unseenShare = (user: Embedding, candidates: typeof market, options?: UnseenOptions) =>
  shareOfParts(
    user,
    frankWolfe(user, candidates, wideFit).members.map(({ index, weight }) => ({
      weight,
      embedding: candidates[index].embedding,
    })),
    options,
  )

const judged = (user: Embedding, candidates = market): Decision => {
  const noise = (members: { index: number; weight: number }[]) =>
    noiseFloor(
      user,
      members.map(({ index, weight }) => ({ weight, embedding: candidates[index].embedding })),
    )
  const [single] = nearest(user, candidates, { top: 1 })
  const { members, distance } = frankWolfe(user, candidates)
  return decide({
    norm: Math.sqrt(inner(user, user)),
    single: single && { distance: single.distance, noise: noise([{ index: single.index, weight: 1 }]) },
    mixture: { distance, noise: noise([...members]) },
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
      if (low <= truth && truth <= high) covered++
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

describe('noiseFloor', () => {
  test('is what two samples of one distribution differ by', () => {
    let within = 0
    for (let seed = 1; seed <= 20; seed++) {
      const a = simulated([[1, 0, 0]], 300, seed)
      const b = simulated([[1, 0, 0]], 300, seed + 500)
      const [{ distance }] = nearest(a, [{ id: 'b', embedding: b }])
      const noise = noiseFloor(a, [{ weight: 1, embedding: b }])
      if (distance <= noise) within++
      expect(distance).toBeLessThan(2 * noise)
    }
    expect(within).toBeGreaterThanOrEqual(12)
  })

  test('adds variances and errors by weight', () => {
    const part = { floor: 0.4, error: 0.01 }
    expect(
      noiseFloor({ floor: 0.3, error: 0.02 }, [
        { weight: 0.5, embedding: part },
        { weight: 0.5, embedding: part },
      ]),
    ).toBeCloseTo(Math.sqrt(0.09 + 0.04 + 0.04) + 0.02 + 0.01, 14)
    expect(noiseFloor(part, [])).toBeCloseTo(0.41, 14)
  })
})

describe('decide', () => {
  const base = {
    norm: 0.8,
    single: { distance: 0.05, noise: 0.02 },
    mixture: { distance: 0.05, noise: 0.02 },
    unseen: { share: 0, low: 0, high: 0.1 },
  }
  const far = { distance: 0.3, noise: 0.02 }
  const unseen = { share: 0.4, low: 0.2, high: 0.6 }

  test.each<[string, object, Decision]>([
    ['an equal single is enough', {}, 'single'],
    [
      'a single within the noise is enough',
      { single: { distance: 0.04, noise: 0.02 }, mixture: { distance: 0.001, noise: 0.02 } },
      'single',
    ],
    ['a mixture that is clearly nearer', { single: { distance: 0.2, noise: 0.02 } }, 'mixture'],
    ['a far residual with a part unseen', { single: far, mixture: far, unseen }, 'partial'],
    ['a far residual before the single is asked', { mixture: far, unseen }, 'partial'],
    ['an uncertain part', { single: far, mixture: far, unseen: { ...unseen, low: 0.01 } }, 'none'],
    ['too small a part', { single: far, mixture: far, unseen: { share: 0.1, low: 0.08, high: 0.6 } }, 'none'],
    ['too little covered', { single: far, mixture: far, unseen: { share: 0.9, low: 0.8, high: 1 } }, 'none'],
    [
      'noise that explains the residual',
      { single: { distance: 0.3, noise: 0.2 }, mixture: { distance: 0.3, noise: 0.2 }, unseen },
      'single',
    ],
    ['an empty market', { single: undefined }, 'none'],
  ])('%s', (_, change, expected) => {
    expect(decide({ ...base, ...change })).toBe(expected)
  })
})
