import { Presets, SingleBar } from 'cli-progress'

/**
 * A progress bar on a terminal, and nothing anywhere else.
 * @param {string} label
 * @returns {{ update(share: number): void, stop(): void }} `share` runs from 0 to 1
 */
export function progress(label) {
  if (!process.stderr.isTTY) return { update() {}, stop() {} }
  const bar = new SingleBar(
    { format: `${label} {bar} {percentage} %`, clearOnComplete: true, hideCursor: true, stream: process.stderr },
    Presets.shades_classic,
  )
  bar.start(100, 0)
  return { update: (share) => bar.update(Math.round(100 * share)), stop: () => bar.stop() }
}
