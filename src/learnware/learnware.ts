import type { Description } from '../specification/description/description.js'
import type { Specification } from '../specification/specification.js'
import type { Terms } from '../specification/terms.js'
import type { Model } from './model.js'

/** A trained model with a specification by which a stranger's task can find it. */
export interface Learnware {
  readonly id: string
  readonly description: Description
  readonly terms: Terms
  readonly specification: Specification
  readonly model: Model
}
