import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ValueError } from '../../src/base/error.js'
import { type Matrix, matrix } from '../../src/base/matrix.js'
import { gammaByMedian } from '../../src/kernel/bandwidth.js'
import { gram } from '../../src/kernel/gram.js'
import { gaussian, type Kernel, laplacian, linear, polynomial, product } from '../../src/kernel/kernel.js'
import { encode } from '../../src/rkme/codec.js'
import type { Embedding } from '../../src/rkme/embedding.js'
import { evaluate } from '../../src/rkme/evaluate.js'
import { mixture } from '../../src/rkme/mixture.js'
import { embed, inner, mmdSquared } from '../../src/rkme/mmd.js'
import { privateEmbedding } from '../../src/rkme/private/private.js'
import { herd } from '../../src/rkme/reduce/herd.js'
import { merge } from '../../src/rkme/reduce/merge.js'
import { type ReduceOptions, reduce, reduceAsync } from '../../src/rkme/reduce/reduce.js'
import { reduceStream } from '../../src/rkme/reduce/stream.js'
import { type Engine, spawnEngine } from '../../src/worker/index.js'
import { mulberry32, normalOf, rowsOf } from '../reference.js'

// Rows so large, small or far apart that squares, sums or differences leave the precision: every function is right, or refuses them in
// a sentence. The reference multiplies by √gamma before it squares, so that nothing overflows on the way to exp.

type Rows = readonly ArrayLike<number>[]

const kernelValue = (kernel: Kernel, x: ArrayLike<number>, z: ArrayLike<number>): number => {
  let sum = 0
  if (kernel.kind === 'gaussian') {
    for (let k = 0; k < x.length; k++) sum += (Math.sqrt(kernel.gamma) * (x[k] - z[k])) ** 2
    return Math.exp(-sum)
  }
  if (kernel.kind === 'laplacian') {
    for (let k = 0; k < x.length; k++) sum += kernel.gamma * Math.abs(x[k] - z[k])
    return Math.exp(-sum)
  }
  if (kernel.kind === 'product') {
    let share = 1
    kernel.parts.forEach((part, k) => {
      if (part.kind === 'numeric') sum += (Math.sqrt(part.gamma) * (x[k] - z[k])) ** 2
      else if (x[k] !== z[k]) share *= part.rho
    })
    return share * Math.exp(-sum)
  }
  for (let k = 0; k < x.length; k++) sum += x[k] * z[k]
  return kernel.kind === 'linear' ? sum : (kernel.scale * sum + kernel.offset) ** kernel.degree
}

const innerValue = (kernel: Kernel, X: Rows, a: ArrayLike<number>, Z: Rows, b: ArrayLike<number>): number => {
  let sum = 0
  X.forEach((x, i) => {
    Z.forEach((z, j) => {
      sum += a[i] * b[j] * kernelValue(kernel, x, z)
    })
  })
  return sum
}

const base = (m: number, d: number): number[][] => {
  const normal = normalOf(mulberry32(1))
  return Array.from({ length: m }, () => Array.from({ length: d }, () => Math.max(-3, Math.min(3, normal())) / 3))
}

/** What rows of scale s may look like. */
const shapes: Record<string, (m: number, d: number, s: number) => number[][]> = {
  'at this scale': (m, d, s) => base(m, d).map((row) => row.map((value) => value * s)),
  'each one several times': (m, d, s) =>
    Array.from({ length: m }, (_, i) => base(Math.min(m, 3), d)[i % 3].map((value) => value * s)),
  'around an offset': (m, d, s) => base(m, d).map((row) => row.map((value) => 3 * value + Math.min(s, 1e8))),
  'with one that is far away': (m, d, s) =>
    base(m, d).map((row, i) => row.map((value) => (i === 5 % m ? s : 3 * value))),
  'in two groups, far apart': (m, d, s) =>
    base(m, d).map((row, i) => row.map((value) => (i % 2 === 0 ? 3 * value : s + 3 * value))),
  'with a constant column': (m, d, s) => base(m, d).map((row) => row.map((value, k) => (k === 0 ? s : 3 * value))),
  'that are all the same': (m, d, s) => base(m, d).map((row) => row.map(() => s)),
}

const scales32 = [1e-40, 1e-30, 1e-18, 1, 1e6, 1e10, 1e15, 1e18, 1e19, 1e30, 3e38]
const scales64 = [1e-300, 1e-160, 1e-100, 1e50, 1e100, 1e150, 1e154, 1e300, 1.7e308]

const sizes = [
  [1, 2],
  [9, 1],
  [8, 2],
  [5, 50],
  [1, 1],
]

const rowsIn = (rows: Rows, Numbers: typeof Float32Array | typeof Float64Array): Matrix =>
  matrix(Numbers.from(rows.flatMap((row) => Array.from(row))), rows.length, rows[0].length)

/** Kernels of the usual width, and of that of the rows. */
const kernelsFor = (d: number, s: number): Kernel[] => {
  const width = Math.min(Math.max(s, 1e-135), 1e135)
  const gamma = 4 / (4 * d * width * width)
  return [
    gaussian(1 / (4 * d)),
    gaussian(gamma),
    laplacian(2 / d / width),
    linear(),
    polynomial({ degree: 3, scale: Math.max(4 / width / width, 1e-300) }),
    product(Array.from({ length: d }, () => ({ kind: 'numeric', gamma }))),
  ]
}

const isOfProducts = ({ kind }: Kernel): boolean => kind === 'linear' || kind === 'polynomial'

/** What a call gives, or undefined where it refuses with a sentence of ours. */
const tried = <T>(call: () => T): T | undefined => {
  try {
    return call()
  } catch (error) {
    expect(error).toBeInstanceOf(ValueError)
    expect((error as Error).message).toMatch(/^"(X|Z|points|precision)" expected [^;]+; (scale|ask)/)
    return undefined
  }
}

/** Within 1e-5 of a scale, or of the smallest number of the precision. */
const isRight = (value: number, reference: number, scale: number, least = 1e-320): boolean =>
  Math.abs(value - reference) <= Math.max(1e-5 * scale, least)

const isSound = ({ points, weights, error, floor }: Embedding): boolean =>
  points.data.every(Number.isFinite) && weights.every(Number.isFinite) && error >= 0 && floor >= 0 && error < Infinity

/** Everything that is wrong with what the functions say about X under a kernel; `refused` counts what they refuse. */
const faults = (X: Matrix, kernel: Kernel): { wrong: string[]; refused: string[] } => {
  const wrong: string[] = []
  const refused: string[] = []
  const call = <T>(name: string, run: () => T, judge: (value: T) => boolean): void => {
    const value = tried(run)
    if (value === undefined) refused.push(name)
    else if (!judge(value)) wrong.push(name)
  }
  const { rows: m } = X
  const R = rowsOf(X)
  const w = new Float64Array(m).fill(1 / m)
  const own = R.map((x) => kernelValue(kernel, x, x))
  const size = own.reduce((sum, value) => sum + value / m, 0)
  const at = R.map((x) => innerValue(kernel, [x], [1], R, w))
  const self = at.reduce((sum, value) => sum + value / m, 0)
  const distance = ({ points, weights }: Embedding): number => {
    const Z = rowsOf(points)
    return self - 2 * innerValue(kernel, R, w, Z, weights) + innerValue(kernel, Z, weights, Z, weights)
  }
  const measured = (embedding: Embedding): boolean =>
    isSound(embedding) && isRight(embedding.error ** 2, Math.max(0, distance(embedding)), size)

  let best = Infinity
  for (const precision of ['f64', 'f32'] as const) {
    call(
      `gram in ${precision}`,
      () => gram(X, undefined, kernel, { precision }),
      ({ data }) =>
        data.every((value, at) => {
          const [i, j] = [Math.floor(at / m), at % m]
          const reference = kernelValue(kernel, R[i], R[j])
          return isRight(value, reference, Math.sqrt(own[i] * own[j]), precision === 'f32' ? 1e-44 : 1e-320)
        }),
    )
    const options = { kernel, precision, iterations: 15 }
    call(
      `reduce to all rows in ${precision}`,
      () => reduce(X, { ...options, size: m + 1 }),
      (embedding) => measured(embedding) && distance(embedding) <= 1e-5 * size,
    )
    call(
      `reduce to three points in ${precision}`,
      () => reduce(X, { ...options, size: 3 }),
      (embedding) => {
        const reached = distance(embedding)
        const isAsGood = reached <= 2 * best + 1e-5 * size
        if (precision === 'f64') best = reached
        return measured(embedding) && isAsGood
      },
    )
  }
  const embedding = tried(() => embed(X, kernel)) as Embedding
  call(
    'evaluate',
    () => evaluate(embedding, X),
    (values) => values.every((value, i) => isRight(value, at[i], Math.sqrt(own[i] * size))),
  )
  call(
    'inner',
    () => inner(embedding, embedding),
    (value) => isRight(value, self, size),
  )
  const S = R.map((row, i) => Array.from(row, (value) => (i % 2 === 0 ? value / 2 : value)))
  const other = embed(S, kernel)
  const [crossed, others] = [innerValue(kernel, R, w, S, w), innerValue(kernel, S, w, S, w)]
  call(
    'mmdSquared',
    () => mmdSquared(embedding, other),
    (value) => isRight(value, Math.max(0, self - 2 * crossed + others), size),
  )
  call(
    'mixture',
    () => mixture(embedding, [embedding, other]),
    (value) => isRight(value.distance ** 2, 0, size),
  )
  call(
    'merge',
    () => merge([embedding, other], { size: 3 }),
    (merged) => {
      const [Z, b] = [rowsOf(merged.points), merged.weights]
      const squared = (self + 2 * crossed + others) / 4
      const cross = innerValue(kernel, R, w, Z, b) + innerValue(kernel, S, w, Z, b)
      const reference = squared - cross + innerValue(kernel, Z, b, Z, b)
      return b.every(Number.isFinite) && isRight(merged.reduction ** 2, Math.max(0, reference), size)
    },
  )
  call('herd', () => herd(X, { size: 2, kernel, weighted: 'cone' }), measured)
  call('a warm start', () => reduce(X, { start: embedding, size: 2, iterations: 3 }), isSound)
  if (!isOfProducts(kernel)) {
    const basis = S.slice(0, 4).map((row) => row.map((value) => value * 0.9))
    call(
      'privateEmbedding',
      () => privateEmbedding(X, { basis, epsilon: 5, delta: 1e-3, kernel, seed: 1, size: 2 }).embedding,
      ({ points, weights }) => points.data.every(Number.isFinite) && weights.every(Number.isFinite),
    )
  }
  return { wrong, refused }
}

describe.each([
  ['f32', Float32Array, scales32],
  ['f64', Float64Array, [...scales32, ...scales64]],
] as const)('%s rows', (_, Numbers, scales) => {
  it.each(Object.entries(shapes).map(([name, shape], place) => [name, shape, place] as const))(
    '%s',
    (_, shape, place) => {
      const wrong: string[] = []
      scales.forEach((s, at) => {
        // Each kernel, each scale and each size meet, over the shapes.
        for (const turn of [at + place, at + 2 * place + 2]) {
          const [m, d] = sizes[turn % sizes.length]
          const X = rowsIn(shape(m, d, s), Numbers)
          if (!X.data.every(Number.isFinite)) continue
          const kernels = kernelsFor(d, s)
          const kernel = kernels[turn % kernels.length]
          const found = faults(X, kernel)
          const what = `${kernel.kind}, ${s}, ${m} × ${d}`
          wrong.push(...found.wrong.map((name) => `${what}: ${name}`))
          if (s >= 1e-40 && s <= 1e100 && !isOfProducts(kernel)) {
            wrong.push(...found.refused.map((name) => `${what}: ${name} refuses`))
          }
        }
      })
      expect(wrong).toEqual([])
    },
  )
})

const many = (s: number, Numbers: typeof Float32Array | typeof Float64Array, far = 2): Matrix =>
  rowsIn(
    base(700, 3).map((row, i) => row.map((value) => (i % far === 1 ? s + 3 * value : 3 * value))),
    Numbers,
  )

describe('extreme rows', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await spawnEngine({ workers: 2 })
  })
  afterAll(() => engine.close())

  const options = { size: 8, iterations: 20 }
  const streamed = (X: Matrix): Promise<Embedding> =>
    reduceStream(async function* () {
      for (let i = 0; i < X.rows; i += 300) {
        const end = Math.min(i + 300, X.rows)
        yield matrix(X.data.subarray(i * X.columns, end * X.columns), end - i, X.columns)
      }
    }, options)

  it.each([
    ['two groups, f32', many(1e8, Float32Array)],
    ['two groups beyond the squares of f32', many(1e25, Float32Array)],
    ['two groups, f64', many(1e18, Float64Array)],
    ['a few far away', many(1e30, Float64Array, 350)],
  ])('%s: the same bytes alone, without blocking, in a pool and from a stream', async (_, X) => {
    const alone = reduce(X, options)
    expect(isSound(alone)).toBe(true)
    const bytes = encode(alone)
    expect(encode(await reduceAsync(X, options))).toEqual(bytes)
    expect(encode(await engine.reduce(X, options))).toEqual(bytes)
    expect(encode(await streamed(X))).toEqual(bytes)
  })

  it('are reduced as well as rows of the same kernel values that are tame', () => {
    for (const far of [2, 350]) {
      const tame = reduce(many(1e3, Float64Array, far), options)
      for (const s of [1e6, 1e10, 1e18, 1e25, 1e100]) {
        expect(reduce(many(s, Float64Array, far), options).error).toBeLessThan(1.2 * tame.error)
        if (s < 1e30) expect(reduce(many(s, Float32Array, far), options).error).toBeLessThan(1.2 * tame.error)
      }
    }
  })

  it('are refused with the same words alone, in a pool and from a stream', async () => {
    const words = /^"X" expected numbers whose squares can be added up, got .* too large or too small .*; scale/
    for (const X of [many(1e154, Float64Array), many(1e300, Float64Array)]) {
      expect(() => reduce(X, options)).toThrow(words)
      await expect(engine.reduce(X, options)).rejects.toThrow(words)
      await expect(streamed(X)).rejects.toThrow(words)
    }
    const products: ReduceOptions = { ...options, kernel: polynomial({ degree: 16 }) }
    await expect(engine.reduce(many(1e30, Float32Array), products)).rejects.toThrow(words)
  })

  it('beside labels and row weights are taken, or refused by name', () => {
    const X = base(40, 2)
    const labels = X.map(([a]) => 1e30 * a)
    expect(isSound(reduce(X, { size: 4, labels, labelScale: 1e30 }).joint as Embedding)).toBe(true)
    expect(isSound(reduce(X, { size: 4, labels }).joint as Embedding)).toBe(true)
    expect(() => reduce(X, { size: 4, labels, labelScale: 1e-30 })).toThrow(
      '"labels[0] in units of labelScale" expected a finite number from -1e+38 to 1e+38',
    )
    expect(isSound(reduce(X, { size: 4, rowWeights: X.map(([a]) => 1e150 * (1 + a)) }))).toBe(true)
    for (const weight of [1e200, 1e-200]) {
      expect(() => reduce(X, { size: 4, rowWeights: X.map(() => weight) })).toThrow(
        '"rowWeights" expected numbers whose squares can be added up; divide them by their largest',
      )
    }
  })

  it('beside a warm start that lies beyond f32 go on without it', () => {
    const start = embed([[1e50], [1]], gaussian(1))
    expect(isSound(reduce(rowsIn(base(40, 1), Float32Array), { start, size: 4 }))).toBe(true)
  })

  it('have a median distance, or are refused', () => {
    expect(gammaByMedian(base(40, 2).map((row) => row.map((value) => 1e100 * value)))).toBeLessThan(1e-199)
    for (const s of [1e150, 1e-160]) {
      expect(() => gammaByMedian(base(40, 2).map((row) => row.map((value) => s * value)))).toThrow(
        '"X" expected numbers whose squares can be added up',
      )
    }
  })
})

describe('a gamma that is extreme', () => {
  it('is right in f32 where the rows are as small', () => {
    const X = rowsIn(
      base(12, 2).map((row) => row.map((value) => value * 1e-30)),
      Float32Array,
    )
    expect(faults(X, gaussian(1e60))).toEqual({ wrong: [], refused: [] })
    expect(faults(X, gaussian(1e280))).toEqual({ wrong: [], refused: [] })
  })

  it('is refused where nothing can be counted with it', () => {
    expect(() => gaussian(1e300)).toThrow('"gamma" expected a finite number from 1e-280 to 1e+280, got 1e+300')
    expect(() => gram([[1]], undefined, { kind: 'gaussian', gamma: 1e-300 })).toThrow(
      '"kernel.gamma" expected a finite',
    )
    expect(() => laplacian(1e150)).toThrow('"gamma" expected a finite number from 1e-140 to 1e+140')
    expect(() => product([{ kind: 'numeric', gamma: 1e290 }])).toThrow('"parts[0].gamma" expected a finite')
  })
})
