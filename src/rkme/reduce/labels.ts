import { finite, lengthOf, positive } from '../../base/check.js'
import { KindError, shown, ValueError } from '../../base/error.js'
import { type Matrix, takeRows } from '../../base/matrix.js'
import { precisionOf, zeros } from '../../kernel/centre.js'
import { type Kernel, nameOf } from '../../kernel/kernel.js'
import type { Embedding, LabelledEmbedding } from '../embedding.js'
import type { SolverOptions } from '../solver/solver.js'

/** One reduction: rows and everything that decides it. */
export interface Task {
  readonly rows: Matrix
  readonly options: SolverOptions
}

/** Reductions to be run by any driver, and how their results become one. */
export interface Plan {
  readonly tasks: readonly Task[]
  assemble(embeddings: readonly Embedding[]): LabelledEmbedding
}

/** gamma of the Gaussian on standardised number labels. */
export const gammaLabel = 0.25

/** A label beyond it could leave f32. */
const mostLabel = 1e38

/** How labels enter. */
export interface LabelOptions {
  readonly labels?: ArrayLike<string> | ArrayLike<number>
  readonly labelCentre?: number
  readonly labelScale?: number
  readonly gammaLabel?: number
  /** An earlier embedding with its parts. */
  readonly start?: LabelledEmbedding
}

/** The reductions of rows without labels, with words (one more for each class) or with numbers (one more on (x, y)). */
export const labelledPlan = (rows: Matrix, options: SolverOptions, label: LabelOptions): Plan => {
  const plain: Task = { rows, options }
  const { labels } = label
  if (labels === undefined) return { tasks: [plain], assemble: ([embedding]) => embedding }
  lengthOf(labels, 'labels', rows.rows)
  for (let i = 0; i < labels.length; i++) {
    if (typeof labels[i] !== typeof labels[0] || (typeof labels[i] !== 'string' && typeof labels[i] !== 'number')) {
      throw new KindError(`"labels" expected all words or all numbers, got ${shown(labels[i])} at ${i}`)
    }
  }
  return typeof labels[0] === 'string'
    ? classWise(plain, labels as ArrayLike<string>, label.start)
    : jointly(plain, labels as ArrayLike<number>, label)
}

/** k((x, y), (x', y')) = k(x, x') · 1{y = y'} falls apart into the classes: n_c = max(2, round(n · π_c)) points each. */
const classWise = (plain: Task, labels: ArrayLike<string>, start?: LabelledEmbedding): Plan => {
  const { rows, options } = plain
  const members = new Map<string, number[]>()
  for (let i = 0; i < labels.length; i++) {
    const list = members.get(labels[i])
    if (list) list.push(i)
    else members.set(labels[i], [i])
  }
  // Code-unit order, the same in every locale.
  const names = [...members.keys()].sort((a, b) => (a < b ? -1 : 1))
  const weightOf = (i: number): number => (options.rowWeights ? options.rowWeights[i] : 1)
  let total = 0
  for (let i = 0; i < labels.length; i++) total += weightOf(i)
  const priors = names.map((name) => (members.get(name) as number[]).reduce((sum, i) => sum + weightOf(i), 0) / total)
  const present = names.map((_, c) => c).filter((c) => priors[c] > 0)
  const tasks = present.map((c): Task => {
    const indices = members.get(names[c]) as number[]
    const { size, rowWeights } = options
    return {
      rows: takeRows(rows, indices),
      options: {
        ...options,
        size: size === 'auto' ? size : Math.max(2, Math.round(size * priors[c])),
        rowWeights: rowWeights && Float64Array.from(indices, (i) => rowWeights[i]),
        start: start?.classes?.find(({ label }) => label === names[c])?.embedding,
      },
    }
  })
  return {
    tasks: [plain, ...tasks],
    assemble: ([embedding, ...parts]) => ({
      ...embedding,
      classes: present.map((c, t) => ({ label: names[c], prior: priors[c], embedding: parts[t] })),
    }),
  }
}

/** The kernel on (x, y) whose label has its own gamma, and what makes that of the label. */
const jointKernel = (kernel: Kernel, gamma: number): { kernel: Kernel; factor: number } => {
  if (kernel.kind === 'gaussian') return { kernel, factor: Math.sqrt(gamma / kernel.gamma) }
  if (kernel.kind === 'product') {
    return { kernel: { ...kernel, parts: [...kernel.parts, { kind: 'numeric', gamma }] }, factor: 1 }
  }
  throw new ValueError(
    `"labels" that are numbers expected a Gaussian or product kernel beside them, got ${nameOf(kernel)}; leave the labels out or take one of those`,
  )
}

/** k((x, y), (x', y')) = k(x, x') · exp(−γ_y((y − y')/scale)²) is the Gaussian on (x, (y − centre)/scale · √(γ_y/γ)). */
const jointly = (
  plain: Task,
  labels: ArrayLike<number>,
  { labelCentre = 0, labelScale = 1, gammaLabel: gamma = gammaLabel, start }: LabelOptions,
): Plan => {
  const { rows, options } = plain
  finite(labelCentre, 'labelCentre')
  const { kernel, factor: unit } = jointKernel(options.kernel, positive(gamma, 'gammaLabel'))
  const factor = unit / positive(labelScale, 'labelScale')
  const columns = rows.columns + 1
  const data = zeros(rows.rows * columns, precisionOf(rows.data))
  for (let i = 0; i < rows.rows; i++) {
    data.set(rows.data.subarray(i * rows.columns, (i + 1) * rows.columns), i * columns)
    const label = (finite(labels[i], `labels[${i}]`) - labelCentre) * factor
    data[(i + 1) * columns - 1] = finite(label, `labels[${i}] in units of labelScale`, -mostLabel, mostLabel)
  }
  return {
    tasks: [plain, { rows: { rows: rows.rows, columns, data }, options: { ...options, kernel, start: start?.joint } }],
    assemble: ([embedding, joint]) => ({ ...embedding, joint }),
  }
}
