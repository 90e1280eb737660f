import { below, uniforms } from '../../src/base/random.js'
import type { Embedding } from '../../src/rkme/embedding.js'
import { products } from '../../src/search/products.js'
import { nearestSteps, pool } from '../../src/search/sketch/certified.js'
import { fitProjection } from '../../src/search/sketch/projection.js'
import { openIndex, sketchIndex } from '../../src/search/sketch/sketch-index.js'
import { digits, must, type Section } from '../report/section.js'
import { driven } from './island/certified-search.js'
import { idOf } from './island/look-at-all.js'
import { simulatedIsland } from './island/simulated.js'

const columns = 10
const points = 25
const operations = 100_000
const atFirst = 4000
const searchEvery = 50
const savedEvery = 20_000
const users = 16
const top = 10

/** A learnware of the market at some moment, with its distance to every user. */
interface Living {
  readonly place: number
  readonly number: number
  readonly penalty: number
  readonly distances: Float64Array
}

/** Do additions, removals and replacements at random change a certified answer? Any difference ends the bench with an error. */
export const run = (): Section => {
  const island = simulatedIsland({ columns, points })
  const random = uniforms(20_261_125)
  const asked = Array.from({ length: users }, (_, u) => island.user(6000 + u, u % 4 === 3))
  const own = asked.map((user) => products(user, [user])[0])
  const first = Array.from({ length: atFirst }, (_, number) => island.learnware(number))
  let index = sketchIndex(fitProjection(first), { sample: first.slice(0, 200) })
  const living = new Map<number, Living>()
  const ordinals: number[] = []
  const at = new Map<number, number>()
  const made = (number: number): Embedding => island.learnware(number)
  const distancesOf = (embedding: Embedding): Float64Array => {
    const norm = products(embedding, [embedding])[0]
    const inner = asked.map((user) => products(user, [embedding])[0])
    return Float64Array.from(inner, (value, u) => Math.sqrt(Math.max(0, own[u] - 2 * value + norm)))
  }
  const penaltyOf = (): number => (random() < 0.3 ? 0.05 * random() : 0)
  let next = 0
  const counts = { added: 0, removed: 0, replaced: 0 }

  const add = (): void => {
    const ordinal = next++
    const embedding = made(ordinal)
    const penalty = penaltyOf()
    const place = index.add(ordinal, embedding, { penalty })
    living.set(ordinal, { place, number: ordinal, penalty, distances: distancesOf(embedding) })
    at.set(ordinal, ordinals.length)
    ordinals.push(ordinal)
  }
  const any = (): number => ordinals[below(random, ordinals.length)]
  const remove = (ordinal: number): void => {
    index.remove((living.get(ordinal) as Living).place)
    living.delete(ordinal)
    const hole = at.get(ordinal) as number
    const last = ordinals.pop() as number
    if (last !== ordinal) {
      ordinals[hole] = last
      at.set(last, hole)
    }
    at.delete(ordinal)
  }
  const replace = (ordinal: number): void => {
    const { place } = living.get(ordinal) as Living
    // Another learnware under the same ordinal: numbers beyond all ordinals.
    const number = 10_000_000 + next++
    const embedding = made(number)
    const penalty = penaltyOf()
    index.replace(place, embedding, { penalty })
    living.set(ordinal, { place, number, penalty, distances: distancesOf(embedding) })
  }

  /** The answer from the table of distances, which no index has seen. */
  const truth = (u: number): { id: string; distance: number }[] =>
    [...living]
      .map(([ordinal, { penalty, distances }]) => ({
        id: idOf(ordinal),
        distance: distances[u],
        rank: distances[u] + penalty,
      }))
      .sort((a, b) => a.rank - b.rank || a.distance - b.distance || (a.id < b.id ? -1 : 1))
      .slice(0, top)

  let evaluations = 0
  let searches = 0
  const search = (u: number, moment: number): void => {
    const known = pool(asked[u], index)
    const { certificate, ranked } = driven(nearestSteps(known, { top }), index, (ordinal) => {
      const { number, penalty } = living.get(ordinal) as Living
      return { id: idOf(ordinal), embedding: made(number), penalty }
    })
    must(certificate === 'exact', `after ${moment} operations, user ${u}: certificate ${certificate}`)
    truth(u).forEach(({ id, distance }, i) => {
      must(
        ranked[i].id === id && ranked[i].distance === distance,
        `after ${moment} operations, user ${u}, place ${i}: ${ranked[i].id} at ${ranked[i].distance}, expected ${id} at ${distance}`,
      )
    })
    evaluations += known.table.candidates.length
    searches++
  }

  for (let i = 0; i < atFirst; i++) add()
  let least = living.size
  let most = living.size
  for (let moment = 1; moment <= operations; moment++) {
    const draw = random()
    // The market grows and shrinks in turns, so that free places come and go.
    const growing = Math.floor(moment / 10_000) % 2 === 0 ? 0.45 : 0.3
    if (draw < growing) {
      add()
      counts.added++
    } else if (draw < 0.75) {
      remove(any())
      counts.removed++
    } else {
      replace(any())
      counts.replaced++
    }
    least = Math.min(least, living.size)
    most = Math.max(most, living.size)
    if (moment % searchEvery === 0) search((moment / searchEvery) % users, moment)
    if (moment % savedEvery === 0) index = openIndex(index.save())
  }
  must(index.size === living.size, `the index counts ${index.size} learnwares, there are ${living.size}`)
  for (let u = 0; u < users; u++) search(u, operations)

  return {
    title: 'Certified search while learnwares come and go',
    setting: `A simulated island of 100 domains, d = ${columns}, ${points} points a learnware, three in ten with a penalty for quality; ${digits(operations, 6)} operations at random, after every ${searchEvery} a certified top ${top} by distance and penalty, for ${users} users in turn. What is expected comes from a table of all distances beside the index; any other id, or distance that differs in a bit, ends the bench with an error. After every ${savedEvery} the index is saved and opened again.`,
    tables: [
      {
        head: [
          'added',
          'removed',
          'replaced',
          'learnwares, least',
          'most',
          'searches',
          'proven and equal',
          'evaluations, mean',
          'places',
        ],
        rows: [
          [
            String(counts.added),
            String(counts.removed),
            String(counts.replaced),
            String(least),
            String(most),
            String(searches),
            String(searches),
            digits(evaluations / searches),
            String(index.places),
          ],
        ],
      },
    ],
  }
}
