import { parseArgs } from 'node:util'
import { Refusal } from './csv.js'

/**
 * The options of a command line, by name.
 * @param {import('node:util').ParseArgsConfig['options']} options
 * @param {string} command what the reader typed
 * @returns {Record<string, any>}
 */
export function optionsOf(options, command) {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    const said = error.message.split(/\.?(?:\s*\n|\. |$)/)[0]
    throw new Refusal(`${said}; ${command} -- --help says what it takes`)
  }
}
