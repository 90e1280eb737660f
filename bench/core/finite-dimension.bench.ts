import { quadratic } from '../../src/qp/quadratic.js'
import { threeGaussians } from '../data.js'
import { atMost, digits, type Section } from '../report/section.js'
import { herding } from './baselines/herding.js'
import { chosenError, type Problem, problemOf } from './baselines/problem.js'

const rows = 1024
const sizes = [1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 48, 64]
const dimension = 6

/** (1 + x·z/4)² in the plane: its space of functions has six dimensions. The library has Gaussian kernels only. */
const polynomial = (): Problem => {
  const X = threeGaussians(rows, 1)
  const K = new Float64Array(rows * rows)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < rows; j++) {
      const dot = X.data[2 * i] * X.data[2 * j] + X.data[2 * i + 1] * X.data[2 * j + 1]
      K[i * rows + j] = (1 + dot / 4) ** 2
    }
  }
  return problemOf(X, Number.NaN, K)
}

/** Frank–Wolfe on the hull of the rows: the next atom is the row against the gradient; `step` says what becomes of the weights. */
const frankWolfe = (given: Problem, count: number, step: 'line search' | 'fully corrective'): number[] => {
  const { K, mean } = given
  const weights = new Map<number, number>([[0, 1]])
  const errors: number[] = []
  for (let t = 1; t <= count; t++) {
    const at = [...weights.keys()]
    errors.push(chosenError(given, at, [...weights.values()]))
    const gradient = Float64Array.from({ length: rows }, (_, i) => {
      let sum = -mean[i]
      for (const [j, w] of weights) sum += w * K[i * rows + j]
      return sum
    })
    let best = 0
    for (let i = 1; i < rows; i++) if (gradient[i] < gradient[best]) best = i
    if (step === 'fully corrective') {
      const atoms = [...new Set([...at, best])]
      const G = atoms.map((i) => atoms.map((j) => K[i * rows + j]))
      const solved = quadratic(
        G,
        atoms.map((i) => mean[i]),
        { constraint: 'simplex' },
      )
      weights.clear()
      atoms.forEach((i, a) => {
        if (solved.weights[a] > 0) weights.set(i, solved.weights[a])
      })
      continue
    }
    // Along e_best − w the objective is a parabola.
    let own = 0
    let cross = 0
    for (const [i, w] of weights) {
      own += w * gradient[i]
      cross += w * (K[best * rows + i] - mean[best])
    }
    let square = K[best * rows + best] - 2 * (cross + mean[best])
    for (const [i, w] of weights) for (const [j, v] of weights) square += w * v * K[i * rows + j]
    const length = Math.min(1, Math.max(0, (own - gradient[best]) / square))
    for (const [i, w] of weights) weights.set(i, w * (1 - length))
    weights.set(best, (weights.get(best) ?? 0) + length)
  }
  return errors
}

/** How does the error fall in a space of few dimensions, where the theory promises geometric decay? */
export const run = (): Section => {
  const given = polynomial()
  const most = sizes[sizes.length - 1]
  const full = frankWolfe(given, most, 'fully corrective')
  const line = frankWolfe(given, most, 'line search')
  const herded = herding(given, most)
  const curves = [
    { name: 'herding', errors: sizes.map((n) => chosenError(given, herded.slice(0, n))) },
    { name: 'Frank–Wolfe, line search', errors: sizes.map((n) => line[n - 1]) },
    { name: 'Frank–Wolfe, fully corrective', errors: sizes.map((n) => full[n - 1]) },
  ]
  const scale = Math.sqrt(given.self)
  const exactAt = full.findIndex((error) => error / scale < 1e-6) + 1
  return {
    title: 'Convergence in a space of finite dimension',
    setting: `The kernel (1 + x·z/4)² in the plane (${dimension} dimensions), ${rows} rows of three Gaussians; MMD to the rows after n steps, the norm of the embedding being ${digits(scale)}.`,
    tables: [
      {
        head: ['method', ...sizes.map((n) => `n = ${n}`)],
        rows: curves.map(({ name, errors }) => [name, ...errors.map((error) => digits(error, 2))]),
      },
    ],
    checks: [
      atMost(
        'steps of fully corrective Frank–Wolfe to a relative error of 1e-6',
        exactAt === 0 ? Infinity : exactAt,
        16,
      ),
    ],
    plots: [
      {
        name: 'finite-dimension',
        title: 'MMD after n steps in a space of six dimensions',
        x: 'steps n',
        y: 'MMD',
        points: curves.flatMap(({ name, errors }) =>
          errors.map((y, i) => ({ line: name, x: sizes[i], y: Math.max(y, 1e-9) })),
        ),
      },
    ],
    notes: [
      `By Carathéodory ${dimension + 1} atoms suffice for an error of 0; the fully corrective method is there after ${exactAt || 'more than 64'} steps, since an early atom may have to leave again.`,
      'Errors are differences of numbers near 1: below about 1e-8 there is only rounding.',
    ],
  }
}
