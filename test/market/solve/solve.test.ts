import { afterEach, describe, expect, it } from 'vitest'
import { memoryStore, openMarket, reuse, type SolvingMarket, solve, specify } from '../../../src/index.js'
import { encodeSpecification } from '../../../src/specification/codec.js'
import { numberRuntime, openModels } from '../number-runtime.js'
import { shop, shopDescription, shopRows, shopSales } from '../shops.js'

const marketOf = async (places: readonly number[]) => {
  const market = await openMarket({ store: memoryStore(), runtime: numberRuntime })
  for (const place of places) expect((await market.submit(shop(place))).status).toBe('accepted')
  return market
}

/** Sixty rows of a shop as a table with a sales column, of which the first `labelled` are filled. */
const tableOf = (place: number, labelled: number, count = 60) => {
  const rows = shopRows(place, 77, count)
  const sales = shopSales(place, rows, 8)
  return { truth: sales, rows: rows.map((row, i) => ({ ...row, sales: i < labelled ? sales[i] : '' })) }
}

const squared = (predicted: ArrayLike<number>, truth: readonly number[], from = 0): number =>
  truth.slice(from).reduce((sum, y, i) => sum + (predicted[from + i] - y) ** 2, 0) / (truth.length - from)

let before = 0
afterEach(() => {
  before = openModels()
})

describe('solve', () => {
  it('goes from a table with blanks to a model, an explanation, a manifest and every loss', async () => {
    const market = await marketOf([0, 1, 2])
    const { rows, truth } = tableOf(1, 40)
    const steps: string[] = []
    const shares: number[] = []
    const solution = await solve(market, {
      rows,
      target: 'sales',
      seed: 3,
      onProgress: (share, step) => {
        shares.push(share)
        if (steps.at(-1) !== step) steps.push(step)
      },
    })
    expect(solution.decision).toBe('single')
    expect(steps).toEqual(['specify', 'search', 'fetch', 'reuse'])
    expect([...shares].sort((a, b) => a - b)).toEqual(shares)
    expect(shares.at(-1)).toBe(1)
    const predicted = await solution.model?.predict(rows)
    // The noise of the labels has variance 1.
    expect(squared(predicted?.data as Float64Array, truth, 40)).toBeLessThan(1.6)
    expect(solution.losses.map(({ method }) => method)).toEqual(expect.arrayContaining(['own', 'stack', 'direct']))
    expect(solution.manifest.bytes).toBe(solution.manifest.parts.reduce((sum, { bytes }) => sum + bytes, 0))
    const requirement = solution.manifest.parts.filter(({ name }) => name.startsWith('requirement'))
    expect(requirement.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(
      encodeSpecification(solution.requirement as NonNullable<typeof solution.requirement>).length,
    )
    for (const part of [
      'No description was given',
      'You brought 60 rows, 40 of them with a label.',
      `${solution.manifest.bytes} bytes left this machine`,
      'The market has learnwares for your task',
      'On your 40 labelled rows its squared error is',
    ]) {
      expect(solution.explanation).toContain(part)
    }
    const [, blended] = /^In the blend: (.*)\.$/m.exec(solution.explanation) as RegExpExecArray
    const parts = [...blended.matchAll(/(\d+)% [a-z ]+/g)].map(([, share]) => Number(share))
    expect(parts).toEqual([...parts].sort((a, b) => b - a))
    const total = parts.reduce((sum, share) => sum + share, 0)
    expect(total).toBeGreaterThan(95)
    expect(total).toBeLessThan(105)
    await solution.close()
    expect(openModels()).toBe(before)
  })

  it('is specify, search, fetch and reuse, and asks the market for nothing else', async () => {
    const market = await marketOf([0, 1, 2])
    const { rows } = tableOf(0, 35)
    const sent: string[] = []
    const noted =
      <G extends unknown[], R>(name: string, action: (...given: G) => R) =>
      (...given: G): R => {
        sent.push(name)
        return action(...given)
      }
    const spy: SolvingMarket = {
      terms: noted('terms', market.terms),
      islands: noted('islands', market.islands),
      search: noted('search', market.search),
      fetch: noted('fetch', market.fetch),
    }
    const description = shopDescription('stranger')
    const solution = await solve(spy, { rows, target: 'sales', description, seed: 3 })
    expect(sent).toEqual(['terms', 'search', 'fetch'])

    const requirement = specify(await market.terms(description), rows, { role: 'requirement', seed: 3 })
    expect(encodeSpecification(solution.requirement as typeof requirement)).toEqual(encodeSpecification(requirement))
    const learnwares = await market.fetch(await market.search(requirement, { top: 60 }))
    const labelled = { rows: rows.slice(0, 35), labels: rows.slice(0, 35).map(({ sales }) => sales as number) }
    const model = await reuse(learnwares, requirement, { labelled, seed: 3 })
    expect(await solution.model?.predict(rows)).toEqual(await model.predict(rows))
  })

  it('goes on without learnwares that throw or put out NaN, and says so', async () => {
    const market = await marketOf([0, 1, 2])
    const { rows, truth } = tableOf(1, 40)
    const nan = async () => ({ rows: 40, columns: 1, data: new Float64Array(40).fill(Number.NaN) })
    const gone = () => Promise.reject(new Error('no file'))
    const failing =
      (count: number): SolvingMarket['fetch'] =>
      async (...given) => {
        const [found, ...rest] = await market.fetch(...given)
        const broken = [nan, gone].map((predict, k) => ({
          ...found,
          id: `broken ${k}`.padEnd(64, '0'),
          model: { ...found.model, predict, close: async () => {} },
        }))
        return [...broken.slice(0, count), found, ...rest]
      }
    for (const [count, words] of [
      [1, '1 learnware could not predict your rows and was left out'],
      [2, '2 learnwares could not predict your rows and were left out'],
    ] as const) {
      const solution = await solve({ ...market, fetch: failing(count) }, { rows, target: 'sales' })
      expect(solution.explanation).toContain(words)
      expect(squared((await solution.model?.predict(rows))?.data as Float64Array, truth)).toBeLessThan(3)
      await solution.close()
    }
  })

  it('takes the target as values with blanks, and text of numbers as a file has it', async () => {
    const market = await marketOf([0, 1, 2])
    const { rows, truth } = tableOf(2, 20)
    const columns = { price: rows.map(({ price }) => String(price)), week: rows.map(({ week }) => String(week)) }
    const target = rows.map(({ sales }) => (sales === '' ? undefined : String(sales)))
    const solution = await solve(market, { rows: columns, target })
    expect(solution.explanation).toContain('20 of them with a label')
    const predicted = await solution.model?.predict(columns)
    expect(squared(predicted?.data as Float64Array, truth, 20)).toBeLessThan(4)
    await solution.close()
  })

  it('does without labels, and says that nothing could be measured', async () => {
    const market = await marketOf([0, 1, 2])
    const { rows, truth } = tableOf(1, 0)
    const solution = await solve(market, { rows, target: 'sales' })
    expect(solution.explanation).toContain('Without labels nothing could be measured')
    expect(solution.losses).toEqual([])
    expect(squared((await solution.model?.predict(rows))?.data as Float64Array, truth)).toBeLessThan(2)
    await solution.close()
  })

  it('asks by anchors where the rows are too few for a requirement, and lists what was told', async () => {
    const market = await marketOf([0, 1, 2])
    const { rows, truth } = tableOf(1, 12, 20)
    const shares: number[] = []
    const solution = await solve(market, { rows, target: 'sales', onProgress: (share) => shares.push(share) })
    expect(solution.decision).toBe('few')
    expect(solution.requirement).toBeUndefined()
    expect(solution.byAnchors?.report).toMatchObject({ kind: 'performance', rows: 12 })
    expect(solution.explanation).toContain('came here as anchors')
    expect(solution.explanation).toContain(`${solution.manifest.bytes} bytes left this machine`)
    expect(solution.manifest.parts.filter(({ name }) => name.startsWith('report: anchor'))).toHaveLength(
      solution.byAnchors?.report.anchors.length as number,
    )
    const predicted = (await solution.model?.predict(rows))?.data as Float64Array
    const mean = truth.reduce((sum, y) => sum + y, 0) / truth.length
    const spread = truth.reduce((sum, y) => sum + (y - mean) ** 2, 0) / truth.length
    expect(squared(predicted, truth)).toBeLessThan(0.2 * spread)
    expect(shares.at(-1)).toBe(1)
    expect(shares).toEqual([...shares].sort((a, b) => a - b))
    await solution.close()
  })

  it('asks by anchors under a description, too, and nobody where the market holds nothing for it', async () => {
    const market = await marketOf([0, 1])
    const { rows } = tableOf(0, 12, 20)
    const solution = await solve(market, { rows, target: 'sales', description: shopDescription('anyone') })
    expect(solution.byAnchors?.found.ranked.length).toBeGreaterThan(0)
    expect(solution.manifest.parts[0].name).toBe('description')
    await solution.close()
    const empty = await marketOf([])
    const alone = await solve(empty, { rows, target: 'sales', description: shopDescription('anyone') })
    expect(alone.byAnchors).toBeUndefined()
    expect(alone.model?.report).toMatchObject({ labels: 12 })
  })

  it('sends nothing for too few rows where anchors are not wanted or labels too few, and makes an own model', async () => {
    const market = await marketOf([0])
    const { rows } = tableOf(0, 12, 12)
    for (const solution of [
      await solve(market, { rows, target: 'sales', anchors: false }),
      await solve({ ...market, anchors: undefined }, { rows, target: 'sales' }),
    ]) {
      expect(solution.decision).toBe('few')
      expect(solution.manifest.bytes).toBe(0)
      expect(solution.explanation).toContain('nothing was sent')
      expect(solution.explanation).toContain('can be asked by anchors')
      expect(solution.model?.report).toMatchObject({ labels: 12 })
    }
    const bare = await solve(market, { rows: tableOf(0, 1, 12).rows, target: 'sales' })
    expect(bare.model).toBeUndefined()
    expect(bare.explanation).toContain('label at least five')
    await expect(solve(market, { rows, anchors: 1 as never })).rejects.toThrow('"anchors" expected true or false')
  })

  it('says that nothing helps, as data, and takes an own model where labels allow one', async () => {
    const market = await marketOf([0, 1])
    const far = shopRows(2, 5, 60).map((row, i) => ({ ...row, sales: i < 20 ? 2 * row.price + 3 : undefined }))
    const solution = await solve(market, { rows: far, target: 'sales' })
    expect(solution.decision).toBe('none')
    expect(solution.learnwares).toEqual([])
    expect(solution.explanation).toContain('No learnware of the market resembles your rows')
    expect(solution.explanation).toContain('one of your own')
    const blank = await solve(market, { rows: far.map(({ price, week }) => ({ price, week })) })
    expect(blank.model).toBeUndefined()
    expect(blank.explanation).toContain('So there is no model.')
  })

  it('says which part of the rows nobody serves', async () => {
    const market = await marketOf([0])
    const rows = [...shopRows(0, 5, 200), ...shopRows(2, 6, 90)]
    const solution = await solve(market, { rows })
    expect(solution.decision).toBe('partial')
    expect(solution.explanation).toMatch(/About \d+% of your rows \(\d+% to \d+%\) look like no job/)
    await solution.close()
  })

  it('names what an island lacks, and an empty market', async () => {
    const market = await marketOf([0])
    const solution = await solve(market, { rows: [{ price: 3, height: 4 }], target: 'height' })
    expect(solution).toMatchObject({ decision: 'none', learnwares: [], losses: [] })
    expect(solution.explanation).toContain('also wants week')
    const words = shopRows(0, 3, 40).map((row) => ({ ...row, mood: 'good' }))
    expect((await solve(market, { rows: words, target: 'mood' })).explanation).toContain(
      'none predicts what your labels',
    )
    expect((await solve(await marketOf([]), { rows: words })).explanation).toContain('no learnware yet')
  })

  it.each([
    ['a target that is no column', { target: 'turnover' }, '"target" names no column'],
    ['a target of another length', { target: [1, 2] }, '"target" expected length 60'],
    ['a target of another kind', { target: 7 }, '"target" expected the name of a column'],
    ['no rows', { rows: [], target: undefined }, '"rows" expected at least one row, got 0'],
    ['a misspelt option', { lables: 1 }, '"options" has no option "lables"'],
    [
      'words where a number is predicted',
      { target: 'mood', description: shopDescription('x') },
      'in row 1, since a real',
    ],
  ])('refuses %s with a sentence', async (_, change, message) => {
    const market = await marketOf([0])
    const rows = shopRows(0, 3, 60).map((row) => ({ ...row, mood: 'good' }))
    await expect(solve(market, { rows, ...change } as Parameters<typeof solve>[1])).rejects.toThrow(message)
  })

  it('stops with the reason of the signal and leaves no model open', async () => {
    const market = await marketOf([0, 1, 2])
    const { rows } = tableOf(1, 40)
    for (const at of ['specify', 'search', 'fetch', 'reuse']) {
      const abort = new AbortController()
      const run = solve(market, {
        rows,
        target: 'sales',
        signal: abort.signal,
        onProgress: (_, step) => {
          if (step === at) abort.abort(new Error(`stopped at ${at}`))
        },
      })
      await expect(run).rejects.toThrow(`stopped at ${at}`)
    }
    expect(openModels()).toBe(before)
  })
})
