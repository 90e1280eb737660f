import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as main from '../src/index.js'
import type { Market } from '../src/market/market.js'
import * as numeric from '../src/numeric.js'
import { onnxRuntime } from '../src/onnx/index.js'
import * as reuse from '../src/reuse/index.js'
import { type Engine, spawnEngine } from '../src/worker/index.js'
import { numberRuntime } from './market/number-runtime.js'
import { shop, shopDescription, shopRows, shopSales, userRequirement } from './market/shops.js'
import { learnwareAt, requirementAt, rowsAt, termsOf } from './reuse/simulated.js'

const nonsense = [
  undefined,
  null,
  3,
  Number.NaN,
  'x',
  true,
  [],
  {},
  () => {},
  [[1, 2], [3]],
  [undefined],
  { rows: 2 },
  new Float64Array(3),
]
const codes = ['kind', 'value', 'shape', 'memory', 'incompatible', 'absent', 'corrupt', 'version']
/** A sentence of the engine's in place of ours. */
const raw = /Cannot|undefined \(|is not a function|is not iterable|null \(/

const refusalOf = async (call: () => unknown): Promise<{ code?: unknown; message?: string } | undefined> => {
  try {
    await call()
    return undefined
  } catch (error) {
    return error as { code?: unknown; message?: string }
  }
}

describe.each<[string, Record<string, unknown>]>([
  ['learnware', main],
  ['learnware/numeric', numeric],
  ['learnware/reuse', reuse],
])('%s refuses nonsense in words of its own', (_, entry) => {
  const functions = Object.entries(entry).filter(
    // Errors are for catching.
    ([name, value]) => typeof value === 'function' && !/^[A-Z]/.test(name),
  ) as [string, (...args: unknown[]) => unknown][]
  it.each(functions)('%s', async (_, call) => {
    for (const first of nonsense) {
      for (const rest of [[], ...nonsense.map((value) => [value])]) {
        const refusal = await refusalOf(() => call(first, ...rest))
        if (refusal === undefined) continue
        expect(codes).toContain(refusal.code)
        expect(refusal.message).not.toMatch(raw)
      }
    }
  })
})

type Take = (given: never) => unknown

const X = [
  [0, 1],
  [1, 0],
  [2, 2],
]
const kernel = numeric.gaussian(1)
const embedding = numeric.embed(X, kernel)
const learnwares = [learnwareAt('first', [0.4, 0], (x) => [x[0]]), learnwareAt('second', [0.5, 0], (x) => [x[1]])]
const terms = termsOf({ kind: 'real' })
const requirement = requirementAt(0, 0)
const rows = rowsAt(12, 3)
const labels = Array.from(rows.a)
const reduced = { samples: 100, error: 0.1, size: 4 }
const reuseOf = { loss: 0, distance: 0, learnware: reduced, requirement: reduced }
const instances = { losses: [0], weights: [1], selectorErrors: [0] }
const opening = { store: main.memoryStore(), runtime: numberRuntime }
let market: Market
let engine: Engine
let solution: main.Solution
let fitted: reuse.OwnModel

const withOptions: Record<string, Record<string, Take>> = {
  'learnware/numeric': {
    choleskySolve: (given) => numeric.choleskySolve([[1]], Float64Array.of(1), given),
    embed: (given) => numeric.embed(X, kernel, given),
    embeddingBound: (given) => numeric.embeddingBound(reduced, 0.1, given),
    gammaByMedian: (given) => numeric.gammaByMedian(X, given),
    gram: (given) => numeric.gram(X, undefined, kernel, given),
    herd: (given) => numeric.herd(X, given),
    instanceRisk: (given) => numeric.instanceRisk(instances, given),
    masked: (given) => numeric.masked(X, given),
    merge: (given) => numeric.merge([embedding], given),
    mixture: (given) => numeric.mixture(embedding, [embedding], given),
    polynomial: (given) => numeric.polynomial(given),
    privateEmbedding: (given) => numeric.privateEmbedding(X, given),
    quadratic: (given) => numeric.quadratic([[1]], [1], given),
    reduce: (given) => numeric.reduce(X, given),
    reduceAsync: (given) => numeric.reduceAsync(X, given),
    reduceStream: (given) =>
      numeric.reduceStream(async function* () {
        yield numeric.matrix(Float64Array.of(1, 2), 2, 1)
      }, given),
    taskRisk: (given) => numeric.taskRisk(reuseOf, 0.1, given),
  },
  learnware: {
    continual: (given) => main.continual(market, solution, given),
    openMarket: (given) => main.openMarket(given),
    reportDistances: (given) => main.reportDistances(terms, rows, [], given),
    reportPerformance: (given) => main.reportPerformance(learnwares, { rows, labels }, given),
    reuse: (given) => main.reuse(learnwares, requirement, given),
    searchSpecifications: (given) => main.searchSpecifications(requirement, [], given),
    solve: (given) => main.solve(market, given),
    solveByAnchors: (given) => main.solveByAnchors(market, rows, given),
    soundness: (given) => main.soundness(requirement, terms, given),
    specify: (given) => main.specify(terms, rowsAt(40, 1), given),
    validateDescription: (given) => main.validateDescription(shopDescription('bakery'), given),
  },
  'learnware/reuse': {
    adapt: (given) => reuse.adapt(learnwares, requirement, given),
    augment: (given) => reuse.augment(learnwares, requirement, given),
    average: (given) => reuse.average(learnwares, requirement, given),
    bestK: (given) => reuse.bestK(learnwares, requirement, given),
    blend: (given) => reuse.blend(learnwares, requirement, given),
    boost: (given) => reuse.boost(learnwares, requirement, given),
    builtInRuntime: (given) => reuse.builtInRuntime(given),
    divide: (given) => reuse.divide(terms, rows, given),
    fitOwn: (given) => reuse.fitOwn(rows, labels, given),
    polish: (given) => reuse.polish(learnwares, requirement, given),
    prune: (given) => reuse.prune(learnwares, requirement, given),
    reuse: (given) => reuse.reuse(learnwares, requirement, given),
    route: (given) => reuse.route(learnwares, requirement, given),
    stack: (given) => reuse.stack(learnwares, requirement, given),
    unseen: (given) => reuse.unseen(learnwares, requirement, given),
    unseenRows: (given) => reuse.unseenRows(learnwares, requirement, rows, given),
    vote: (given) => reuse.vote(learnwares, requirement, given),
  },
  'a market': {
    anchors: (given) => market.anchors(shopDescription('bakery'), given),
    fetch: (given) => market.fetch([], given),
    limits: (limits) => main.openMarket({ ...opening, limits }),
    search: (given) => market.search(userRequirement([1, 0, 0]), given),
    searchByAnchors: (given) =>
      market.searchByAnchors({ kind: 'distance', island: terms.island, own: 1, anchors: [] }, given),
    submit: (given) => market.submit(shop(1), given),
  },
  'a model': {
    'predict of a blend': async (given) => (await reuse.reuse(learnwares, requirement)).predict(rows, given),
    'predict of its own': (given) => fitted.predict(rows, given),
    fineTune: (given) => fitted.fineTune?.(rows, labels, given),
    observe: (given) => main.continual(market, solution).observe(given),
  },
  'learnware/onnx': { onnxRuntime: (given) => onnxRuntime(given) },
  'learnware/worker': {
    evaluate: (given) => engine.evaluate(embedding, X, given),
    gram: (given) => engine.gram(X, undefined, kernel, given),
    inner: (given) => engine.inner(embedding, embedding, given),
    mixture: (given) => engine.mixture(embedding, [embedding], given),
    mmd: (given) => engine.mmd(embedding, embedding, given),
    mmdSquared: (given) => engine.mmdSquared(embedding, embedding, given),
    quadratic: (given) => engine.quadratic([[1]], [1], given),
    reduce: (given) => engine.reduce(X, given),
    search: (given) => engine.search(requirement, [], given),
    spawnEngine: (given) => spawnEngine(given),
    specify: (given) => engine.specify(terms, rowsAt(40, 1), given),
  },
}

/** Exports of these entries that take no options: their last argument is looked at above. */
const withoutOptions: Record<string, string> = {
  'learnware/numeric':
    'decode encode evaluate exp fromJson gammaByDimension gaussian inner isMatrix laplacian linear log matrix mmd mmdSquared normals product toJson',
  learnware:
    'anchorManifest decodeSpecification descriptionSpace encodeSpecification foundTerms islandKey manifest matrix memoryStore parseCsv specificationFromJson specificationToJson',
  'learnware/reuse': 'direct drift',
}

describe('options that are none', () => {
  beforeAll(async () => {
    market = await main.openMarket(opening)
    await market.submit(shop(0))
    const known = shopRows(0, 7)
    solution = await main.solve(market, {
      rows: known,
      target: shopSales(0, known),
      description: shopDescription('user'),
    })
    fitted = await reuse.fitOwn(rows, labels)
    engine = await spawnEngine()
  })
  afterAll(() => Promise.all([market.close(), engine.close()]))

  it.each([
    ['learnware', main],
    ['learnware/numeric', numeric],
    ['learnware/reuse', reuse],
  ])('are tried on every function of %s', (name, entry) => {
    const functions = Object.entries(entry).filter(([key, value]) => typeof value === 'function' && !/^[A-Z]/.test(key))
    const known = [...Object.keys(withOptions[name]), ...withoutOptions[name].split(' ')]
    expect(known.sort()).toEqual(functions.map(([key]) => key).sort())
  })

  const all = Object.entries(withOptions).flatMap(([name, calls]) =>
    Object.entries(calls).map(([key, call]) => [name, key, call] as const),
  )
  it.each(all)('are refused by %s, %s', async (_, __, call) => {
    for (const given of [null, 3, 'x', ['size'], { surprise: 1 }, { signal: 3 }]) {
      const refusal = await refusalOf(() => call(given as never))
      expect(refusal?.message).toMatch(
        Object.hasOwn(Object(given), 'surprise')
          ? /has no option "surprise"; it takes/
          : /" expected an? [^;]*, got|has no option "signal"/,
      )
      expect(['kind', 'value']).toContain(refusal?.code)
    }
  })
})
