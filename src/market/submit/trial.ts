import type { Model, Runtime } from '../../learnware/model.js'
import { declaredInputs, declaredOutput } from '../mimic.js'
import { type Estimate, qualityOf } from '../quality.js'
import { type Check, fail, failed, pass, type ReceiptFinding } from '../receipt.js'
import { claimFinding, estimateError } from './claim.js'
import { conformanceFindings } from './conformance.js'
import type { Content } from './validate.js'

/**
 * The checks that run the model: it opens, behaves as declared on rows that mimic its specification, and predicts their
 * labels. `trusted` is false where only the last one failed: such a learnware is kept, but not found.
 */
export const modelFindings = async (
  { model: bytes, description, specification, terms }: Content,
  runtime: Runtime,
  { signal, onCheck }: { signal?: AbortSignal; onCheck?: (check: Check) => void } = {},
): Promise<{ findings: ReceiptFinding[]; trusted: boolean; quality?: number }> => {
  const refused = (finding: ReceiptFinding) => ({ findings: [finding], trusted: false })
  const output = declaredOutput(description)
  if (output === undefined) {
    return refused(
      fail(
        'model',
        `a market runs models whose output is real, label or probabilities, not ${description.LDL?.output.kind}`,
      ),
    )
  }
  onCheck?.('model')
  let model: Model
  try {
    model = await runtime.open(bytes.slice(), { inputs: declaredInputs(description, terms), output })
  } catch (error) {
    signal?.throwIfAborted()
    return refused(fail('model', `the runtime ${runtime.name} does not open it: ${reasonOf(error)}`))
  }
  try {
    const findings = [pass('model', `opens in the runtime ${runtime.name}`)]
    findings.push(...(await conformanceFindings({ model, terms, specification, signal, onCheck })))
    if (failed(findings)) return { findings, trusted: false }
    signal?.throwIfAborted()
    onCheck?.('claim')
    const metric = description.LDL?.objective.metric
    let estimate: Estimate | undefined
    try {
      estimate = await estimateError(model, terms, specification, { metric, signal })
    } catch (error) {
      signal?.throwIfAborted()
      return {
        findings: [...findings, fail('model', `fails on labelled rows of its own specification: ${reasonOf(error)}`)],
        trusted: false,
      }
    }
    const finding = claimFinding(estimate, description)
    return { findings: [...findings, finding], trusted: finding.level !== 'fail', quality: qualityOf(estimate) }
  } finally {
    // What was found stands, however the model ends.
    await Promise.allSettled([model.close()])
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 300)
