import { describe, expect, test } from 'vitest'
import { decodeFrame } from '../../src/base/codec.js'
import { assemble, decodeSpecification, encodeSpecification } from '../../src/specification/codec.js'
import { specificationFromJson, specificationToJson } from '../../src/specification/json.js'
import { manifest } from '../../src/specification/manifest.js'
import type { Specification } from '../../src/specification/specification.js'
import { foundTerms } from '../../src/specification/specify/found.js'
import { soundness } from '../../src/specification/specify/soundness.js'
import { specify } from '../../src/specification/specify/specify.js'
import type { Terms } from '../../src/specification/terms.js'
import { digitRows, digitsTerms, salesTerms, shopRows } from './rows.js'
import { digits, type Loose } from './sample.js'

const digit = digitRows(300, 1)
const shop = shopRows(120, 1)
const classwise = specify(digitsTerms, digit.rows, { labels: digit.labels })
const other = { ...salesTerms, island: 'isl:00000000000000aa', columns: salesTerms.columns.slice(0, 2) }
const joint = specify({ ...salesTerms, others: [other] }, shop.rows, { labels: shop.labels })
const plain = specify(salesTerms, shop.rows)
const all: [string, Specification][] = [
  ['plain', plain],
  ['class-wise', classwise],
  ['joint, with others', joint],
]

describe.each(all)('a specification (%s)', (_, specification) => {
  test('comes back from its bytes and its text as it was', () => {
    const bytes = encodeSpecification(specification)
    expect(decodeSpecification(bytes)).toEqual(specification)
    expect(encodeSpecification(decodeSpecification(bytes))).toEqual(bytes)
    const text = specificationToJson(specification)
    expect(specificationFromJson(text)).toEqual(specification)
    expect(encodeSpecification(specificationFromJson(text))).toEqual(bytes)
  })

  test('has a manifest of every byte', () => {
    const { bytes, parts, text } = manifest(specification)
    expect(bytes).toBe(encodeSpecification(specification).length)
    expect(parts.reduce((sum, part) => sum + part.bytes, 0)).toBe(bytes)
    for (const part of parts) expect(part.bytes).toBeGreaterThan(0)
    expect(text.split('\n').length).toBe(parts.length + 1)
    expect(text).toContain(`${bytes} bytes altogether; none of the ${specification.embedding.samples} rows`)
  })

  test('is refused where it was cut, changed, or is something else', () => {
    const bytes = encodeSpecification(specification)
    for (const end of [0, 3, 17, bytes.length >> 1, bytes.length - 1]) {
      expect(() => decodeSpecification(bytes.subarray(0, end))).toThrow(expect.objectContaining({ code: 'corrupt' }))
    }
    for (let at = 0; at < bytes.length; at += 37) {
      const changed = bytes.slice()
      changed[at] ^= 1
      expect(() => decodeSpecification(changed)).toThrow(expect.objectContaining({ code: 'corrupt' }))
    }
    const text = specificationToJson(specification)
    expect(() => specificationFromJson(text.replace('"samples":', '"samples":1'))).toThrow(
      /its checksum does not match; build it again/,
    )
    expect(() => specificationFromJson(text.slice(1))).toThrow(/it is no JSON/)
    expect(() => specificationFromJson('{}')).toThrow(/its members are not those of a specification/)
  })
})

test('what is no specification is refused with a sentence', () => {
  for (const value of [
    undefined,
    null,
    7,
    {},
    { island: 'x' },
    { ...classwise, audit: null },
    { ...classwise, classes: [{}] },
  ]) {
    expect(() => encodeSpecification(value as never)).toThrow(
      /"specification" expected what specify\(terms, rows\) makes, got/,
    )
  }
  expect(() => encodeSpecification({ ...plain, others: [{}] } as never)).toThrow(/"specification.others\[0\]" expected/)
  const infinite = structuredClone(plain) as Loose
  const { header, arrays } = decodeFrame('LWSP', 1, encodeSpecification(infinite)) as Loose
  const text = JSON.stringify(header).replace(/"gamma":[^,]*/, '"gamma":1e999')
  expect(() => assemble(JSON.parse(text), arrays)).toThrow(expect.objectContaining({ code: 'corrupt' }))
})

describe('soundness', () => {
  const findings = (change: (value: Loose) => void, from = classwise, terms = digitsTerms): string[] => {
    const value = structuredClone(from)
    change(value)
    return soundness(value, terms).map(({ path, message }) => `${path}: ${message}`)
  }

  test('finds nothing wrong with what specify makes', () => {
    expect(soundness(classwise, digitsTerms)).toEqual([])
    expect(soundness(joint, salesTerms)).toEqual([])
    expect(soundness(joint.others?.[0] as Specification, other)).toEqual([])
  })

  test('finds nothing wrong with few values, or with rows close together', () => {
    const termsOf = (input: Loose) =>
      foundTerms({ ...digits(), LDL: { ...digits().LDL, inputs: [{ name: 'x', ...input }] } } as Loose)
    const binary = termsOf({ kind: 'binary' })
    const words = termsOf({ kind: 'categorical', categories: ['a', 'b', 'c'] })
    const wide = termsOf({ kind: 'numeric', range: [0, 1000] })
    const cases: [Terms, (i: number) => unknown][] = [
      [binary, () => 1],
      [binary, (i) => (i % 10 === 0 ? 0 : 1)],
      [binary, (i) => (i % 5 < 2 ? 0 : 1)],
      [words, (i) => (i % 20 === 0 ? 'a' : 'b')],
      [wide, (i) => 500 + (i % 5) / 10],
      [wide, () => 1e9],
    ]
    for (const [terms, value] of cases) {
      const rows = Array.from({ length: 200 }, (_, i) => ({ x: value(i) }))
      for (const role of ['requirement', 'learnware'] as const) {
        expect(soundness(specify(terms, rows, { role }), terms, { role })).toEqual([])
      }
      const labels = rows.map((_, i) => String(i % 2))
      expect(soundness(specify(terms, rows, { labels }), terms)).toEqual([])
    }
  })

  test.each<[string, (s: Loose) => void, RegExp]>([
    ['another island', (s) => (s.island = salesTerms.island), /^island: expected isl:.*; specify under the terms/],
    ['another version', (s) => (s.version = 2), /^version: expected 1/],
    ['another gamma', (s) => (s.embedding.kernel.gamma = 0.5), /^embedding.kernel: expected gamma 0.125, got 0.5/],
    [
      'a negative weight',
      (s) => (s.embedding.weights[0] = -0.1),
      /^embedding.weights: expected finite weights of at least 0, got -0.1/,
    ],
    ['a NaN weight', (s) => (s.embedding.weights[0] = Number.NaN), /^embedding.weights: expected finite weights.*NaN/],
    [
      'a point far outside',
      (s) => (s.embedding.points.data[1] = 9),
      /^embedding.points: expected coordinate 1 from -8 to 8, got 9 in point 0/,
    ],
    [
      'an infinite point',
      (s) => (s.embedding.points.data[0] = Number.POSITIVE_INFINITY),
      /^embedding.points: expected coordinate 0/,
    ],
    [
      'one point that carries all',
      (s) => s.embedding.weights.fill(0).set([0.6]),
      /^embedding.weights: expected at least 2 effective points/,
    ],
    ['too few rows', (s) => (s.embedding.samples = 20), /^embedding.samples: expected at least 50 rows, got 20/],
    [
      'too much mass',
      (s) => s.embedding.weights.set(s.embedding.weights.map((w: number) => 1.9 * w)),
      /^embedding.weights: expected a squared norm of at most 1/,
    ],
    ['a floor that does not belong to it', (s) => (s.embedding.floor *= 2), /^embedding.floor: expected √/],
    [
      'an error that is none',
      (s) => (s.embedding.error = -1),
      /^embedding.error: expected a distance from 0 to 1, got -1/,
    ],
    [
      'missing weights',
      (s) => (s.embedding.weights = new Float64Array(1)),
      /^embedding.weights: expected one weight for each/,
    ],
    ['another width', (s) => (s.embedding.points.columns = 3), /^embedding.points: expected points of 2 coordinates/],
    [
      'an unknown class',
      (s) => (s.classes[0].label = '9'),
      /^classes: expected each of "0", "1", "2" at most once, got "9"/,
    ],
    ['a class twice', (s) => (s.classes[0].label = '1'), /at most once, got "1"/],
    ['priors that do not add up', (s) => (s.classes[0].prior = 0.9), /^classes: expected priors that add up to 1/],
    [
      'a bad class',
      (s) => (s.classes[1].embedding.weights[0] = -1),
      /^classes\[1\].embedding.weights: expected finite/,
    ],
    [
      'a class too large',
      (s) => (s.classes[1].embedding.samples = 290),
      /^classes: expected at most 300 rows in all classes/,
    ],
    ['a joint embedding without real labels', (s) => (s.joint = s.embedding), /^joint: came, but/],
    ['no audit', (s) => delete s.audit, /^: expected a specification, as specify makes it/],
    ['no embedding', (s) => delete s.embedding, /^: expected a specification/],
  ])('finds %s', (_, spoil, expected) => {
    expect(findings(spoil)).toContainEqual(expect.stringMatching(expected))
  })

  test('finds classes where the label is real', () => {
    expect(findings((s) => (s.classes = classwise.classes), plain, salesTerms)).toContainEqual(
      expect.stringMatching(/^classes: came, but these terms have no classes/),
    )
  })

  test('finds more points than the size rule allows', () => {
    const narrow = { ...digitsTerms, size: { ...digitsTerms.size, cap: 3 } }
    const { rows } = classwise.embedding.points
    expect(findings(() => {}, classwise, narrow)).toContain(
      `embedding.points: expected at most 3 points for 300 rows, got ${rows}`,
    )
  })

  test('never throws', () => {
    for (const value of [null, undefined, 3, {}, [], { embedding: { points: { rows: 1e9 } } }]) {
      expect(soundness(value as Loose, digitsTerms).length).toBeGreaterThan(0)
    }
  })
})
