import { KindError, shown } from '../base/error.js'
import type { Requirement } from '../specification/specification.js'
import { distance } from './products.js'
import { requirementOn } from './proximity.js'

/** How far a batch of rows is from those that a model was made for. */
export interface Drift {
  /** MMD of the two (not squared). */
  readonly distance: number
  /** The MMD that sampling and reduction alone explain. */
  readonly noise: number
  /** distance / noise: about 1 where nothing has changed. */
  readonly z: number
  /** z > 3. */
  readonly drifted: boolean
}

/** An alarm is raised above so many times the noise. */
const alarm = 3

/**
 * Whether a batch comes from another distribution than the rows of a reference: z = ‖Φ_b − Φ_r‖ / τ, with the noise floor
 * τ = √(f_b² + f_r²) + e_b + e_r of sampling floors f and reduction errors e. Both requirements are made under the same terms.
 * @throws TypeError for what is no requirement; MarketError `incompatible` for requirements of different islands.
 */
export const drift = (reference: Requirement, batch: Requirement): Drift => {
  if (typeof batch?.island !== 'string')
    throw new KindError(`"batch" expected what specify(terms, rows) makes, got ${shown(batch)}`)
  const at = requirementOn(reference, batch.island).embedding
  const apart = distance(at, batch.embedding)
  const { floor, error } = batch.embedding
  const noise = Math.sqrt(floor * floor + at.floor * at.floor) + error + at.error
  return { distance: apart, noise, z: apart / noise, drifted: apart > alarm * noise }
}
