import { type FileSystem, nodeFileSystem, type OpenFile } from '../../src/store/file-system.js'

/** What a failing file system throws: a disk's error, with a code as Node gives it. */
class Fault extends Error {
  constructor(readonly code: string) {
    super(`${code}: injected`)
  }
}

/** How the call with that number goes: it throws before it acts, or (a write) after a part of the bytes went out. */
export interface Plan {
  readonly at: number
  readonly part?: number
  /** `kill`: every later call fails too, as after the death of the process. Else a disk's error, once. */
  readonly kind: 'kill' | 'ENOSPC' | 'EIO'
}

export interface FaultyFileSystem extends FileSystem {
  /** Calls that change the disk so far. */
  readonly calls: number
  /** Ends this "process": its locks are stale from now on. */
  die(): Promise<void>
}

const dead = new Set<string>()
let processes = 0

/** The file system of a process that is killed, or meets a full disk, at the call that the plan names. */
export const faultyFileSystem = async (plan?: Plan): Promise<FaultyFileSystem> => {
  const system = await nodeFileSystem()
  const owner = `process ${processes++}`
  let calls = 0
  let killed = false
  const changes = async <T>(action: () => Promise<T>, partial?: (part: number) => Promise<unknown>): Promise<T> => {
    if (killed) throw new Fault('KILLED')
    if (calls++ === plan?.at) {
      if (partial && plan.part) await partial(plan.part)
      killed = plan.kind === 'kill'
      throw new Fault(plan.kind === 'kill' ? 'KILLED' : plan.kind)
    }
    return action()
  }
  const files: OpenFile[] = []
  const wrapped = (file: OpenFile): OpenFile => ({
    write: (bytes, position) =>
      changes(
        () => file.write(bytes, position),
        (part) => file.write(bytes.subarray(0, Math.ceil(part * bytes.length)), position),
      ),
    sync: () => changes(() => file.sync()),
    truncate: (length) => changes(() => file.truncate(length)),
    close: () => file.close(),
  })
  return {
    owner,
    get calls() {
      return calls
    },
    async die() {
      killed = true
      dead.add(owner)
      for (const file of files) await file.close().catch(() => undefined)
    },
    alive: async (other) => !dead.has(other),
    makeDirectory: (path) => changes(() => system.makeDirectory(path)),
    list: system.list,
    read: system.read,
    open: (path, exclusive) =>
      changes(async () => {
        const file = await system.open(path, exclusive)
        files.push(file)
        return wrapped(file)
      }),
    rename: (from, to) => changes(() => system.rename(from, to)),
    link: (from, to) => changes(() => system.link(from, to)),
    remove: (path) => changes(() => system.remove(path)),
    syncDirectory: (path) => changes(() => system.syncDirectory(path)),
  }
}
