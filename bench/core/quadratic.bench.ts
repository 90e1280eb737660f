import { quadratic } from '../../src/qp/quadratic.js'
import { inTurns, ms, once, ratio } from '../measure/timing.js'
import { npmPeers } from '../peers/npm.js'
import { atLeast, atMost, digits, must, type Section } from '../report/section.js'
import { kernelProgram, kinds, type Program, program, type Residual, residual } from './baselines/programs.js'

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

interface Solved extends Residual {
  readonly kind: string
  readonly constraint: string
  readonly n: number
  readonly rank: number
  readonly seconds: number
}

const ranges = [
  [1, 10],
  [11, 100],
  [101, 500],
  [501, 1000],
  [1001, largest],
] as const

const figures = (some: readonly Solved[]): string[] => [
  String(some.length),
  digits(Math.max(...some.map(({ primal }) => primal)), 2),
  digits(Math.max(...some.map(({ dual }) => dual)), 2),
  ms(Math.max(...some.map(({ seconds }) => seconds))),
]

const rankOf = (some: readonly Solved[]): string => {
  const large = some.filter(({ n }) => n >= 20)
  const shares = large.map(({ n, rank }) => rank / n)
  const [least, most] = [Math.min(...shares), Math.max(...shares)]
  return least === 1 ? 'n' : `${digits(least, 2)} … ${digits(most, 2)} n`
}

/** Is the solver of the weights exact on hard problems, and how fast is it against `quadprog`? */
export const run = async (): Promise<Section> => {
  const solved: Solved[] = []
  for (let seed = 0; seed < problems; seed++) {
    const kind = kinds[seed % kinds.length]
    // Evenly in their logarithm, for every kind.
    const n = Math.max(1, Math.floor(largest ** ((((seed * 613) % problems) + kinds.length) / problems)))
    const given = program(kind, Math.min(n, largest), seed)
    for (const constraint of ['simplex', 'cone'] as const) {
      const { seconds, value } = once(() => solve(given, constraint))
      const left = residual(given, value.weights, constraint === 'simplex')
      solved.push({ kind, constraint, n: given.n, rank: given.rank, seconds, ...left })
    }
  }
  const require = npmPeers()
  const speed: { n: number; ours: string; theirs: string; times: number }[] = []
  for (const n of [100, 500]) {
    const given = kernelProgram(n, 7)
    const peer = typeof require === 'string' ? undefined : peerSolver(require, given)
    const ours = solve(given, 'simplex')
    const left = residual(given, ours.weights, true)
    must(Math.max(left.primal, left.dual) < 1e-9, 'the solver is wrong where it is timed')
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
    setting: `${problems} seeded problems of 1 to ${largest} variables, evenly in the logarithm of their number for every kind, each on the simplex and on the cone; residuals of the unridged problem, its diagonal scaled to 1, in units of the largest |c|: of the weights' signs and sum (primal), of the gradient (dual). Speed: weights of n points under a Gaussian kernel, on the simplex, both from the same arrays.`,
    tables: [
      {
        head: ['kind', 'rank', 'solved', 'largest primal residual', 'largest dual residual', 'slowest: ms'],
        rows: kinds.flatMap((kind) =>
          ['simplex', 'cone'].map((constraint) => {
            const some = solved.filter((one) => one.kind === kind && one.constraint === constraint)
            return [`${kind}, ${constraint}`, rankOf(some), ...figures(some)]
          }),
        ),
      },
      {
        head: ['variables', 'full rank', 'solved', 'largest primal residual', 'largest dual residual', 'slowest: ms'],
        rows: ranges.map(([from, to]) => {
          const some = solved.filter(({ n }) => n >= from && n <= to)
          return [`${from} … ${to}`, String(some.filter(({ n, rank }) => n === rank).length), ...figures(some)]
        }),
      },
      {
        caption: 'Milliseconds, median (least)',
        head: ['n', 'quadratic', 'quadprog (npm)', 'faster'],
        rows: speed.map(({ n, ours, theirs, times }) => [String(n), ours, theirs, `${digits(times)} ×`]),
      },
    ],
    checks: [
      atMost('largest primal residual', Math.max(...solved.map(({ primal }) => primal)), 1e-9),
      atMost('largest dual residual', Math.max(...solved.map(({ dual }) => dual)), 1e-9),
      atLeast('n = 500: quadprog / quadratic', speed[1].times, 20, ' ×'),
    ],
    notes: typeof require === 'string' ? [require] : [],
  }
}
