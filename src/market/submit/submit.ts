import {
  apply,
  type Catalogue,
  type Entry,
  type Holdings,
  islandRecord,
  learnwareRecord,
  receiptOf,
} from '../catalogue.js'
import { type Check, fail, failed, type Receipt, warn } from '../receipt.js'
import { modelFindings } from './trial.js'
import { type Placed, placeSubmission, type Read } from './validate.js'

export interface SubmitOptions {
  readonly signal?: AbortSignal
  /** Called before each check that runs the model. */
  readonly onProgress?: (done: number, total: number, check: Check) => void
}

const modelChecks = 8

/**
 * Checks a submission and keeps it, unless it is rejected: then the store is as it was. The learnware and, where it is the
 * first accepted one under its terms, its island become durable together.
 */
export const submit = async (
  submission: Read,
  { catalogue, store, runtime }: Holdings,
  { signal, onProgress }: SubmitOptions = {},
): Promise<Receipt> => {
  signal?.throwIfAborted()
  const placed = placeSubmission(submission, catalogue)
  const { id, island, findings, content } = placed
  if (content === undefined) return { status: 'rejected', id, island, findings }
  const known = duplicate(placed, catalogue)
  if (known) return known

  let done = 0
  const tried = await modelFindings(content, runtime, {
    signal,
    onCheck: (check) => onProgress?.(done++, modelChecks, check),
  })
  const all = [...findings, ...tried.findings]
  const isOnlyDoubted =
    !tried.trusted && tried.findings.every(({ check, level }) => level !== 'fail' || check === 'claim')
  if (failed(all) && !isOnlyDoubted) return { status: 'rejected', id, island, findings: all }

  signal?.throwIfAborted()
  const { description, terms, bytes } = content
  const status = tried.trusted ? 'accepted' : 'quarantined'
  const stands = catalogue.islands.has(island)
  const entry: Entry = {
    id,
    island,
    status,
    findings: all,
    description,
    ...(status === 'quarantined' && !stands ? { terms } : {}),
    ...(tried.quality === undefined ? {} : { quality: tried.quality }),
    model: await store.putBlob(content.model),
    specification: await store.putBlob(bytes),
  }
  const records = [learnwareRecord(entry)]
  if (status === 'accepted' && !stands) records.unshift(islandRecord({ terms, description }))
  await store.append(records)
  for (const record of records) apply(catalogue, record)
  onProgress?.(modelChecks, modelChecks, 'claim')
  return receiptOf(entry)
}

/** The receipt of a submission that the market knows already: what was answered then, and that it was. */
const duplicate = ({ id, island, findings }: Placed, { entries, retired }: Catalogue): Receipt | undefined => {
  const entry = entries.get(id)
  if (entry === undefined) return undefined
  if (retired.has(id)) {
    const message =
      'the same learnware was submitted before and is retired; change what made it obsolete and submit that'
    return { status: 'rejected', id, island, findings: [...findings, fail('duplicate', message)] }
  }
  const message = `the same learnware was submitted before (${entry.status}); it is kept once`
  const receipt = receiptOf(entry)
  return { ...receipt, findings: [...receipt.findings, warn('duplicate', message)] }
}
