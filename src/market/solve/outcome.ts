import type { OwnModel } from '../../learnware/builtin.js'
import type { Learnware } from '../../learnware/learnware.js'
import type { ReusedModel } from '../../reuse/compose.js'
import type { Decision } from '../../search/task/decision.js'
import type { RequirementDescription } from '../../specification/description/description.js'
import type { Requirement } from '../../specification/specification.js'
import type { Terms } from '../../specification/terms.js'
import type { Found } from '../match/match.js'
import type { SolvedByAnchors } from './few.js'
import type { Task } from './task.js'

/** What one call of `solve` has come to. */
export interface Outcome {
  readonly task: Task
  readonly description?: RequirementDescription
  readonly assumed?: string
  readonly decision: Decision | 'few'
  readonly terms?: Terms
  readonly requirement?: Requirement
  readonly found?: Found
  readonly byAnchors?: SolvedByAnchors
  readonly learnwares?: readonly Learnware[]
  readonly model?: ReusedModel | OwnModel
}
