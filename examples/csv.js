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
  const text = contentOf(path)
  const table = parseCsv(text)
  const names = Object.keys(table)
  const raw = islands.find((island) => island.isRaw(names))
  if (raw && (target === undefined || target === 'Sales')) return { island: raw, ...raw.fromRaw(text) }

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
        `give the ${island.columns.length} columns of the ${island.name} market, or daily sales with the columns Store, DayOfWeek, Date, Sales, Open, Promo, StateHoliday, SchoolHoliday`,
    )
  }
  if (target === undefined) throw new Refusal(`name the column of ${path} to predict: --target <column>`)
  if (!names.includes(target)) throw new Refusal(`${path} has no column "${target}" to predict; it has ${some(names)}`)

  const rows = Object.fromEntries(island.columns.map((name) => [name, Float64Array.from(table[name], numberIn(name))]))
  const label = numberIn(target)
  const labels = table[target].map((cell, i) => {
    if (cell.trim() === '') return undefined
    return island.output === 'real' ? label(cell, i) : cell.trim()
  })
  return { island, rows, labels }
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

function contentOf(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Refusal(
      `cannot read ${path}: ${{ ENOENT: 'there is no such file', EISDIR: 'it is a folder' }[error.code] ?? error.message}`,
    )
  }
}

function some(names) {
  return names.length > 8 ? `${names.slice(0, 8).join(', ')}, … (${names.length})` : names.join(', ')
}
