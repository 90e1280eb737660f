import { matrix } from '../../src/base/matrix.js'
import { gaussian } from '../../src/kernel/kernel.js'
import { embed, inner } from '../../src/rkme/mmd.js'
import { normals } from '../../src/wasm/scalar.js'
import { handOver, startPeer } from '../peers/python.js'
import { atMost, digits, must, type Section } from '../report/section.js'
import { direction } from './baselines/peer-update.js'

const gamma = 0.5
const rows = 50
const points = 5
const step = 1e-5

const norm = (a: ArrayLike<number>): number => Math.sqrt(Array.from(a).reduce((sum, value) => sum + value * value, 0))

const against = (given: ArrayLike<number>, truth: Float64Array) => ({
  error: norm(truth.map((value, i) => given[i] - value)) / norm(truth),
  cosine: truth.reduce((sum, value, i) => sum + value * given[i], 0) / norm(truth) / norm(given),
})

/** Does the Python package `learnware` move its points along the gradient of ‖Φ̂ − Φ̃‖²? Finite differences tell. */
export const run = async (): Promise<Section> => {
  const kernel = gaussian(gamma)
  const X = matrix(Float64Array.from(Float32Array.from(normals(1, 2 * rows))), rows, 2)
  const z = matrix(
    normals(2, 2 * points).map((value) => 0.6 * value),
    points,
    2,
  )
  const weights = Float64Array.of(0.3, 0.1, 0.25, 0.15, 0.2)
  const objective = (data: Float64Array): number => {
    const placed = embed(matrix(data, points, 2), kernel, { weights })
    return inner(placed, placed) - 2 * inner(placed, embed(X, kernel))
  }
  const truth = Float64Array.from(z.data, (_, i) => {
    const moved = (by: number): Float64Array => Float64Array.from(z.data, (value, j) => (i === j ? value + by : value))
    return (objective(moved(step)) - objective(moved(-step))) / (2 * step)
  })
  const placed = { points: z, weights }
  const right = against(direction(X, placed, gamma, 2), truth)
  must(right.error < 1e-8, `the gradient with the whole interaction term is off by ${right.error}: the check is wrong`)
  const published = against(direction(X, placed, gamma), truth)
  const peer = await startPeer('learnware')
  const run =
    typeof peer === 'string'
      ? undefined
      : await peer.ask<{ gradient: number[] }>({
          do: 'gradient',
          rows: handOver('gradient-rows', X.data),
          d: 2,
          z: [...z.data],
          beta: [...weights],
          gamma,
        })
  if (typeof peer !== 'string') peer.close()
  const measured = run && against(run.gradient, truth)
  const row = (name: string, figures?: { error: number; cosine: number }): string[] => [
    name,
    figures ? digits(figures.error) : 'not measured',
    figures ? digits(figures.cosine, 4) : 'not measured',
  ]
  return {
    title: 'The update of the Python package against finite differences',
    setting: `${points} interacting points with fixed weights, ${rows} rows in the plane, gamma ${gamma}; central differences of ‖Φ̂ − Φ̃‖² with step ${step}. The gradient is −4γβ_i [T1 − T2], T1 = Σ_j β_j k(z_i, z_j)(z_i − z_j), T2 = Σ_s k(z_i, x_s)(z_i − x_s)/m; the package subtracts −2γβ_i [T1 − 2·T2].`,
    tables: [
      {
        head: ['direction', 'relative error', 'cosine'],
        rows: [
          row('−4γβ [T1 − T2]', right),
          row('as published, re-implemented', published),
          row('`_update_z` of the installed package', measured),
        ],
      },
    ],
    checks: [
      atMost(
        're-implementation against the package',
        measured ? Math.abs(measured.error - published.error) : Number.NaN,
        1e-6,
      ),
    ],
    notes: [
      'The interaction term T1 of the package has half its weight: the points repel each other half as much as they should.',
      ...(typeof peer === 'string' ? [peer] : []),
    ],
  }
}
