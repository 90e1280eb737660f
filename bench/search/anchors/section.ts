import { atMost, type Check, digits, type Section } from '../../report/section.js'
import type { AnchorSet } from './set.js'
import { closed, compared, type Filled, fill, foretold, prepare, type Regrets, regretsOf } from './trial.js'

const counts = [4, 8, 16]
/** What a section of anchors is made of. */
interface Subject {
  readonly title: string
  readonly setting: string
  readonly sets: readonly AnchorSet[]
  /** Sets for searches by distance alone. */
  readonly large: readonly AnchorSet[]
}

/** The section of anchors over some sets, by performance and by distance. */
export const anchorSection = async ({ title, setting, sets, large }: Subject): Promise<Section> => {
  const regrets: { set: string; count: number; of: Regrets }[] = []
  const shares: string[][] = []
  const checks: Check[] = []
  const compare = async (filled: Filled): Promise<void> => {
    const { name } = filled.set
    const size = filled.learnwares.length
    const one = await compared(filled, 1)
    const five = await compared(filled, 5)
    shares.push([
      name,
      String(size),
      ...[one.all, one.beyondAnchors, one.proof, foretold(filled), five.all].map((share) => `${digits(100 * share)} %`),
    ])
    checks.push(
      atMost(`${name}: ${size} learnwares, compared for the nearest, exact`, 100 * one.all, 10, ' %'),
      atMost(
        `${name}: the same beyond what the proof costs one who begins with the nearest`,
        100 * (one.all - one.proof),
        2,
        ' %',
      ),
      atMost(`${name}: the same beyond the first eight, the anchors`, 100 * one.beyondAnchors, 10, ' %'),
    )
  }
  for (const set of sets) {
    const trial = await prepare(set)
    for (const count of counts) {
      const of = await regretsOf(trial, count)
      regrets.push({ set: set.name, count, of })
      for (const [how, regret] of [
        ['as asked by default', of.anchors],
        ['performance alone', of.alone],
      ] as const) {
        checks.push(
          atMost(
            `${set.name}, ${count} anchors, ${how}: mean regret / that of the five nearest to the best anchor`,
            regret / of.nearestToBest,
            0.5,
          ),
        )
      }
    }
    await compare(trial)
    await closed(trial)
  }
  for (const set of large) {
    const filled = await fill(set)
    await compare(filled)
    await closed(filled)
  }
  return {
    title,
    setting: `${setting} What is told of each anchor: accuracy or loss, and the inner product of her rows’ embedding with its own, each rounded to its standard error; or (alone) without the product. Regret: true loss of the best of five returned, less that of the best of all; the mean over users that nothing was tuned on.`,
    tables: [
      {
        caption: 'Mean regret of the best of five.',
        head: [
          'market',
          'anchors',
          'up to three rounds',
          'the same, performance alone',
          'run in all',
          'one round',
          'five nearest to the best anchor',
          'the same, 16 anchors more',
          'kernel on distances, one round',
          'all run',
          'all run, inferred',
          'users better off',
        ],
        rows: regrets.map(({ set, count, of }) => [
          set,
          String(count),
          digits(of.anchors),
          digits(of.alone),
          digits(of.runs),
          digits(of.once),
          digits(of.nearestToBest),
          digits(of.nearestToBestOfMore),
          digits(of.kernel),
          digits(of.allRun),
          digits(of.allInferred),
          `${digits(100 * of.wins)} %`,
        ]),
      },
      {
        caption: 'Distance only: learnwares whose embedding the user compared with hers, until the answer was proved.',
        head: [
          'market',
          'learnwares',
          'nearest',
          'beyond the first eight',
          'one who begins with the nearest',
          'one who knows all answers',
          'five nearest',
        ],
        rows: shares,
      },
    ],
    checks,
    notes: [
      'All run: the five of least loss on the user’s labelled rows when she runs every learnware. Inferred: the five that the market returns when it is told of all.',
      'The tasks that the covariance is made of count by their nearness to the user’s rows, unless performance alone is told. The rule and its constants were chosen with shops of another market and digits of other users than these.',
      'One who begins with the nearest: an oracle that knows the answer and only has to prove it. One who knows all answers: it asks next for what leaves least undecided (greedily, so that fewer could do). Where both need more than a tenth, a search that has to ask can hardly be expected to do with a tenth: a user’s 20 rows lie about as far from all learnwares as from the nearest.',
      'Users better off: with a lower regret than by the five nearest to the best anchor; equal ones count half.',
      'Kernel on distances: a Gaussian process with exp(−D²/2ℓ²) in place of the covariance that the learnwares have on each other’s tasks.',
    ],
  }
}
