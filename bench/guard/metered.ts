import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Core, core } from '../../src/wasm/instance.js'

/** What the core was asked for while something ran. */
export interface Operations {
  /** k(x, z), of Gram matrices and of sums over rows. */
  readonly kernelValues: number
  /** Quadratic programs solved. */
  readonly programs: number
  /** Instructions executed; of a loop or function all those in it at every turn, as if every branch were taken. */
  readonly instructions: number
}

const built = (file: string): string => join(process.cwd(), 'build', file)
const features = ['--enable-simd', '--enable-bulk-memory', '--enable-sign-ext', '--enable-nontrapping-float-to-int']

const binaryen = (tool: string, args: readonly string[]): void => {
  const file = join(process.cwd(), 'node_modules/binaryen/bin', tool)
  const { status } = spawnSync(process.execPath, [file, ...args], { stdio: 'inherit' })
  if (status !== 0) throw new Error(`${tool} ${args.join(' ')} failed`)
}

/**
 * By the number that a loop or a function calls itself by at every turn, the instructions in it that are in no loop within: from the
 * text of the module, one instruction or more a line, indented by depth.
 */
const lengthsOf = (text: string): Map<number, number> => {
  const lengths = new Map<number, number>()
  const open: { depth: number; id: number | undefined; length: number }[] = []
  const close = (depth: number): void => {
    while (open.length > 0 && open[open.length - 1].depth >= depth) {
      const { id, length } = open.pop() as (typeof open)[number]
      if (id !== undefined) lengths.set(id, length)
    }
  }
  const lines = text.split('\n')
  for (const [i, line] of lines.entries()) {
    const depth = line.length - line.trimStart().length
    const [, word] = /^\s*\(([\w.]+)/.exec(line) ?? []
    if (word === undefined) continue
    close(depth)
    const scope = open[open.length - 1]
    if (word === 'func' || word === 'loop') open.push({ depth, id: undefined, length: 0 })
    else if (scope === undefined) continue
    else if (word === 'call' && line.includes('$fimport$0')) {
      scope.id ??= Number(/i32\.const (\d+)/.exec(`${line}${lines[i + 1]}`)?.[1])
      // The call itself and its number are not the core's own.
      scope.length -= 1
    } else if (!['block', 'then', 'else', 'local', 'param', 'result', 'type'].includes(word)) scope.length += 1
  }
  close(-1)
  return lengths
}

/** The core once more, with a call at every turn of a loop and every entry of a function. */
const meteredExports = (
  turn: (id: number) => void,
): { exports: Record<string, unknown>; lengths: Map<number, number> } => {
  mkdirSync(built('bench'), { recursive: true })
  const [module, text] = [built('bench/metered.wasm'), built('bench/metered.wat')]
  binaryen('wasm-opt', [built('release.wasm'), ...features, '--log-execution', '-o', module])
  binaryen('wasm-dis', [module, ...features, '-o', text])
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(module)), {
    env: { log_execution: turn, memory: new WebAssembly.Memory({ initial: 1, maximum: 65536 }) },
  })
  return { exports, lengths: lengthsOf(readFileSync(text, 'utf8')) }
}

/**
 * Runs the library on a core that counts, until `end` is called. Nothing of it is in the library: the exports that all of it goes
 * through are exchanged.
 */
export const meteredCore = () => {
  const turns = new Float64Array(1 << 16)
  const { exports, lengths } = meteredExports((id) => {
    turns[id]++
  })
  let kernelValues = 0
  let programs = 0
  const own = core() as Core & Record<string, unknown>
  const plain = { ...own }
  const change = own as Record<string, unknown>
  for (const [name, value] of Object.entries(exports)) {
    const call = value as (...args: number[]) => number
    if (/^(gram|gramTiles|moments)(32|64)$/.test(name)) {
      // Rows stand second; the number of points third of Gram matrices, behind weights and points of sums.
      const points = name.startsWith('gram') ? 3 : 4
      change[name] = (...args: number[]) => {
        kernelValues += args[1] * args[points]
        return call(...args)
      }
    } else if (name === 'quadratic') {
      change[name] = (...args: number[]) => {
        programs += 1
        return call(...args)
      }
    } else change[name] = value
  }
  const during = async <T>(work: () => T | Promise<T>): Promise<{ value: T; operations: Operations }> => {
    turns.fill(0)
    kernelValues = 0
    programs = 0
    const value = await work()
    let instructions = 0
    for (const [id, length] of lengths) instructions += turns[id] * length
    return { value, operations: { kernelValues, programs, instructions } }
  }
  return { during, end: () => void Object.assign(own, plain) }
}
