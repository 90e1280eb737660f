import { hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, decodeFrame, encodeFrame, sha256Hex } from '../../src/base/codec.js'

describe('sha256Hex', () => {
  it('agrees with the published vectors', () => {
    expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })
})

describe('canonicalJson', () => {
  it('does not depend on the order of keys and stays JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse())
        expect(canonicalJson(turned)).toBe(canonicalJson(value))
        expect(JSON.stringify(JSON.parse(canonicalJson(value)))).toBe(JSON.stringify(JSON.parse(canonicalJson(turned))))
      }),
    )
  })
})

describe('frames', () => {
  const frame = {
    header: { kind: 'test', note: 'ä' },
    arrays: {
      w: Float64Array.of(0.1, -0, 3),
      t: Float32Array.of(1.5),
      i: Int32Array.of(-7),
      b: Uint8Array.of(1, 2, 255),
    },
  }

  it('come back as they were', () => {
    expect(decodeFrame('TEST', 1, encodeFrame('TEST', 1, frame))).toEqual(frame)
  })

  it('are refused when any byte is flipped or missing', () => {
    const bytes = encodeFrame('TEST', 1, frame)
    for (let i = 0; i < bytes.length; i++) {
      const flipped = bytes.slice()
      flipped[i] ^= 1
      expect(() => decodeFrame('TEST', 1, flipped), `byte ${i}`).toThrow(expect.objectContaining({ code: 'corrupt' }))
      expect(() => decodeFrame('TEST', 1, bytes.subarray(0, i))).toThrow(expect.objectContaining({ code: 'corrupt' }))
    }
  })

  it('of a stranger are refused, whatever types, lengths and names they declare', () => {
    const body = encodeFrame('TEST', 1, { header: 1, arrays: { b: Uint8Array.of(1, 2, 3, 4) } })
    const declaring = (text: string): Uint8Array => {
      const head = new TextEncoder().encode(text)
      const bytes = new Uint8Array(10 + head.length + 4 + 8)
      bytes.set(body.subarray(0, 6))
      new DataView(bytes.buffer).setUint32(6, head.length, true)
      bytes.set(head, 10)
      bytes.set(hexToBytes(sha256Hex(bytes.subarray(0, -8))).subarray(0, 8), bytes.length - 8)
      return bytes
    }
    const sound = declaring('{"arrays":[["__proto__","u8",4]],"header":1}')
    expect(Object.keys(decodeFrame('TEST', 1, sound).arrays)).toEqual(['__proto__'])
    for (const part of [
      '"constructor",4',
      '"toString",0',
      '"f32",-1',
      '"f32","1"',
      '"u8",[9,9,9,9]',
      '"f64",1e15',
      '"u8",3.5',
    ]) {
      const bytes = declaring(`{"arrays":[["a",${part}],["b","u8",4]],"header":1}`)
      expect(() => decodeFrame('TEST', 1, bytes), part).toThrow(expect.objectContaining({ code: 'corrupt' }))
    }
  })

  it('of another version ask for an update', () => {
    expect(() => decodeFrame('TEST', 1, encodeFrame('TEST', 2, frame))).toThrow(
      expect.objectContaining({ code: 'version', message: expect.stringContaining('update it') }),
    )
  })
})
