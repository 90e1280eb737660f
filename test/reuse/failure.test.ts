import { describe, expect, it } from 'vitest'
import { average, blend, direct, fitOwn, type ReusedModel, reuse, stack, vote } from '../../src/reuse/index.js'
import { learnwareAt, noise, requirementAt, rowsAt } from './simulated.js'

const requirement = requirementAt(0, 0)
const healthy = [
  learnwareAt('right', [1, 0], (x) => [Math.sin(x[0]) + x[1]]),
  learnwareAt('half', [0.5, 0], (x) => [x[1]]),
]
const throwing = () => {
  throw new Error('the weights are gone')
}
const labelled = (count: number) => {
  const rows = rowsAt(count, 4)
  const draw = noise(4)
  return { rows, labels: Array.from(rows.a, (a, i) => Math.sin(a) + rows.b[i] + 0.1 * draw()) }
}
const far = { a: [30, 31], b: [0, 1] }

/** Fails on the labelled rows (near 0), or only on rows beyond a = 20. */
const broken = (id: string, when: 'always' | 'later', rule: () => number[] = throwing) =>
  learnwareAt(id, [0.1, 0], (x) => (when === 'always' || x[0] > 20 ? rule() : [Math.sin(x[0])]))

const withLabels: Record<string, (learnwares: typeof healthy) => Promise<ReusedModel>> = {
  stack: (learnwares) => stack(learnwares, requirement, { labelled: labelled(40) }),
  blend: (learnwares) => blend(learnwares, requirement, { labelled: labelled(40) }),
  'reuse of 5 labels': (learnwares) => reuse(learnwares, requirement, { labelled: labelled(5), weighting: 'uniform' }),
  'reuse of 40 labels': (learnwares) => reuse(learnwares, requirement, { labelled: labelled(40) }),
}

describe.each(Object.entries(withLabels))('%s with a learnware that fails', (_, method) => {
  it('is what it is without that learnware, and says so', async () => {
    const bad = [
      broken('throws', 'always'),
      broken('nan', 'always', () => [Number.NaN]),
      broken('vast', 'always', () => [1e200]),
    ]
    const model = await method([bad[0], ...healthy, bad[1], bad[2]])
    const without = await method(healthy)
    expect(model.report).toEqual({
      ...without.report,
      failed: [
        { id: 'throws', reason: 'the weights are gone' },
        { id: 'nan', reason: 'learnware nan put out NaN for row 0' },
        { id: 'vast', reason: 'learnware vast put out 1e+200 for row 0' },
      ],
    })
    const rows = rowsAt(20, 9)
    expect(await model.predict(rows)).toEqual(await without.predict(rows))
  })

  it('goes on in a prediction, and says so afterwards', async () => {
    const model = await method([broken('later', 'later'), ...healthy])
    expect(model.report.failed).toEqual([])
    expect((await model.predict(rowsAt(5, 2))).data.every(Number.isFinite)).toBe(true)
    expect(model.report.failed).toEqual([])
    expect((await model.predict(far)).data.every(Number.isFinite)).toBe(true)
    expect(model.report.failed).toEqual([{ id: 'later', reason: 'the weights are gone' }])
  })

  it('refuses with one sentence where all fail', async () => {
    await expect(method([broken('one', 'always'), broken('two', 'always')])).rejects.toThrow(
      '"learnwares" expected one that can predict these rows, but all 2 failed, learnware one with: the weights are gone',
    )
  })
})

describe('a failing learnware without labels', () => {
  it('leaves its share to the others in proportion to theirs', async () => {
    const model = average([broken('nan', 'later', () => [Number.POSITIVE_INFINITY]), ...healthy], requirement, {
      weighting: 'distance',
    })
    const share = Object.fromEntries(model.report.used.map(({ id, weight }) => [id, weight]))
    const { data } = await model.predict(far)
    far.a.forEach((a, i) => {
      const expected = share.right * (Math.sin(a) + far.b[i]) + share.half * far.b[i]
      expect(data[i]).toBeCloseTo(expected / (share.right + share.half), 12)
    })
    expect(model.report.failed).toEqual([{ id: 'nan', reason: 'learnware nan put out Infinity for row 0' }])
  })

  it('leaves its share to the own model too, which may fail in its turn', async () => {
    const own = await fitOwn(labelled(30).rows, labelled(30).labels)
    const alone = await average([broken('always', 'always')], requirement, { own }).predict(far)
    expect(alone.data).toEqual((await own.predict(far)).data)
    const failing = { ...own, predict: throwing }
    const model = average(healthy, requirement, { own: failing })
    expect(await model.predict(far)).toEqual(await average(healthy, requirement).predict(far))
    expect(model.report.failed).toEqual([{ id: 'own', reason: 'the weights are gone' }])
  })

  it('has no vote', async () => {
    const output = { kind: 'probabilities', classes: ['yes', 'no'] } as const
    const voters = [
      learnwareAt('yes', [0.3, 0], () => [0.9, 0.1], output),
      learnwareAt('no', [0.2, 0], () => [0.1, 0.9], output),
      learnwareAt('wide', [0.1, 0], () => [0.1, 0.9, 0], { ...output, classes: ['yes', 'no'] }),
    ]
    voters[2].model.predict = async () => ({ rows: 2, columns: 3, data: new Float64Array(6) })
    const model = vote(voters, requirement)
    expect([...(await model.predict(far)).data]).toEqual([0.5, 0.5, 0.5, 0.5])
    expect(model.report.failed[0].reason).toBe('learnware wide put out 3 columns where it declares 2')
  })

  it('is refused where it is the only one, also for a wrong number of rows', async () => {
    await expect(direct([broken('lost', 'always')], requirement).predict(far)).rejects.toThrow(
      'but the only one failed, learnware lost with: the weights are gone',
    )
    const short = learnwareAt('short', [0, 0], () => [1])
    short.model.predict = async () => ({ rows: 1, columns: 1, data: Float64Array.of(1) })
    await expect(direct([short], requirement).predict(far)).rejects.toThrow(/short put out 1 rows for 2/)
  })

  it('does not hide an abort', async () => {
    const reason = new Error('enough')
    const stop = new AbortController()
    const aborting = learnwareAt('slow', [0, 0], () => {
      stop.abort(reason)
      throw new Error('interrupted')
    })
    const model = average([aborting, ...healthy], requirement)
    await expect(model.predict(far, { signal: stop.signal })).rejects.toBe(reason)
    expect(model.report.failed).toEqual([])
  })
})
