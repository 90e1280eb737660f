import { list } from '../../base/check.js'
import type { Learnware } from '../../learnware/learnware.js'
import { cellsTable, type Rows, rowCount, type Table } from '../../specification/rows/table.js'
import type { Requirement } from '../../specification/specification.js'
import { specify } from '../../specification/specify/specify.js'
import type { Terms } from '../../specification/terms.js'
import { proximity } from '../proximity.js'
import type { Labelled } from '../target.js'
import { type Gate, partGate, type Split } from './split.js'

/** Rows that a part's requirement needs. */
export const fewestRows = 30

/** The learnwares that a requirement needs. */
export type Search = (requirement: Requirement) => Promise<readonly Learnware[]>

/** A part of a task with what was found for it. */
export interface Part {
  /** Its share of all rows. */
  readonly share: number
  readonly requirement: Requirement
  readonly learnwares: readonly Learnware[]
  /** MMD (not squared) of its rows to the nearest of the learnwares. */
  readonly distance: number
}

/** A cut task: its parts, and what sends rows to them. */
export interface Cut {
  readonly by: string
  readonly parts: readonly Part[]
  readonly gate: Gate
}

/** What cuts the rows of a task. */
export interface Cutter {
  /** All rows as one part; `learnwares` is empty where nothing was found. */
  whole(): Promise<Part>
  /** The parts of a split, unless one is too small or finds nothing. */
  cut(split: Split): Promise<Cut | undefined>
}

/** A {@link Cutter} that makes a requirement of the rows of each part, and searches for it. */
export const cutter = (
  terms: Terms,
  table: Table,
  search: Search,
  { seed, pause }: { seed: number; pause: () => Promise<void> },
): Cutter => {
  const names = terms.columns.map(({ name }) => name)
  const count = rowCount(table)
  const partOf = async (rows: Int32Array): Promise<Part> => {
    await pause()
    const requirement = specify(terms, cellsTable(table, names, rows), { role: 'requirement', seed })
    const learnwares = list(await search(requirement), 'search()')
    const { distances, order } = proximity(learnwares, requirement)
    return { share: rows.length / count, requirement, learnwares, distance: distances[order[0]] }
  }
  return {
    whole: () => partOf(Int32Array.from({ length: count }, (_, i) => i)),
    async cut({ name, parts: groups, gate }) {
      if (groups.length < 2 || groups.some(({ length }) => length < fewestRows)) return undefined
      const parts: Part[] = []
      for (const rows of groups) {
        const part = await partOf(rows)
        if (part.learnwares.length === 0) return undefined
        parts.push(part)
      }
      return { by: name, parts, gate: gate ?? partGate(terms, parts) }
    },
  }
}

/** The labelled rows of each part of a cut: a row belongs to the part of its largest share. */
export const labelledParts = async (
  { parts, gate }: Cut,
  { columns }: Terms,
  { rows, labels }: { readonly rows: Table; readonly labels: Labelled<Rows>['labels'] },
): Promise<{ rows: Table; labels: string[] }[]> => {
  const shares = await gate(rows)
  const all = Array.from(labels as ArrayLike<string>)
  const place = all.map((_, i) => {
    let best = 0
    for (let k = 1; k < parts.length; k++) if (shares[i * parts.length + k] > shares[i * parts.length + best]) best = k
    return best
  })
  const names = columns.map(({ name }) => name)
  return parts.map((_, k) => {
    const indices = Int32Array.from(all.keys()).filter((i) => place[i] === k)
    return { rows: cellsTable(rows, names, indices), labels: Array.from(indices, (i) => all[i]) }
  })
}
