import type { Matrix } from '../../base/matrix.js'
import { type Precision, precisionOf } from '../../kernel/centre.js'
import type { Kernel } from '../../kernel/kernel.js'

/** In which coordinates the sums are taken: rows minus a centre, rounded to a precision. */
export interface Frame {
  readonly centre: Float64Array
  readonly precision: Precision
  /** What the row weights are multiplied with, so that their mean is 1. */
  readonly weightFactor: number
}

/** Rows and weights that the solver has itself, in the frame of its request: sums over them can be taken anywhere as well. */
export interface OwnRows {
  readonly rows: Matrix
  readonly weights: Float64Array
}

/**
 * What the reduced-set solver asks of whoever holds the rows. Points are centred, in the precision of the frame.
 * All answers but that of `rows` are sums over spans of rows, so that they can be taken anywhere and added in order.
 */
export type Request =
  /** Σa, Σa², Σa·x of the raw rows: 2 + d numbers. */
  | { readonly kind: 'total' }
  /** The largest ‖x‖² of the centred rows: one number, combined by the maximum. */
  | { readonly kind: 'extent'; readonly frame: Frame }
  /** The raw rows of these indices: a matrix. */
  | { readonly kind: 'rows'; readonly indices: Int32Array }
  /** For every point the weight and the sum of the rows nearest to it: n + n·d numbers. */
  | { readonly kind: 'nearest'; readonly frame: Frame; readonly points: Matrix }
  /** Σ a k(x, x) of a kernel whose k(x, x) is not 1: one number. */
  | { readonly kind: 'diagonal'; readonly frame: Frame; readonly kernel: Kernel }
  /**
   * S_j = Σ a k(x, z_j) and, with `vectors`, V_j = Σ a k(x, z_j) x: n or n + n·d numbers. V_j of the Laplacian is
   * Σ a k(x, z_j) sign(x − z_j), of a polynomial Σ a k'(x·z_j) x. With `of` the sums are over those rows.
   */
  | {
      readonly kind: 'moments'
      readonly frame: Frame
      readonly points: Matrix
      readonly kernel: Kernel
      readonly differences: boolean
      readonly vectors: boolean
      readonly of?: OwnRows
    }
  /** Σ_i Σ_j a_i a_j k(x_i, x_j): one number. A span's share are its pairs with itself and with all later rows. */
  | { readonly kind: 'self'; readonly frame: Frame; readonly kernel: Kernel; readonly differences: boolean }

/** A request that is answered by sums over spans. */
export type SumRequest = Exclude<Request, { kind: 'rows' }>

/** The rows that a request brings along; undefined where it is about those of the source. */
export const ownRowsOf = (request: SumRequest): OwnRows | undefined =>
  request.kind === 'moments' ? request.of : undefined

/** What a driver hands back: a matrix for `rows`, else the combined sums. */
export type Answer = Matrix | Float64Array

/** The frame of rows that are in the coordinates and the precision of the sums already. */
export const ownFrame = ({ columns, data }: Matrix): Frame => ({
  centre: new Float64Array(columns),
  precision: precisionOf(data),
  weightFactor: 1,
})

/** A computation that asks for what it needs to know about rows. */
export type Steps<T> = Generator<Request, T, Answer>

/** Rows whose sums are taken together before they enter a total. */
export const chunkRows = 256
const mostSpans = 32

/** Rows in a span: whole chunks of 256, at most 32 spans. It depends on the number of rows alone, never on who sums. */
export const spanRows = (rows: number): number => chunkRows * Math.max(1, Math.ceil(rows / (chunkRows * mostSpans)))

/** How many spans so many rows have. */
export const spanCount = (rows: number): number => Math.ceil(rows / spanRows(rows))

const mostHeld = 32768
const mostNumbers = 4194304
const leastHeld = 2048

/** How many of very many rows are held to stand for all: 32,768, or fewer of more than 128 columns (2²² numbers, but 2,048 rows). */
export const heldRows = (columns: number): number =>
  Math.max(leastHeld, Math.min(mostHeld, Math.floor(mostNumbers / columns)))

/** Whether rows are so many that half of them or fewer are held; else they are as well held all. */
export const isLarge = (rows: number, columns: number): boolean => rows >= 2 * heldRows(columns)

/** Adds the shares of all spans, in the order of the rows: the same bytes however the spans were shared out. */
export const combine = (request: SumRequest, shares: readonly Float64Array[]): Float64Array => {
  const result = shares[0].slice()
  for (let s = 1; s < shares.length; s++) {
    const share = shares[s]
    if (request.kind === 'extent') result[0] = Math.max(result[0], share[0])
    else for (let i = 0; i < result.length; i++) result[i] += share[i]
  }
  return result
}
