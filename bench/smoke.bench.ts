import { core } from '../src/wasm/instance.js'
import { counts } from './guard/counts.js'
import { quality } from './guard/quality.js'
import { ratios } from './guard/ratios.js'
import { atMost, type Section } from './report/section.js'

/** Has something been lost? Counts of operations, and ratios inside one run: no quiet machine is needed. */
export const run = async (): Promise<Section> => {
  const near = quality()
  const fast = await ratios()
  const memory = core().memory.buffer.byteLength / 2 ** 20
  const { checks, notes } = await counts()
  return {
    title: 'Guard',
    setting: 'Counts of operations, errors against each other, and ratios of least times inside one run.',
    tables: [],
    checks: [...checks, ...near, ...fast, atMost('WASM memory after errors and ratios', memory, 4, ' MiB')],
    notes,
  }
}
