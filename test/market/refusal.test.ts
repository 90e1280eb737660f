import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Matrix } from '../../src/base/matrix.js'
import { uniforms } from '../../src/base/random.js'
import type { Runtime } from '../../src/learnware/model.js'
import { openMarket } from '../../src/market/market.js'
import type { Receipt } from '../../src/market/receipt.js'
import type { Submission } from '../../src/market/submit/validate.js'
import { encodeSpecification } from '../../src/specification/codec.js'
import { foundTerms } from '../../src/specification/specify/found.js'
import { specify } from '../../src/specification/specify/specify.js'
import { memoryStore } from '../../src/store/memory.js'
import { type NumberModel, numberModel, numberRuntime, openModels } from './number-runtime.js'
import { shop, shopDescription, shopRows, shopSales } from './shops.js'

/** Submits to a market that holds one shop; answers the receipt and whether the store changed. */
const tried = async (submission: Submission, limits?: { modelBytes: number; specificationBytes: number }) => {
  const store = memoryStore()
  let blobs = 0
  const counted = {
    ...store,
    putBlob: (bytes: Uint8Array) => {
      blobs++
      return store.putBlob(bytes)
    },
  }
  const market = await openMarket({ store: counted, runtime: numberRuntime, limits })
  expect((await market.submit(shop(0))).status).toBe('accepted')
  const before = JSON.stringify([await store.records(), blobs])
  const receipt = await market.submit(submission)
  const after = JSON.stringify([await store.records(), blobs])
  expect(openModels()).toBe(0)
  return { receipt, market, changed: before !== after }
}

const failures = ({ findings }: Receipt): string =>
  findings
    .filter(({ level }) => level === 'fail')
    .map(({ check, message }) => `${check}: ${message}`)
    .join('\n')

const noise = (length: number): Uint8Array => {
  const random = uniforms(3)
  return Uint8Array.from({ length }, () => 256 * random())
}

const withFault = (fault: NumberModel['fault']): Submission => shop(1, { model: { fault } })

const underOtherTerms = (): Submission => {
  const description = shopDescription('florist', {
    inputs: [
      { name: 'price', kind: 'numeric', centre: 0, scale: 1 },
      { name: 'week', kind: 'numeric', centre: 0, scale: 1 },
    ],
  })
  const rows = shopRows(1, 5)
  return {
    ...shop(1),
    description,
    specification: specify(foundTerms(description), rows, { labels: shopSales(1, rows) }),
  }
}

const cut = (bytes: Uint8Array, share: number): Uint8Array => bytes.slice(0, Math.floor(bytes.length * share))

const changed = (change: (bytes: Submission['specification'] & object) => unknown): Submission => {
  const submission = shop(1)
  return { ...submission, specification: change(structuredClone(submission.specification)) as never }
}

describe('a bad submission is answered by a receipt, and the store is as it was', () => {
  const cases: [string, () => Submission, RegExp][] = [
    [
      '10 MB of random bytes',
      () => ({ ...shop(1), model: noise(10_000_000) }),
      /model: the runtime numbers does not open it: the bytes do not begin with NUM1; export a number model/,
    ],
    [
      'an empty model',
      () => ({ ...shop(1), model: new Uint8Array(0) }),
      /size: the model has 0 bytes; pass the content/,
    ],
    [
      'a truncated model',
      () => ({ ...shop(1), model: cut(shop(1).model, 0.5) }),
      /model: the runtime numbers does not open it/,
    ],
    [
      'a model of another output',
      () => withFault('wide'),
      /output: the description declares one column for a real, the model gives 64 × 2/,
    ],
    [
      'a model of another input',
      () => ({
        ...shop(1),
        description: {
          ...shopDescription('florist', { inputs: [{ name: 'price', kind: 'numeric' }] }),
          Input: { Dimension: 1, Description: { 0: 'price' } },
        },
      }),
      /island: incompatible: .* call market\.terms\(description\)/,
    ],
    [
      'a model that throws',
      () => withFault('throws'),
      /output: the model fails on rows of its own specification: the model has no operator Foo; export it again/,
    ],
    ['a model that gives NaN', () => withFault('nan'), /finite: the model gives NaN in row 1/],
    ['a model that looks at its batch', () => withFault('batch'), /batch: a row alone gives an output that differs/],
    ['a model that rolls dice', () => withFault('random'), /(batch|determinism): /],
    ['a constant model', () => withFault('constant'), /constant: the model gives the same output for all/],
    [
      'a model that explodes',
      () => withFault('infinite'),
      /extremes: the model gives -?Infinity in row .* clip its inputs or outputs/,
    ],
    [
      'a specification under other terms',
      underOtherTerms,
      /island: incompatible: the specification was made under the terms isl:[0-9a-f]{16}, this description belongs to isl:[0-9a-f]{16}; call market\.terms/,
    ],
    [
      'bytes that are no specification',
      () => ({ ...shop(1), specification: noise(1000) }),
      /specification: it cannot be read: .*make it with specify/,
    ],
    [
      'a truncated specification',
      () => ({ ...shop(1), specification: cut(encodeSpecification(shop(1).specification as never), 0.7) }),
      /specification: it cannot be read/,
    ],
    ['no specification', () => ({ ...shop(1), specification: undefined as never }), /specification: it cannot be read/],
    [
      'a negative weight',
      () =>
        changed((s) => {
          ;(s as never as { embedding: { weights: Float64Array } }).embedding.weights[0] = -1
          return s
        }),
      /specification: embedding\.weights expected finite weights of at least 0, got -1; make it with specify/,
    ],
    [
      'a point that is not finite',
      () =>
        changed((s) => {
          ;(s as never as { embedding: { points: { data: Float64Array } } }).embedding.points.data[0] = Number.NaN
          return s
        }),
      /specification: .*NaN/,
    ],
    [
      'a point outside of the terms',
      () =>
        changed((s) => {
          ;(s as never as { embedding: { points: { data: Float64Array } } }).embedding.points.data[0] = 100
          return s
        }),
      /specification: .*coordinate/,
    ],
    [
      'too few rows',
      () => changed((s) => ({ ...s, embedding: { ...(s as never as { embedding: object }).embedding, samples: 20 } })),
      /specification: .*at least 50/,
    ],
    [
      'more points than privacy allows',
      () =>
        changed((s) => ({
          ...s,
          embedding: {
            ...(s as never as { embedding: object }).embedding,
            samples: 60,
            points: { rows: 50, columns: 2, data: new Float64Array(100) },
            weights: new Float64Array(50).fill(0.02),
          },
        })),
      /specification: embedding\.points expected at most 8 points for 60 rows, got 50/,
    ],
    [
      'a description with several faults',
      () => ({ ...shop(1), description: { ...shopDescription('x'), Data: 7, License: undefined } as never }),
      /description: Data .*\ndescription: License/,
    ],
    [
      'a description without inputs',
      () => ({ ...shop(1), description: { ...shopDescription('x'), LDL: undefined } }),
      /description: LDL/,
    ],
    [
      'an input of the same concept, but of another kind',
      () => ({
        ...shop(1),
        description: shopDescription('x', {
          inputs: [
            { name: 'Preis', concept: 'price', kind: 'integer' },
            { name: 'week', kind: 'numeric' },
          ],
        }),
      }),
      /island: the terms have the column "price" \(numeric\), the description has the kind integer/,
    ],
    [
      'an output that no market runs',
      () => ({ ...shop(1), description: shopDescription('x', { output: { kind: 'ranking' } }) }),
      /model: a market runs models whose output is real|island: incompatible/,
    ],
  ]
  for (const [name, make, message] of cases) {
    it(name, async () => {
      const { receipt, changed: different, market } = await tried(make())
      expect(receipt.status).toBe('rejected')
      expect(failures(receipt)).toMatch(message)
      expect(receipt.id).toMatch(/^[0-9a-f]{64}$/)
      expect(different).toBe(false)
      await expect(market.receipt(receipt.id)).rejects.toMatchObject({ code: 'absent' })
      expect((await market.islands())[0].learnwares).toBe(1)
      await market.close()
    })
  }

  it('a model above the limit', async () => {
    const { receipt, changed: different } = await tried(shop(1, { padding: 2000 }), {
      modelBytes: 1000,
      specificationBytes: 1e6,
    })
    expect(failures(receipt)).toMatch(/size: the model has \d+ bytes, this market takes at most 1000/)
    expect(different).toBe(false)
  })
})

describe('a model that does not predict its own labels', () => {
  it('is quarantined: kept, not found, not fetched, and does not found an island', async () => {
    const market = await openMarket({ store: memoryStore(), runtime: numberRuntime })
    const receipt = await market.submit(shop(1, { model: { weights: [-2, 1], bias: 100 } }))
    expect(receipt.status).toBe('quarantined')
    expect(failures(receipt)).toMatch(/claim: squared error .* for a constant prediction: the model hardly predicts/)
    expect(await market.islands()).toEqual([])
    expect(await market.receipt(receipt.id)).toEqual(receipt)
    await expect(market.fetch([receipt.id])).rejects.toMatchObject({
      code: 'denied',
      message: expect.stringMatching(/market\.receipt\(id\)/),
    })
    await market.terms(shopDescription('x'))
    expect((await market.search(shop(1).specification as never)).ranked).toEqual([])
    expect((await market.submit(shop(1))).status).toBe('accepted')
    await market.close()
  })

  it('is only warned about where the specification carries no labels', async () => {
    const market = await openMarket({ store: memoryStore(), runtime: numberRuntime })
    const { status, findings } = await market.submit(shop(1, { labels: false }))
    expect(status).toBe('accepted')
    expect(findings.find(({ check }) => check === 'claim')).toMatchObject({
      level: 'warn',
      message: expect.stringMatching(/carries no labels/),
    })
  })
})

describe('a model that behaves on reduced points, but not on labelled ones', () => {
  /** The number runtime, whose models do something else from that call of predict on. */
  const turning = (call: number, then: (rows: Matrix) => Matrix, close = false): Runtime => ({
    ...numberRuntime,
    async open(bytes, declared) {
      const model = await numberRuntime.open(bytes, declared)
      let calls = 0
      return {
        ...model,
        predict: async (rows, options) => {
          const result = await model.predict(rows, options)
          return ++calls < call ? result : then(result)
        },
        close: async () => {
          await model.close()
          if (close) throw new Error('it does not end')
        },
      }
    },
  })
  // One call for all, one for each of up to 8 single rows, then determinism, extremes, constant, and the labels.
  const lastCall = Math.min(8, shop(1).specification.embedding.points.rows) + 5

  it('is rejected by a receipt where it throws', async () => {
    const runtime = turning(lastCall, () => {
      throw new Error('no such word')
    })
    const market = await openMarket({ store: memoryStore(), runtime })
    const receipt = await market.submit(shop(1))
    expect(receipt.status).toBe('rejected')
    expect(failures(receipt)).toBe('model: fails on labelled rows of its own specification: no such word')
    expect(openModels()).toBe(0)
  })

  it('is quarantined where it gives no numbers', async () => {
    const runtime = turning(lastCall, (result) => ({ ...result, data: result.data.map(() => Number.NaN) }))
    const market = await openMarket({ store: memoryStore(), runtime })
    const receipt = await market.submit(shop(1))
    expect(receipt.status).toBe('quarantined')
    expect(failures(receipt)).toMatch(/^claim: squared error NaN/)
  })

  it('is accepted though it does not close', async () => {
    const market = await openMarket({ store: memoryStore(), runtime: turning(Infinity, (result) => result, true) })
    expect((await market.submit(shop(1))).status).toBe('accepted')
  })
})

describe('classes', () => {
  const description = shopDescription('fruits', {
    output: { kind: 'probabilities', classes: ['apple', 'pear', 'plum'] },
    objective: { metric: 'accuracy', direction: 'max' },
    claim: { value: 0.99, method: 'holdout' },
  })
  const fruits = {
    ...description,
    Task: { Type: 'Class' as const, Values: ['Classification' as const] },
    Output: { Dimension: 3, Description: {} },
  }
  const weights = [
    [-3, 3, 0],
    [-0.4, -0.4, 0.4],
  ]
  const bias = [35, -25, 4]
  const labelled = (order: readonly number[]) => {
    const rows = [0, 1, 2].flatMap((place) => shopRows(place, place + 10, 60))
    const names = order.map((i) => ['apple', 'pear', 'plum'][i])
    return { rows, labels: rows.map((_, i) => names[Math.floor(i / 60)]) }
  }
  const submission = (order: readonly number[]): Submission => {
    const { rows, labels } = labelled(order)
    return {
      model: numberModel({ weights, bias }),
      description: fruits,
      specification: specify(foundTerms(fruits), rows, { labels }),
    }
  }

  it('are held against the class-wise specification', async () => {
    const market = await openMarket({ store: memoryStore(), runtime: numberRuntime })
    const good = await market.submit(submission([0, 1, 2]))
    expect(failures(good)).toBe('')
    expect(good.status).toBe('accepted')
    const swapped = await market.submit(submission([1, 2, 0]))
    expect(swapped.status).toBe('quarantined')
    expect(failures(swapped)).toMatch(
      /claim: error (1\.00|0\.9\d+) on \d+ points of its specification, 0\.667 for a constant/,
    )
    await market.close()
  })

  it('a claim far from what was seen is a warning', async () => {
    const market = await openMarket({ store: memoryStore(), runtime: numberRuntime })
    const { rows, labels } = labelled([0, 1, 2])
    const claiming = { ...fruits, LDL: { ...fruits.LDL, claim: { value: 0.4 } } } as typeof fruits
    const receipt = await market.submit({
      model: numberModel({ weights, bias }),
      description: claiming,
      specification: specify(foundTerms(claiming), rows, { labels }),
    })
    expect(receipt.status).toBe('accepted')
    expect(receipt.findings.find(({ check }) => check === 'claim')).toMatchObject({
      level: 'warn',
      message: expect.stringMatching(/the claim amounts to the error 0\.600/),
    })
  })
})

describe('whatever comes as description and specification', () => {
  it('is answered by a receipt with a reason', async () => {
    const market = await openMarket({ store: memoryStore(), runtime: numberRuntime })
    const { model, description, specification } = shop(0)
    const bytes = encodeSpecification(specification as never)
    const damaged = fc
      .tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }))
      .map(([at, flip]) => bytes.map((byte, i) => (i === at ? byte ^ flip : byte)))
    const strange = fc.oneof(fc.anything(), fc.jsonValue(), damaged)
    await fc.assert(
      fc.asyncProperty(fc.boolean(), strange, async (isDescription, value) => {
        const submission = isDescription
          ? { model, description: value, specification }
          : { model, description, specification: value }
        const receipt = await market.submit(submission as never)
        expect(receipt.status).toBe('rejected')
        expect(failures(receipt).length).toBeGreaterThan(20)
      }),
      { numRuns: 150 },
    )
    expect(await market.islands()).toEqual([])
    await market.close()
  })
})

describe('a market, edge', () => {
  it('refuses a signal that is none, in every verb that takes one and in opening', async () => {
    const signal = 3 as never
    const market = await openMarket({ store: memoryStore(), runtime: numberRuntime })
    const submission = shop(0)
    const calls: (() => Promise<unknown>)[] = [
      () => openMarket({ store: memoryStore(), runtime: numberRuntime, signal }),
      () => market.submit(submission, { signal }),
      () => market.search(submission.specification, { signal }),
      () => market.fetch([], { signal }),
      () => market.anchors(submission.description, { signal }),
      () => market.searchByAnchors({ kind: 'distance', island: '', own: 1, anchors: [] }, { signal }),
    ]
    for (const call of calls) await expect(call()).rejects.toThrow('"signal" expected an AbortSignal, got 3')
    await market.close()
  })
})
