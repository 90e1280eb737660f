import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decode, encode } from '../../../src/rkme/codec.js'
import type { Embedding } from '../../../src/rkme/embedding.js'

const folder = join(process.cwd(), 'build/bench')

/** Embeddings that are made once and kept in build/bench under a name. */
export const keptEmbeddings = async (
  name: string,
  make: () => Promise<readonly Embedding[]>,
): Promise<readonly Embedding[]> => {
  const kept = join(folder, name)
  if (!existsSync(kept)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(kept, packed(await make()))
  }
  return unpacked(new Uint8Array(readFileSync(kept)))
}

const packed = (embeddings: readonly Embedding[]): Uint8Array => {
  const parts = embeddings.map(encode)
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0))
  let at = 0
  for (const part of parts) {
    new DataView(bytes.buffer).setUint32(at, part.length, true)
    bytes.set(part, at + 4)
    at += 4 + part.length
  }
  return bytes
}

const unpacked = (bytes: Uint8Array): Embedding[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const embeddings: Embedding[] = []
  for (let at = 0; at < bytes.length; at += 4 + view.getUint32(at, true)) {
    embeddings.push(decode(bytes.slice(at + 4, at + 4 + view.getUint32(at, true))) as Embedding)
  }
  return embeddings
}
