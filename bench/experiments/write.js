import { mkdirSync, writeFileSync } from 'node:fs'

const REPORTS = new URL('../../docs/experiments/', import.meta.url)

/**
 * Writes a report, and its curve, into docs/experiments.
 * @param {string} name
 * @param {string} text Markdown
 * @param {string} [svg]
 */
export function writeReport(name, text, svg) {
  mkdirSync(REPORTS, { recursive: true })
  writeFileSync(new URL(`${name}.md`, REPORTS), text)
  if (svg !== undefined) writeFileSync(new URL(`${name}.svg`, REPORTS), svg)
  console.log(text)
}
