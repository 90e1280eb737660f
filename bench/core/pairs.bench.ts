import { matrix } from '../../src/base/matrix.js'
import { gaussian, gaussianOnly } from '../../src/kernel/kernel.js'
import type { Embedding } from '../../src/rkme/embedding.js'
import { embed, mmd } from '../../src/rkme/mmd.js'
import { normals } from '../../src/wasm/scalar.js'
import { inTurns, ratio } from '../measure/timing.js'
import { atLeast, digits, must, type Section } from '../report/section.js'

const shapes = [
  [20, 10],
  [50, 50],
  [100, 100],
] as const

const naiveMmd = (a: Embedding, b: Embedding): number => {
  const { gamma } = gaussianOnly(a.kernel)
  const product = (p: Embedding, q: Embedding): number => {
    let sum = 0
    for (let i = 0; i < p.points.rows; i++) {
      for (let j = 0; j < q.points.rows; j++) {
        let square = 0
        for (let k = 0; k < p.points.columns; k++) {
          square += (p.points.data[i * p.points.columns + k] - q.points.data[j * p.points.columns + k]) ** 2
        }
        sum += p.weights[i] * q.weights[j] * Math.exp(-gamma * square)
      }
    }
    return sum
  }
  return Math.sqrt(Math.max(0, product(a, a) - 2 * product(a, b) + product(b, b)))
}

/** How long does the distance of two embeddings take? */
export const run = async (): Promise<Section> => {
  const results: { shape: readonly [number, number]; ours: number; naive: number; times: number }[] = []
  for (const [n, d] of shapes) {
    const kernel = gaussian(1 / (4 * d))
    const [a, b] = [1, 2].map((seed) => embed(matrix(normals(seed, n * d), n, d), kernel))
    must(Math.abs(mmd(a, b) - naiveMmd(a, b)) < 1e-9, `mmd is ${mmd(a, b)}, expected ${naiveMmd(a, b)}`)
    const time = await inTurns<'ours' | 'naive'>(
      { ours: { here: () => mmd(a, b) }, naive: { here: () => naiveMmd(a, b) } },
      { rounds: 5, seconds: 0.2 },
    )
    const micro = (name: 'ours' | 'naive'): number => 1e6 * (time[name]?.least ?? Number.NaN)
    results.push({ shape: [n, d], ours: micro('ours'), naive: micro('naive'), times: ratio(time.naive, time.ours) })
  }
  return {
    title: 'Distances of pairs of embeddings',
    setting: '`mmd` of two embeddings of n points in d dimensions, f64: three inner products, checks included.',
    tables: [
      {
        head: ['n', 'd', 'mmd: µs, least', 'naive JavaScript: µs, least', 'faster'],
        rows: results.map(({ shape, ours, naive, times }) => [
          ...shape.map(String),
          digits(ours),
          digits(naive),
          `${digits(times)} ×`,
        ]),
      },
    ],
    checks: [atLeast('n = 50, d = 50: naive JavaScript / mmd', results[1].times, 4, ' ×')],
  }
}
