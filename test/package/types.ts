// Compiled against the installed package: the public names and their types reach a consumer.
import { type Description, type Found, memoryStore, openMarket, type Requirement, reuse, specify } from 'learnware'
import { gaussian, type Matrix, reduce } from 'learnware/numeric'
import { fileStore } from 'learnware/store/file'
import { type Engine, spawnEngine } from 'learnware/worker'

export const typed = async (rows: Matrix, description: Description): Promise<Found> => {
  const market = await openMarket({
    store: memoryStore(),
    runtime: { name: 'none', open: async () => Promise.reject() },
  })
  const engine: Engine = await spawnEngine({ workers: 1 })
  const terms = await market.terms(description)
  const requirement: Requirement = specify(terms, rows)
  const found = await market.search(requirement, { top: 5 })
  await reuse(await market.fetch(found), requirement)
  reduce(rows, { kernel: gaussian(1), size: 4 })
  fileStore('somewhere')
  await engine.close()
  return found
}
