import type { Section } from '../report/section.js'
import { digitsSet } from './anchors/real.js'
import { anchorSection } from './anchors/section.js'
import { simulatedSet } from './anchors/simulated.js'

const few = 20

/** Does a user with 20 labelled rows find helpful learnwares by running a few, and the nearest without a scan? */
export const run = async (): Promise<Section> =>
  anchorSection({
    title: 'Anchors: helpful learnwares for a user with 20 labelled rows',
    setting:
      'Markets of 80 simulated learnwares (six regions × five concepts, 100 users each) and of 50 classifiers of digits (200 users); by distance also of 1000 simulated learnwares (60 users). Anchors are run on 20 labelled rows.',
    sets: [...[11, 12, 13].map((seed) => simulatedSet(seed, 80, 100, few)), await digitsSet(200, few)],
    large: [simulatedSet(14, 1000, 60, few)],
  })
