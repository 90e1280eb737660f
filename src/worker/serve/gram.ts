import type { Matrix } from '../../base/matrix.js'
import { unfilled } from '../../kernel/centre.js'
import { type GramRowsOptions, gramRows } from '../../kernel/gram.js'
import type { Kernel } from '../../kernel/kernel.js'
import { type Core, coreIn } from '../../wasm/instance.js'
import { type Numbers, numbersIn, type Placed, type SharedRoom } from '../memory.js'
import { type Turns, takeTurns, waitToBegin } from '../turns.js'

type Form = Pick<GramRowsOptions, 'precision' | 'symmetric'>

/** Rows [start, end) of a Gram matrix. */
export const gramPart = (X: Matrix, Z: Matrix, kernel: Kernel, form: Form, [start, end]: [number, number]): Matrix => {
  const data = unfilled((end - start) * Z.rows, form.precision)
  gramRows(X, Z, kernel, { ...form, wanted: [[start, end]] }, data, start)
  return { rows: end - start, columns: Z.rows, data }
}

/** A matrix in the room, or in other shared memory. */
export interface SharedMatrix {
  readonly rows: number
  readonly columns: number
  readonly data: Placed | Numbers
}

/** A Gram matrix that workers make together in shared memory. */
export interface SharedGram {
  readonly room: SharedRoom
  readonly X: SharedMatrix
  readonly Z: SharedMatrix
  readonly kernel: Kernel
  readonly form: Form
  readonly values: Placed | Numbers
  /** For each worker the stretch of the room that its core has to itself. */
  readonly parts: readonly (readonly [start: number, end: number])[]
  readonly turns: Turns
}

let last: { readonly id: number; readonly core: Core } | undefined

/** The rows of a Gram matrix that this worker, which has one of its parts, gets to. */
export const gramTurns = (job: SharedGram, part: number): void => {
  const { room, kernel, form, turns } = job
  const { id, core } = last?.id === room.id ? last : { id: room.id, core: coreIn(room.memory) }
  last = room.kept ? { id, core } : undefined
  core.confine(...job.parts[part])
  const { buffer } = core.memory
  const found = (data: Placed | Numbers): Numbers => numbersIn(buffer, data)
  const matrix = ({ data, ...shape }: SharedMatrix): Matrix => ({ ...shape, data: found(data) })
  waitToBegin(turns)
  gramRows(matrix(job.X), matrix(job.Z), kernel, { ...form, wanted: takeTurns(turns), core }, found(job.values))
}
