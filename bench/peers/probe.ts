import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** Multiply-adds are two operations on four f32; one sample does so many. */
const operations = Math.floor(2 ** 24 / 12) * 12 * 8

/** A C program of bench/ that takes seconds on its input and answers with the seconds of so many samples. */
export interface Program {
  /** What it says at the start, as JSON; nothing where it says nothing. */
  readonly first: unknown
  sample(seconds: number): Promise<number[]>
  close(): void
}

/** Compiles and starts bench/<name>.c for 128-bit instructions without fused multiply-add, or says why it cannot. */
export const startProgram = async (name: string, speaksFirst: boolean): Promise<Program | string> => {
  if (process.arch !== 'x64') return `bench/${name}.c is written for x64: it is not measured`
  const program = join(process.cwd(), 'build/bench', name)
  mkdirSync(join(process.cwd(), 'build/bench'), { recursive: true })
  const flags = ['-O3', '-mavx', '-mno-fma', '-ffp-contract=off']
  const { status } = spawnSync('cc', [...flags, join(process.cwd(), `bench/${name}.c`), '-o', program], {
    stdio: 'inherit',
  })
  if (status !== 0) return `no C compiler (cc): bench/${name}.c is not measured`
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async (): Promise<unknown> => JSON.parse((await lines.next()).value)
  return {
    first: speaksFirst ? await line() : undefined,
    sample: async (seconds) => {
      child.stdin.write(`${seconds}\n`)
      return (await line()) as number[]
    },
    close: () => child.stdin.end(),
  }
}

/** The core's 128-bit multiply-add limit, measured by bench/probe.c beside what it is compared with: seconds per operation. */
export const startProbe = async (): Promise<Program | string> => {
  const probe = await startProgram('probe', false)
  if (typeof probe === 'string') return `${probe}; shares of the multiply-add limit are not known`
  return { ...probe, sample: async (seconds) => (await probe.sample(seconds)).map((time) => time / operations) }
}
