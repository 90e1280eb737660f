import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { uniforms } from '../../../src/base/random.js'
import { gaussian, laplacian, polynomial, product } from '../../../src/kernel/kernel.js'
import { embed, inner, mmd } from '../../../src/rkme/mmd.js'
import { nearestSteps, pool, queryOf } from '../../../src/search/sketch/certified.js'
import { fitProjection, project } from '../../../src/search/sketch/projection.js'
import { scan } from '../../../src/search/sketch/scan.js'
import { nearest } from '../../../src/search/topk.js'
import { core } from '../../../src/wasm/instance.js'
import { driven, indexed, plainRanking } from '../indexed.js'
import { arbitrary } from '../islands.js'

const embeddings = Array.from({ length: 700 }, (_, i) => arbitrary(i + 1, 2 + (i % 7), 3))
const loose = indexed(embeddings, { basis: 6 })
const market = indexed(embeddings)
const seeds = fc.integer({ min: 1e4, max: 1e6 })

describe('the bounds of sketches', () => {
  test('lie below every distance and above every inner product, and are not far off', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const user = arbitrary(seed, 9, 3)
        const { index, all } = market
        const query = project(index.projection, user)
        const near = scan(index, query, { mode: 'nearest', capacity: 1000 })
        const products = scan(index, query, { mode: 'inner', capacity: 1000, constant: query.withMean })
        expect(near.places.length).toBe(all.length)
        expect(near.floor).toBe(Number.POSITIVE_INFINITY)
        let loss = 0
        near.places.forEach((place, i) => {
          const distance = mmd(user, all[index.ordinalAt(place) as number].embedding)
          expect(near.keys[i]).toBeLessThanOrEqual(distance)
          loss += distance - near.keys[i]
        })
        expect(loss / all.length).toBeLessThan(0.05)
        // ⟨Φ_i, Φ_u⟩ = ⟨Φ_i − μ, Φ_u⟩ + ⟨μ, Φ_u⟩, and the query is Φ_u − μ: so this bounds ⟨Φ_i − μ, Φ_u − μ⟩ + ⟨μ, Φ_u⟩
        const { meanSquared } = index.projection
        products.places.forEach((place, i) => {
          const other = all[index.ordinalAt(place) as number].embedding
          const value = inner(user, other) - project(index.projection, other).withMean + meanSquared
          expect(-products.keys[i]).toBeGreaterThanOrEqual(value)
          expect(-products.keys[i]).toBeLessThan(value + 0.1)
        })
      }),
      { numRuns: 10 },
    )
  })

  test('hold for every kernel: ‖y_a − y_b‖ ≤ MMD in f64', () => {
    const kernels = [
      gaussian(0.3),
      laplacian(0.5),
      polynomial({ degree: 2, offset: 1, scale: 0.1 }),
      product([
        { kind: 'numeric', gamma: 0.2 },
        { kind: 'categorical', rho: 0.25 },
        { kind: 'numeric', gamma: 0.4 },
      ]),
    ]
    for (const kernel of kernels) {
      const of = (seed: number) => {
        const random = uniforms(seed)
        const rows = Array.from({ length: 5 }, () => [2 * random(), Math.floor(3 * random()), random()])
        return embed(rows, kernel)
      }
      const sample = Array.from({ length: 60 }, (_, i) => of(i + 1))
      const projection = fitProjection(sample, { dimension: 64, basis: 40 })
      const sketches = sample.map((embedding) => project(projection, embedding))
      for (let a = 0; a < 30; a++) {
        for (let b = 30; b < 60; b++) {
          let squared = (sketches[a].rest - sketches[b].rest) ** 2
          sketches[a].z.forEach((value, k) => {
            squared += (value - sketches[b].z[k]) ** 2
          })
          const size = sketches[a].squared + sketches[b].squared
          expect(squared).toBeLessThanOrEqual(mmd(sample[a], sample[b]) ** 2 + 1e-9 * size)
        }
      }
      const island = indexed(sample, { basis: 40 })
      const user = of(999)
      const { value } = driven(nearestSteps(pool(user, island.index), { top: 7 }), island)
      expect(value.certificate).toBe('exact')
      expect(value.ranked.map(({ id }) => id)).toEqual(
        plainRanking(user, island.all)
          .slice(0, 7)
          .map(({ id }) => id),
      )
    }
  })

  test('the heap keeps the least keys, and the floor is below what it left out', () => {
    const query = project(market.index.projection, arbitrary(77, 5, 3))
    const all = scan(market.index, query, { mode: 'nearest', capacity: 1000 })
    for (const capacity of [1, 7, 64, 699]) {
      const some = scan(market.index, query, { mode: 'nearest', capacity })
      expect(Array.from(some.keys)).toEqual(Array.from(all.keys.subarray(0, capacity)))
      expect(some.floor).toBeLessThanOrEqual(all.keys[capacity])
    }
  })
})

describe('nearestSteps', () => {
  test('is the brute-force ranking, distances included, to the bit, from few evaluations', () => {
    let asked = 0
    fc.assert(
      fc.property(seeds, fc.constantFrom(1, 5, 10, 40), (seed, top) => {
        const user = arbitrary(seed, 9, 3)
        const { value, asked: own } = driven(nearestSteps(pool(user, market.index), { top }), market)
        asked += own
        expect(value.certificate).toBe('exact')
        expect(value.nextLowerBound).toBeGreaterThan(value.ranked[top - 1].distance)
        const brute = nearest(user, market.all, { top })
        expect(value.ranked.map(({ id, distance, score }) => ({ id, distance, score }))).toEqual(
          brute.map(({ id, distance, score }) => ({ id, distance, score })),
        )
      }),
      { numRuns: 40 },
    )
    expect(asked).toBeLessThan(40 * 300)
  })

  test('ranks by distance and penalty', () => {
    const island = indexed(
      market.all.slice(0, 400).map(({ embedding }) => embedding),
      { penalty: (i) => (i % 3 === 0 ? 0.0937 : i % 3 === 1 ? 0.3 : 0) },
    )
    for (let seed = 1; seed < 15; seed++) {
      const user = arbitrary(seed + 5000, 9, 3)
      const { value } = driven(nearestSteps(pool(user, island.index), { top: 8 }), island)
      const plain = plainRanking(user, island.all).slice(0, 8)
      expect(value.certificate).toBe('exact')
      expect(value.ranked.map(({ id }) => id)).toEqual(plain.map(({ id }) => id))
    }
  })

  test('changes no answer while learnwares come and go', () => {
    const island = indexed(market.all.slice(0, 300).map(({ embedding }) => embedding))
    const random = uniforms(5)
    const living = new Set(island.places.keys())
    for (let step = 0; step < 1500; step++) {
      const ordinal = Math.floor(random() * 300)
      if (living.has(ordinal)) {
        island.index.remove(island.places[ordinal])
        living.delete(ordinal)
      } else {
        island.places[ordinal] = island.index.add(ordinal, island.all[ordinal].embedding)
        living.add(ordinal)
      }
      if (step % 100 !== 0) continue
      expect(island.index.size).toBe(living.size)
      const user = arbitrary(step + 9000, 6, 3)
      const rest = island.all.filter((_, i) => living.has(i))
      const { value } = driven(nearestSteps(pool(user, island.index), { top: 5 }), island)
      expect(value.ranked.map(({ id, distance }) => [id, distance])).toEqual(
        nearest(user, rest, { top: 5 }).map(({ id, distance }) => [id, distance]),
      )
    }
    expect(island.index.places).toBeLessThanOrEqual(300)
  })

  test('a mask leaves out, and an unreadable learnware is passed over', () => {
    const user = arbitrary(4321, 9, 3)
    const mask = new Uint8Array(market.index.places)
    for (let i = 0; i < 700; i += 3) mask[market.places[i]] = 1
    const { value } = driven(nearestSteps(pool(user, market.index, { mask }), { top: 10 }), market)
    const some = market.all.filter((_, i) => i % 3 === 0)
    expect(value.ranked.map(({ id }) => id)).toEqual(nearest(user, some, { top: 10 }).map(({ id }) => id))
    expect(value.certificate).toBe('exact')
    const [first] = nearest(user, market.all, { top: 1 })
    const without = { ...market, all: market.all.map((one) => (one.id === first.id ? undefined : one)) as never }
    const { value: rest } = driven(nearestSteps(pool(user, market.index), { top: 5 }), without)
    expect(rest.ranked.map(({ id }) => id)).toEqual(
      nearest(user, market.all, { top: 6 })
        .slice(1)
        .map(({ id }) => id),
    )
  })

  test('a limit turns the certificate to epsilon or none, and the factor that it states holds', () => {
    const certificates = new Set<string>()
    for (let seed = 1; seed < 12; seed++) {
      const user = arbitrary(seed + 700, 9, 3)
      const limits = { evaluations: 10 + 3 * seed }
      const { value, asked } = driven(nearestSteps(pool(user, loose.index, { limits }), { top: 10 }), loose)
      certificates.add(value.certificate)
      expect(asked).toBeLessThanOrEqual(10 + 3 * seed)
      const truth = nearest(user, market.all, { top: 10 })
      if (value.certificate === 'exact') expect(value.ranked.map(({ id }) => id)).toEqual(truth.map(({ id }) => id))
      else if (value.certificate === 'epsilon') {
        truth.forEach(({ distance }, i) => {
          expect(value.ranked[i].distance).toBeLessThanOrEqual((1 + (value.epsilon as number)) * distance)
        })
      }
    }
    expect(certificates).toContain('epsilon')
    const late = pool(arbitrary(3, 9, 3), market.index, { limits: { isLate: () => true } })
    expect(driven(nearestSteps(late, { top: 3 }), market)).toMatchObject({
      asked: 0,
      value: { certificate: 'none', ranked: [], epsilon: undefined },
    })
  })

  test('epsilon stops earlier, with no more than that lost', () => {
    let exactly = 0
    let nearly = 0
    for (let seed = 1; seed < 20; seed++) {
      const user = arbitrary(seed + 8000, 9, 3)
      const exact = driven(nearestSteps(pool(user, loose.index), { top: 10 }), loose)
      const near = driven(nearestSteps(pool(user, loose.index), { top: 10, epsilon: 0.3 }), loose)
      exactly += exact.asked
      nearly += near.asked
      exact.value.ranked.forEach(({ distance }, i) => {
        expect(near.value.ranked[i].distance).toBeLessThanOrEqual(1.3 * distance)
      })
      expect(near.value.epsilon).toBeLessThanOrEqual(0.3)
    }
    expect(nearly).toBeLessThan(exactly)
  })

  test('nothing nearer than tau is an exact answer without anyone', () => {
    const user = arbitrary(4242, 9, 3)
    const [first, second] = nearest(user, market.all, { top: 2 })
    const within = (tau: number) =>
      driven(nearestSteps(pool(user, market.index), { top: 5, within: tau }), market).value
    expect(within(0.999 * first.distance)).toMatchObject({ certificate: 'exact', ranked: [] })
    expect(within((first.distance + second.distance) / 2).ranked.map(({ id }) => id)).toEqual([first.id])
    expect(within(first.distance).ranked.map(({ id }) => id)).toEqual([first.id])
  })

  test('twins are ranked by id, one learnware is found, an empty index has none', () => {
    const one = arbitrary(3, 4, 3)
    const twins = indexed([arbitrary(8, 4, 3), one, structuredClone(one), structuredClone(one)])
    const { value } = driven(nearestSteps(pool(one, twins.index), { top: 3 }), twins)
    expect(value.ranked.map(({ id }) => id)).toEqual(['id00001', 'id00002', 'id00003'])
    expect(value.ranked[0].distance).toBeLessThan(1e-7)
    const single = indexed([one])
    expect(driven(nearestSteps(pool(arbitrary(9, 4, 3), single.index)), single).value.ranked).toHaveLength(1)
    single.index.remove(0)
    expect(driven(nearestSteps(pool(one, single.index)), single).value).toMatchObject({
      ranked: [],
      certificate: 'exact',
    })
  })

  test('refuses what makes no sense, and leaves the arena at its mark', () => {
    const mark = core().mark()
    const user = arbitrary(1, 4, 3)
    expect(() => nearestSteps(pool(user, market.index), { top: 0 }).next()).toThrow(/"top"/)
    expect(() => nearestSteps(pool(user, market.index), { epsilon: -1 }).next()).toThrow(/"epsilon"/)
    expect(() => queryOf(pool(arbitrary(1, 4, 5), market.index))).toThrow(
      expect.objectContaining({ code: 'incompatible' }),
    )
    expect(() => market.index.add(1, { ...user, kernel: gaussian(2) })).toThrow(
      expect.objectContaining({ code: 'incompatible' }),
    )
    driven(nearestSteps(pool(user, market.index)), market)
    expect(core().mark()).toBe(mark)
  })
})
