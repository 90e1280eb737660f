import type { Check, Section, Table } from './section.js'

const cell = (text: string): string => text.replaceAll('|', '\\|')

const markdownTable = ({ caption, head, rows }: Table): string =>
  [
    ...(caption ? [`${caption}\n`] : []),
    `| ${head.map(cell).join(' | ')} |`,
    `|${head.map((_, i) => (i === 0 ? '---' : '---:')).join('|')}|`,
    ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
  ].join('\n')

const verdict = ({ held }: Check): string => (held === undefined ? 'not measured' : held ? 'yes' : '**no**')

export const checkTable = (checks: readonly Check[]): Table => ({
  head: ['threshold', 'wanted', 'measured', 'held'],
  rows: checks.map((check) => [check.what, check.wanted, check.measured, verdict(check)]),
})

/** A section of the report; plots are named by their files. */
export const markdown = (
  name: string,
  { title, setting, tables, plots, checks, notes }: Section,
  machine: string,
): string =>
  [
    `## ${title}`,
    setting,
    `\`npm run bench -- ${name}\` · ${machine}`,
    ...tables.map(markdownTable),
    ...(checks?.length ? [markdownTable(checkTable(checks))] : []),
    ...(plots ?? []).map((plot) => `![${plot.title}](plots/${plot.name}.svg)`),
    ...(notes?.length ? [notes.map((note) => `- ${note}`).join('\n')] : []),
  ].join('\n\n')

const plainTable = ({ caption, head, rows }: Table): string => {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)))
  const line = (row: readonly string[]): string =>
    `  ${row.map((text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i]))).join('  ')}`
  return [...(caption ? [caption] : []), line(head), ...rows.map(line)].join('\n')
}

/** A section for the terminal. */
export const plain = ({ setting, tables, checks, notes }: Section): string =>
  [
    setting,
    ...tables.map(plainTable),
    ...(checks?.length ? [plainTable(checkTable(checks))] : []),
    ...(notes ?? []).map((note) => `* ${note}`),
  ].join('\n\n')
