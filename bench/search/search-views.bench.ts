import type { Section } from '../report/section.js'
import { equalToLook, head, note } from './island/equal-to-look.js'
import { viewIslands } from './island/views.js'

// Up to 768 columns make a look at all dear.
const learnwares = 2000
const requirements = 200

/** Is the certified top-10 that of a look at all where learnwares hold views of digits and of videos, of few columns or many? */
export const run = async (): Promise<Section> => {
  const islands = await viewIslands(learnwares, requirements)
  return {
    title: 'Certified search against a look at all: views of digits and videos',
    setting: `The six views of mfeat (digits) and the three of mosei (videos), ${learnwares} learnwares and ${requirements} requirements each: a learnware is the reduced set (8 points, ten iterations) of the 64 of 256 drawn rows that lie farthest along a direction of its own, columns standardised, gamma 1/(4d); half of the users are made so of rows that no learnware has. The certified top 10 is that of a look at all, ids and distances to the bit, or the bench ends with an error.`,
    tables: [{ head, rows: islands.map(equalToLook) }],
    notes: [note, ...(islands.length < 9 ? ['Some real data are not here: set LEARNWARE_DATA.'] : [])],
  }
}
