/** The last steps of a descent and the changes of the gradient that went with them: an inverse Hessian of low memory. */
export interface Curvature {
  /** −Hg, the two-loop recursion of Nocedal (1980) from the diagonal `preconditioner`, or from the identity. */
  direction(gradient: Float64Array, preconditioner?: Float64Array): Float64Array
  /** Keeps a step s and its change of gradient y where s'y > 0. */
  remember(step: Float64Array, change: Float64Array): void
  forget(): void
  readonly size: number
}

/** Σ a_i b_i. */
export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}

/** Adds factor · x to y and returns the product of what y is then with z: one pass for two, four entries a turn, in order. */
const addScaled = (factor: number, x: Float64Array, y: Float64Array, z: Float64Array): number => {
  const { length } = y
  const whole = length - (length % 4)
  let sum = 0
  for (let i = 0; i < whole; i += 4) {
    const a = y[i] + factor * x[i]
    const b = y[i + 1] + factor * x[i + 1]
    const c = y[i + 2] + factor * x[i + 2]
    const d = y[i + 3] + factor * x[i + 3]
    y[i] = a
    y[i + 1] = b
    y[i + 2] = c
    y[i + 3] = d
    sum = sum + z[i] * a + z[i + 1] * b + z[i + 2] * c + z[i + 3] * d
  }
  for (let i = whole; i < length; i++) {
    y[i] += factor * x[i]
    sum += z[i] * y[i]
  }
  return sum
}

/** The curvature of limited-memory BFGS with the given number of pairs. */
export const curvature = (memory: number): Curvature => {
  const steps: Float64Array[] = []
  const changes: Float64Array[] = []
  const products: number[] = []
  return {
    get size() {
      return steps.length
    },
    forget() {
      steps.length = changes.length = products.length = 0
    },
    remember(step, change) {
      const product = dot(step, change)
      if (!(product > 1e-12 * Math.sqrt(dot(step, step) * dot(change, change)))) return
      steps.push(step)
      changes.push(change)
      products.push(product)
      if (steps.length > memory) {
        steps.shift()
        changes.shift()
        products.shift()
      }
    },
    direction(gradient, preconditioner = new Float64Array(gradient.length).fill(1)) {
      const q = gradient.map((value) => -value)
      const factors = new Float64Array(steps.length)
      const last = steps.length - 1
      let product = last < 0 ? 0 : dot(steps[last], q)
      for (let i = last; i >= 0; i--) {
        factors[i] = product / products[i]
        product = addScaled(-factors[i], changes[i], q, steps[Math.max(i - 1, 0)])
      }
      let scale = 1
      if (last >= 0) {
        let curved = 0
        const y = changes[last]
        for (let i = 0; i < y.length; i++) curved += y[i] * y[i] * preconditioner[i]
        scale = products[last] / curved
      }
      for (let i = 0; i < q.length; i++) q[i] *= scale * preconditioner[i]
      product = last < 0 ? 0 : dot(changes[0], q)
      for (let i = 0; i <= last; i++) {
        product = addScaled(factors[i] - product / products[i], steps[i], q, changes[Math.min(i + 1, last)])
      }
      return q
    },
  }
}

/** A function to minimise: its value at x, with its gradient written into `gradient`. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number

const memory = 10

/**
 * The point where L-BFGS (memory 10, backtracking with the Armijo rule) stops from x₀: where the gradient has fallen to
 * `tolerance` times the larger of 1 and its length at x₀, where no step lowers the value any more, or after `iterations`.
 */
export const lbfgs = (f: Objective, start: Float64Array, { iterations = 100, tolerance = 1e-4 } = {}): Float64Array => {
  const n = start.length
  const pairs = curvature(memory)
  let x = start.slice()
  let g = new Float64Array(n)
  let value = f(x, g)
  const least = tolerance * Math.max(1, norm(g))
  for (let iteration = 0; iteration < iterations && norm(g) > least; iteration++) {
    let direction = pairs.direction(g)
    let slope = dot(direction, g)
    if (!(slope < 0)) {
      pairs.forget()
      direction = pairs.direction(g)
      slope = dot(direction, g)
    }
    let step = pairs.size > 0 ? 1 : Math.min(1, 1 / norm(g))
    let next = x
    let nextValue = Infinity
    const nextG = new Float64Array(n)
    for (let halvings = 0; halvings < 30; halvings++, step /= 2) {
      next = x.map((entry, i) => entry + step * direction[i])
      nextValue = f(next, nextG)
      if (nextValue <= value + 1e-4 * step * slope) break
    }
    if (!(nextValue < value)) break
    pairs.remember(difference(next, x), difference(nextG, g))
    x = next
    g = nextG
    value = nextValue
  }
  return x
}

const difference = (a: Float64Array, b: Float64Array): Float64Array => a.map((entry, i) => entry - b[i])

const norm = (a: Float64Array): number => Math.sqrt(dot(a, a))
