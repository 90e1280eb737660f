import { manifest } from 'learnware'
import { spawnEngine } from 'learnware/worker'
import { progress } from './present/progress.js'
import { short, table } from './present/table.js'

/**
 * A requirement from a user's rows, made in a worker beside a progress bar.
 * @param {import('learnware').Terms} terms
 * @param {Record<string, Float64Array>} rows
 */
export async function requirementOf(terms, rows) {
  const engine = await spawnEngine()
  const bar = progress('building the requirement')
  try {
    return await engine.specify(terms, rows, {
      role: 'requirement',
      seed: 7,
      onProgress: ({ iteration, iterations }) => bar.update(iteration / Math.max(iterations, 1)),
    })
  } finally {
    bar.stop()
    await engine.close()
  }
}

/**
 * What a search of this requirement would send.
 * @param {import('learnware').Requirement} requirement
 */
export function showManifest(requirement) {
  const { text } = manifest(requirement)
  console.log(`\nWhat a search sends, and nothing else:\n${indented(text)}`)
}

/**
 * The nearest learnwares and the decision.
 * @param {import('learnware').Found} found
 * @param {number} count how many to show
 */
export function showFound({ decision, ranked, mixture, unseen }, count) {
  const inMixture = new Map(mixture.members.map(({ id, weight }) => [id, weight]))
  const rows = ranked
    .slice(0, count)
    .map(({ id, distance, score }) => [
      short(id),
      distance.toFixed(4),
      score.toFixed(1),
      inMixture.get(id)?.toFixed(2) ?? '',
    ])
  const share = (value) => `${(100 * value).toFixed(0)} %`
  console.log(
    `\nDecision: ${decision}; share of the rows that no learnware knows: ${share(unseen.share)} ` +
      `(${share(unseen.low)} to ${share(unseen.high)})`,
  )
  console.log(indented(table(['learnware', 'distance', 'score', 'in mixture'], rows)))
}

/** @param {string} text */
export function indented(text) {
  return text.replace(/^/gm, '  ')
}
