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
    arrays: { w: Float64Array.of(0.1, -0, 3), t: Float32Array.of(1.5), i: Int32Array.of(-7), b: Uint8Array.of(1, 2, 255) },
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

  it('of another version ask for an update', () => {
    expect(() => decodeFrame('TEST', 1, encodeFrame('TEST', 2, frame))).toThrow(
      expect.objectContaining({ code: 'version', message: expect.stringContaining('update it') }),
    )
  })
})
