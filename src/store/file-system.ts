import { constants } from 'node:fs'
import { link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { hostname } from 'node:os'

/** An open file of a {@link FileSystem}. */
export interface OpenFile {
  /** Writes at a position and returns how many bytes went out, which may be fewer. */
  write(bytes: Uint8Array, position: number): Promise<number>
  sync(): Promise<void>
  truncate(length: number): Promise<void>
  close(): Promise<void>
}

/**
 * The few calls by which a file store touches the disk, so that a test can fail each of them. Paths are the caller's;
 * errors are Node's, with their `code`.
 */
export interface FileSystem {
  /** This store of this process, as a text that `alive` understands on the same machine. */
  readonly owner: string
  /** Whether the process that calls itself `owner` still runs; undefined where it cannot be known from here. */
  alive(owner: string): Promise<boolean | undefined>
  makeDirectory(path: string): Promise<void>
  list(path: string): Promise<string[]>
  read(path: string): Promise<Uint8Array>
  /** Opens for writing, made where absent; `exclusive` fails where present. */
  open(path: string, exclusive: boolean): Promise<OpenFile>
  rename(from: string, to: string): Promise<void>
  /** A second name for a file; fails where that name is taken. */
  link(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  /** Makes the names in a directory durable. */
  syncDirectory(path: string): Promise<void>
}

/** When a process began, in the kernel's ticks: tells a living process from another that inherited its number. */
const startOf = async (pid: number): Promise<string> => {
  try {
    const line = await readFile(`/proc/${pid}/stat`, 'latin1')
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

const runs = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

let stores = 0

/** The file system of this Node process, for one store. */
export const nodeFileSystem = async (): Promise<FileSystem> => ({
  owner: JSON.stringify({ pid: process.pid, host: hostname(), start: await startOf(process.pid), store: ++stores }),
  async alive(owner) {
    let found: { pid?: unknown; host?: unknown; start?: unknown }
    try {
      found = JSON.parse(owner)
    } catch {
      return false
    }
    if (!Number.isInteger(found?.pid)) return false
    if (found.host !== hostname()) return undefined
    const pid = found.pid as number
    return runs(pid) && (await startOf(pid)) === found.start
  },
  async makeDirectory(path) {
    await mkdir(path, { recursive: true })
  },
  list: (path) => readdir(path),
  async read(path) {
    return new Uint8Array(await readFile(path))
  },
  async open(path, exclusive) {
    const flags = constants.O_RDWR | constants.O_CREAT | (exclusive ? constants.O_EXCL : 0)
    const file = await open(path, flags, 0o644)
    return {
      async write(bytes, position) {
        return (await file.write(bytes, 0, bytes.length, position)).bytesWritten
      },
      sync: () => file.sync(),
      truncate: (length) => file.truncate(length),
      close: () => file.close(),
    }
  },
  rename,
  link,
  remove: (path) => rm(path, { force: true }),
  async syncDirectory(path) {
    // Windows cannot open a directory; its renames are journalled
    if (process.platform === 'win32') return
    const directory = await open(path, 'r')
    try {
      await directory.sync()
    } finally {
      await directory.close()
    }
  },
})
