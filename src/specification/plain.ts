import { shown } from '../base/error.js'

/** One thing that is wrong: where (`LDL.inputs[2].kind`; empty for the whole) and a sentence on what was expected. */
export interface Finding {
  readonly path: string
  readonly message: string
}

/** JSON data. */
export type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain }

const limits = { depth: 12, entries: 50_000, text: 10_000, key: 200 } as const
const forbidden = new Set(['__proto__', 'constructor', 'prototype'])

/** The path of a member inside another path. */
export const within = (path: string, key: string | number): string =>
  typeof key === 'number' ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`

/**
 * A fresh copy of foreign data as plain JSON, and what is wrong with it: own members only, finite numbers, no function, no
 * cycle, no name that reaches a prototype, at most 50,000 entries 12 deep, texts up to 10,000 letters. Never throws.
 */
export const plainCopy = (value: unknown): { copy: Plain; findings: Finding[] } => {
  const findings: Finding[] = []
  let entries = 0
  const refuse = (path: string, message: string): null => {
    if (findings.length < 100) findings.push({ path, message })
    return null
  }
  const copyOf = (part: unknown, path: string, depth: number): Plain => {
    if (++entries > limits.entries) {
      return entries === limits.entries + 1
        ? refuse('', `expected at most ${limits.entries} entries altogether; leave some out`)
        : null
    }
    if (depth > limits.depth)
      return refuse(path, `expected at most ${limits.depth} levels inside each other; flatten it`)
    if (part === null || typeof part === 'boolean') return part
    if (typeof part === 'string') {
      return part.length <= limits.text
        ? part
        : refuse(path, `expected a text of at most ${limits.text} letters, got ${part.length}; shorten it`)
    }
    if (typeof part === 'number') {
      return Number.isFinite(part)
        ? part
        : refuse(path, `expected a finite number, got ${part}; leave it out or give its value`)
    }
    if (typeof part !== 'object') return refuse(path, `expected JSON data, got ${typeof part}; leave it out`)
    return Array.isArray(part) ? listOf(part, path, depth) : recordOf(part, path, depth)
  }
  const listOf = (part: readonly unknown[], path: string, depth: number): Plain => {
    const list: Plain[] = []
    for (let i = 0; i < part.length && entries <= limits.entries; i++)
      list.push(copyOf(part[i], within(path, i), depth + 1))
    return list
  }
  const recordOf = (part: object, path: string, depth: number): Plain => {
    const record: { [key: string]: Plain } = {}
    for (const key of Object.keys(part)) {
      if (entries > limits.entries) break
      const member = (part as Record<string, unknown>)[key]
      if (member === undefined) continue
      if (key.length > limits.key)
        refuse(path, `expected names of at most ${limits.key} letters, got ${shown(key)}; shorten it`)
      else if (forbidden.has(key))
        refuse(within(path, key), `the name ${JSON.stringify(key)} is not allowed; use another`)
      else record[key] = copyOf(member, within(path, key), depth + 1)
    }
    return record
  }
  try {
    return { copy: copyOf(value, '', 0), findings }
  } catch (error) {
    refuse('', `expected JSON data, but reading it failed: ${shown(error instanceof Error ? error.message : error)}`)
    return { copy: null, findings }
  }
}
