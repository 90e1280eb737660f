import { KindError, shown, ValueError } from '../../base/error.js'

/**
 * A table by column name from comma-separated text (RFC 4180): a header line, then one row a line; a cell in double quotes
 * may hold commas, line ends and doubled quotes. A byte-order mark and a blank last line are passed over. Cells stay text,
 * whatever they look like; `readTable` turns them into numbers and categories.
 * @throws RangeError for a row of another width, a quote that never closes, a repeated or empty column name, no row.
 */
export const parseCsv = (text: string): Record<string, string[]> => {
  if (typeof text !== 'string') throw new KindError(`"text" expected the text of a CSV file, got ${shown(text)}`)
  const [header, ...rows] = records(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
  const names = (header?.cells ?? []).map((name) => name.trim())
  names.forEach((name, j) => {
    if (name === '')
      throw new ValueError(`the CSV file has no name for column ${j + 1}; write a header line of column names`)
    if (names.indexOf(name) !== j)
      throw new ValueError(`the CSV file names the column "${name}" twice; rename one of them`)
  })
  if (rows.length === 0) {
    throw new ValueError(
      `the CSV file has ${names.length === 0 ? 'no lines' : 'a header but no rows'}; expected a header line and rows`,
      'shape',
    )
  }
  rows.forEach(({ cells, line }, i) => {
    if (cells.length !== names.length) {
      throw new ValueError(
        `row ${i + 1} of the CSV file (line ${line}) has ${cells.length} cells where the header names ${names.length}; quote cells that hold a comma`,
        'shape',
      )
    }
  })
  return Object.assign(
    Object.create(null),
    Object.fromEntries(names.map((name, j) => [name, rows.map(({ cells }) => cells[j])])),
  )
}

interface CsvRecord {
  readonly line: number
  readonly cells: string[]
}

const records = (text: string): CsvRecord[] => {
  const found: CsvRecord[] = []
  let at = 0
  let line = 1
  while (at < text.length) {
    const start = line
    const cells: string[] = []
    let isLast = false
    while (!isLast) {
      const cell = text[at] === '"' ? quoted(text, at, start) : bare(text, at)
      cells.push(cell.text)
      line += cell.text.split('\n').length - 1
      at = cell.end
      isLast = text[at] !== ','
      if (!isLast) at++
    }
    if (text[at] === '\r') at++
    if (text[at] === '\n') at++
    line++
    if (cells.length > 1 || cells[0] !== '') found.push({ line: start, cells })
  }
  return found
}

const bare = (text: string, start: number): { text: string; end: number } => {
  let end = start
  while (end < text.length && text[end] !== ',' && text[end] !== '\n' && text[end] !== '\r') end++
  return { text: text.slice(start, end), end }
}

const quoted = (text: string, start: number, line: number): { text: string; end: number } => {
  let end = start + 1
  for (;;) {
    end = text.indexOf('"', end)
    if (end < 0)
      throw new ValueError(`the CSV file opens a quote in line ${line} that never closes; close or double it`)
    if (text[end + 1] !== '"') break
    end += 2
  }
  const after = text[end + 1]
  if (after !== undefined && after !== ',' && after !== '\n' && after !== '\r') {
    throw new ValueError(`the CSV file has text after a closing quote in line ${line}; double the quotes inside a cell`)
  }
  return { text: text.slice(start + 1, end).replaceAll('""', '"'), end: end + 1 }
}
