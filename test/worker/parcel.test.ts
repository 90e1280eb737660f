import { describe, expect, test } from 'vitest'
import { parcel } from '../../src/worker/parcel.js'

describe('a parcel', () => {
  test('copies typed arrays, so that the sender keeps its own', () => {
    const data = Float64Array.of(1, 2, 3)
    const { value, buffers } = parcel({ rows: 1, data, list: [data], text: 'a', nothing: undefined })
    const received = structuredClone(value, { transfer: buffers })
    expect(received).toEqual({ rows: 1, data, list: [data], text: 'a', nothing: undefined })
    expect(data).toEqual(Float64Array.of(1, 2, 3))
  })

  test('takes only the part of a buffer that a view shows', () => {
    const whole = new Float32Array(1000)
    const { value, buffers } = parcel(whole.subarray(10, 12))
    expect(buffers.map((buffer) => buffer.byteLength)).toEqual([8])
    expect(value.length).toBe(2)
  })

  test('gives whole arrays away where told, and copies views even then', () => {
    const whole = new Float64Array(4)
    const view = new Float64Array(4).subarray(1)
    const { value, buffers } = parcel([whole, view, whole], true)
    const received = structuredClone(value, { transfer: buffers })
    expect(received.map((array) => array.length)).toEqual([4, 3, 4])
    expect(whole.length).toBe(0)
    expect(view.length).toBe(3)
  })
})
