import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { options } from '../base/check.js'
import { sha256Hex } from '../base/codec.js'
import { KindError, MarketError, shown } from '../base/error.js'
import { writeTemporary } from './file-lock.js'
import { encodeBatch, readLog } from './file-log.js'
import { codeOf, refusal } from './file-refusal.js'
import { type FileSystem, nodeFileSystem } from './file-system.js'
import { appendBatch, openWriter, type Writer } from './file-writer.js'
import { checkAddress, checkName, checkRecords, type Store } from './store.js'

/**
 * A store in a directory: the append log `records`, and `blobs/` by content address. Made where it is absent, opened at
 * the first call. One process writes (the file `lock`); any number reads with `readOnly`, which writes nothing at all.
 * A kill or a power cut leaves the last complete state: a batch that was cut is dropped at the next opening. A blob that
 * no record names yet may stay behind; putting it again finds it.
 * @throws MarketError from its methods: `locked`, `corrupt`, `version`, `absent`, `denied`, `quota`, `unreachable`.
 */
export const fileStore = (
  folder: string | URL,
  given: { readOnly?: boolean /** @internal */; fileSystem?: FileSystem } = {},
): Store => {
  const { readOnly = false, fileSystem } = options(given, 'options', ['readOnly', 'fileSystem'])
  const directory = folder instanceof URL ? fileURLToPath(folder) : folder
  if (typeof directory !== 'string' || directory === '') {
    throw new KindError(`"directory" expected the path or the file: URL of a directory, got ${shown(folder)}`)
  }
  const path = join(directory, 'records')
  const blobs = join(directory, 'blobs')
  const derived = join(directory, 'derived')
  let system: Promise<FileSystem> | undefined
  let writer: Promise<Writer> | undefined
  let queue: Promise<unknown> = Promise.resolve()
  let closed = false
  let closing: Promise<void> | undefined

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

  const end = async (): Promise<void> => {
    await queue
    const held = await writer?.catch(() => undefined)
    try {
      await held?.log.close()
    } finally {
      await held?.release()
    }
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
    derived: {
      async read(name) {
        const path = join(derived, checkName(name))
        return (await open()).read(path).catch(() => undefined)
      },
      async write(name, bytes) {
        const path = join(derived, checkName(name))
        if (readOnly) return
        const files = await openToWrite()
        await inTurn(async () => {
          await files.makeDirectory(derived)
          await files.rename(await writeTemporary(files, path, bytes), path)
        }).catch((error: unknown) => {
          throw refusal(error, directory)
        })
      },
    },
    close() {
      closed = true
      closing ??= end()
      return closing
    },
  }
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
