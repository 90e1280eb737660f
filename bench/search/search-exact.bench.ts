import type { Section } from '../report/section.js'
import { equalToLook, head, type Island, note } from './island/equal-to-look.js'
import { realIslands } from './island/real.js'
import { simulatedIsland } from './island/simulated.js'

const count = 10_000
const requirements = 1000
const top = 10
// Numbers of simulated users that no other bench takes.
const firstUser = 5000

const simulated = (columns: number): Island => {
  const island = simulatedIsland({ columns })
  return {
    name: 'simulated',
    columns,
    learnwares: Array.from({ length: count }, (_, number) => island.learnware(number)),
    users: Array.from({ length: requirements }, (_, u) => island.user(firstUser + u, u >= requirements / 2)),
  }
}

/** Is the certified top-10 of 10,000 learnwares that of a look at all of them? Any difference ends the bench with an error. */
export const run = async (): Promise<Section> => {
  const rows = [equalToLook(simulated(20))]
  const said: string[] = []
  for (const island of await realIslands(count, requirements)) {
    rows.push(equalToLook(island))
    said.push(`${island.name}: ${island.said}`)
  }
  return {
    title: 'Certified search against a look at all',
    setting: `Islands of ${count} learnwares; for ${requirements} requirements each the certified top ${top} is compared with that of a look at all learnwares without any index: proven every time, the same ids, the same distances to the bit, or the bench ends with an error. Simulated: half of the users of the market’s domains, half from elsewhere. Real: a learnware is the reduced set (⌈√m⌉ points, ten iterations) of a window in time of one series, columns standardised over the market, gamma 1/(4d); windows of the same series overlap; half of the users are windows of series that no learnware is of, half other windows of the market’s series.${said.length > 0 ? ` ${said.join('; ')}.` : ''}`,
    tables: [
      {
        head,
        rows,
      },
    ],
    notes: [note, ...(said.length < 3 ? ['Some real data are not here: set LEARNWARE_DATA.'] : [])],
  }
}
