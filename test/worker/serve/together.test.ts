import { afterEach, describe, expect, test, vi } from 'vitest'
import { matrix } from '../../../src/base/matrix.js'
import { gaussian } from '../../../src/kernel/kernel.js'
import type { SumRequest } from '../../../src/rkme/rows/request.js'
import { shareTaker } from '../../../src/rkme/rows/share.js'
import { normals } from '../../../src/wasm/scalar.js'
import { allotSpans } from '../../../src/worker/serve/by-messages.js'
import { type PartnerMessage, serveLeader } from '../../../src/worker/serve/partner.js'
import { sharedSource } from '../../../src/worker/serve/shared.js'

const m = 7000
const d = 12
const X = matrix(normals(4, m * d), m, d)
const weights = Float64Array.from({ length: m }, (_, i) => 1 + (i % 3))
const points = matrix(normals(5, 40 * d), 40, d)
const kernel = gaussian(1 / d)
const frame = { centre: new Float64Array(d).fill(0.1), precision: 'f64', weightFactor: 0.5 } as const
const requests: SumRequest[] = [
  { kind: 'total' },
  { kind: 'extent', frame },
  { kind: 'nearest', frame, points },
  { kind: 'moments', frame, points, kernel, differences: false, vectors: true },
  { kind: 'moments', frame: { ...frame, precision: 'f32' }, points, kernel, differences: true, vectors: false },
  { kind: 'self', frame, kernel, differences: false },
]
const own = { rows: matrix(normals(6, 9000 * d), 9000, d), weights: new Float64Array(9000).fill(0.5) }
const ofOwn: SumRequest = { kind: 'moments', frame, points, kernel, differences: false, vectors: true, of: own }

const same = (a: readonly Float64Array[], b: readonly Float64Array[]): boolean =>
  a.length === b.length && a.every((share, s) => share.length === b[s].length && share.every((x, i) => x === b[s][i]))

const ways = ['shared memory, where there is some', 'messages'] as const
const prepare = (way: (typeof ways)[number]): void => {
  if (way === 'messages') vi.stubGlobal('SharedArrayBuffer', undefined)
}

afterEach(() => {
  vi.unstubAllGlobals()
})

/** Channels to so many partners in this thread, and what was sent to them. */
const channels = (count: number) => {
  const sent: PartnerMessage[] = []
  const ends = Array.from({ length: count }, () => new MessageChannel())
  for (const { port1, port2 } of ends) {
    serveLeader(port2)
    const post = port1.postMessage.bind(port1)
    port1.postMessage = (message: PartnerMessage, ...rest: never[]) => {
      sent.push(message)
      post(message, ...rest)
    }
  }
  return {
    sent,
    ports: ends.map(({ port1 }) => port1),
    close: () => {
      for (const { port1 } of ends) port1.close()
    },
  }
}

describe.each(ways)('sums shared by %s', (way) => {
  test.each([1, 2, 4])('with %i partners have the shares of one thread', async (partners) => {
    prepare(way)
    for (const given of [undefined, weights]) {
      const { ports, sent, close } = channels(partners)
      const source = await sharedSource(ports, new AbortController().signal)(X, given)
      const take = shareTaker({ rows: X, weights: given, total: m, offset: 0 })
      for (const request of requests) expect(same(await source.shares(request), take(request, 0, 28))).toBe(true)
      const takeOwn = shareTaker({ ...own, total: 9000, offset: 0 })
      expect(same(await source.shares(ofOwn), takeOwn(ofOwn, 0, 18))).toBe(true)
      expect(sent.filter((message) => 'holding' in message).length).toBe(2 * partners)
      expect(sent.length).toBeGreaterThan(2 * partners)
      for (const message of sent) if ('request' in message) expect(message.request).not.toHaveProperty('of.rows')
      close()
    }
  })

  test('are not worth a message where they are soon done', async () => {
    prepare(way)
    const { ports, sent, close } = channels(2)
    const few = matrix(X.data.subarray(0, 2000 * d), 2000, d)
    const source = await sharedSource(ports, new AbortController().signal)(few)
    for (const request of requests.slice(0, 2)) await source.shares(request)
    expect(sent).toEqual([])
    close()
  })
})

test('spans of pairs are allotted by their work, and never later than those of other sums', () => {
  expect(allotSpans(32, 2, 'moments')).toEqual([0, 16, 32])
  expect(allotSpans(32, 2, 'self')).toEqual([0, 9, 32])
  for (const workers of [1, 2, 3, 7, 32]) {
    const [plain, pairs] = [allotSpans(32, workers, 'total'), allotSpans(32, workers, 'self')]
    expect([plain[0], plain[workers], pairs[0], pairs[workers]]).toEqual([0, 32, 0, 32])
    for (let w = 0; w <= workers; w++) expect(pairs[w]).toBeLessThanOrEqual(plain[w])
  }
})

test('partners that do not answer are not waited for once the signal fires', async () => {
  prepare('messages')
  const { port1, port2 } = new MessageChannel()
  const controller = new AbortController()
  const source = await sharedSource([port1], controller.signal)(X)
  const asked = source.shares(requests[3])
  const reason = new Error('enough')
  controller.abort(reason)
  await expect(asked).rejects.toBe(reason)
  await expect(source.shares(requests[3])).rejects.toBe(reason)
  port1.close()
  port2.close()
})

test('an error of a partner is that of the request', async () => {
  prepare('messages')
  const { ports, close } = channels(1)
  const source = await sharedSource(ports, new AbortController().signal)(X)
  await source.shares(requests[3])
  await expect(source.shares({ ...requests[3], kernel: undefined } as never)).rejects.toThrow()
  expect((await source.shares(requests[3])).length).toBe(28)
  close()
})
