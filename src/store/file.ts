import { dirname, join } from 'node:path'
import { sha256Hex } from '../base/codec.js'
import { KindError, MarketError, shown } from '../base/error.js'
import { takeLock, writeTemporary } from './file-lock.js'
import { encodeBatch, logHeader, readLog } from './file-log.js'
import { type FileSystem, nodeFileSystem, type OpenFile } from './file-system.js'
import { checkAddress, checkRecords, type Store } from './store.js'

/** What a writing store holds while it is open. */
interface Writer {
  readonly log: OpenFile
  /** Bytes of the log that are complete and durable. */
  length: number
  /** True where a write failed and its remains could not be cut off yet. */
  dirty: boolean
  release(): Promise<void>
}

/**
 * A store in a directory: the append log `records`, and `blobs/` by content address. Made where it is absent, opened at
 * the first call. One process writes (the file `lock`); any number reads with `readOnly`, which writes nothing at all.
 * A kill or a power cut leaves the last complete state: a batch that was cut is dropped at the next opening.
 * @throws MarketError from its methods: `locked`, `corrupt`, `version`, `absent`, `denied`, `quota`, `unreachable`.
 */
export const fileStore = (
  directory: string,
  { readOnly = false, fileSystem }: { readOnly?: boolean /** @internal */; fileSystem?: FileSystem } = {},
): Store => {
  if (typeof directory !== 'string' || directory === '') {
    throw new KindError(`"directory" expected the path of a directory, got ${shown(directory)}`)
  }
  const path = join(directory, 'records')
  const blobs = join(directory, 'blobs')
  let system: Promise<FileSystem> | undefined
  let writer: Promise<Writer> | undefined
  let queue: Promise<unknown> = Promise.resolve()
  let closed = false

  const open = async (): Promise<FileSystem> => {
    if (closed) throw new MarketError('unreachable', `the store in "${directory}" is closed; open it again`)
    system ??= fileSystem ? Promise.resolve(fileSystem) : nodeFileSystem()
    const files = await system
    if (readOnly) return files
    writer ??= openWriter(files, directory, path, blobs)
    try {
      await writer
    } catch (error) {
      writer = undefined
      throw refusal(error, directory)
    }
    return files
  }
  const openToWrite = async (): Promise<FileSystem> => {
    if (readOnly)
      throw new MarketError('denied', `"${directory}" was opened with readOnly: true; open it without to write`)
    return open()
  }
  const inTurn = <T>(action: () => Promise<T>): Promise<T> => {
    const result = queue.then(action)
    queue = result.catch(() => undefined)
    return result
  }

  return {
    name: `file ${directory}`,
    async records() {
      const files = await open()
      return inTurn(async () => readLog(await readRecords(files, path, directory), path).records)
    },
    async append(records) {
      checkRecords(records)
      const batch = encodeBatch(records)
      await openToWrite()
      await inTurn(async () => {
        if (records.length === 0) return
        if (closed || writer === undefined)
          throw new MarketError('unreachable', `the store in "${directory}" is closed; open it again`)
        try {
          await appendBatch(await writer, batch)
        } catch (error) {
          throw refusal(error, directory)
        }
      })
    },
    async putBlob(bytes) {
      if (!(bytes instanceof Uint8Array)) throw new KindError(`"bytes" expected a Uint8Array, got ${shown(bytes)}`)
      const copy = bytes.slice()
      const address = sha256Hex(copy)
      const files = await openToWrite()
      return inTurn(async () => {
        try {
          const kept = await files.read(join(blobs, address)).catch(() => undefined)
          if (kept !== undefined && sha256Hex(kept) === address) return address
          const temporary = await writeTemporary(files, join(blobs, address), copy)
          await files.rename(temporary, join(blobs, address))
          await files.syncDirectory(blobs)
          return address
        } catch (error) {
          throw refusal(error, directory)
        }
      })
    },
    async blob(address) {
      checkAddress(address)
      const files = await open()
      const bytes = await files.read(join(blobs, address)).catch((error: unknown) => {
        if (codeOf(error) !== 'ENOENT') throw refusal(error, directory)
        throw new MarketError(
          'absent',
          `"${blobs}" holds no blob ${address.slice(0, 12)}…; the folder is not whole, copy it again`,
        )
      })
      if (sha256Hex(bytes) !== address) {
        throw new MarketError('corrupt', `"${join(blobs, address)}" no longer matches its name; restore it from a copy`)
      }
      return bytes
    },
    async close() {
      if (closed) return
      closed = true
      await queue
      const held = await writer?.catch(() => undefined)
      if (held === undefined) return
      await held.log.close()
      await held.release()
    },
  }
}

const codeOf = (error: unknown): string => (error as { code?: string })?.code ?? ''

const openWriter = async (files: FileSystem, directory: string, path: string, blobs: string): Promise<Writer> => {
  await files.makeDirectory(blobs)
  await files.syncDirectory(dirname(directory)).catch(() => undefined)
  const release = await takeLock(files, directory)
  let log: OpenFile | undefined
  try {
    for (const folder of [directory, blobs]) {
      for (const name of await files.list(folder)) if (name.endsWith('.tmp')) await files.remove(join(folder, name))
    }
    log = await files.open(path, false)
    const bytes = await files.read(path)
    let { length } = readLog(bytes, path)
    if (length === 0) {
      await writeAll(log, logHeader, 0)
      length = logHeader.length
    } else if (length < bytes.length) {
      await log.truncate(length)
      await log.sync()
    }
    await files.syncDirectory(directory)
    return { log, length, dirty: false, release }
  } catch (error) {
    await log?.close().catch(() => undefined)
    await release().catch(() => undefined)
    throw error
  }
}

const appendBatch = async (writer: Writer, batch: Uint8Array): Promise<void> => {
  if (writer.dirty) await cutRemains(writer)
  writer.dirty = true
  try {
    await writeAll(writer.log, batch, writer.length)
  } catch (error) {
    await cutRemains(writer).catch(() => undefined)
    throw error
  }
  writer.length += batch.length
  writer.dirty = false
}

const cutRemains = async (writer: Writer): Promise<void> => {
  await writer.log.truncate(writer.length)
  await writer.log.sync()
  writer.dirty = false
}

const writeAll = async (file: OpenFile, bytes: Uint8Array, position: number): Promise<void> => {
  for (let at = 0; at < bytes.length; ) at += await file.write(bytes.subarray(at), position + at)
  await file.sync()
}

const readRecords = async (files: FileSystem, path: string, directory: string): Promise<Uint8Array> => {
  try {
    return await files.read(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw refusal(error, directory)
    throw new MarketError('absent', `"${directory}" holds no learnware store (no file "records"); check the path`, {
      cause: error,
    })
  }
}

/** A refusal of the disk in the words of a market. */
const refusal = (error: unknown, directory: string): unknown => {
  const code = codeOf(error)
  if (error instanceof MarketError) return error
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new MarketError('quota', `no space left for "${directory}" (${code}); free some and try again`, {
      cause: error,
    })
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new MarketError(
      'denied',
      `"${directory}" may not be written (${code}); change its rights, or open it with readOnly: true`,
      {
        cause: error,
      },
    )
  }
  return error
}
