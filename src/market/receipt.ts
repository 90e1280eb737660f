/** One check of a submission: what was looked at, how it went, and a sentence that says what to do where it failed. */
export interface ReceiptFinding {
  readonly check: Check
  readonly level: 'pass' | 'warn' | 'fail'
  readonly message: string
}

/** What a submission is checked for, in this order. */
export type Check =
  | 'size'
  | 'description'
  | 'island'
  | 'specification'
  | 'duplicate'
  | 'model'
  | 'output'
  | 'finite'
  | 'batch'
  | 'determinism'
  | 'extremes'
  | 'constant'
  | 'claim'

/**
 * What `submit` answers. `accepted`: it is found by search. `quarantined`: it is kept, but not found, since its model does
 * not do on its own specification what a trivial predictor does. `rejected`: nothing was kept.
 */
export interface Receipt {
  readonly status: 'accepted' | 'quarantined' | 'rejected'
  /** SHA-256 over model, specification and description: the same submission has the same id in every market. */
  readonly id: string
  readonly island: string
  readonly findings: readonly ReceiptFinding[]
}

/** A finding that a check went well. */
export const pass = (check: Check, message: string): ReceiptFinding => ({ check, level: 'pass', message })

/** A finding that people should read, but that keeps nothing out. */
export const warn = (check: Check, message: string): ReceiptFinding => ({ check, level: 'warn', message })

/** A finding that keeps a submission out. */
export const fail = (check: Check, message: string): ReceiptFinding => ({ check, level: 'fail', message })

/** Whether any of the findings keeps a submission out. */
export const failed = (findings: readonly ReceiptFinding[]): boolean => findings.some(({ level }) => level === 'fail')
