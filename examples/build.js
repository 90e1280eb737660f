import { rmSync } from 'node:fs'
import { openMarket } from 'learnware'
import { onnxRuntime } from 'learnware/onnx'
import { fileStore } from 'learnware/store/file'
import { progress } from './present/progress.js'

/**
 * Builds a market anew: every developer specifies her rows under the market's terms and submits her model.
 * @param {string} folder
 * @param {{ name: string, model: Uint8Array, description: object, rows: object, labels: ArrayLike<number | string> }[]} entries
 * @param {(terms: object, rows: object, options: object) => object} specify
 * @returns {Promise<{ name: string, receipt: import('learnware').Receipt }[]>}
 */
export async function buildMarket(folder, entries, specify) {
  rmSync(folder, { recursive: true, force: true })
  const market = await openMarket({ store: fileStore(folder), runtime: onnxRuntime() })
  const bar = progress('submitting')
  const receipts = []
  try {
    for (const { name, model, description, rows, labels } of entries) {
      const terms = await market.terms(description)
      const specification = await specify(terms, rows, { labels, seed: 7 })
      receipts.push({ name, receipt: await market.submit({ model, description, specification }) })
      bar.update(receipts.length / entries.length)
    }
  } finally {
    bar.stop()
    await market.close()
  }
  return receipts
}

/** One line a market, and one for each learnware that was not accepted or has a finding. */
export function showReceipts(title, receipts) {
  const accepted = receipts.filter(({ receipt }) => receipt.status === 'accepted').length
  console.log(`${title}: ${accepted} of ${receipts.length} accepted`)
  for (const { name, receipt } of receipts) {
    for (const { check, level, message } of receipt.findings) {
      if (level !== 'pass') console.log(`  ${name} ${receipt.status}, ${check} ${level}: ${message}`)
    }
  }
}
