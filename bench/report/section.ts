/** A question with its answer: what a bench returns, and a section of REPORT.md. */
export interface Section {
  readonly title: string
  /** What was run, in one or two sentences. */
  readonly setting: string
  readonly tables: readonly Table[]
  readonly plots?: readonly Plot[]
  /** Thresholds that the project set itself. */
  readonly checks?: readonly Check[]
  /** What a reader must know to judge the figures. */
  readonly notes?: readonly string[]
}

export interface Table {
  readonly caption?: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Lines over two axes; both are logarithmic unless said otherwise. */
export interface Plot {
  readonly name: string
  readonly title: string
  readonly x: string
  readonly y: string
  readonly linear?: boolean
  readonly points: readonly { readonly line: string; readonly x: number; readonly y: number }[]
}

export interface Check {
  readonly what: string
  readonly measured: string
  readonly wanted: string
  /** undefined where it could not be measured here. */
  readonly held: boolean | undefined
}

/** A number with so many digits that count. */
export const digits = (value: number, count = 3): string => {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(count - 1)
  return value.toLocaleString('en', { maximumSignificantDigits: count, useGrouping: false })
}

export const atLeast = (what: string, value: number, limit: number, unit = ''): Check => ({
  what,
  measured: `${digits(value)}${unit}`,
  wanted: `≥ ${digits(limit)}${unit}`,
  held: Number.isNaN(value) ? undefined : value >= limit,
})

export const atMost = (what: string, value: number, limit: number, unit = ''): Check => ({
  what,
  measured: `${digits(value)}${unit}`,
  wanted: `≤ ${digits(limit)}${unit}`,
  held: Number.isNaN(value) ? undefined : value <= limit,
})

/** Ends the bench where its subject is wrong: what is wrong is not timed. */
export const must = (right: boolean, sentence: string): void => {
  if (!right) throw new Error(sentence)
}
