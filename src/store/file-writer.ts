import { dirname, join } from 'node:path'
import { takeLock } from './file-lock.js'
import { logHeader, readLog } from './file-log.js'
import type { FileSystem, OpenFile } from './file-system.js'

/** The log of a store that writes, and the lock that it holds meanwhile. */
export interface Writer {
  readonly log: OpenFile
  /** Bytes of the log that are complete and durable. */
  length: number
  /** True where a write failed and its remains could not be cut off yet. */
  dirty: boolean
  release(): Promise<void>
}

/** Takes the lock, sweeps temporary files, and cuts off what an interrupted write left at the end of the log. */
export const openWriter = async (
  files: FileSystem,
  directory: string,
  path: string,
  blobs: string,
): Promise<Writer> => {
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

/** Writes a batch and makes it durable; where that fails, cuts its remains off, now or before the next one. */
export const appendBatch = async (writer: Writer, batch: Uint8Array): Promise<void> => {
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
