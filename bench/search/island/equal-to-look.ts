import type { Embedding } from '../../../src/rkme/embedding.js'
import { fitProjection } from '../../../src/search/sketch/projection.js'
import { sketchIndex } from '../../../src/search/sketch/sketch-index.js'
import { nearest } from '../../../src/search/topk.js'
import { median, ms, once } from '../../measure/timing.js'
import { digits, must } from '../../report/section.js'
import { certifiedSearch, mustEqual } from './certified-search.js'
import { idOf, lookAtAll } from './look-at-all.js'

const top = 10
const alsoPlain = 3

/** Learnwares and users that are compared. */
export interface Island {
  readonly name: string
  readonly columns: number
  readonly learnwares: readonly Embedding[]
  readonly users: readonly Embedding[]
}

/** The columns of what {@link equalToLook} gives. */
export const head = [
  'island',
  'd',
  'learnwares',
  'points',
  'requirements',
  'equal',
  'evaluations',
  'most',
  'top-10: ms',
  'taken in f64',
  'share of the error',
]

/** What the last columns say. */
export const note =
  'The look at all sums every distance² in f32, allows for a proven error, and takes all learnwares that this leaves open again in f64, so many for each user as “taken in f64” says; the largest error seen is “share of the error” of what was allowed for. For three users of each island it is compared with the plain look in f64.'

/**
 * Every certified top 10 of the index against a look at all, and for some users that look against the plain one; any
 * difference is an error.
 */
export const equalToLook = ({ name, columns, learnwares, users }: Island): string[] => {
  const count = learnwares.length
  const at = (number: number): Embedding => learnwares[number]
  const look = once(() => lookAtAll(users, count, at, top))
  const { truth, again, used } = look.value
  must(used < 1, `${name}: a distance² in f32 is wrong by ${used} of what was allowed for`)
  const candidates = learnwares.map((embedding, number) => ({ id: idOf(number), embedding }))
  for (let u = 0; u < users.length; u += Math.ceil(users.length / alsoPlain)) {
    nearest(users[u], candidates, { top }).forEach(({ id, distance }, i) => {
      const seen = truth[u][i]
      must(
        seen.id === id && seen.distance === distance,
        `${name}: the look at all for user ${u} differs from the plain one`,
      )
    })
  }
  const index = sketchIndex(fitProjection(learnwares), { sample: learnwares.slice(0, 200), room: count })
  for (const [number, embedding] of learnwares.entries()) index.add(number, embedding)
  const found = users.map((user, u) => {
    const searched = certifiedSearch(user, index, at, top)
    mustEqual(searched.answer, truth[u], `${name}, user ${u}`)
    return searched
  })
  const evaluations = found.map((one) => one.evaluations)
  const points = learnwares.map(({ weights }) => weights.length)
  console.log(`${name}: ${users.length} of ${users.length} equal; look ${digits(look.seconds)} s`)
  return [
    name,
    String(columns),
    String(count),
    String(median(points)),
    String(users.length),
    String(users.length),
    digits(median(evaluations)),
    String(Math.max(...evaluations)),
    ms(median(found.map(({ seconds }) => seconds))),
    digits(again / users.length),
    digits(used, 2),
  ]
}
