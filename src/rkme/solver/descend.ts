import type { Matrix } from '../../base/matrix.js'
import type { Kernel } from '../../kernel/kernel.js'
import { type Curvature, dot } from '../../qp/lbfgs.js'
import type { Constraint } from '../../qp/quadratic.js'
import type { Steps } from '../rows/request.js'
import { inverseCurvature } from './gradient.js'
import { type Moments, type Projection, project } from './projection.js'

/** Points with their best weights, objective and gradient. */
export interface State extends Projection {
  readonly points: Matrix
}

/** Asks for the moments at points; without vectors there is no gradient. */
export type AskMoments = (points: Matrix, vectors: boolean) => Steps<Moments>

export interface DescentOptions {
  readonly kernel: Kernel
  readonly constraint: Constraint
  readonly iterations: number
  /** Ends once ten iterations together lower the objective by less than this share of what it fell below `reference`. */
  readonly tolerance: number
  /** The objective of a plain start; that of the first state by default. */
  readonly reference?: number
  /** Ends once the objective is this low. */
  readonly target: number
  /** Kept from one descent to the next, where the objectives resemble each other. */
  readonly curvature: Curvature
  readonly onIteration?: (iteration: number, objective: number) => void
}

const window = 10
const mostTrials = 10

/** The state at points, warm-started from weights nearby. */
export function* stateAt(
  points: Matrix,
  ask: AskMoments,
  kernel: Kernel,
  constraint: Constraint,
  previous?: Float64Array,
  vectors = true,
): Steps<State> {
  const moments = yield* ask(points, vectors)
  return { points, ...project(points, moments, kernel, constraint, previous) }
}

/**
 * Lowers the projected objective by L-BFGS with a backtracking line search (Armijo). The objective never rises.
 * Points are rounded to their precision before they are evaluated, so that the objective is that of the points kept.
 */
export function* descend(
  start: State,
  ask: AskMoments,
  {
    kernel,
    constraint,
    iterations,
    tolerance,
    reference = start.objective,
    target,
    curvature,
    onIteration,
  }: DescentOptions,
): Steps<State> {
  let state = start
  const objectives = [start.objective]
  for (let iteration = 1; iteration <= iterations && state.objective > target; iteration++) {
    const preconditioner = inverseCurvature(kernel, state.points, state.weights, state.correlations)
    let direction = curvature.direction(state.gradient, preconditioner)
    let slope = dot(direction, state.gradient)
    if (!(slope < 0)) {
      curvature.forget()
      direction = curvature.direction(state.gradient, preconditioner)
      slope = dot(direction, state.gradient)
      if (!(slope < 0)) break
    }
    let length = 1
    let next: State | undefined
    for (let trial = 0; trial < mostTrials; trial++) {
      const candidate: State = yield* stateAt(
        moved(state.points, direction, length),
        ask,
        kernel,
        constraint,
        state.weights,
        iteration < iterations,
      )
      const change = candidate.objective - state.objective
      if (change <= 1e-4 * length * slope) {
        next = candidate
        break
      }
      const least = (-slope * length * length) / (2 * (change - slope * length))
      length = Math.min(Math.max(least, 0.1 * length), 0.5 * length)
    }
    if (next === undefined) {
      if (curvature.size === 0) break
      curvature.forget()
      continue
    }
    if (iteration < iterations) {
      curvature.remember(difference(next.points.data, state.points.data), difference(next.gradient, state.gradient))
    }
    state = next
    objectives.push(state.objective)
    onIteration?.(iteration, state.objective)
    const done = objectives.length - 1
    if (done >= window && objectives[done - window] - state.objective <= tolerance * (reference - state.objective))
      break
  }
  return state
}

const moved = (points: Matrix, direction: Float64Array, length: number): Matrix => {
  const data = points.data.slice()
  for (let i = 0; i < data.length; i++) data[i] += length * direction[i]
  return { rows: points.rows, columns: points.columns, data }
}

const difference = (a: ArrayLike<number>, b: ArrayLike<number>): Float64Array => {
  const result = new Float64Array(a.length)
  for (let i = 0; i < result.length; i++) result[i] = a[i] - b[i]
  return result
}
