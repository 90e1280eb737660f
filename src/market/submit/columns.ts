import { counterpart } from '../../specification/description/concept.js'
import type { Description } from '../../specification/description/description.js'
import type { Specification } from '../../specification/specification.js'
import type { Column, Terms } from '../../specification/terms.js'
import { fail, failed, pass, type ReceiptFinding } from '../receipt.js'

/** Whether a description and a specification belong to terms: the same island, and for every column an input that means the same. */
export const islandFindings = (
  description: Description,
  terms: Terms,
  specification?: Specification,
): ReceiptFinding[] => {
  const findings: ReceiptFinding[] = []
  if (specification && specification.island !== terms.island) {
    findings.push(
      fail(
        'island',
        `incompatible: the specification was made under the terms ${specification.island}, this description belongs to ${terms.island}; ` +
          'call market.terms(description) and specify again under what it returns',
      ),
    )
  }
  const inputs = description.LDL?.inputs ?? []
  for (const column of terms.columns) {
    const input = counterpart(column, inputs)
    const fault = input === undefined ? 'no input that means the same' : columnFault(column, input)
    if (fault)
      findings.push(
        fail(
          'island',
          `the terms have the column "${column.name}" (${column.kind}), the description has ${fault}; describe its inputs as the terms do, under the same name or the same concept and unit`,
        ),
      )
  }
  return failed(findings) ? findings : [pass('island', `under the terms ${terms.island}`)]
}

const columnFault = (
  column: Column,
  { kind, categories = [] }: { kind: string; categories?: readonly string[] },
): string | undefined => {
  if (kind !== column.kind) return `the kind ${kind}`
  const unknown = (column.categories ?? []).find((word) => !categories.includes(word))
  return unknown === undefined ? undefined : `no category "${unknown}" in it`
}
