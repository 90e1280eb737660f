import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { svg } from './plot.js'
import type { Section } from './section.js'
import { markdown, plain } from './text.js'

const opening = `# Bench report

Made by \`npm run bench\`; \`npm run bench -- name\` makes one section anew. Every section names the machine and the day it ran on.
Times depend on the machine and on what else it does: read the ratios inside one section, not times across sections. A load
(runnable programs at the start) beyond 1 means that others were at work: times and shares of the limit are then too bad.
`

const machine = (): string =>
  `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}, load ${loadavg()[0].toFixed(1)} at the start`

/** The sections of a report by name, in their order. */
const sectionsOf = (text: string): Map<string, string> =>
  new Map(
    [...text.matchAll(/<!-- bench (\S+) -->\n([\s\S]*?)(?=\n<!-- bench |$)/g)].map(([, name, body]) => [
      name,
      body.trim(),
    ]),
  )

/** Runs a bench, prints its section, and puts it into the report. Returns whether every threshold held. */
export const conclude = async (
  name: string,
  run: () => Section | Promise<Section>,
  { folder, order, kept }: { folder: string; order: readonly string[]; kept: boolean },
): Promise<boolean> => {
  const started = machine()
  console.log(`\n${name} · ${started}\n`)
  const section = await run()
  console.log(plain(section))
  const held = !(section.checks ?? []).some((check) => check.held === false)
  if (!kept) return held
  mkdirSync(join(folder, 'plots'), { recursive: true })
  for (const plot of section.plots ?? []) writeFileSync(join(folder, 'plots', `${plot.name}.svg`), `${svg(plot)}\n`)
  const file = join(folder, 'REPORT.md')
  const sections = sectionsOf(existsSync(file) ? readFileSync(file, 'utf8') : '')
  sections.set(name, markdown(name, section, started))
  const body = order.filter((one) => sections.has(one)).map((one) => `<!-- bench ${one} -->\n${sections.get(one)}\n`)
  writeFileSync(file, [opening, ...body].join('\n'))
  return held
}
