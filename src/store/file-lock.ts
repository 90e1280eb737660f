import { join } from 'node:path'
import { MarketError } from '../base/error.js'
import { codeOf } from './file-refusal.js'
import type { FileSystem } from './file-system.js'

let count = 0

/** A name that no other file of this or another process has. */
export const temporaryName = (path: string): string =>
  `${path}.${process.pid}-${Date.now().toString(36)}-${(count++).toString(36)}.tmp`

/** Writes a whole file and makes it durable, under a temporary name that must then be renamed or linked. */
export const writeTemporary = async (system: FileSystem, path: string, bytes: Uint8Array): Promise<string> => {
  const name = temporaryName(path)
  const file = await system.open(name, true)
  try {
    for (let at = 0; at < bytes.length; ) at += await file.write(bytes.subarray(at), at)
    await file.sync()
  } finally {
    await file.close()
  }
  return name
}

const readText = async (system: FileSystem, path: string): Promise<string | undefined> => {
  try {
    return new TextDecoder().decode(await system.read(path))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Takes the lock of a directory, so that one process writes; the lock of a process that died is taken over.
 * The file appears complete (written aside, then linked), so a lock is never half written.
 * @returns the function that gives it back.
 * @throws MarketError `locked` where another process that still runs holds it.
 */
export const takeLock = async (system: FileSystem, directory: string): Promise<() => Promise<void>> => {
  const path = join(directory, 'lock')
  const temporary = await writeTemporary(system, path, new TextEncoder().encode(system.owner))
  const release = async (): Promise<void> => {
    if ((await readText(system, path)) === system.owner) await system.remove(path)
  }
  try {
    for (let attempt = 0; attempt < 20; attempt++) {
      try {
        await system.link(temporary, path)
        return release
      } catch (error) {
        // whoever holds the lock sweeps temporary files, ours among them
        if (codeOf(error) === 'ENOENT') break
        if (codeOf(error) !== 'EEXIST') throw error
      }
      const holder = await readText(system, path)
      // an earlier opening of this very store that failed half way
      if (holder === system.owner) return release
      if (holder !== undefined) await breakStale(system, path, holder)
    }
    throw new MarketError('locked', `"${path}" is being taken by several processes at once; try again`)
  } finally {
    await system.remove(temporary).catch(() => undefined)
  }
}

const breakStale = async (system: FileSystem, path: string, holder: string): Promise<void> => {
  const alive = await system.alive(holder)
  if (alive !== false) {
    const advice = alive
      ? 'close that market first, or open this one with readOnly: true'
      : 'it runs on another machine or in another container; if it does no longer, delete that file'
    throw new MarketError('locked', `"${path}" is held by ${holder}; ${advice}`)
  }
  // Renamed, not removed: whoever comes second must not take away the lock of whoever came first.
  const aside = temporaryName(path)
  try {
    await system.rename(path, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  if ((await readText(system, aside)) !== holder) await system.link(aside, path).catch(() => undefined)
  await system.remove(aside)
}
