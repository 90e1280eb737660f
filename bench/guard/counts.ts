import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Matrix, matrix, sliceRows } from '../../src/base/matrix.js'
import { gram } from '../../src/kernel/gram.js'
import { gaussian } from '../../src/kernel/kernel.js'
import { lbfgs } from '../../src/qp/lbfgs.js'
import { quadratic } from '../../src/qp/quadratic.js'
import { encode } from '../../src/rkme/codec.js'
import { reduceWith } from '../../src/rkme/reduce/reduce.js'
import { localSource, type RowSource } from '../../src/rkme/rows/driver.js'
import { streamSource } from '../../src/rkme/rows/stream-source.js'
import { productTable } from '../../src/search/products.js'
import { fitProjection } from '../../src/search/sketch/projection.js'
import { sketchIndex } from '../../src/search/sketch/sketch-index.js'
import { frankWolfe } from '../../src/search/task/mixture.js'
import { nearest } from '../../src/search/topk.js'
import { normals } from '../../src/wasm/scalar.js'
import { kinds, program, residual } from '../core/baselines/programs.js'
import { twentyGaussians } from '../data.js'
import { type Check, must } from '../report/section.js'
import { certifiedSearch, mustEqual } from '../search/island/certified-search.js'
import { idOf } from '../search/island/look-at-all.js'
import { simulatedIsland } from '../search/island/simulated.js'
import { meteredCore } from './metered.js'

const file = join(process.cwd(), 'bench/guard/counts.json')

/** Instructions may differ by so much, so that a small rewording of the core passes; all else is held exactly. */
const margin = 0.01

type Meter = ReturnType<typeof meteredCore>
type Counts = Record<string, number>

/** A source that counts what it is asked for. */
const counted = (source: RowSource, counts: Counts): RowSource => ({
  ...source,
  take: (indices) => {
    counts.rows = (counts.rows ?? 0) + 1
    return source.take(indices)
  },
  shares: (request) => {
    counts[request.kind] = (counts[request.kind] ?? 0) + 1
    return source.shares(request)
  },
})

const options = { kernel: gaussian(1 / 40), size: 24, iterations: 15, seed: 1 } as const

const reductions = async (meter: Meter): Promise<Counts> => {
  const X = twentyGaussians(3000, 10, 1, true)
  const requests: Counts = {}
  const here = await meter.during(() => reduceWith((rows) => counted(localSource(rows), requests), X, options))
  let readings = 0
  let read = 0
  const open = async function* (): AsyncGenerator<Matrix> {
    readings++
    for (let start = 0; start < X.rows; start += 700) {
      const block = sliceRows(X, start, Math.min(start + 700, X.rows))
      read += block.rows
      yield block
    }
  }
  const streamed = await meter.during(() => reduceWith(() => streamSource(open, { kept: 0 }), X, options))
  const [a, b] = [encode(here.value), encode(streamed.value)]
  must(a.length === b.length && a.every((byte, i) => byte === b[i]), 'a stream gives other bytes than rows at hand')
  return {
    ...Object.fromEntries(Object.entries(requests).map(([kind, count]) => [`reduce: requests "${kind}"`, count])),
    'reduce: kernel values': here.operations.kernelValues,
    'reduce: quadratic programs': here.operations.programs,
    'reduce: instructions': here.operations.instructions,
    'reduceStream: readings of the source': readings,
    'reduceStream: rows read': read,
    'reduceStream: kernel values': streamed.operations.kernelValues,
    'reduceStream: instructions': streamed.operations.instructions,
  }
}

const matrices = async (meter: Meter): Promise<Counts> => {
  const counts: Counts = {}
  const of = (rows: number, d: number, seed: number): Matrix =>
    matrix(Float32Array.from(normals(seed, rows * d)), rows, d)
  for (const d of [10, 100]) {
    for (const precision of ['f32', 'f64'] as const) {
      const [X, Z] = [of(260, d, 1), of(104, d, 2)]
      const { operations } = await meter.during(() => gram(X, Z, gaussian(1 / d), { precision }))
      must(operations.kernelValues === 260 * 104, `gram takes ${operations.kernelValues} kernel values`)
      counts[`gram, ${precision}, d = ${d}: instructions`] = operations.instructions
    }
  }
  return counts
}

const programs = async (meter: Meter): Promise<Counts> => {
  const counts: Counts = {}
  for (const kind of kinds) {
    for (const constraint of ['simplex', 'cone'] as const) {
      const given = [5, 20, 60, 120].map((n) => program(kind, n, n))
      const { value, operations } = await meter.during(() =>
        given.map(({ n, G, c }) => quadratic({ rows: n, columns: n, data: G }, c, { constraint })),
      )
      const left = value.map(({ weights }, i) => residual(given[i], weights, constraint === 'simplex'))
      const worst = Math.max(...left.flatMap(({ primal, dual }) => [primal, dual]))
      must(worst < 1e-9, `${kind}, ${constraint}: KKT residual ${worst}`)
      counts[`quadratic, ${kind}, ${constraint}: instructions`] = operations.instructions
    }
  }
  let evaluations = 0
  const start = Float64Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? -1.2 : 1))
  const found = lbfgs(
    (x, gradient) => {
      evaluations++
      let value = 0
      for (let i = 0; i < x.length; i += 2) {
        const [a, b] = [1 - x[i], x[i + 1] - x[i] * x[i]]
        value += a * a + 100 * b * b
        gradient[i] = -2 * a - 400 * x[i] * b
        gradient[i + 1] = 200 * b
      }
      return value
    },
    start,
    { iterations: 200, tolerance: 1e-8 },
  )
  must(
    found.every((value) => Math.abs(value - 1) < 1e-6),
    `L-BFGS ends at ${found}`,
  )
  counts['lbfgs, Rosenbrock in ten dimensions: evaluations'] = evaluations
  return counts
}

const searches = async (meter: Meter): Promise<Counts> => {
  const count = 1500
  const island = simulatedIsland({ columns: 5, domains: 40, points: 12 })
  const learnwares = Array.from({ length: count }, (_, number) => island.learnware(number))
  const users = Array.from({ length: 6 }, (_, u) => island.user(u, u >= 4))
  const index = sketchIndex(fitProjection(learnwares), { sample: learnwares.slice(0, 200), room: count })
  for (const [number, embedding] of learnwares.entries()) index.add(number, embedding)
  const candidates = learnwares.map((embedding, number) => ({ id: idOf(number), embedding }))
  let fetched = 0
  const at = (number: number) => {
    fetched++
    return learnwares[number]
  }
  const found = await meter.during(() => users.map((user) => certifiedSearch(user, index, at, 10)))
  found.value.forEach(({ answer }, u) => {
    mustEqual(answer, nearest(users[u], candidates, { top: 10 }), `user ${u}`)
  })
  const some = candidates.slice(0, 300)
  const mixed = await meter.during(() =>
    users.map((user) => {
      const table = productTable(user, some)
      frankWolfe(user, some, { table })
      return table.evaluations()
    }),
  )
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  return {
    'search: specifications fetched': fetched,
    'search: evaluations': sum(found.value.map(({ evaluations }) => evaluations)),
    'search: kernel values': found.operations.kernelValues,
    'search: instructions': found.operations.instructions,
    'mixture: inner products': sum(mixed.value),
    'mixture: kernel values': mixed.operations.kernelValues,
    'mixture: quadratic programs': mixed.operations.programs,
    'mixture: instructions': mixed.operations.instructions,
  }
}

const whole = (value: number): string => value.toLocaleString('en')

/**
 * Counts of operations against those of bench/guard/counts.json: no clock, so no quiet machine. More is a loss, and fewer are
 * a gain that the file does not know of yet.
 */
export const counts = async (): Promise<{ checks: Check[]; notes: string[] }> => {
  const meter = meteredCore()
  let measured: Counts
  try {
    measured = {
      ...(await reductions(meter)),
      ...(await matrices(meter)),
      ...(await programs(meter)),
      ...(await searches(meter)),
    }
  } finally {
    meter.end()
  }
  if (process.env.RENEW) writeFileSync(file, `${JSON.stringify(measured, undefined, 2)}\n`)
  const known: Counts = JSON.parse(readFileSync(file, 'utf8'))
  const checks = [...new Set([...Object.keys(known), ...Object.keys(measured)])].map((what): Check => {
    const [wanted, value] = [known[what] ?? 0, measured[what] ?? 0]
    const allowed = what.endsWith('instructions') ? margin * wanted : 0
    return {
      what,
      wanted: `${whole(wanted)}${allowed > 0 ? ` ± ${100 * margin} %` : ''}`,
      measured: whole(value),
      held: Math.abs(value - wanted) <= allowed,
    }
  })
  const notes = checks.every(({ held }) => held)
    ? []
    : [
        'A count differs from bench/guard/counts.json. Where the change is meant (say in the commit why), write the file anew: RENEW=1 npm run bench -- smoke. Where it is not, something costs more than it did, or is left out.',
      ]
  return { checks, notes }
}
