import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** Multiply-adds are two operations on four f32; one sample does so many. */
const operations = Math.floor(2 ** 24 / 12) * 12 * 8

/** The core's 128-bit multiply-add limit, measured by a C program beside what it is compared with. */
export interface Probe {
  /** Seconds per operation of each sample. */
  sample(seconds: number): Promise<number[]>
  close(): void
}

/** Compiles and starts bench/probe.c, or says why it cannot. */
export const startProbe = (): Probe | string => {
  if (process.arch !== 'x64') return 'the probe is written for x64: shares of its limit are not measured'
  const program = join(process.cwd(), 'build/bench/probe')
  mkdirSync(join(process.cwd(), 'build/bench'), { recursive: true })
  const flags = ['-O3', '-mavx', '-mno-fma', '-ffp-contract=off']
  const { status } = spawnSync('cc', [...flags, join(process.cwd(), 'bench/probe.c'), '-o', program], {
    stdio: 'inherit',
  })
  if (status !== 0) return 'no C compiler (cc): shares of the multiply-add limit are not measured'
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    sample: async (seconds) => {
      child.stdin.write(`${seconds}\n`)
      return (JSON.parse((await lines.next()).value) as number[]).map((time) => time / operations)
    },
    close: () => child.stdin.end(),
  }
}
