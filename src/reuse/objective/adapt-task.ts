import { oneOf } from '../../base/check.js'
import { ValueError } from '../../base/error.js'
import type { Matrix } from '../../base/matrix.js'
import type { ModelOutput } from '../../learnware/model.js'
import { log } from '../../wasm/scalar.js'
import { featured } from '../correct/features.js'
import type { Evidence } from '../evidence.js'
import { type Space, spaceOf } from '../space.js'
import type { Goal } from './objective.js'

/** The labelled rows as scores: base columns of the learnwares, coordinates of δ, targets. */
export interface Task {
  readonly chosen: readonly number[]
  readonly columns: readonly Float64Array[]
  /** The scores of the data-free average as it is. */
  readonly plain: Float64Array
  readonly start: Float64Array
  readonly y: Float64Array
  readonly X: Matrix
  /** Where δ lives: the coordinates of all islands, and their kernel. */
  readonly space: Space
  /** The column of the positive class; 0 for a real. */
  readonly place: number
  readonly scale: number
  readonly output: ModelOutput
  scoreOf(outputs: Float64Array): Float64Array
}

/**
 * The labelled rows as scores for a goal.
 * @throws RangeError for an objective that does not suit the output, or labels of one class only.
 */
export const taskOf = (found: Evidence, goal: Goal, positive: string | undefined): Task => {
  const { output, outputs, targets, learnwares, prior } = found
  if ((goal.kind === 'real') !== (output.kind === 'real')) {
    throw new ValueError(
      `"objective" expected one for ${output.kind === 'real' ? 'a real, such as { quantile: 0.9 }' : "classes, such as 'auc'"}, got ${goal.name}`,
    )
  }
  const place = output.kind === 'real' ? 0 : placeOf(output.classes, positive)
  const { width } = outputs
  const scoreOf = (data: Float64Array): Float64Array =>
    Float64Array.from({ length: data.length / width }, (_, i) =>
      output.kind === 'real' ? data[i] / scale : logOdds(data[i * width + place]),
    )
  const raw = Float64Array.from({ length: targets.rows }, (_, i) => targets.data[i * width + place])
  const mean = raw.reduce((sum, value) => sum + value, 0) / raw.length
  const deviation = Math.sqrt(raw.reduce((sum, value) => sum + (value - mean) ** 2, 0) / raw.length)
  const scale = output.kind === 'real' && deviation > 0 ? deviation : 1
  if (goal.kind === 'classes' && (mean === 0 || mean === 1)) {
    throw new ValueError('"labelled.labels" expected rows of both classes, got only one; label rows of the other')
  }
  const chosen = featured(found)
  const total = chosen.reduce((sum, l) => sum + prior[l], 0)
  const space = spaceOf(learnwares)
  const average = new Float64Array(outputs.rows * width)
  outputs.of.forEach((data, l) => {
    if (prior[l] !== 0) for (let e = 0; e < average.length; e++) average[e] += prior[l] * data[e]
  })
  return {
    chosen,
    columns: chosen.map((l) => scoreOf(outputs.of[l])),
    plain: scoreOf(average),
    start: Float64Array.from(chosen, (l) => prior[l] / total),
    y: raw.map((value) => value / scale),
    X: space.encode(found.rows),
    space,
    place,
    scale,
    output,
    scoreOf,
  }
}

const placeOf = (classes: readonly string[], positive: string | undefined): number => {
  if (positive !== undefined) return classes.indexOf(oneOf(positive, 'positive', classes))
  if (classes.length !== 2) {
    throw new ValueError(
      `"positive" expected the class that counts, since there are ${classes.length}; name one of ${classes.join(', ')}`,
    )
  }
  return 1
}

const leastChance = 1e-6

const logOdds = (p: number): number => {
  const inside = Math.min(1 - leastChance, Math.max(leastChance, p))
  return log(inside / (1 - inside))
}
