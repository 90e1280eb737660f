import { shown, ValueError } from '../base/error.js'

/** A learnware that was left out because it could not predict, while the others went on. */
export interface Failure {
  readonly id: string
  /** What it threw, or what it put out in place of finite numbers. */
  readonly reason: string
}

/** What a message calls a learnware. */
export const nameOf = (id: string): string => `learnware ${id.slice(0, 12)}`

/** Whatever was thrown, as a sentence. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : shown(error))

/** The refusal where every learnware failed. */
export const noneLeft = (failed: readonly Failure[]): ValueError => {
  const [{ id, reason }] = failed
  const all = failed.length === 1 ? 'the only one' : `all ${failed.length}`
  return new ValueError(
    `"learnwares" expected one that can predict these rows, but ${all} failed, ${nameOf(id)} with: ${reason}`,
  )
}
