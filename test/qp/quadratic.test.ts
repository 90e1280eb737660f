import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quadratic } from '../../src/qp/quadratic.js'
import { withArena } from '../../src/wasm/arena.js'
import { core } from '../../src/wasm/instance.js'
import { normals } from '../../src/wasm/scalar.js'
import { enumerated, type Problem, problem } from './problems.js'

const solve = ({ n, G, c }: Problem, constraint: 'simplex' | 'cone' | 'free') =>
  quadratic({ rows: n, columns: n, data: G }, c, { constraint })

/** Largest violation of the optimality conditions in plain JavaScript, relative to the terms that cancel in them. */
const violation = ({ n, G, c }: Problem, w: Float64Array, constraint: 'simplex' | 'cone' | 'free'): number => {
  const g = Float64Array.from(c, (value, i) => {
    let sum = -value
    for (let j = 0; j < n; j++) sum += G[i * n + j] * w[j]
    return sum
  })
  const lambda = constraint === 'simplex' ? g.reduce((sum, value, i) => sum + value * w[i], 0) : 0
  const s = Float64Array.from({ length: n }, (_, i) => Math.sqrt(G[i * n + i]))
  const mass = w.reduce((sum, value, i) => sum + Math.abs(value) * s[i], 0)
  // A row of zeros has no size of its own.
  const least = 1e-4 * Math.max(...s) * mass
  let worst = 0
  for (let i = 0; i < n; i++) {
    const slack = g[i] - lambda
    const size = s[i] * mass + Math.abs(c[i]) + Math.abs(lambda)
    const off = constraint === 'free' || w[i] > 0 ? Math.abs(slack) : Math.max(0, -slack)
    if (off > 0) worst = Math.max(worst, off / Math.max(size, least))
  }
  return worst
}

const uniform = (n: number, gamma: number, seed: number): Problem => {
  const x = normals(seed, 2 * n)
  const y = normals(seed + 1, 400)
  const k = (a: number, b: number, u: number, v: number) => Math.exp(-gamma * ((a - u) ** 2 + (b - v) ** 2))
  const G = new Float64Array(n * n)
  const c = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) G[i * n + j] = k(x[2 * i], x[2 * i + 1], x[2 * j], x[2 * j + 1])
    for (let j = 0; j < 200; j++) c[i] += k(x[2 * i], x[2 * i + 1], y[2 * j], y[2 * j + 1]) / 200
  }
  return { name: `kernel ${n}`, n, G, c }
}

describe('quadratic, law', () => {
  it.each(['simplex', 'cone'] as const)(
    '%s: feasible, and optimal by the KKT conditions, on 490 problems',
    (constraint) => {
      for (let seed = 0; seed < 490; seed++) {
        const p = problem(seed, 40)
        const { weights, gap, objective } = solve(p, constraint)
        expect(Math.min(...weights), p.name).toBeGreaterThanOrEqual(0)
        if (constraint === 'simplex')
          expect(
            weights.reduce((a, b) => a + b, 0),
            p.name,
          ).toBeCloseTo(1, 12)
        expect(violation(p, weights, constraint), p.name).toBeLessThan(1e-10)
        expect(Number.isFinite(gap) && Number.isFinite(objective), p.name).toBe(true)
      }
    },
  )

  it('free: the gradient vanishes where c is in the range of G', () => {
    for (let seed = 0; seed < 280; seed++) {
      const p = problem(seed, 30)
      if (p.name.startsWith('outside')) continue
      expect(violation(p, solve(p, 'free').weights, 'free'), p.name).toBeLessThan(1e-10)
    }
  })

  it('is nowhere above the objective of another feasible point (fast-check)', () => {
    fc.assert(
      fc.property(
        fc.nat(100000),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 }),
        (seed, other) => {
          const p = problem(seed, 12)
          const at = (w: ArrayLike<number>): number => {
            let value = 0
            for (let i = 0; i < p.n; i++) {
              value -= 2 * p.c[i] * w[i]
              for (let j = 0; j < p.n; j++) value += w[i] * p.G[i * p.n + j] * w[j]
            }
            return value
          }
          const w = other.slice(0, p.n)
          const total = w.reduce((a, b) => a + b, 0)
          const size = Math.max(...p.G) + Math.max(...p.c.map(Math.abs))
          expect(solve(p, 'cone').objective).toBeLessThanOrEqual(at(w) + 1e-9 * size)
          if (total > 0)
            expect(solve(p, 'simplex').objective).toBeLessThanOrEqual(at(w.map((v) => v / total)) + 1e-9 * size)
        },
      ),
      { numRuns: 300, seed: 5 },
    )
  })

  it('carries over a permutation of the variables', () => {
    const p = uniform(30, 2, 3)
    const order = Array.from({ length: 30 }, (_, i) => (i * 7) % 30)
    const q: Problem = {
      ...p,
      G: Float64Array.from(p.G, (_, e) => p.G[order[Math.floor(e / 30)] * 30 + order[e % 30]]),
      c: Float64Array.from(order, (i) => p.c[i]),
    }
    for (const constraint of ['simplex', 'cone', 'free'] as const) {
      const a = solve(p, constraint).weights
      const b = solve(q, constraint).weights
      order.forEach((i, e) => {
        expect(b[e]).toBeCloseTo(a[i], 6)
      })
    }
  })
})

describe('quadratic, oracle', () => {
  it('reaches the minimum over every support, tried one by one', () => {
    let compared = 0
    for (let seed = 0; seed < 420; seed++) {
      const p = problem(seed, 7)
      const size = Math.max(...p.c.map(Math.abs), ...p.G) || 1
      for (const constraint of ['simplex', 'cone'] as const) {
        const { least, complete } = enumerated(p, constraint === 'simplex')
        const { objective } = solve(p, constraint)
        expect(objective, p.name).toBeLessThan(least + 1e-8 * size)
        if (!complete) continue
        expect(objective, p.name).toBeGreaterThan(least - 1e-8 * size)
        compared++
      }
    }
    expect(compared).toBeGreaterThan(300)
  })

  it('agrees with sequential minimal optimisation', () => {
    for (const n of [5, 20, 60]) {
      const p = uniform(n, 8, n)
      for (const simplex of [true, false]) {
        const w = withArena((arena) => {
          const G = arena.f64(p.G)
          const weights = arena.f64(n)
          const start = simplex ? 1 / n : 0
          const gradient = arena.f64(
            p.c.map((value, i) => p.G.subarray(i * n, (i + 1) * n).reduce((sum, g) => sum + g * start, -value)),
          )
          new Float64Array(arena.core.memory.buffer, weights, n).fill(start)
          expect(arena.core.smo(G, n, simplex ? 1 : 0, weights, gradient, 1e-12, 100000)).toBeLessThan(100000)
          return arena.readF64(weights, n)
        })
        const exact = solve(p, simplex ? 'simplex' : 'cone').weights
        for (let i = 0; i < n; i++) expect(w[i]).toBeCloseTo(exact[i], 8)
      }
    }
  })

  it('finds the same from a warm start, in the arena', () => {
    const p = uniform(80, 0.5, 9)
    for (const [number, constraint] of [
      [1, 'cone'],
      [2, 'simplex'],
    ] as const) {
      const cold = solve(p, constraint)
      for (const start of [cold.weights, new Float64Array(80).fill(1 / 80), new Float64Array(80)]) {
        const { gap, weights } = withArena((arena) => {
          const w = arena.f64(start)
          const work = arena.bytes(arena.core.quadraticWorkspace(80))
          const gap = arena.core.quadratic(arena.f64(p.G), arena.f64(p.c), 80, number, w, 1, work)
          return { gap, weights: arena.readF64(w, 80) }
        })
        expect(gap).toBeLessThan(1e-12)
        expect(violation(p, weights, constraint)).toBeLessThan(1e-11)
      }
    }
  })

  it('solves 2,000 variables', () => {
    const p = uniform(2000, 0.5, 4)
    for (const constraint of ['simplex', 'cone'] as const) {
      const { weights, gap } = solve(p, constraint)
      expect(gap).toBeLessThan(1e-11)
      expect(violation(p, weights, constraint)).toBeLessThan(1e-10)
    }
  })
})

describe('quadratic, edge', () => {
  it('knows one variable, a zero matrix, and c below zero', () => {
    expect(quadratic([[2]], [3]).weights).toEqual(Float64Array.of(1))
    expect(quadratic([[2]], [3], { constraint: 'cone' })).toEqual({
      weights: Float64Array.of(1.5),
      objective: -4.5,
      gap: 0,
    })
    expect(quadratic([[2]], [3], { constraint: 'free' }).weights[0]).toBeCloseTo(1.5, 14)
    expect(
      quadratic(
        [
          [1, 0.5],
          [0.5, 1],
        ],
        [-1, -2],
        { constraint: 'cone' },
      ).weights,
    ).toEqual(new Float64Array(2))
    expect(
      quadratic(
        [
          [0, 0],
          [0, 0],
        ],
        [1, 2],
      ).weights,
    ).toEqual(Float64Array.of(0, 1))
    expect(
      quadratic(
        [
          [1, 1],
          [1, 1],
        ],
        [1, 1],
        { constraint: 'cone' },
      ).objective,
    ).toBeCloseTo(-1, 12)
  })

  it('says so in the gap where there is no minimum', () => {
    const { gap, weights } = quadratic(
      [
        [1, -1],
        [-1, 1],
      ],
      [1, 1],
      { constraint: 'cone' },
    )
    expect(gap).toBeGreaterThan(0.1)
    expect(weights.every(Number.isFinite)).toBe(true)
  })

  it('takes a Gram matrix in f32', () => {
    const p = uniform(60, 0.2, 2)
    const { gap } = quadratic({ rows: 60, columns: 60, data: Float32Array.from(p.G) }, p.c)
    expect(gap).toBeLessThan(1e-6)
  })

  it('refuses with one sentence', () => {
    expect(() => quadratic([[1, 2, 3]], [1])).toThrow('"G" expected a square matrix, got 1 × 3')
    expect(() =>
      quadratic(
        [
          [1, 0.5],
          [0.4, 1],
        ],
        [1, 1],
      ),
    ).toThrow('"G" expected a symmetric matrix, got 0.4 at (1, 0) and 0.5 at (0, 1)')
    expect(() =>
      quadratic(
        [
          [1, 0],
          [0, Number.NaN],
        ],
        [1, 1],
      ),
    ).toThrow('"G" expected finite numbers, got NaN in row 1, column 1')
    expect(() =>
      quadratic(
        [
          [1, 0],
          [0, -1],
        ],
        [1, 1],
      ),
    ).toThrow('"G" expected a positive semidefinite matrix, got -1 on its diagonal at 1')
    expect(() =>
      quadratic(
        [
          [1, 2],
          [2, 1],
        ],
        [1, 1],
      ),
    ).toThrow('"G" expected a positive semidefinite matrix, got 2 at (1, 0)')
    expect(() => quadratic([[1]], [1, 2])).toThrow('"c" expected length 1, got 2')
    expect(() => quadratic([[1]], [Infinity])).toThrow('"c" expected finite numbers, got Infinity at 0')
    expect(() => quadratic([[1]], 3 as never)).toThrow(TypeError)
    expect(() => quadratic([[1]], [1], { constraint: 'box' as never })).toThrow('"constraint" expected one of')
    expect(() => quadratic([[1]], [1], { constrain: 'cone' } as never)).toThrow('"options" has no option "constrain"')
  })

  it('leaves its inputs and the arena as they were', () => {
    const p = uniform(20, 1, 1)
    const G = p.G.slice()
    const c = p.c.slice()
    const mark = core().mark()
    solve(p, 'simplex')
    expect(() => solve({ ...p, c: p.c.slice(1) }, 'simplex')).toThrow()
    expect(core().mark()).toBe(mark)
    expect(p.G).toEqual(G)
    expect(p.c).toEqual(c)
  })
})
