/**
 * A table as text: the first column to the left, all others to the right.
 * @param {string[]} head
 * @param {string[][]} rows
 * @returns {string}
 */
export function table(head, rows) {
  const all = [head, ...rows]
  const widths = head.map((_, c) => Math.max(...all.map((row) => row[c].length)))
  const line = (row) => row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c]))).join('  ')
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n')
}

/**
 * The same table in Markdown.
 * @param {string[]} head
 * @param {string[][]} rows
 * @returns {string}
 */
export function markdownTable(head, rows) {
  const line = (row) => `| ${row.join(' | ')} |`
  return [line(head), line(head.map((_, c) => (c === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

/**
 * A share as a percentage with its sign.
 * @param {number} share
 */
export function percent(share) {
  if (Number.isNaN(share)) return '–'
  const rounded = Math.round(100 * share)
  return `${rounded > 0 ? '+' : rounded < 0 ? '−' : ''}${Math.abs(rounded)} %`
}

/**
 * A length in bytes, in the unit that reads best.
 * @param {number} count
 */
export function bytes(count) {
  return count < 10_000 ? `${count} bytes` : `${(count / 1000).toFixed(0)} kB`
}

/**
 * The beginning of an id, enough to tell it from the others.
 * @param {string} id
 */
export function short(id) {
  return id.slice(0, 10)
}
