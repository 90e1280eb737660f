import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { matrix } from '../../src/base/matrix.js'
import { gaussianOnly } from '../../src/kernel/kernel.js'
import { quadratic } from '../../src/qp/quadratic.js'
import type { Embedding } from '../../src/rkme/embedding.js'
import { productTable } from '../../src/search/products.js'
import { pool } from '../../src/search/sketch/certified.js'
import { outsideOf } from '../../src/search/sketch/outside.js'
import { project } from '../../src/search/sketch/projection.js'
import type { SketchIndex } from '../../src/search/sketch/sketch-index.js'
import { mixtureSteps } from '../../src/search/task/mixture.js'
import { median, ms, once } from '../measure/timing.js'
import { npmPeers } from '../peers/npm.js'
import { type Peer, startPeer } from '../peers/python.js'
import { atLeast, atMost, type Check, digits, must, type Section } from '../report/section.js'
import { builtIndex } from './island/built-index.js'
import { certifiedSearch, driven } from './island/certified-search.js'
import { idOf, lookAtAll } from './island/look-at-all.js'
import { type SimulatedIsland, simulatedIsland } from './island/simulated.js'

const columns = 20
const points = 50
const top = 10
const users = 20
const firstUser = 9000
const forPeer = 3
const sizes = [10_000, 100_000]
const overAll = 1000
// Until no further learnware can lower the distance: the program over all of them, not a mixture of few.
const whole = { constraint: 'simplex', support: 200, decrease: 1e-7, least: 0 } as const

/** Specifications as f64 in a file: for each its points, then its weights. */
const write = (name: string, embeddings: readonly Embedding[]): string => {
  const file = join(process.cwd(), 'build/bench', `${name}.f64`)
  const data = new Float64Array(embeddings.length * points * (columns + 1))
  embeddings.forEach((embedding, i) => {
    data.set(embedding.points.data, i * points * (columns + 1))
    data.set(embedding.weights, i * points * (columns + 1) + points * columns)
  })
  writeFileSync(file, new Uint8Array(data.buffer))
  return file
}

/** The package's search among the same specifications, and its quadratic program over all of a thousand. */
const packageSearch = async (peer: Peer, island: SimulatedIsland, index: SketchIndex, small: SketchIndex) => {
  const { gamma } = gaussianOnly(island.learnware(0).kernel)
  const shape = { n: points, d: columns, gamma }
  const every = Array.from({ length: sizes[0] }, (_, number) => island.learnware(number))
  await peer.ask({ do: 'hold', file: write('search-learnwares', every), ...shape })
  const single: { theirs: number; ours: number }[] = []
  for (let u = 0; u < forPeer; u++) {
    const user = island.user(firstUser + u)
    const file = write('search-user', [user])
    const asked = { file, ...shape, count: sizes[0] }
    const theirs = await peer.ask<{ seconds: number; ids: number[]; squares: number[] }>({ do: 'single', ...asked })
    const runs = Array.from({ length: 5 }, () => certifiedSearch(user, index, (number) => every[number], top))
    runs[0].answer.ranked.forEach(({ id, distance }, i) => {
      must(
        id === idOf(theirs.ids[i]) && Math.abs(distance * distance - theirs.squares[i]) < 1e-9,
        `user ${u}, place ${i}: ${id} at ${distance}, the peer has ${theirs.ids[i]} at ${Math.sqrt(theirs.squares[i])}`,
      )
    })
    single.push({ theirs: theirs.seconds, ours: median(runs.map(({ seconds }) => seconds)) })
  }
  const user = island.user(firstUser)
  const asked = { file: write('search-user', [user]), ...shape }
  const greedy = await peer.ask<{ seconds: number }>({ do: 'greedy', ...asked, count: sizes[0] })
  const program = await peer.ask<{ seconds: number; square: number }>({ do: 'mixture', ...asked, count: overAll })
  return { single, greedy, program, ours: mixtureOverAll(island, small, every.slice(0, overAll), user) }
}

/** Our mixture over all of an island against the quadratic program over all, which is solved from all inner products. */
const mixtureOverAll = (_: SimulatedIsland, index: SketchIndex, every: readonly Embedding[], user: Embedding) => {
  const fetch = (ordinal: number): Embedding => every[ordinal]
  const runs = Array.from({ length: 5 }, () =>
    once(() => {
      const known = pool(user, index)
      return {
        mixed: driven(mixtureSteps(known.table, whole, outsideOf(known, { proof: overAll })), index, fetch),
        known,
      }
    }),
  )
  const { mixed, known } = runs[0].value
  const table = productTable(
    user,
    every.map((embedding, number) => ({ id: idOf(number), embedding })),
  )
  const n = every.length
  const G = new Float64Array(n * n)
  for (let j = 0; j < n; j++) G.set(table.column(j), j * n)
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) G[i * n + j] = G[j * n + i]
  const full = once(() => quadratic(matrix(G, n, n), Float64Array.from(table.linear), { constraint: 'simplex' }))
  const square = table.own + full.value.objective
  return {
    seconds: median(runs.map(({ seconds }) => seconds)),
    evaluations: known.table.candidates.length,
    members: mixed.members.length,
    certificate: mixed.certificate,
    square: mixed.distance * mixed.distance,
    full: square,
    own: table.own,
    objective: full.value.objective,
    solved: full.seconds,
  }
}

/** An approximate graph over the same sketches, which cannot say what it missed. */
const graph = (usearch: Usearch, island: SimulatedIsland, index: SketchIndex, count: number) => {
  const { dimension } = index.projection
  const sketches = new Float32Array(count * (dimension + 1))
  const vectorOf = (embedding: Embedding): Float32Array => {
    const { z, rest } = project(index.projection, embedding)
    const vector = new Float32Array(dimension + 1)
    vector.set(z)
    vector[dimension] = rest
    return vector
  }
  for (let number = 0; number < count; number++)
    sketches.set(vectorOf(island.learnware(number)), number * (dimension + 1))
  const theirs = new usearch.Index({
    dimensions: dimension + 1,
    metric: usearch.MetricKind.L2sq,
    quantization: usearch.ScalarKind.F32,
    connectivity: 16,
    expansion_add: 128,
    expansion_search: 64,
  })
  const built = once(() => {
    for (let number = 0; number < count; number++) {
      theirs.add(BigInt(number), sketches.subarray(number * (dimension + 1), (number + 1) * (dimension + 1)))
    }
  })
  const asked = Array.from({ length: users }, (_, u) => island.user(firstUser + u))
  const { truth } = lookAtAll(asked, count, (number) => island.learnware(number), top)
  const theirTimes: number[] = []
  const ourTimes: number[] = []
  let hits = 0
  asked.forEach((user, u) => {
    const found = once(() => theirs.search(vectorOf(user), top))
    theirTimes.push(found.seconds)
    const ids = new Set(Array.from(found.value.keys, (key) => idOf(Number(key))))
    hits += truth[u].filter(({ id }) => ids.has(id)).length
    const { answer, seconds } = certifiedSearch(user, index, (number) => island.learnware(number), top)
    ourTimes.push(seconds)
    must(
      truth[u].every(({ id }, i) => answer.ranked[i].id === id),
      `user ${u} of ${count}: the certified answer is not that of a look at all`,
    )
  })
  return {
    row: [
      String(count),
      ms(median(ourTimes)),
      '1',
      digits(index.blocks.bytes.length / count),
      ms(median(theirTimes)),
      digits(hits / (users * top)),
      String(4 * (dimension + 1)),
      digits(built.seconds),
    ],
  }
}

interface Usearch {
  readonly Index: new (
    options: object,
  ) => {
    add(key: bigint, vector: Float32Array): void
    search(vector: Float32Array, count: number): { keys: BigUint64Array }
  }
  readonly MetricKind: { readonly L2sq: string }
  readonly ScalarKind: { readonly F32: string }
}

const required = (): Usearch | string => {
  const require = npmPeers()
  if (typeof require === 'string') return require
  try {
    return require('usearch')
  } catch (error) {
    return `usearch is not measured: ${(error as Error).message.split('\n')[0]}`
  }
}

/** How long do the searches of others take over the same specifications, and what do they find? */
export const run = async (): Promise<Section> => {
  const island = simulatedIsland({ columns })
  const index = builtIndex(island, `island-${columns}`, sizes[0]).index
  const small = builtIndex(island, `island-${columns}`, overAll).index
  const peer = await startPeer('learnware')
  const notes: string[] = []
  const checks: Check[] = []
  const rows: string[][] = []
  if (typeof peer === 'string') notes.push(peer)
  else {
    const { single, greedy, program, ours } = await packageSearch(peer, island, index, small)
    peer.close()
    const theirs = median(single.map((one) => one.theirs))
    const mine = median(single.map((one) => one.ours))
    const faster = (a: number, b: number): string => `${digits(a / b)} ×`
    rows.push(
      ['nearest of 10,000', ms(theirs), ms(mine), faster(theirs, mine)],
      ['its search of 10,000: nearest, and a mixture among the nearest 25', ms(greedy.seconds), '–', '–'],
      ['mixture over all of 1,000', ms(program.seconds), ms(ours.seconds), faster(program.seconds, ours.seconds)],
    )
    checks.push(
      atLeast('N = 1e4: the package’s time / ours, nearest', theirs / mine, 500, ' ×'),
      atLeast('N = 1e3: the package’s time / ours, mixture over all', program.seconds / ours.seconds, 200, ' ×'),
      atMost('N = 1e3: distance² above that of the full program, relative', ours.square / ours.full - 1, 1e-4),
    )
    notes.push(
      `Over all of 1,000 the full program reaches ${ours.full.toPrecision(8)} as distance² (solved here in ${ms(ours.solved)} ms from a million inner products), the package ${program.square.toPrecision(8)}, the certified search ${ours.square.toPrecision(8)} with ${ours.members} members from ${ours.evaluations} evaluations, certificate ${ours.certificate}.`,
      'The package’s time includes all inner products that its search takes, 3 for each distance, n²/2 for its program; ours the sketch of the user, the scan and every inner product. Both have the specifications in memory.',
    )
  }
  const usearch = required()
  const graphs: string[][] = []
  if (typeof usearch === 'string') notes.push(usearch)
  else {
    for (const count of sizes) {
      graphs.push(graph(usearch, island, builtIndex(island, `island-${columns}`, count).index, count).row)
    }
    notes.push(
      'usearch 2.26.2 is native code with the vector instructions of the machine, 16 links, 128 and 64 candidates; its time is for the user’s sketch and a walk over sketches in f32 and leaves distances between embeddings out. Its links come on top of its vectors. It cannot say what it missed.',
    )
  }
  return {
    title: 'Search against the Python package `learnware` and usearch',
    setting: `Simulated islands of 100 domains, d = ${columns}, ${points} points a learnware; the same specifications, one thread each. The package (0.4.0.post1): its EasyStatSearcher as installed, ${forPeer} users; its ids and distances are ours. usearch: ${users} users of the market’s domains.`,
    tables: [
      ...(rows.length > 0 ? [{ head: ['one user', 'package: ms', 'ours: ms', 'faster'], rows }] : []),
      ...(graphs.length > 0
        ? [
            {
              head: [
                'learnwares',
                'ours, proven: ms',
                'recall@10',
                'bytes a learnware',
                'usearch: ms',
                'recall@10',
                'bytes of a vector',
                'its build: s',
              ],
              rows: graphs,
            },
          ]
        : []),
    ],
    checks,
    notes,
  }
}
