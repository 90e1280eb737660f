import type { Section } from '../report/section.js'
import { salesSet } from './anchors/real.js'
import { anchorSection } from './anchors/section.js'

const few = 20

/** The same for new shops, where a market of real models is here (`LEARNWARE_DATA`). */
export const run = async (): Promise<Section> => {
  const here = (sets: readonly Awaited<ReturnType<typeof salesSet>>[]) => sets.flatMap((set) => (set ? [set] : []))
  return anchorSection({
    title: 'Anchors for a new shop with 20 labelled days',
    setting:
      'A market of 80 models of shops, and the 41 shops that no market knows, 5 draws of 20 labelled rows each, and 2 draws of 100; by distance also all 153 shops of the markets (2 draws of 20 rows).',
    sets: here([await salesSet(5, few), await salesSet(2, 5 * few)]),
    large: here([await salesSet(2, few, { markets: [0, 1, 2], most: 153 })]),
  })
}
