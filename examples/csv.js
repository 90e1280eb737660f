import { readFileSync } from 'node:fs'
import { parseCsv } from 'learnware'

/** A refusal of what the user gave; its message is all that is shown. */
export class Refusal extends Error {}

/**
 * Someone's own file as rows of the island that its columns fit.
 * @param {string} path
 * @param {string | undefined} target the column to predict; rows where it is empty are only predicted
 * @param {object[]} islands
 * @returns {{ island: object, rows: Record<string, Float64Array>, labels: (number | string | undefined)[] }}
 */
export function readUserFile(path, target, islands) {
  const text = textOf(path)
  const table = tableOf(path, text)
  const names = Object.keys(table)
  if (target !== undefined && !names.includes(target)) throw noTarget(path, target, names)
  const raw = islands.find((island) => island.isRaw(names))
  if (raw && target !== undefined && target !== 'Sales') {
    throw new Refusal(`daily sales expected the target Sales, got "${target}"; give --target Sales or leave it out`)
  }
  if (raw) return { island: raw, ...named(path, () => raw.fromRaw(text)) }

  const lacking = (island) => island.columns.filter((name) => !names.includes(name))
  const [island] = [...islands].sort(
    (a, b) => lacking(a).length / a.columns.length - lacking(b).length / b.columns.length,
  )
  const missing = lacking(island)
  if (missing.length > 0) {
    const shown = missing
      .slice(0, 5)
      .map((name) => `"${name}"`)
      .join(', ')
    throw new Refusal(
      `${path} lacks ${missing.length === 1 ? 'the column' : `${missing.length} columns:`} ${shown}${missing.length > 5 ? ', …' : ''}; ` +
        `give the ${island.columns.length} columns of the ${island.name} market${islands.flatMap(daily).join('')}`,
    )
  }
  if (target === undefined) throw new Refusal(`name the column of ${path} to predict: --target <column>`)

  const rows = Object.fromEntries(island.columns.map((name) => [name, Float64Array.from(table[name], numberIn(name))]))
  const label = numberIn(target)
  const labels = table[target].map((cell, i) => {
    if (cell.trim() === '') return undefined
    return island.output === 'real' ? label(cell, i) : classIn(island, target, cell.trim(), i)
  })
  return { island, rows, labels }
}

/**
 * Someone's own file as it stands, for terms that say what its cells are.
 * @param {string} path
 * @param {string | undefined} target the column of labels
 * @returns {{ rows: Record<string, string[]>, labels: (string | undefined)[] }}
 */
export function readLabelledTable(path, target) {
  const rows = tableOf(path, textOf(path))
  if (target === undefined) throw new Refusal(`name the column of ${path} to predict: --target <column>`)
  if (!(target in rows)) throw noTarget(path, target, Object.keys(rows))
  return { rows, labels: rows[target].map((cell) => (cell.trim() === '' ? undefined : cell)) }
}

/**
 * The bytes of a file.
 * @param {string} path
 * @returns {Uint8Array}
 */
export function contentOf(path) {
  try {
    return new Uint8Array(readFileSync(path))
  } catch (error) {
    const reason = { ENOENT: 'there is no such file', EISDIR: 'it is a folder' }[error.code] ?? error.message
    throw new Refusal(`cannot read ${path}: ${reason}; give the path of a file`)
  }
}

/**
 * The text of a file.
 * @param {string} path
 * @returns {string}
 */
export function textOf(path) {
  const bytes = contentOf(path)
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    if (!text.includes('\0')) return text
  } catch (error) {
    if (error.code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error
  }
  throw new Refusal(`${path} expected text in UTF-8, got other bytes; save it as text in UTF-8`)
}

function tableOf(path, text) {
  return named(path, () => parseCsv(text))
}

/** What `read` gives; its refusals say which file they are about. */
function named(path, read) {
  try {
    return read()
  } catch (error) {
    throw new Refusal(`${path}: ${error.message}`)
  }
}

function noTarget(path, target, names) {
  return new Refusal(
    `${path} has no column "${target}" to predict; it has ${some(names)}: name one of them by --target`,
  )
}

function daily({ daily: columns = [] }) {
  return columns.length > 0 ? [`, or daily sales with the columns ${columns.join(', ')}`] : []
}

function classIn({ classes }, name, cell, i) {
  if (classes.includes(cell)) return cell
  throw new Refusal(
    `column "${name}" must hold one of ${classes.join(', ')}, got "${cell}" in row ${i + 1}; correct it or leave the row out`,
  )
}

function numberIn(name) {
  return (cell, i) => {
    const value = Number(cell)
    if (cell.trim() === '' || !Number.isFinite(value)) {
      throw new Refusal(
        `column "${name}" must hold numbers, got "${cell}" in row ${i + 1}; fill it in or leave the row out`,
      )
    }
    return value
  }
}

function some(names) {
  return names.length > 8 ? `${names.slice(0, 8).join(', ')}, … (${names.length})` : names.join(', ')
}
