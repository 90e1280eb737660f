import type { Embedding } from '../../src/rkme/embedding.js'
import { fitProjection } from '../../src/search/sketch/projection.js'
import { sketchIndex } from '../../src/search/sketch/sketch-index.js'
import { nearest } from '../../src/search/topk.js'
import { certifiedSearch, mustEqual } from '../methods/certified-search.js'
import { simulatedIsland } from '../methods/island.js'
import { idOf, lookAtAll } from '../methods/look-at-all.js'
import { realIslands } from '../methods/real-island.js'
import { median, ms, once } from '../methods/timing.js'
import { viewIslands } from '../methods/view-island.js'
import { digits, must, type Section } from '../report/section.js'

const count = 10_000
const requirements = 1000
// Views have up to 768 columns, which make a look at all dear.
const ofViews = { learnwares: 2000, requirements: 200 }
const top = 10
const alsoPlain = 3
// Numbers of simulated users that no other bench takes.
const firstUser = 5000

interface Island {
  readonly name: string
  readonly columns: number
  readonly learnwares: readonly Embedding[]
  readonly users: readonly Embedding[]
}

const simulated = (columns: number): Island => {
  const island = simulatedIsland({ columns })
  return {
    name: 'simulated',
    columns,
    learnwares: Array.from({ length: count }, (_, number) => island.learnware(number)),
    users: Array.from({ length: requirements }, (_, u) => island.user(firstUser + u, u >= requirements / 2)),
  }
}

/** One island: every answer of the index against a look at all, and for some users that look against the plain one. */
const compare = ({ name, columns, learnwares, users }: Island): string[] => {
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

/** Is the certified top-10 of 10,000 learnwares that of a look at all of them? Any difference ends the bench with an error. */
export const run = async (): Promise<Section> => {
  const rows = [compare(simulated(20))]
  const said: string[] = []
  for (const island of await realIslands(count, requirements)) {
    rows.push(compare(island))
    said.push(`${island.name}: ${island.said}`)
  }
  const views = await viewIslands(ofViews.learnwares, ofViews.requirements)
  for (const island of views) rows.push(compare(island))
  return {
    title: 'Certified search against a look at all',
    setting: `Islands of ${count} learnwares; for ${requirements} requirements each (views: fewer) the certified top ${top} is compared with that of a look at all learnwares without any index: proven every time, the same ids, the same distances to the bit, or the bench ends with an error. Simulated: half of the users of the market’s domains, half from elsewhere. Real: a learnware is the reduced set (⌈√m⌉ points, ten iterations) of a window in time of one series, columns standardised over the market, gamma 1/(4d); windows of the same series overlap; half of the users are windows of series that no learnware is of, half other windows of the market’s series.${said.length > 0 ? ` ${said.join('; ')}.` : ''}${views.length > 0 ? ` Views of mfeat (digits) and mosei (videos), ${ofViews.learnwares} learnwares and ${ofViews.requirements} requirements each: a learnware is the 64 of 256 drawn rows that lie farthest along a direction of its own; half of the users are made of rows that no learnware has.` : ''}`,
    tables: [
      {
        head: [
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
        ],
        rows,
      },
    ],
    notes: [
      'The look at all sums every distance² in f32, allows for a proven error, and takes all learnwares that this leaves open again in f64, so many for each user as “taken in f64” says; the largest error seen is “share of the error” of what was allowed for. For three users of each island it is compared with the plain look in f64.',
      ...(said.length < 3 || views.length < 9 ? ['Some real data are not here: set LEARNWARE_DATA.'] : []),
    ],
  }
}
