import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Results as files of build/, by the content of the library, of the experiments and the plan, so that a run that was broken off
 * goes on.
 * @param {string} name of the experiment
 * @param {object} [plan] all else that the results depend on
 */
export function keeper(name, plan = {}) {
  const hash = createHash('sha256').update(JSON.stringify(plan))
  for (const entry of ['learnware', 'learnware/reuse']) {
    hash.update(readFileSync(fileURLToPath(import.meta.resolve(entry))))
  }
  const experiments = new URL('../', import.meta.url)
  const scripts = readdirSync(experiments, { recursive: true }).filter((name) => name.endsWith('.js'))
  for (const name of scripts.sort()) hash.update(readFileSync(new URL(name, experiments)))
  const folder = new URL(
    `../../../build/experiments/results/${name}-${hash.digest('hex').slice(0, 16)}/`,
    import.meta.url,
  )
  const file = (key) => new URL(`${key}.json`, folder)
  return {
    /** @param {string} key */
    read: (key) => (existsSync(file(key)) ? JSON.parse(readFileSync(file(key), 'utf8')) : undefined),
    /** @param {string} key */
    write(key, result) {
      mkdirSync(dirname(fileURLToPath(file(key))), { recursive: true })
      writeFileSync(file(key), JSON.stringify(result))
    },
  }
}
