import type { Matrix } from '../../src/base/matrix.js'
import type { Learnware } from '../../src/learnware/learnware.js'
import type { ModelOutput } from '../../src/learnware/model.js'
import { readTable } from '../../src/specification/rows/table.js'
import { specify } from '../../src/specification/specify/specify.js'
import { drawJobs, type Jobs } from '../search/jobs.js'

/** A row to a row of outputs. */
export type JobRule = (x: ArrayLike<number>) => number[]

/** A learnware for each of the first jobs, specified from its own rows; job k follows rule k. */
export const learnwaresOf = (
  jobs: Jobs,
  rules: readonly JobRule[],
  { rows = 500, seed = 1, output = { kind: 'real' } as ModelOutput } = {},
): Learnware[] =>
  rules.map((rule, k) => ({
    id: `job${k}`,
    description: {} as Learnware['description'],
    terms: jobs.terms,
    specification: specify(
      jobs.terms,
      drawJobs({ ...jobs, centres: [jobs.centres[k]] }, [1], rows, 10 * seed + k).rows,
      {
        role: 'learnware',
        seed: k,
      },
    ),
    model: {
      inputs: jobs.terms.columns.map(({ name, kind }) => ({ name, kind })),
      output,
      async predict(given): Promise<Matrix> {
        const raw = readTable(given, jobs.terms.columns)
        const width = output.kind === 'real' ? 1 : output.classes.length
        const data = new Float64Array(raw.rows * width)
        for (let i = 0; i < raw.rows; i++)
          data.set(rule(raw.data.subarray(i * raw.columns, (i + 1) * raw.columns)), i * width)
        return { rows: raw.rows, columns: width, data }
      },
      async close() {},
    },
  }))

/** Three Gaussians in the plane: shares 0.5, 0.3, 0.2, means (0, 0), (4, 0), (0, 4). */
export const threeGaussians = (terms: Jobs['terms']): Jobs => ({
  terms,
  centres: [Float64Array.of(0, 0), Float64Array.of(4, 0), Float64Array.of(0, 4)],
})

/** The job that the Bayes rule takes a row for. */
export const bayes = ({ centres }: Jobs, shares: readonly number[], x: ArrayLike<number>): number => {
  const logs = centres.map(
    (centre, k) => Math.log(shares[k]) - centre.reduce((sum, value, j) => sum + (x[j] - value) ** 2, 0) / 2,
  )
  return logs.indexOf(Math.max(...logs))
}
