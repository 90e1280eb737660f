import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A peer in another process that answers one line of JSON with one line of JSON. */
export interface Peer {
  /** What it says of itself at the start. */
  readonly versions: Readonly<Record<string, string>>
  ask<T>(question: object): Promise<T>
  close(): void
}

const root = process.cwd()

/** Where a peer's packages are, pinned by bench/peers/<name>.txt; made at the first call. Throws a sentence where it cannot be. */
const environment = (name: string): string => {
  const folder = join(root, 'build/bench-venv', name)
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  const wanted = join(root, 'bench/peers', `${name}.txt`)
  const stamp = join(folder, 'installed.txt')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === readFileSync(wanted, 'utf8')) return python
  const run = (program: string, args: string[]): void => {
    const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`${(error?.message ?? stderr).trim().split('\n').at(-1)}`)
  }
  console.log(`installing bench/peers/${name}.txt into build/bench-venv/${name}`)
  mkdirSync(folder, { recursive: true })
  run(process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', folder])
  run(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', '-r', wanted])
  writeFileSync(stamp, readFileSync(wanted, 'utf8'))
  return python
}

/** Starts bench/peers/<name>_peer.py with the packages of <name>.txt on one thread, or says why it cannot. */
export const startPeer = async (name: string): Promise<Peer | string> => {
  try {
    // OpenBLAS chooses its kernels by the processor; what the environment says of it was meant for other programs.
    const { OPENBLAS_CORETYPE: _type, OPENBLAS_L2_SIZE: _size, ...rest } = process.env
    const env = { ...rest, OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' }
    const child = spawn(environment(name), [join(root, 'bench/peers', `${name}_peer.py`)], {
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const answer = async <T>(): Promise<T> => {
      const { value, done } = await lines.next()
      if (done) throw new Error(`${name}_peer.py ended without an answer`)
      return JSON.parse(value)
    }
    return {
      versions: await answer(),
      ask: (question) => {
        child.stdin.write(`${JSON.stringify(question)}\n`)
        return answer()
      },
      close: () => child.stdin.end(),
    }
  } catch (error) {
    return `${name} is not measured: ${(error as Error).message}`
  }
}

/** Writes numbers where a peer can read them, as f32. */
export const handOver = (name: string, data: Float32Array | Float64Array): string => {
  const file = join(root, 'build/bench', `${name}.f32`)
  writeFileSync(file, new Uint8Array(Float32Array.from(data).buffer))
  return file
}
