import { quadratic } from '../../src/qp/quadratic.js'
import { inTurns, ms, once, ratio } from '../measure/timing.js'
import { npmPeers } from '../peers/npm.js'
import { atLeast, atMost, digits, must, type Section } from '../report/section.js'
import { kernelProgram, kinds, type Program, program, residual } from './baselines/programs.js'

const problems = 1000
const largest = 2000

const solve = ({ n, G, c }: Program, constraint: 'simplex' | 'cone') =>
  quadratic({ rows: n, columns: n, data: G }, c, { constraint })

/** The npm package `quadprog` (Goldfarb and Idnani's dual method); its arrays begin at 1. */
const peerSolver = (require: NodeJS.Require, { n, G, c }: Program) => {
  const { solveQP } = require('quadprog')
  const from1 = <T>(make: (i: number) => T): T[] => [undefined as T, ...Array.from({ length: n }, (_, i) => make(i))]
  const A = from1((i) => [0, 1, ...Array.from({ length: n }, (_, j) => (i === j ? 1 : 0))])
  const b = [0, 1, ...new Array(n).fill(0)]
  return (): Float64Array => {
    // It overwrites what it is given.
    const D = from1((i) => [0, ...Array.from(G.subarray(i * n, (i + 1) * n), (value) => 2 * value)])
    const { solution, message } = solveQP(
      D,
      from1((i) => 2 * c[i]),
      A.map((row) => row && [...row]),
      [...b],
      1,
    )
    if (message) throw new Error(`quadprog: ${message}`)
    return Float64Array.from(solution.slice(1))
  }
}

const objective = ({ n, G, c }: Program, w: Float64Array): number => {
  let value = 0
  for (let i = 0; i < n; i++) {
    let sum = -2 * c[i]
    for (let j = 0; j < n; j++) sum += G[i * n + j] * w[j]
    value += w[i] * sum
  }
  return value
}

/** Is the solver of the weights exact on hard problems, and how fast is it against `quadprog`? */
export const run = async (): Promise<Section> => {
  const worst = new Map<string, { residual: number; slowest: number; count: number }>()
  for (let seed = 0; seed < problems; seed++) {
    const kind = kinds[seed % kinds.length]
    // Sizes from 1 to 600, evenly in their logarithm; the last of each kind is the largest.
    const n =
      seed >= problems - kinds.length ? largest : Math.max(1, Math.floor(600 ** (((seed * 613) % problems) / problems)))
    const given = program(kind, n, seed)
    for (const constraint of ['simplex', 'cone'] as const) {
      const { seconds, value } = once(() => solve(given, constraint))
      const key = `${kind}, ${constraint}`
      const known = worst.get(key) ?? { residual: 0, slowest: 0, count: 0 }
      worst.set(key, {
        residual: Math.max(known.residual, residual(given, value.weights, constraint === 'simplex')),
        slowest: Math.max(known.slowest, seconds),
        count: known.count + 1,
      })
    }
  }
  const require = npmPeers()
  const speed: { n: number; ours: string; theirs: string; times: number }[] = []
  for (const n of [100, 500]) {
    const given = kernelProgram(n, 7)
    const peer = typeof require === 'string' ? undefined : peerSolver(require, given)
    const ours = solve(given, 'simplex')
    must(residual(given, ours.weights, true) < 1e-9, 'the solver is wrong where it is timed')
    if (peer) {
      const difference = objective(given, peer()) - objective(given, ours.weights)
      must(Math.abs(difference) < 1e-9, `quadprog's objective differs by ${difference}`)
    }
    const times = await inTurns<'ours' | 'theirs'>(
      { ours: { here: () => solve(given, 'simplex') }, ...(peer && { theirs: { here: peer } }) },
      { rounds: 5, seconds: 0.2 },
    )
    const text = (name: 'ours' | 'theirs'): string =>
      times[name] ? `${ms(times[name].median)} (${ms(times[name].least)})` : 'not measured'
    speed.push({ n, ours: text('ours'), theirs: text('theirs'), times: ratio(times.theirs, times.ours) })
  }
  return {
    title: 'Quadratic programs: exactness and speed',
    setting: `${problems} seeded problems of 1 to ${largest} variables, each on the simplex and on the cone; residuals of the unridged problem, its diagonal scaled to 1, in units of the largest |c|. Speed: weights of n points under a Gaussian kernel, on the simplex, both from the same arrays.`,
    tables: [
      {
        head: ['kind', 'problems', 'largest KKT residual', 'slowest: ms'],
        rows: [...worst].map(([kind, { residual, slowest, count }]) => [
          kind,
          String(count),
          digits(residual),
          ms(slowest),
        ]),
      },
      {
        caption: 'Milliseconds, median (least)',
        head: ['n', 'quadratic', 'quadprog (npm)', 'faster'],
        rows: speed.map(({ n, ours, theirs, times }) => [String(n), ours, theirs, `${digits(times)} ×`]),
      },
    ],
    checks: [
      atMost('largest KKT residual', Math.max(...[...worst.values()].map((one) => one.residual)), 1e-9),
      atLeast('n = 500: quadprog / quadratic', speed[1].times, 20, ' ×'),
    ],
    notes: typeof require === 'string' ? [require] : [],
  }
}
