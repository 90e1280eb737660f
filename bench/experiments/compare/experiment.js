import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { openMarket, specify } from 'learnware'
import { onnxRuntime } from 'learnware/onnx'
import { fileStore } from 'learnware/store/file'
import { progress } from '../../../examples/present/progress.js'
import { keeper } from './kept.js'
import { compareMethods } from './methods.js'

/** How many of the nearest learnwares a reuse is given. */
export const FETCHED = 60
/** More labelled rows than these are dear, and are compared in the first draw only. */
const REDRAWN_ROWS = 150
/** More than these are compared in the first market only. */
const MOST_ROWS = 500
/** Seeds of the requirement; all else is compared under the first. */
const SEEDS = [7, 8, 9]

/**
 * @typedef {object} Plan
 * @property {string} island path of the island's module, from here
 * @property {string} name its export
 * @property {boolean} tuning users to tune with, or those kept for the end
 * @property {number} users
 * @property {number} draws of labelled rows
 * @property {number[]} sizes numbers of labelled rows
 * @property {number[]} recent numbers of labelled rows where the most recent ones are labelled
 * @property {number} [workers]
 */

/**
 * Compares the methods for every user of every choice of the market. What has been compared by the same library under the
 * same plan is read from build/, so that a run that was broken off goes on.
 * @param {Plan} plan
 * @returns {Promise<(import('./methods.js').Comparison & { choice: number, user: string, decision: string })[]>}
 */
export async function runExperiment({ workers = availableParallelism(), ...plan }) {
  const { [plan.name]: island } = await import(plan.island)
  await island.prepare?.({ tuning: plan.tuning })
  const jobs = Array.from({ length: island.choices }, (_, choice) =>
    island.users({ choice, tuning: plan.tuning, count: plan.users }).map((_, user) => ({ choice, user })),
  ).flat()
  const { users: _, ...same } = plan
  const kept = keeper(plan.name, same)
  const keyOf = ({ choice, user }) => `${choice}-${user}`
  const results = jobs.map((job) => kept.read(keyOf(job)))
  // One user after the other in all markets, so that what a broken-off run leaves is whole for the first users.
  const left = [...jobs.keys()].filter((job) => results[job] === undefined).sort((a, b) => jobs[a].user - jobs[b].user)
  const bar = progress('comparing methods')
  let next = 0
  let done = 0
  const drain = (worker) =>
    new Promise((resolve, reject) => {
      const send = () => (next < left.length ? worker.postMessage(left[next++]) : resolve(worker.terminate()))
      worker.on('message', ({ job, result }) => {
        results[job] = result
        kept.write(keyOf(jobs[job]), result)
        bar.update(++done / left.length)
        send()
      })
      worker.on('error', reject)
      send()
    })
  await Promise.all(
    Array.from({ length: Math.min(workers, left.length) }, () =>
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
      store: fileStore(island.folder(choice, plan.tuning), { readOnly: true }),
      runtime: island.runtime?.() ?? onnxRuntime(),
    })
    const terms = await market.terms(island.description({ tuning: plan.tuning }))
    const users = island.users({ choice, tuning: plan.tuning, count: plan.users })
    return { market, terms, users, models: new Map() }
  }
  const compare = async ({ choice, user: number }) => {
    if (!opened.has(choice)) opened.set(choice, await open(choice))
    const { market, terms, users, models } = opened.get(choice)
    const user = users[number]
    const [requirement, ...again] = SEEDS.map((seed) => specify(terms, user.rows, { seed }))
    const found = await market.search(requirement, { top: 1000 })
    for (const { id } of found.ranked) if (!models.has(id)) models.set(id, (await market.fetch([id]))[0])
    const comparison = await compareMethods({
      learnwares: found.ranked.map(({ id }) => models.get(id)),
      fetched: FETCHED,
      requirement,
      again,
      user,
      sizes: plan.sizes.filter((size) => choice === 0 || size <= MOST_ROWS),
      draws: plan.draws,
      redrawn: REDRAWN_ROWS,
      recent: plan.recent,
      seed: 1000 * number + 1,
      families: island.output === 'real',
      loss: island.loss,
    })
    return { choice, user: user.name, decision: found.decision, unseen: found.unseen.share, ...comparison }
  }
  parentPort.on('message', async (job) => parentPort.postMessage({ job, result: await compare(jobs[job]) }))
}

if (!isMainThread && workerData?.plan) await serve(workerData)
