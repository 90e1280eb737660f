import { describe, expect, test } from 'vitest'
import { matrix, takeRows } from '../../../src/base/matrix.js'
import { route } from '../../../src/reuse/route/route.js'
import { specify } from '../../../src/specification/specify/specify.js'
import { instanceRisk } from '../../../src/theory/bounds.js'
import { drawJobs, jobsAt } from '../../search/jobs.js'
import { bayes, learnwaresOf, threeGaussians } from '../jobs.js'
import { learnwareAt, requirementAt } from '../simulated.js'

const shares = [0.5, 0.3, 0.2]
const jobs = threeGaussians(jobsAt(2, 4, 1).terms)
const rules = [0, 1, 2].map((k) => (x: ArrayLike<number>) => [100 * k + x[0]])
const learnwares = learnwaresOf(jobs, rules)
const user = drawJobs(jobs, shares, 1000, 5)
const requirement = specify(jobs.terms, user.rows, { seed: 7 })
const fresh = drawJobs(jobs, shares, 20000, 6)
const row = (i: number) => fresh.rows.data.subarray(2 * i, 2 * i + 2)

const wrong = (chosen: (i: number) => unknown, truth: (i: number) => unknown): number => {
  let count = 0
  for (let i = 0; i < fresh.rows.rows; i++) if (chosen(i) !== truth(i)) count++
  return (100 * count) / fresh.rows.rows
}

describe('route', () => {
  const best = wrong(
    (i) => bayes(jobs, shares, row(i)),
    (i) => fresh.jobs[i],
  )

  test.each([
    ['moments', 0.5],
    ['classifier', 1],
  ] as const)('by %s is within %d points of the Bayes rule on fresh rows', (selector, points) => {
    const model = route(learnwares, requirement, { selector, outside: 'route', mimic: 300 })
    const { shares: p, members } = model.routes(fresh.rows)
    expect(members).toEqual(['job0', 'job1', 'job2'])
    const chosen = (i: number) => [0, 1, 2].reduce((a, b) => (p[3 * i + b] > p[3 * i + a] ? b : a))
    expect(wrong(chosen, (i) => fresh.jobs[i])).toBeLessThan(best + points)
    for (let i = 0; i < 50; i++) expect(p[3 * i] + p[3 * i + 1] + p[3 * i + 2]).toBeCloseTo(1, 9)
  })

  test('tells how many rows go astray, from embeddings alone, within a third of the truth and two points', () => {
    for (const dimension of [2, 10, 20]) {
      const wide = jobsAt(dimension, 3, 61)
      const known = learnwaresOf(wide, rules, { seed: 61 })
      const own = specify(wide.terms, drawJobs(wide, shares, 1000, 62).rows, { seed: 7 })
      const other = drawJobs(wide, shares, 2000, 63)
      const model = route(known, own, { outside: 'route' })
      const { shares: p, members } = model.routes(other.rows)
      let astray = 0
      for (let i = 0; i < 2000; i++) {
        const chosen = members.reduce((a, _, b) => (p[members.length * i + b] > p[members.length * i + a] ? b : a), 0)
        if (members[chosen] !== `job${other.jobs[i]}`) astray++
      }
      const { mean } = model.report.routing.errors
      expect(Math.abs(mean - astray / 2000)).toBeLessThan(astray / 6000 + 0.02)
    }
  })

  test('by density is w Φ(x), and takes more rows for the wrong job where the kernel is wide', () => {
    const density = route(learnwares, requirement, { selector: 'density' })
    expect(density.report.routing.errors.mean).toBeGreaterThan(
      route(learnwares, requirement).report.routing.errors.mean,
    )
  })

  test('sends each row to the learnware that routes name, and softly to all by their shares', async () => {
    const some = { rows: 40, columns: 2, data: fresh.rows.data.subarray(0, 80) }
    const hard = route(learnwares, requirement, { outside: 'route' })
    const { shares: p } = hard.routes(some)
    const outputs = Array.from({ length: 40 }, (_, i) => rules.map((rule) => rule(row(i))[0]))
    const y = (await hard.predict(some)).data
    const z = (await route(learnwares, requirement, { mode: 'soft', outside: 'route' }).predict(some)).data
    for (let i = 0; i < 40; i++) {
      const k = [0, 1, 2].reduce((a, b) => (p[3 * i + b] > p[3 * i + a] ? b : a))
      expect(y[i]).toBeCloseTo(outputs[i][k], 9)
      expect(z[i]).toBeCloseTo(
        outputs[i].reduce((sum, value, l) => sum + p[3 * i + l] * value, 0),
        9,
      )
    }
  })

  test('soft is no worse than hard in squared loss where answers are uncertain', async () => {
    const target = (i: number) => 100 * fresh.jobs[i] + row(i)[0]
    const loss = async (mode: 'hard' | 'soft') => {
      const { data } = await route(learnwares, requirement, { mode }).predict(fresh.rows)
      let sum = 0
      for (let i = 0; i < data.length; i++) sum += (data[i] - target(i)) ** 2
      return sum
    }
    expect(await loss('soft')).toBeLessThanOrEqual(await loss('hard'))
  })

  test('abstains where no learnware has been: routes say so, the row gets the average, few known rows do', async () => {
    const model = route(learnwares, requirement)
    const far = matrix(Float64Array.of(40, 40, 0, 0, -30, 0), 3, 2)
    const { ids } = model.routes(far)
    expect(ids).toEqual([undefined, 'job0', undefined])
    const { data } = await model.predict(far)
    const weights = Object.fromEntries(model.report.used.map(({ id, weight }) => [id, weight]))
    expect(data[0]).toBeCloseTo(
      rules.reduce((sum, rule, l) => sum + weights[`job${l}`] * rule([40, 40])[0], 0),
      6,
    )
    const abstained = model.routes(fresh.rows).ids.filter((id) => id === undefined).length / 20000
    expect(abstained).toBeLessThan(0.05)
    expect(model.report.routing.outside).toBeLessThan(0.05)
    const stranger = specify(jobs.terms, drawJobs({ ...jobs, centres: [Float64Array.of(-9, -9)] }, [1], 200, 8).rows)
    expect(route(learnwares, stranger).report.routing.outside).toBeGreaterThan(0.95)
  })

  test('its report has the errors on held-out mimic rows, and the bound of Eq. (8) where losses are known', () => {
    const { routing } = route(learnwares, requirement, { losses: [0.1, 0.2, 0.3], delta: 0.1 }).report
    const { of, mean, heldOut } = routing.errors
    const { used } = route(learnwares, requirement).report
    const weight = (id: string) => used.find((one) => one.id === id)?.weight ?? 0
    const ids = ['job0', 'job1', 'job2']
    expect(mean).toBeCloseTo(
      ids.reduce((sum, id) => sum + weight(id) * of[id], 0),
      12,
    )
    expect(mean).toBeLessThan(0.12)
    expect(routing.bound).toEqual(
      instanceRisk(
        { losses: [0.1, 0.2, 0.3], weights: ids.map(weight), selectorErrors: ids.map((id) => of[id]) },
        { heldOut: [heldOut, heldOut, heldOut], delta: 0.1 },
      ),
    )
    expect(route(learnwares, requirement).report.routing.bound).toBeUndefined()
  })

  test('goes on without a learnware that throws, by the shares of the others, and says so', async () => {
    const broken = learnwares.map((learnware, l) =>
      l === 1
        ? { ...learnware, model: { ...learnware.model, predict: () => Promise.reject(new Error('out of memory')) } }
        : learnware,
    )
    const model = route(broken, requirement, { outside: 'route' })
    const some = takeRows(fresh.rows, [0, 1, 2, 3, 4, 5, 6, 7])
    const { data } = await model.predict(some)
    const { shares: p } = model.routes(some)
    for (let i = 0; i < 8; i++) expect(data[i]).toBeCloseTo(rules[p[3 * i] >= p[3 * i + 2] ? 0 : 2](row(i))[0], 9)
    expect(model.report.failed).toEqual([{ id: 'job1', reason: 'out of memory' }])
  })

  test('is the same every time, works with one learnware, and changes no input', () => {
    const before = structuredClone(requirement)
    expect(route(learnwares, requirement).routes(user.rows)).toEqual(route(learnwares, requirement).routes(user.rows))
    expect(requirement).toEqual(before)
    const alone = route(learnwares.slice(0, 1), requirement)
    expect(alone.routes(matrix(Float64Array.of(0, 0), 1, 2)).ids).toEqual(['job0'])
  })

  test('refuses with one sentence', () => {
    expect(() => route([], requirement)).toThrow(/"learnwares" expected at least one/)
    expect(() => route(learnwares, requirement, { selector: 'magic' as 'density' })).toThrow(
      /"selector" expected one of/,
    )
    expect(() => route(learnwares, requirement, { losses: [0.1] })).toThrow(/"losses" expected length 3/)
    expect(() => route(learnwares, requirement, { losses: [0.1, 2, 0.1] })).toThrow(/"losses\[1\]"/)
    expect(() => route(learnwares, requirement, { delta: 1 })).toThrow(/"delta"/)
    expect(() => route(learnwares, requirement, { soft: true } as object)).toThrow(/no option "soft"/)
    expect(() => route(learnwares, requirement).routes([])).toThrow(/"rows" expected at least one row/)
    const foreign = learnwareAt('foreign', [0, 0], () => [0])
    const elsewhere = { ...foreign, terms: { ...foreign.terms, island: 'isl:other' } }
    expect(() => route([foreign, elsewhere], requirementAt(0, 0))).toThrow(/learnwares of one island/)
  })
})
