import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { validateDescription } from '../../../src/specification/description/description.js'
import schema from '../../../src/specification/description/ldl.schema.json'
import { schemaFindings } from '../../../src/specification/description/schema.js'
import { digits, type Loose, picture, sales } from '../sample.js'
import { satisfies } from '../schema.js'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Every place in a value, as keys from the top. */
const places = (value: unknown, path: (string | number)[] = []): (string | number)[][] => [
  path,
  ...(Array.isArray(value)
    ? value.map((part, i) => [i, part] as const)
    : Object.entries(Object(typeof value === 'object' ? value : {}))
  ).flatMap(([key, part]) => places(part, [...path, key as string | number])),
]

const changed = (value: unknown, path: (string | number)[], replace: (part: unknown) => unknown): unknown => {
  if (path.length === 0) return replace(value)
  const copy = structuredClone(value) as Loose
  let parent = copy
  for (const key of path.slice(0, -1)) parent = parent[key]
  const last = path[path.length - 1]
  const replaced = replace(parent[last])
  if (replaced !== undefined) parent[last] = replaced
  else if (Array.isArray(parent)) parent.splice(last as number, 1)
  else delete parent[last]
  return copy
}

const replacements: ((part: Loose) => unknown)[] = [
  () => undefined,
  () => null,
  () => 0,
  () => -1,
  () => 1,
  () => 2.5,
  () => '',
  () => 'Table',
  () => 'Classification',
  () => [],
  () => ['Table', 'Table'],
  () => ['a', 'b'],
  () => [1, 2],
  () => ({}),
  () => ({ x: 1 }),
  () => ({ '0': 'a', x: 'b' }),
  () => true,
  (part) => [part],
  (part) => (Array.isArray(part) ? [...part, ...part] : part),
  (part) => (typeof part === 'object' && part !== null && !Array.isArray(part) ? { ...part, extra: 1 } : part),
]

describe('the schema', () => {
  const corpus = [sales(), digits(), picture()]

  test('lets good descriptions through', () => {
    for (const good of corpus) {
      expect(satisfies(good, schema)).toBe(true)
      expect(validateDescription(good)).toEqual({ valid: true, findings: [], description: good })
    }
  })

  test('and ldl.schema.json agree on every single mutation', () => {
    let refused = 0
    let compared = 0
    for (const good of corpus) {
      for (const path of places(good)) {
        for (const replace of replacements) {
          const mutant = changed(good, path, replace)
          const expected = satisfies(mutant, schema)
          const found = schemaFindings(mutant, false)
          if (expected !== (found.length === 0))
            expect.fail(`${path.join('.')}: ${JSON.stringify(mutant)} → ${JSON.stringify(found)}`)
          compared++
          if (!expected) refused++
        }
      }
    }
    expect(compared).toBeGreaterThan(3000)
    expect(refused).toBeGreaterThan(1000)
  })

  test('and ldl.schema.json agree on random pairs of mutations', () => {
    const paths = places(sales())
    const mutation = fc.tuple(
      fc.integer({ min: 1, max: paths.length - 1 }),
      fc.integer({ min: 0, max: replacements.length - 1 }),
    )
    fc.assert(
      fc.property(mutation, mutation, ([p, r], [q, s]) => {
        let mutant = changed(sales(), paths[p], replacements[r])
        try {
          mutant = changed(mutant, paths[q], replacements[s])
        } catch {
          // The first mutation took the second one's place away.
        }
        expect(schemaFindings(mutant, false).length === 0).toBe(satisfies(mutant, schema))
      }),
      { numRuns: 300 },
    )
  })
})

describe('validateDescription', () => {
  const findings = (value: unknown, requirement = false) =>
    validateDescription(value, { requirement }).findings.map(({ path, message }) => `${path}: ${message}`)

  test('returns all findings at once, each with its path', () => {
    const bad = {
      ...sales(),
      Name: 3,
      License: { Type: 'Tag', Values: ['MIT'] },
      LDL: {
        ...sales().LDL,
        version: 2,
        inputs: [
          { name: 'a', kind: 'number' },
          { name: 'a', kind: 'numeric', range: [3, 2] },
        ],
      },
    }
    const all = findings(bad)
    expect(all).toContain('Name: expected an object, got 3')
    expect(all).toContain('License.Type: expected "Class", got "Tag"')
    expect(all).toContain('LDL.version: expected 1, got 2')
    expect(all).toContainEqual(expect.stringContaining('LDL.inputs[0].kind: expected one of "numeric", "integer"'))
    expect(all).toContain('LDL.inputs[1].range: expected the lowest before the highest value, got 3 and 2')
    expect(all).toContainEqual(expect.stringContaining('LDL.inputs: expected each name once, got "a" more than once'))
  })

  test.each<[string, (d: Loose) => void, RegExp]>([
    [
      'a dimension that disagrees',
      (d) => (d.Input.Dimension = 5),
      /^Input.Dimension: expected 4 as in LDL.inputs, got 5/,
    ],
    [
      'missing categories',
      (d) => delete d.LDL.inputs[1].categories,
      /^LDL.inputs\[1\].categories: is missing; a categorical/,
    ],
    ['a repeated category', (d) => d.LDL.inputs[1].categories.push('Mon'), /got "Mon" more than once/],
    [
      'a centre outside',
      (d) => (d.LDL.inputs[0].centre = 13),
      /^LDL.inputs\[0\].centre: expected a value inside the range 0 to 12, got 13/,
    ],
    ['a scale of 0', (d) => (d.LDL.inputs[0].scale = 0), /^LDL.inputs\[0\].scale: expected a number above 0, got 0/],
    [
      'three words of a binary',
      (d) => (d.LDL.inputs[2].categories = ['a', 'b', 'c']),
      /expected 2 for a binary input, got 3/,
    ],
    ['one ordinal level', (d) => (d.LDL.inputs[3].categories = ['a']), /expected at least 2 for an ordinal/],
    [
      'a wrong direction',
      (d) => (d.LDL.objective.direction = 'max'),
      /^LDL.objective.direction: expected "min" for the metric rmse, got "max"/,
    ],
    [
      'classes for a regression',
      (d) => (d.LDL.output = { kind: 'label', classes: ['a', 'b'] }),
      /^LDL.output.kind: expected "real"/,
    ],
    [
      'a position beyond',
      (d) => (d.Input.Description['4'] = 'x'),
      /^Input.Description: expected positions below the dimension 4, got "4"/,
    ],
    ['no input for a table', (d) => delete d.Input, /^Input: is missing; data of the kind Table/],
    ['a missing part', (d) => delete d.Task, /^Task: is missing/],
    [
      'several classes',
      (d) => (d.Task.Values = ['Regression', 'Others']),
      /^Task.Values: expected at most one value \(several only in a requirement\)/,
    ],
    [
      'an unordered output range',
      (d) => (d.LDL.output.range = [1, 0]),
      /^LDL.output.range: expected the lowest before/,
    ],
    ['an island that is none', (d) => (d.LDL.islands = ['isl:x']), /^LDL.islands\[0\]: expected an island key/],
  ])('finds %s', (_, spoil, expected) => {
    const value = structuredClone(sales())
    spoil(value)
    expect(findings(value)).toContainEqual(expect.stringMatching(expected))
  })

  test('finds a classification without its classes', () => {
    const value = { ...digits(), Output: { Dimension: 1, Description: {} } }
    expect(findings(value)).toEqual([
      'Output.Dimension: expected 3 as in LDL.output, got 1; change one of them',
      'Output.Dimension: expected at least 2 for the task Classification (one per class), got 1',
    ])
  })

  test('a requirement may leave out names, leave lists empty or fill them', () => {
    const { Name, Description, ...rest } = sales()
    const wanted = {
      ...rest,
      Library: { Type: 'Class', Values: [] },
      License: { Type: 'Class', Values: ['MIT', 'Apache-2.0'] },
    }
    expect(findings(wanted, true)).toEqual([])
    expect(findings(wanted)).toEqual([
      'License.Values: expected at most one value (several only in a requirement), got Array',
      'Name: is missing; it is required',
      'Description: is missing; it is required',
    ])
    const open = {
      ...wanted,
      LDL: { ...sales().LDL, inputs: [{ name: 'day', kind: 'categorical' }], output: { kind: 'label' } },
    }
    expect(
      findings({ ...open, Task: { Type: 'Class', Values: [] }, Input: { Dimension: 1, Description: {} } }, true),
    ).toEqual([])
  })

  test('returns a fresh copy and leaves the value as it was', () => {
    const value = sales()
    const before = JSON.stringify(value)
    const { description } = validateDescription(value)
    expect(description).toEqual(value)
    expect(description?.LDL?.inputs).not.toBe(value.LDL?.inputs)
    expect(JSON.stringify(value)).toBe(before)
  })

  test('never throws, whatever comes', () => {
    const cyclic: Loose = sales()
    cyclic.LDL.self = cyclic
    const trap = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('trap')
        },
      },
    )
    const getter = Object.defineProperty({ ...sales() }, 'Name', {
      enumerable: true,
      get: () => {
        throw new Error('boo')
      },
    })
    for (const value of [
      cyclic,
      trap,
      getter,
      undefined,
      null,
      1,
      'x',
      () => 1,
      Symbol('s'),
      10n,
      [],
      new Map(),
      new Date(),
      Number.NaN,
    ]) {
      const { valid, findings } = validateDescription(value)
      expect(valid).toBe(false)
      expect(findings.length).toBeGreaterThan(0)
      for (const { message } of findings) expect(message).toMatch(/^(expected|is missing|the name)/)
    }
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withNullPrototype: true,
          withSparseArray: true,
        }),
        (value) => {
          expect(validateDescription(value).valid).toBe(false)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('no name reaches a prototype', () => {
    const hostile = JSON.parse(`{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}`)
    const { findings } = validateDescription({ ...sales(), LDL: { ...sales().LDL, weights: hostile } })
    expect(findings.map(({ path }) => path)).toEqual(['LDL.weights.__proto__', 'LDL.weights.constructor'])
    expect(({} as Loose).polluted).toBeUndefined()
    // Inherited members do not count as given.
    expect(validateDescription(Object.create(sales())).valid).toBe(false)
  })

  test('hostile sizes are refused with a sentence, quickly', () => {
    const long = { ...sales(), Name: { Type: 'String', Values: 'x'.repeat(1e6) } }
    expect(findings(long)).toEqual(['Name.Values: expected a text of at most 10000 letters, got 1000000; shorten it'])
    const wide = { ...sales(), Scenario: { Type: 'Tag', Values: Array.from({ length: 1e6 }, (_, i) => `t${i}`) } }
    expect(findings(wide)).toEqual([': expected at most 50000 entries altogether; leave some out'])
    let deep: Json = 1
    for (let i = 0; i < 1000; i++) deep = [deep]
    expect(findings({ ...sales(), deep })).toEqual([expect.stringMatching(/expected at most 12 levels/)])
    const inputs = Array.from({ length: 3000 }, (_, i) => ({ name: `c${i}`, kind: 'numeric' }))
    expect(findings({ ...sales(), LDL: { ...sales().LDL, inputs } })).toContainEqual(
      expect.stringMatching(/at most 2000 inputs, got 3000/),
    )
  })
})
