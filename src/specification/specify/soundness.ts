import { options } from '../../base/check.js'
import { isMatrix, type Matrix } from '../../base/matrix.js'
import type { ClassEmbedding, Embedding } from '../../rkme/embedding.js'
import { inner } from '../../rkme/mmd.js'
import { listed } from '../fuzzy.js'
import { type Finding, within } from '../plain.js'
import { coordinateBounds } from '../rows/encode.js'
import type { Specification } from '../specification.js'
import type { Terms } from '../terms.js'
import { type Bounds, leastSupport, supports } from './guard.js'
import { labelBound } from './part.js'

/** Points lie on a grid, so they may pass a bound by half a step. */
const slack = 1e-3
/**
 * Fewer effective points than two say nothing of rows that are spread out. The smallest sets of rows cannot have more, and
 * rows close together need no more: ‖Φ‖² > 1/2 means that two of them are alike to more than 1/2.
 */
const leastEffective = 2
const smallestRows = 100
const closeTogether = 0.5

/**
 * What keeps a specification, whoever sent it, from being one under these terms: island and kernel, finite nonnegative
 * weights, points inside the range of the terms, sizes by the size rule, an effective number of points 1/Σβ² of at least 2
 * where rows are far apart, a norm that an embedding can have and a floor that belongs to it, priors that add up to 1.
 * Never throws, whatever the specification.
 */
export const soundness = (
  specification: Specification,
  terms: Terms,
  given: { role?: 'learnware' | 'requirement' } = {},
): Finding[] => {
  const { role = 'learnware' } = options(given, 'options', ['role'])
  const findings: Finding[] = []
  const report = (path: string, message: string): void => {
    findings.push({ path, message })
  }
  try {
    if (specification.version !== 1) report('version', 'expected 1; update the library that made it')
    if (specification.island !== terms.island) {
      report(
        'island',
        `expected ${terms.island}, got ${String(specification.island).slice(0, 24)}; specify under the terms of this island`,
      )
    }
    const bounds = coordinateBounds(terms)
    const least = role === 'learnware' ? terms.size.leastRows : terms.size.leastRowsRequirement
    checkEmbedding(specification.embedding, 'embedding', terms, bounds, least, report)
    checkClasses(specification.classes, specification, terms, bounds, report)
    if (specification.joint !== undefined) {
      const far = labelBound(terms.kernel.gamma)
      if (terms.labels.kind !== 'real') report('joint', 'came, but these terms have no real label; leave it out')
      const joint = { low: [...Array.from(bounds.low), -far], high: [...Array.from(bounds.high), far] }
      checkEmbedding(specification.joint, 'joint', terms, joint, least, report)
    }
    const { copies, leastSupport: support } = specification.audit
    if (!(copies >= 0) || !(support > 0)) report('audit', 'expected the number of copies and the least support')
  } catch (error) {
    report('', `expected a specification, as specify makes it, but it cannot be read (${String(error).slice(0, 80)})`)
  }
  return findings
}

type Report = (path: string, message: string) => void

const checkEmbedding = (
  { kernel, points, weights, samples, error, floor }: Embedding,
  path: string,
  { kernel: wanted, size }: Terms,
  bounds: Bounds,
  leastRows: number,
  report: Report,
): void => {
  if (kernel?.kind !== wanted.kind || kernel.gamma !== wanted.gamma) {
    const given = kernel?.kind === 'gaussian' ? kernel.gamma : kernel?.kind
    report(within(path, 'kernel'), `expected gamma ${wanted.gamma}, got ${given}; specify under these terms`)
    return
  }
  if (
    !isMatrix(points) ||
    points.data.length !== points.rows * points.columns ||
    points.columns !== bounds.low.length
  ) {
    report(
      within(path, 'points'),
      `expected points of ${bounds.low.length} coordinates, got ${points?.rows} × ${points?.columns}`,
    )
    return
  }
  if (!(weights instanceof Float64Array) || weights.length !== points.rows || points.rows === 0) {
    report(within(path, 'weights'), `expected one weight for each of the ${points.rows} points, got ${weights?.length}`)
    return
  }
  if (!Number.isInteger(samples) || samples < leastRows) {
    report(within(path, 'samples'), `expected at least ${leastRows} rows, got ${samples}; collect more`)
    return
  }
  const most = Math.max(1, Math.min(size.cap, Math.ceil(Math.sqrt(samples))))
  if (points.rows > most)
    report(within(path, 'points'), `expected at most ${most} points for ${samples} rows, got ${points.rows}`)
  const isPlaced = checkPoints(points, bounds, path, report)
  const isWeighed = checkWeights(weights, samples, path, report)
  if (!(error >= 0 && error <= 1)) report(within(path, 'error'), `expected a distance from 0 to 1, got ${error}`)
  else if (isPlaced && isWeighed) checkNorm({ kernel, points, weights, samples, error, floor }, path, report)
}

const checkPoints = ({ data, columns }: Matrix, { low, high }: Bounds, path: string, report: Report): boolean => {
  for (let i = 0; i < data.length; i++) {
    const k = i % columns
    if (!(data[i] >= low[k] - slack && data[i] <= high[k] + slack)) {
      const point = Math.floor(i / columns)
      report(
        within(path, 'points'),
        `expected coordinate ${k} from ${low[k]} to ${high[k]}, got ${data[i]} in point ${point}`,
      )
      return false
    }
  }
  return true
}

const checkWeights = (weights: Float64Array, samples: number, path: string, report: Report): boolean => {
  const wrong = weights.find((weight) => !(weight >= 0 && weight <= 2))
  if (wrong !== undefined) {
    report(within(path, 'weights'), `expected finite weights of at least 0, got ${wrong}`)
    return false
  }
  const support = supports(weights, samples).reduce((least, value) => Math.min(least, value), samples)
  if (!(support >= leastSupport - 1e-6)) {
    report(
      within(path, 'weights'),
      `expected each point to stand for at least ${leastSupport} rows, got ${support}; use specify, which sees to it`,
    )
  }
  return true
}

/** ‖Φ̂‖² = ‖Φ̃‖² + error² for fitted weights, at most 1, and floor² · samples = 1 − ‖Φ̂‖². */
const checkNorm = (embedding: Embedding, path: string, report: Report): void => {
  const squared = inner(embedding, embedding)
  const whole = squared + embedding.error * embedding.error
  if (!(squared > 0 && whole <= 1.001)) {
    report(within(path, 'weights'), `expected a squared norm of at most 1 with the error, got ${whole}`)
    return
  }
  const effective = 1 / supports(embedding.weights, 1).reduce((sum, share) => sum + share * share, 0)
  if (embedding.samples >= smallestRows && whole <= closeTogether && !(effective >= leastEffective)) {
    report(
      within(path, 'weights'),
      `expected at least ${leastEffective} effective points (1/Σβ²) for rows so far apart, got ${effective}; one point carries it all`,
    )
  }
  const implied = embedding.floor * embedding.floor * embedding.samples
  if (!(Math.abs(implied - (1 - whole)) <= 0.01)) {
    report(
      within(path, 'floor'),
      `expected √((1 − ‖Φ‖²)/samples) = ${Math.sqrt(Math.max(0, 1 - whole) / embedding.samples)}, got ${embedding.floor}`,
    )
  }
}

const checkClasses = (
  classes: readonly ClassEmbedding[] | undefined,
  { embedding }: Specification,
  terms: Terms,
  bounds: Bounds,
  report: Report,
): void => {
  if (classes === undefined) return
  if (terms.labels.kind !== 'classes') {
    report('classes', 'came, but these terms have no classes; leave them out')
    return
  }
  const known = terms.labels.classes
  const names = classes.map(({ label }) => label)
  const foreign = names.filter((name, i) => !known.includes(name) || names.indexOf(name) !== i)
  if (foreign.length > 0) report('classes', `expected each of ${listed(known)} at most once, got ${listed(foreign)}`)
  let priors = 0
  let samples = 0
  classes.forEach((part, i) => {
    const path = within('classes', i)
    if (!(part.prior > 0 && part.prior <= 1))
      report(within(path, 'prior'), `expected a share from 0 to 1, got ${part.prior}`)
    priors += part.prior
    samples += part.embedding.samples
    checkEmbedding(part.embedding, within(path, 'embedding'), terms, bounds, leastSupport, report)
  })
  if (!(Math.abs(priors - 1) <= 1e-6)) report('classes', `expected priors that add up to 1, got ${priors}`)
  if (samples > embedding.samples)
    report('classes', `expected at most ${embedding.samples} rows in all classes, got ${samples}`)
}
