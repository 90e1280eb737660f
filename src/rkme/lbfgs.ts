/** The last steps of a descent and the changes of the gradient that went with them: an inverse Hessian of low memory. */
export interface Curvature {
  /** −Hg, the two-loop recursion of Nocedal (1980) from the diagonal `preconditioner`. */
  direction(gradient: Float64Array, preconditioner: Float64Array): Float64Array
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

const addScaled = (factor: number, x: Float64Array, y: Float64Array): void => {
  for (let i = 0; i < y.length; i++) y[i] += factor * x[i]
}

/** Limited-memory BFGS with the given number of pairs. */
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
    direction(gradient, preconditioner) {
      const q = gradient.map((value) => -value)
      const factors = new Float64Array(steps.length)
      for (let i = steps.length - 1; i >= 0; i--) {
        factors[i] = dot(steps[i], q) / products[i]
        addScaled(-factors[i], changes[i], q)
      }
      const last = steps.length - 1
      let scale = 1
      if (last >= 0) {
        let curved = 0
        const y = changes[last]
        for (let i = 0; i < y.length; i++) curved += y[i] * y[i] * preconditioner[i]
        scale = products[last] / curved
      }
      for (let i = 0; i < q.length; i++) q[i] *= scale * preconditioner[i]
      for (let i = 0; i < steps.length; i++) addScaled(factors[i] - dot(changes[i], q) / products[i], steps[i], q)
      return q
    },
  }
}
