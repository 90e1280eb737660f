import { describe, expect, test } from 'vitest'
import { takeRows } from '../../../src/base/matrix.js'
import { unseen } from '../../../src/reuse/route/unseen.js'
import { unseenRows } from '../../../src/reuse/route/unseen-rows.js'
import { specify } from '../../../src/specification/specify/specify.js'
import { drawJobs, jobsAt, sharesWith } from '../../search/jobs.js'
import { learnwaresOf } from '../jobs.js'

// Job k answers 10 k + its first coordinate; the new one, job 3, is known to nobody.
const answer = (job: number, x: ArrayLike<number>): number => 10 * job + x[0]
const rules = [0, 1, 2].map((k) => (x: ArrayLike<number>) => [answer(k, x)])
const settingOf = (dimension: number, distance = 6, share = 0.3) => {
  const jobs = jobsAt(dimension, distance, 41)
  const user = drawJobs(jobs, sharesWith(share), 500, 42)
  return {
    jobs,
    user,
    learnwares: learnwaresOf(jobs, rules, { seed: 41 }),
    requirement: specify(jobs.terms, user.rows, { seed: 7 }),
    fresh: drawJobs(jobs, sharesWith(share), 3000, 43),
  }
}
type Setting = ReturnType<typeof settingOf>
const labelled = ({ user }: Setting, indices: Int32Array) => ({
  rows: takeRows(user.rows, indices),
  labels: Array.from(indices, (i) => {
    const { columns, data } = user.rows
    return answer(user.jobs[i], data.subarray(i * columns, (i + 1) * columns))
  }),
})
const setting = settingOf(10)

describe('unseenRows', () => {
  test('are those of the new job, with its share, and the ones to label first among them', () => {
    const { learnwares, requirement, user } = setting
    const found = unseenRows(learnwares, requirement, user.rows, { budget: 40 })
    const truth = [...user.jobs.keys()].filter((i) => user.jobs[i] === 3)
    const right = found.rows.filter((i) => user.jobs[i] === 3).length
    expect(right / truth.length).toBeGreaterThan(0.95)
    expect(right / found.rows.length).toBeGreaterThan(0.95)
    expect(Math.abs(found.share - truth.length / 500)).toBeLessThan(0.05)
    expect(found.toLabel.length).toBe(40)
    expect(new Set(found.toLabel).size).toBe(40)
    for (const i of found.toLabel) expect(found.rows).toContain(i)
    expect(Math.max(...found.chances)).toBeLessThanOrEqual(1)
    expect(found.sentence).toMatch(/^about \d+ % \(\d+ % to \d+ %\) of the task/)
    expect(unseenRows(learnwares, requirement, user.rows, { budget: 40 })).toEqual(found)
  })

  test('are none, or nearly none, where learnwares know all', () => {
    const { jobs, learnwares } = setting
    const user = drawJobs(jobs, sharesWith(0), 500, 44)
    const found = unseenRows(learnwares, specify(jobs.terms, user.rows), user.rows)
    expect(found.rows.length).toBeLessThan(20)
    expect(found.low).toBe(0)
    expect(found.toLabel.length).toBe(found.rows.length)
  })

  test('hold rows far out in two of twenty dimensions, where heads are all but 0', () => {
    const dimension = 20
    const { learnwares, requirement, user } = settingOf(dimension)
    const some = takeRows(
      user.rows,
      Int32Array.from({ length: 200 }, (_, i) => i),
    )
    for (let i = 0; i < 4; i++) {
      some.data[i * dimension + (i % dimension)] = i % 2 ? 1e6 : -1e6
      some.data[i * dimension + ((i + 1) % dimension)] = i < 2 ? 1e6 : -1e6
    }
    const { rows } = unseenRows(learnwares, requirement, some)
    for (let i = 0; i < 4; i++) expect(rows).toContain(i)
  })

  test('are all where the learnwares know nothing of the task', () => {
    const { jobs, learnwares } = setting
    const user = drawJobs({ ...jobs, centres: [jobs.centres[0].map((value) => value + 40)] }, [1], 60, 45)
    const found = unseenRows(learnwares, specify(jobs.terms, user.rows), user.rows)
    expect(found.rows.length).toBe(60)
    expect(found.share).toBeGreaterThan(0.99)
  })
})

describe('unseenRows, refusals', () => {
  test('are one sentence each', () => {
    const { learnwares, requirement, user } = setting
    expect(() => unseenRows([], requirement, user.rows)).toThrow(/"learnwares" expected at least one, got none/)
    expect(() => unseenRows(learnwares, requirement, takeRows(user.rows, []))).toThrow(
      '"rows" expected at least one row, got 0',
    )
    expect(() => unseenRows(learnwares, requirement, 7 as never)).toThrow('"rows" expected a table')
    expect(() => unseenRows(learnwares, requirement, user.rows, { budget: 0 })).toThrow(
      '"budget" expected a whole number of at least 1, got 0',
    )
  })
})

describe('unseen', () => {
  test.each([2, 10, 20])(
    'routes four ways in %d dimensions: 0.96 right, 0.97 of the new rows found',
    async (dimension) => {
      const given = dimension === 10 ? setting : settingOf(dimension)
      const { learnwares, requirement, user, fresh } = given
      const { toLabel } = unseenRows(learnwares, requirement, user.rows, { budget: 50 })
      const model = await unseen(learnwares, requirement, { rows: user.rows, labelled: labelled(given, toLabel) })
      const { ids } = model.routes(fresh.rows)
      const names = ['job0', 'job1', 'job2', 'own']
      let right = 0
      let found = 0
      let fourth = 0
      fresh.jobs.forEach((job, i) => {
        if (ids[i] === names[job]) right++
        if (job === 3) fourth++
        if (job === 3 && ids[i] === 'own') found++
      })
      expect(right / ids.length).toBeGreaterThanOrEqual(0.96)
      expect(found / fourth).toBeGreaterThanOrEqual(0.97)
      const { data } = await model.predict(fresh.rows)
      let loss = 0
      const columns = fresh.rows.columns
      fresh.jobs.forEach((job, i) => {
        loss += Math.abs(data[i] - answer(job, fresh.rows.data.subarray(i * columns, (i + 1) * columns))) / data.length
      })
      expect(loss).toBeLessThan(1.2)
      expect(model.report.method).toBe('unseen')
      expect(model.report.used.map(({ id }) => id)).toContain('own')
      expect(model.report.unseen.labels).toBeGreaterThan(40)
      expect(model.offer?.specification.island).toBe(requirement.island)
      expect(model.offer?.model).toBe(model.own)
    },
  )

  test('passes over labelled rows that a learnware serves', async () => {
    const { learnwares, requirement, user } = setting
    const { toLabel } = unseenRows(learnwares, requirement, user.rows, { budget: 30 })
    const known = [...user.jobs.keys()].filter((i) => user.jobs[i] === 1).slice(0, 25)
    const model = await unseen(learnwares, requirement, {
      rows: user.rows,
      labelled: labelled(setting, Int32Array.from([...toLabel, ...known])),
    })
    expect(model.report.labelled).toBeLessThan(33)
  })

  test('goes on without a learnware that throws or puts out NaN, and says so', async () => {
    const { learnwares, requirement, user, fresh } = setting
    const failing = learnwares.map((learnware, l) =>
      l === 1
        ? { ...learnware, model: { ...learnware.model, predict: () => Promise.reject(new Error('no file')) } }
        : learnware,
    )
    const { toLabel } = unseenRows(failing, requirement, user.rows, { budget: 40 })
    const model = await unseen(failing, requirement, { rows: user.rows, labelled: labelled(setting, toLabel) })
    expect(model.report.failed).toEqual([])
    const some = takeRows(
      fresh.rows,
      Int32Array.from({ length: 40 }, (_, i) => i),
    )
    const { data } = await model.predict(some)
    const { ids } = model.routes(some)
    ids.forEach((id, i) => {
      const expected = answer(fresh.jobs[i], fresh.rows.data.subarray(10 * i, 10 * i + 10))
      if (id === 'job0' || id === 'job2') expect(data[i]).toBeCloseTo(expected, 9)
      else expect(Number.isFinite(data[i])).toBe(true)
    })
    expect(model.report.failed).toEqual([{ id: 'job1', reason: 'no file' }])
  })

  test('refuses with one sentence', async () => {
    const { jobs, learnwares, requirement, user } = setting
    const { toLabel } = unseenRows(learnwares, requirement, user.rows)
    const good = labelled(setting, toLabel)
    const rows = user.rows
    const known = drawJobs(jobs, sharesWith(0), 500, 44)
    await expect(unseen([], requirement, { rows, labelled: good })).rejects.toThrow(
      /"learnwares" expected at least one/,
    )
    await expect(
      unseen(learnwares, specify(jobs.terms, known.rows), { rows: known.rows, labelled: good }),
    ).rejects.toThrow(/at least 20 rows that no learnware serves/)
    await expect(
      unseen(learnwares, requirement, { rows, labelled: labelled(setting, toLabel.slice(0, 4)) }),
    ).rejects.toThrow(/at least 10 labelled rows that no learnware serves, got \d of 4/)
    await expect(
      unseen(learnwares, requirement, { rows, labelled: { ...good, labels: good.labels.slice(1) } }),
    ).rejects.toThrow(/"labelled.labels" expected length 50, one for each row, got 49/)
    await expect(
      unseen(learnwares, requirement, { rows, labelled: { ...good, labels: good.labels.map(() => 1) } }),
    ).rejects.toThrow(/at least two different labels/)
    await expect(unseen(learnwares, requirement, { rows, labelled: 3 as never })).rejects.toThrow(/"labelled" expected/)
    await expect(unseen(learnwares, requirement, { rows: takeRows(rows, []), labelled: good })).rejects.toThrow(
      /"rows" expected at least one row/,
    )
    const controller = new AbortController()
    controller.abort(new Error('enough'))
    await expect(unseen(learnwares, requirement, { rows, labelled: good, signal: controller.signal })).rejects.toThrow(
      'enough',
    )
  })
})
