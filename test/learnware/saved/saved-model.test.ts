import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  boostedTrees,
  fitOwn,
  kernelClassification,
  kernelRidge,
  logistic,
  ridge,
} from '../../../src/learnware/builtin.js'
import type { FittedModel } from '../../../src/learnware/fit/fitted-model.js'
import type { ModelInput, Runtime } from '../../../src/learnware/model.js'
import { builtInRuntime } from '../../../src/learnware/saved/builtin-runtime.js'
import { rowsOf } from '../data.js'

const X = rowsOf(150, 3, 11)
const colours = ['blue', 'green', 'red']
const rows = {
  size: Array.from({ length: 150 }, (_, i) => (i % 13 === 0 ? null : X.data[3 * i])),
  colour: Array.from({ length: 150 }, (_, i) => (i % 17 === 0 ? null : colours[(i * 7) % 3])),
  weight: Array.from({ length: 150 }, (_, i) => X.data[3 * i + 2]),
}
const inputs: ModelInput[] = [
  { name: 'size', kind: 'numeric' },
  { name: 'colour', kind: 'categorical', categories: colours },
  { name: 'weight', kind: 'numeric' },
]
const real = Array.from(
  { length: 150 },
  (_, i) => (rows.size[i] ?? 0) + (rows.colour[i] === 'red' ? 2 : 0) + X.data[3 * i + 1],
)
const kinds = real.map((value) => (value > 1 ? 'much' : value > -1 ? 'some' : 'none'))
const classes = ['much', 'never', 'none', 'some']
const output = { kind: 'probabilities', classes } as const

const models: [string, () => FittedModel][] = [
  ['ridge regression', () => ridge(rows, real, { inputs })],
  [
    'ridge regression of constant labels',
    () =>
      ridge(
        rows,
        real.fill(3, 0, 0).map(() => 3),
        { inputs },
      ),
  ],
  ['kernel ridge regression', () => kernelRidge(rows, real, { inputs })],
  ['boosted trees', () => boostedTrees(rows, real, { inputs })],
  ['logistic regression with a class without rows', () => logistic(rows, kinds, { inputs, output })],
  ['a kernel classifier', () => kernelClassification(rows, kinds, { inputs, output })],
  ['boosted trees of classes', () => boostedTrees(rows, kinds, { inputs, output })],
]
const made = new Map(models.map(([name, learnt]) => [name, learnt()]))
const runtime = builtInRuntime()
const reopened = (model: FittedModel) => runtime.open(model.save(), model)
const textOf = (model: FittedModel): string => new TextDecoder().decode(model.save())
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('a saved model', () => {
  it.each([...made])('%s predicts to the bit what it did before, and saves the same bytes', async (_, model) => {
    const again = await reopened(model)
    expect((await again.predict(rows)).data).toEqual((await model.predict(rows)).data)
    expect(again.save?.()).toEqual(model.save())
  })

  it.each([...made].filter(([, model]) => model.fineTune))('%s goes on learning where it stopped', async (_, model) => {
    const labels = model.output.kind === 'real' ? real.map((value) => -value) : kinds.toReversed()
    const [before, after] = [model, await reopened(model)]
    const [one, other] = await Promise.all([before.fineTune?.(rows, labels), after.fineTune?.(rows, labels)])
    expect((await other?.predict(rows))?.data).toEqual((await one?.predict(rows))?.data)
    const kept = await runtime.open((other as FittedModel).save(), model)
    expect((await kept.predict(rows)).data).toEqual((await other?.predict(rows))?.data)
  })

  it('goes on learning from weights that are nothing, and from such as are far away', async () => {
    const logit = made.get(models[4][0]) as FittedModel
    const changed = (of: FittedModel, size: number) =>
      runtime.open(
        bytesOf(
          textOf(of).replace(/"theta":\[([^\]]*)\]/, (_, theta: string) => {
            const numbers = theta.split(',').map((value) => (value === 'null' ? value : size))
            return `"theta":[${numbers.join(',')}]`
          }),
        ),
        of,
      )
    const small = await (await changed(logit, 1e-160)).fineTune?.(rows, kinds)
    expect((await small?.predict(rows))?.data.every((value) => value >= 0)).toBe(true)
    const line = made.get('ridge regression') as FittedModel
    const lossOf = async (model: { predict: FittedModel['predict'] }) => {
      const { data } = await model.predict(rows)
      return real.reduce((sum, value, i) => sum + (value - data[i]) ** 2, 0) / real.length
    }
    const far = (await (await changed(line, 1e20)).fineTune?.(rows, real)) as FittedModel
    expect(await lossOf(far)).toBeLessThan(1.05 * (await lossOf(line)))
  })

  it('is refused where opening would refuse it', () => {
    const huge = rows.weight.map((value) => 1e152 * value)
    expect(() => ridge({ weight: huge }, real).save()).toThrow(
      /"model" expected numbers of at most 1e\+150 to save, got/,
    )
  })

  it('is had of the best of the learners, too', async () => {
    const own = await fitOwn(rows, kinds, { inputs, output })
    expect((await (await reopened(own)).predict(rows)).data).toEqual((await own.predict(rows)).data)
  })

  it('is opened beside models of another runtime', async () => {
    const seen: number[] = []
    const other: Runtime = {
      name: 'other',
      open: async (bytes, declared) => {
        seen.push(bytes.length)
        return { ...declared, predict: async () => X, close: async () => {} }
      },
    }
    const both = builtInRuntime({ otherwise: other })
    const model = made.get('boosted trees') as FittedModel
    expect(both.name).toBe('built-in, other')
    expect((await (await both.open(model.save(), model)).predict(rows)).data).toEqual((await model.predict(rows)).data)
    await both.open(Uint8Array.of(8, 3), model)
    expect(seen).toEqual([2])
  })
})

describe('bytes that are no saved model', () => {
  const trees = made.get('boosted trees') as FittedModel
  const refused: [string, (text: string) => string, RegExp][] = [
    ['something else', () => 'PK\x03\x04 and more of it', /in which they begin with/],
    ['a truncated file', (text) => text.slice(0, -50), /one whole object of JSON, got "something else"/],
    [
      'a number for the inputs',
      (text) => text.replace(/"inputs":.*?,"output"/, '"inputs":3,"output"'),
      /inputs is an array, got 3/,
    ],
    [
      'a column that there is not',
      (text) => text.replace('"column":0', '"column":7'),
      /whole number from 0 to 2, got 7/,
    ],
    ['a scale of zero', (text) => text.replace(/"scale":[^,}]+/, '"scale":0'), /the scale of a coordinate/],
    [
      'a tree that leads in a circle',
      (text) => text.replace(/"children":\[1/, '"children":[0'),
      /the child of a node is a whole number from 1/,
    ],
    ['a child beyond the tree', (text) => text.replace(/"children":\[1/, '"children":[99'), /the child of a node/],
    [
      'a leaf of text',
      (text) => text.replace(/"values":\[[^,]+/, '"values":["1"'),
      /values is a number from .*, got "1"/,
    ],
    [
      'the loss of classes',
      (text) => text.replace('"loss":"squared"', '"loss":"entropy"'),
      /the loss of a real is squared/,
    ],
    [
      'a tree that is too large',
      (text) => text.replace(/"columns":\[/, '"columns":[0,0,0,0,0,0,0,0,0,'),
      /the nodes of a tree/,
    ],
    [
      'a coordinate twice',
      (text) => text.replace('"coordinates":[{', '"coordinates":[{"column":0,"level":-1,"centre":0,"scale":1},{'),
      /no coordinate comes twice, got "0 -1"/,
    ],
    [
      'a word of a number',
      (text) => text.replace('"level":-1', '"level":0'),
      /the level of a coordinate is a whole number from -1 to -1/,
    ],
    [
      'a name that is a nest',
      (text) => text.replace('"name":"size"', `"name":${'['.repeat(5000)}${']'.repeat(5000)}`),
      /the name of an input is text/,
    ],
    [
      'a fit that there is not',
      (text) => text.replace('"kind":"trees"', '"kind":"oracle"'),
      /linear, kernel or trees, got "oracle"/,
    ],
  ]
  it.each(refused)('are refused: %s', async (_, changed, message) => {
    const text = changed(textOf(trees))
    expect(text).not.toBe(textOf(trees))
    await expect(runtime.open(bytesOf(text), trees)).rejects.toThrow(message)
  })

  it('are refused where other columns, categories or classes were declared', async () => {
    const bytes = trees.save()
    const [size, colour, weight] = inputs
    for (const other of [
      [size, colour],
      [size, weight, colour],
      [size, { ...colour, categories: ['red', 'green', 'blue'] }, weight],
    ]) {
      await expect(runtime.open(bytes, { ...trees, inputs: other })).rejects.toThrow(/inputs are those declared/)
    }
    await expect(runtime.open(bytes, { ...trees, output })).rejects.toThrow(
      /its output is the one declared, got "real"/,
    )
    const logit = made.get(models[4][0]) as FittedModel
    const kernel = textOf(made.get('kernel ridge regression') as FittedModel)
    const wide = kernel.replace(/"alpha":\[/, `"alpha":[${'0,'.repeat(1000)}`)
    await expect(runtime.open(bytesOf(wide), trees)).rejects.toThrow(
      /the rows of alpha is a whole number from 1 to 1000/,
    )
    const turned = { ...output, classes: classes.toReversed() }
    await expect(runtime.open(logit.save(), { ...logit, output: turned })).rejects.toThrow(
      /its output is the one declared/,
    )
    await expect(runtime.open('model' as never, trees)).rejects.toThrow(/"bytes" expected a Uint8Array, got "model"/)
    expect(() => builtInRuntime({ otherwise: 3 as never })).toThrow(/"otherwise" expected a runtime, got 3/)
  })

  // Whatever is changed in them, a model of finite numbers comes of it or one sentence.
  it.each([...made])('neither hang nor give NaN, whatever is changed: %s', async (_, model) => {
    const text = textOf(model)
    const places = [...text.matchAll(/-?\d+(?:\.\d+)?(?:e-?\d+)?|"[a-z]+"|null|[[\]{},]/g)]
    const few = { size: rows.size.slice(0, 8), colour: rows.colour.slice(0, 8), weight: rows.weight.slice(0, 8) }
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: places.length - 1 }),
        fc.constantFrom('-1', '0', '1', '2', '1e9', '-1e300', 'null', '"x"', '[]', '{}', ''),
        async (at, put) => {
          const { index, 0: old } = places[at]
          const bytes = bytesOf(text.slice(0, index) + put + text.slice(index + old.length))
          const opening = await runtime.open(bytes, model).catch((error: Error) => error)
          if (opening instanceof Error) {
            expect(opening.message).toMatch(/^"bytes" expected a saved model in which .*; give the bytes of "save"/)
            return
          }
          const { data, columns } = await opening.predict(few)
          expect(columns).toBe(model.output.kind === 'real' ? 1 : 4)
          for (const value of Array.from(data)) expect(Number.isNaN(value)).toBe(false)
        },
      ),
      { numRuns: 60 },
    )
  })
})
