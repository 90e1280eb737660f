import { openIndex } from '../../src/search/sketch/sketch-index.js'
import { simulatedIsland } from '../search/island/simulated.js'
import { timedSearch } from '../search/island/timed-search.js'

/** The page's side of the search bench: opens an index by its address and searches it as Node does. */
const search = async (address: string, columns: number, asked: Parameters<typeof timedSearch>[2][]) => {
  const bytes = new Uint8Array(await (await fetch(address)).arrayBuffer())
  const started = performance.now()
  const index = openIndex(bytes)
  const opened = (performance.now() - started) / 1000
  const island = simulatedIsland({ columns })
  return { opened, runs: asked.map((users) => timedSearch(island, index, users)) }
}

Object.assign(globalThis, { search })
