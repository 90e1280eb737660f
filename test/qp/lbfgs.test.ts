import { describe, expect, it } from 'vitest'
import { uniforms } from '../../src/base/random.js'
import { curvature, dot, lbfgs } from '../../src/qp/lbfgs.js'

describe('lbfgs', () => {
  it('finds the minimum of the Rosenbrock function, and leaves its start alone', () => {
    const start = Float64Array.of(-1.2, 1)
    const x = lbfgs(
      ([a, b], gradient) => {
        gradient[0] = -2 * (1 - a) - 400 * a * (b - a * a)
        gradient[1] = 200 * (b - a * a)
        return (1 - a) ** 2 + 100 * (b - a * a) ** 2
      },
      start,
      { iterations: 200, tolerance: 1e-9 },
    )
    expect(x[0]).toBeCloseTo(1, 6)
    expect(x[1]).toBeCloseTo(1, 6)
    expect(start).toEqual(Float64Array.of(-1.2, 1))
  })
})

describe('the two-loop recursion', () => {
  const random = uniforms(5)
  const vector = (): Float64Array => Float64Array.from({ length: 4 }, () => random() - 0.5)

  it('is the dense BFGS update of the inverse Hessian', () => {
    const n = 4
    const diagonal = Float64Array.of(2, 0.5, 1, 3)
    const pairs = Array.from({ length: 3 }, () => {
      const s = vector()
      return { s, y: s.map((value, i) => (i + 1) * value) }
    })
    const kept = curvature(3)
    for (const { s, y } of pairs) kept.remember(s, y)
    const last = pairs[2]
    const scale =
      dot(last.s, last.y) /
      dot(
        last.y,
        last.y.map((value, i) => value * diagonal[i]),
      )
    let H = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => (i === j ? scale * diagonal[i] : 0)),
    )
    for (const { s, y } of pairs) {
      const rho = 1 / dot(s, y)
      const V = Array.from({ length: n }, (_, i) =>
        Array.from({ length: n }, (_, j) => (i === j ? 1 : 0) - rho * y[i] * s[j]),
      )
      const at = (i: number, j: number): number => {
        let sum = rho * s[i] * s[j]
        for (let a = 0; a < n; a++) for (let b = 0; b < n; b++) sum += V[a][i] * H[a][b] * V[b][j]
        return sum
      }
      H = H.map((row, i) => row.map((_, j) => at(i, j)))
    }
    const g = vector()
    const direction = kept.direction(g, diagonal)
    for (let i = 0; i < n; i++) expect(direction[i]).toBeCloseTo(-dot(H[i], g), 12)
  })

  it('starts at the steepest descent, forgets the oldest pair, and keeps none without curvature', () => {
    const pairs = curvature(1)
    const g = vector()
    expect(pairs.direction(g)).toEqual(g.map((value) => -value))
    pairs.remember(vector(), new Float64Array(4))
    expect(pairs.size).toBe(0)
    const [s, t] = [vector(), vector()]
    pairs.remember(s, s)
    pairs.remember(t, t)
    expect(pairs.size).toBe(1)
    const only = curvature(1)
    only.remember(t, t)
    expect(pairs.direction(g)).toEqual(only.direction(g))
  })
})
