import type { GaussianKernel } from '../kernel/kernel.js'

/** A column of an island: what its values mean and how they become coordinates. */
export interface Column {
  readonly name: string
  readonly kind: 'numeric' | 'integer' | 'binary' | 'categorical' | 'ordinal'
  readonly unit?: string
  readonly concept?: string
  /** The known words of a categorical or ordinal column; an ordinal's stand in rising order. */
  readonly categories?: readonly string[]
  /** Coordinates are (value − centre) / scale, clipped to ±8. A scale of 0 never occurs: such a column is left out. */
  readonly centre: number
  readonly scale: number
  readonly missing: 'none' | 'allowed'
}

/** How labels enter a specification. */
export type LabelTerms =
  | { readonly kind: 'real'; readonly centre: number; readonly scale: number; readonly unit?: string }
  | { readonly kind: 'classes'; readonly classes: readonly string[] }
  | { readonly kind: 'none' }

/** How many points a specification may have: n ≤ ⌈√m⌉ and n ≤ cap, stopped at the noise floor; fewer rows are refused. */
export interface SizeRule {
  readonly rule: 'root'
  readonly cap: number
  /** Rows needed for a learnware, and for a requirement. */
  readonly leastRows: number
  readonly leastRowsRequirement: number
}

/** What makes specifications comparable. Published by the market as JSON, never changed once an island stands. */
export interface Terms {
  readonly island: string
  readonly version: 1
  readonly columns: readonly Column[]
  readonly kernel: GaussianKernel
  readonly size: SizeRule
  readonly labels: LabelTerms
  /** Terms of the other islands that an incomplete description meets. */
  readonly others?: readonly Terms[]
}
