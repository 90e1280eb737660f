/** A function to minimise: its value at x, with its gradient written into `gradient`. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number

const memory = 10

/**
 * The point where L-BFGS (memory 10, backtracking with the Armijo rule) stops from x₀: where the gradient has fallen to
 * `tolerance` times its length at zero change, where no step lowers the value any more, or after `iterations`.
 */
export const lbfgs = (f: Objective, start: Float64Array, { iterations = 100, tolerance = 1e-4 } = {}): Float64Array => {
  const n = start.length
  let x = start.slice()
  let g = new Float64Array(n)
  let value = f(x, g)
  const pairs: { s: Float64Array; y: Float64Array; rho: number }[] = []
  const least = tolerance * Math.max(1, norm(g))
  for (let iteration = 0; iteration < iterations && norm(g) > least; iteration++) {
    let direction = descent(g, pairs)
    let slope = dot(direction, g)
    if (!(slope < 0)) {
      pairs.length = 0
      direction = g.map((entry) => -entry)
      slope = -dot(g, g)
    }
    let step = pairs.length > 0 ? 1 : Math.min(1, 1 / norm(g))
    let next = x
    let nextValue = Infinity
    const nextG = new Float64Array(n)
    for (let halvings = 0; halvings < 30; halvings++, step /= 2) {
      next = x.map((entry, i) => entry + step * direction[i])
      nextValue = f(next, nextG)
      if (nextValue <= value + 1e-4 * step * slope) break
    }
    if (!(nextValue < value)) break
    const s = next.map((entry, i) => entry - x[i])
    const y = nextG.map((entry, i) => entry - g[i])
    const curvature = dot(s, y)
    if (curvature > 1e-12 * norm(s) * norm(y)) pairs.push({ s, y, rho: 1 / curvature })
    if (pairs.length > memory) pairs.shift()
    x = next
    g = nextG
    value = nextValue
  }
  return x
}

/** The two-loop recursion: −H·gradient. */
const descent = (
  g: Float64Array,
  pairs: readonly { s: Float64Array; y: Float64Array; rho: number }[],
): Float64Array => {
  const q = g.map((entry) => -entry)
  const alphas = new Float64Array(pairs.length)
  for (let k = pairs.length - 1; k >= 0; k--) {
    const { s, y, rho } = pairs[k]
    alphas[k] = rho * dot(s, q)
    for (let i = 0; i < q.length; i++) q[i] -= alphas[k] * y[i]
  }
  const last = pairs.at(-1)
  if (last) {
    const scale = 1 / (last.rho * dot(last.y, last.y))
    for (let i = 0; i < q.length; i++) q[i] *= scale
  }
  pairs.forEach(({ s, y, rho }, k) => {
    const beta = alphas[k] - rho * dot(y, q)
    for (let i = 0; i < q.length; i++) q[i] += beta * s[i]
  })
  return q
}

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}

const norm = (a: Float64Array): number => Math.sqrt(dot(a, a))
