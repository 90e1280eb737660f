/**
 * How sure a search is of the singles that it ranks. `exact`: nothing that it did not evaluate ranks before or beside them.
 * `epsilon`: nothing ranks before the last of them by more than the factor 1 + epsilon. `none`: no such factor is known.
 */
export interface Certificate {
  readonly certificate: 'exact' | 'epsilon' | 'none'
  /** 0 where exact; undefined where none. */
  readonly epsilon: number | undefined
  /** What was not evaluated ranks at this distance or beyond; infinite where all was evaluated. */
  readonly nextLowerBound: number
}

/** The certificate of a last rank against the least bound of what was not evaluated. */
export const certify = (last: number, bound: number): Certificate => {
  const nextLowerBound = Math.max(0, bound)
  if (bound > last || bound === Number.POSITIVE_INFINITY) return { certificate: 'exact', epsilon: 0, nextLowerBound }
  if (bound > 0 && Number.isFinite(last)) return { certificate: 'epsilon', epsilon: last / bound - 1, nextLowerBound }
  return { certificate: 'none', epsilon: undefined, nextLowerBound }
}
