import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { openMarket, specify } from 'learnware'
import { onnxRuntime } from 'learnware/onnx'
import { fileStore } from 'learnware/store/file'
import { progress } from '../present/progress.js'
import { compareMethods } from './methods.js'

/** How many of the nearest learnwares a reuse is given. */
export const FETCHED = 60

/**
 * @typedef {object} Plan
 * @property {string} island path of the island's module, from here
 * @property {string} name its export
 * @property {boolean} tuning users to tune with, or those kept for the end
 * @property {number} users
 * @property {number} draws of labelled rows
 * @property {number[]} sizes numbers of labelled rows
 */

/**
 * Compares the methods for every user of every choice of the market, on all cores.
 * @param {Plan} plan
 * @returns {Promise<(import('./methods.js').Comparison & { choice: number, user: string, decision: string })[]>}
 */
export async function runExperiment(plan) {
  const { [plan.name]: island } = await import(plan.island)
  const jobs = Array.from({ length: island.choices }, (_, choice) =>
    island.users({ choice, tuning: plan.tuning, count: plan.users }).map((_, user) => ({ choice, user })),
  ).flat()
  const results = new Array(jobs.length)
  const bar = progress('comparing methods')
  let next = 0
  let done = 0
  const drain = (worker) =>
    new Promise((resolve, reject) => {
      const send = () => (next < jobs.length ? worker.postMessage(next++) : resolve(worker.terminate()))
      worker.on('message', ({ job, result }) => {
        results[job] = result
        bar.update(++done / jobs.length)
        send()
      })
      worker.on('error', reject)
      send()
    })
  await Promise.all(
    Array.from({ length: Math.min(availableParallelism(), jobs.length) }, () =>
      drain(new Worker(new URL(import.meta.url), { workerData: { plan, jobs } })),
    ),
  )
  bar.stop()
  return results
}

async function serve({ plan, jobs }) {
  const { [plan.name]: island } = await import(plan.island)
  const opened = new Map()
  const open = async (choice) => {
    const market = await openMarket({
      store: fileStore(island.folder(choice), { readOnly: true }),
      runtime: onnxRuntime(),
    })
    const terms = await market.terms(island.description())
    const users = island.users({ choice, tuning: plan.tuning, count: plan.users })
    return { market, terms, users, models: new Map() }
  }
  const compare = async ({ choice, user: number }) => {
    if (!opened.has(choice)) opened.set(choice, await open(choice))
    const { market, terms, users, models } = opened.get(choice)
    const user = users[number]
    const requirement = specify(terms, user.rows, { seed: 7 })
    const found = await market.search(requirement, { top: 1000 })
    for (const { id } of found.ranked) if (!models.has(id)) models.set(id, (await market.fetch([id]))[0])
    const comparison = await compareMethods({
      learnwares: found.ranked.map(({ id }) => models.get(id)),
      fetched: FETCHED,
      requirement,
      user,
      sizes: plan.sizes,
      draws: plan.draws,
      seed: 1000 * number + 1,
      loss: island.loss,
    })
    return { choice, user: user.name, decision: found.decision, unseen: found.unseen.share, ...comparison }
  }
  parentPort.on('message', async (job) => parentPort.postMessage({ job, result: await compare(jobs[job]) }))
}

if (!isMainThread && workerData?.plan) await serve(workerData)
