import { afterAll, describe, expect, it } from 'vitest'
import type { ModelInput, ModelOutput } from '../../src/learnware/model.js'
import { onnxRuntime } from '../../src/onnx/index.js'
import { affine, attribute, dictionaries, external, model, node, tensor, value } from './build-onnx.js'

const real: ModelOutput = { kind: 'real' }
const classes = (...names: string[]): ModelOutput => ({ kind: 'probabilities', classes: names })
const numeric = (...names: string[]): ModelInput[] => names.map((name) => ({ name, kind: 'numeric' }))
const two = numeric('a', 'b')

const runtime = onnxRuntime()
afterAll(() => runtime.close?.())

const predictions = async (
  bytes: Uint8Array,
  inputs: readonly ModelInput[],
  output: ModelOutput,
  rows: never | unknown,
): Promise<number[]> => {
  const opened = await runtime.open(bytes, { inputs, output })
  const { data } = await opened.predict(rows as never)
  await opened.close()
  return [...data]
}

describe('onnxRuntime, oracle', () => {
  it('computes xW + b by column name and by matrix', async () => {
    const opened = await runtime.open(affine([2, -1], [0.5]), { inputs: two, output: real })
    const expected = { rows: 3, columns: 1, data: Float64Array.of(0.5, 1.5, 7.5) }
    expect(
      await opened.predict([
        { b: 0, a: 0 },
        { b: 1, a: 1 },
        { a: 3, b: -1, other: 'x' },
      ]),
    ).toEqual(expected)
    expect(await opened.predict({ a: [0, 1, 3], b: [0, 1, -1] })).toEqual(expected)
    expect(await opened.predict({ rows: 3, columns: 2, data: Float32Array.of(0, 0, 1, 1, 3, -1) })).toEqual(expected)
    await opened.close()
  })

  it('reads [N] and [N, 1], and a graph that fixes its rows', async () => {
    for (const bytes of [
      affine([2, -1], [0.5], { flat: true }),
      affine([2, -1], [0.5], { rows: 2 }),
      affine([2, -1], [0.5], { rows: 1 }),
    ]) {
      expect(
        await predictions(bytes, two, real, [
          [0, 0],
          [1, 1],
          [3, -1],
        ]),
      ).toEqual([0.5, 1.5, 7.5])
    }
  })

  it('runs in batches that give the same', async () => {
    const rows = Array.from({ length: 25 }, (_, i) => [i, i * i])
    const small = onnxRuntime({ batch: 7 })
    const opened = await small.open(affine([2, -1], [0.5]), { inputs: two, output: real })
    expect([...(await opened.predict(rows as never)).data]).toEqual(rows.map(([a, b]) => 2 * a - b + 0.5))
    await small.close?.()
    await expect(opened.predict(rows as never)).rejects.toMatchObject({
      code: 'unreachable',
      message: '"model" is closed; open or fetch it again',
    })
  })

  it('gives probabilities in the order of the classes', async () => {
    const bytes = affine([1, 0, -1, 0, 1, 0], [0, 0, 0], { softmax: true })
    const [a, b, c] = await predictions(bytes, two, classes('u', 'v', 'w'), [[1, 2]])
    const total = Math.exp(1) + Math.exp(2) + Math.exp(-1)
    expect(a).toBeCloseTo(Math.exp(1) / total, 6)
    expect(b).toBeCloseTo(Math.exp(2) / total, 6)
    expect(c).toBeCloseTo(Math.exp(-1) / total, 6)
  })

  it('takes the probabilities where labels stand beside them', async () => {
    const bytes = model({
      nodes: [
        node('Softmax', ['input'], ['probabilities']),
        node('ArgMax', ['input'], ['label'], [attribute('axis', 1), attribute('keepdims', 0)]),
      ],
      inputs: [value('input', 'float32', ['N', 2])],
      outputs: [value('label', 'int64', ['N']), value('probabilities', 'float32', ['N', 2])],
    })
    expect(await predictions(bytes, two, classes('no', 'yes'), [[0, 0]])).toEqual([0.5, 0.5])
  })

  it('takes one probability as that of the second of two classes', async () => {
    const bytes = model({
      nodes: [node('MatMul', ['input', 'W'], ['inner']), node('Sigmoid', ['inner'], ['output'])],
      inputs: [value('input', 'float32', ['N', 2])],
      outputs: [value('output', 'float32', ['N', 1])],
      initializers: [tensor('W', [2, 1], [1, 1])],
    })
    const [no, yes] = await predictions(bytes, two, classes('no', 'yes'), [[1, 1]])
    expect(yes).toBeCloseTo(1 / (1 + Math.exp(-2)), 6)
    expect(no + yes).toBeCloseTo(1, 12)
  })

  it('feeds a category as its index, or as one column for each', async () => {
    const inputs: ModelInput[] = [
      ...numeric('a'),
      { name: 'colour', kind: 'categorical', categories: ['red', 'green', 'blue'] },
    ]
    const rows = [
      { a: 1, colour: 'blue' },
      { a: 2, colour: 'red' },
    ]
    expect(await predictions(affine([1, 10], [0]), inputs, real, rows)).toEqual([21, 2])
    expect(await predictions(affine([1, 10, 20, 30], [0]), inputs, real, rows)).toEqual([31, 12])
  })

  it('feeds float64 and int64', async () => {
    for (const type of ['float64', 'int64'] as const) {
      const bytes = model({
        nodes: [
          node('Cast', ['input'], ['inner'], [attribute('to', 1)]),
          node('ReduceSum', ['inner', 'axes'], ['output']),
        ],
        inputs: [value('input', type, ['N', 2])],
        outputs: [value('output', 'float32', ['N', 1])],
        initializers: [tensor('axes', [1], [1], 'int64')],
      })
      expect(
        await predictions(bytes, two, real, [
          [1, 2],
          [3, 4],
        ]),
      ).toEqual([3, 7])
      if (type === 'int64') {
        await expect(
          predictions(bytes, two, real, [
            [1, 2],
            [3.5, 4],
          ]),
        ).rejects.toThrow('"rows" expected whole numbers, as this model takes int64, got 3.5 in row 1, column 0')
      }
    }
  })

  it('keeps many models and calls at once apart', async () => {
    const opened = await Promise.all(
      [1, 2, 3, 4].map((k) => runtime.open(affine([k, 0], [0]), { inputs: two, output: real })),
    )
    const answers = await Promise.all(opened.flatMap((m) => [1, 2].map((x) => m.predict([[x, 0]] as never))))
    expect(answers.map(({ data }) => data[0])).toEqual([1, 2, 2, 4, 3, 6, 4, 8])
    await Promise.all(opened.map((m) => m.close()))
  })
})

// Node 20 has no Web Worker.
if (typeof Worker !== 'undefined') {
  describe('onnxRuntime, in a web worker', () => {
    it('gives the same', async () => {
      const worker = new Worker(new URL('./onnx-worker.ts', import.meta.url), { type: 'module' })
      const answer = await new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data)
        worker.onerror = ({ message }) => reject(new Error(message))
        worker.postMessage('go')
      })
      worker.terminate()
      expect(answer).toEqual([1.5])
    })
  })
}

describe('onnxRuntime, edge', () => {
  it('opens nothing once it is closed, nor keeps what was being opened then', async () => {
    const closed = { code: 'unreachable', message: 'this runtime is closed; make another with onnxRuntime()' }
    const own = onnxRuntime()
    const declared = { inputs: two, output: real }
    const kept = await own.open(affine([2, -1], [0.5]), declared)
    const late = own.open(affine([2, -1], [0.5]), declared)
    await own.close?.()
    await expect(late).rejects.toMatchObject(closed)
    await expect(own.open(affine([2, -1], [0.5]), declared)).rejects.toMatchObject(closed)
    await expect(kept.predict([[0, 0]] as never)).rejects.toMatchObject({ code: 'unreachable' })
  })

  const open = (bytes: Uint8Array, output: ModelOutput = real, inputs = two) => runtime.open(bytes, { inputs, output })

  it('refuses bytes that are no model', async () => {
    const random = Uint8Array.from({ length: 10000 }, (_, i) => (i * 7919 + (i >> 3) * 104729) & 255)
    const whole = affine([2, -1], [0.5])
    for (const bytes of [
      random,
      new Uint8Array(0),
      whole.slice(0, whole.length - 20),
      whole.slice(0, whole.length / 2),
    ]) {
      await expect(open(bytes)).rejects.toThrow(
        '"bytes" expected an ONNX model, got bytes that are none or are cut off; export or fetch it again',
      )
    }
    await expect(open('model' as never)).rejects.toThrow('"bytes" expected a Uint8Array, got "model"')
    await expect(onnxRuntime({ largestModel: 100 }).open(whole, { inputs: two, output: real })).rejects.toThrow(
      `"bytes" expected a model of at most 100 bytes, got ${whole.length}`,
    )
  })

  it('refuses another shape than declared', async () => {
    await expect(open(affine([1, 1, 1], [0]))).rejects.toThrow(
      '"model" expected an input of 2 columns, as declared, got the shape [N, 3] for "input"',
    )
    await expect(open(affine([1, 1, 1, 1], [0, 0]))).rejects.toThrow(
      '"model" expected an output with one number for each row, got "output" float32 [N, 2]',
    )
    await expect(open(affine([1, 1], [0]), classes('a', 'b', 'c'))).rejects.toThrow(
      '"model" expected an output with 3 probabilities for each row',
    )
    const many = model({
      nodes: [node('Add', ['a', 'b'], ['output'])],
      inputs: [value('a', 'float32', ['N', 1]), value('b', 'float32', ['N', 1])],
      outputs: [value('output', 'float32', ['N', 1])],
    })
    await expect(open(many)).rejects.toThrow('"model" expected one input for all columns, got 2 ("a", "b")')
    const words = model({
      nodes: [node('Identity', ['input'], ['output'])],
      inputs: [value('input', 'string', ['N', 2])],
      outputs: [value('output', 'string', ['N', 2])],
    })
    await expect(open(words)).rejects.toThrow('"model" expected a numeric input, got string for "input"')
  })

  it('refuses a ZipMap and says what to do', async () => {
    const bytes = model({
      nodes: [
        node('Softmax', ['input'], ['inner']),
        node('ZipMap', ['inner'], ['output'], [attribute('classlabels_int64s', [0, 1])], 'ai.onnx.ml'),
      ],
      inputs: [value('input', 'float32', ['N', 2])],
      outputs: [dictionaries('output')],
    })
    await expect(open(bytes, classes('a', 'b'))).rejects.toThrow(
      'got a ZipMap (a list of dictionaries); export with zipmap off',
    )
  })

  it('refuses an unknown operator and data beside the model', async () => {
    const unknown = model({
      nodes: [node('Frobnicate', ['input'], ['output'])],
      inputs: [value('input', 'float32', ['N', 2])],
      outputs: [value('output', 'float32', ['N', 1])],
    })
    await expect(open(unknown)).rejects.toThrow(
      /"bytes" expected operators that onnxruntime-web knows, but: .*Frobnicate/,
    )
    const outside = model({
      nodes: [node('MatMul', ['input', 'W'], ['output'])],
      inputs: [value('input', 'float32', ['N', 2])],
      outputs: [value('output', 'float32', ['N', 1])],
      initializers: [external('W', [2, 1], '/etc/passwd')],
    })
    await expect(open(outside)).rejects.toThrow(
      '"bytes" expected a model that holds its weights, got one with external data',
    )
  })

  it('refuses outputs that are no numbers or no probabilities', async () => {
    const root = model({
      nodes: [node('ReduceSum', ['input', 'axes'], ['sum']), node('Sqrt', ['sum'], ['output'])],
      inputs: [value('input', 'float32', ['N', 2])],
      outputs: [value('output', 'float32', ['N', 1])],
      initializers: [tensor('axes', [1], [1], 'int64')],
    })
    await expect(
      predictions(root, two, real, [
        [1, 3],
        [-1, 0],
      ]),
    ).rejects.toThrow('"model" expected to put out a finite number, got NaN in row 1')
    const scores = affine([1, 0, 0, 1], [0, 0])
    await expect(predictions(scores, two, classes('a', 'b'), [[3, -2]])).rejects.toThrow(
      '"model" expected to put out probabilities, got 3 in row 0; end the graph with a Softmax',
    )
    await expect(predictions(scores, two, classes('a', 'b'), [[0.2, 0.2]])).rejects.toThrow(
      'probabilities that sum to 1',
    )
  })

  it('refuses a graph whose output is not what it claims', async () => {
    const liar = model({
      nodes: [node('ReduceSum', ['input'], ['output'])],
      inputs: [value('input', 'float32', ['N', 2])],
      outputs: [value('output', 'float32', ['N', 'M'])],
    })
    await expect(
      predictions(liar, two, real, [
        [1, 2],
        [3, 4],
      ]),
    ).rejects.toThrow('"model" expected an output of 2 × 1 for 2 rows, got 1 × 1')
  })

  it('reads no metadata, and leaves bytes and rows as they were', async () => {
    const plain = affine([2, -1], [0.5])
    const bytes = plain.slice()
    const rows = [{ a: 1, b: 2 }]
    expect(await predictions(bytes, two, real, rows)).toEqual([0.5])
    expect(bytes).toEqual(plain)
    expect(rows).toEqual([{ a: 1, b: 2 }])
    const dressed = model({
      nodes: [node('ReduceSum', ['input', 'axes'], ['output'])],
      inputs: [value('input', 'float32', ['N', 2])],
      outputs: [value('output', 'float32', ['N', 1])],
      initializers: [tensor('axes', [1], [1], 'int64')],
      metadata: { 'session.intra_op_num_threads': '64', ort_config: '{"session_options":{"inter_op_num_threads":9}}' },
    })
    expect(await predictions(dressed, two, real, rows)).toEqual([3])
  })

  it('stops at a signal and at the execution limit', async () => {
    const opened = await open(affine([2, -1], [0.5]))
    await expect(opened.predict([[1, 2]] as never, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    )
    await opened.close()
    await opened.close()
    const limited = onnxRuntime({ batch: 1, executionLimitMs: 0.5 })
    const slow = await limited.open(affine([2, -1], [0.5]), { inputs: two, output: real })
    const rows = { rows: 20000, columns: 2, data: new Float64Array(40000) }
    await expect(slow.predict(rows)).rejects.toThrow(
      /"model" expected to finish within 0.5 ms, it is at row \d+ of 20000/,
    )
    await limited.close?.()
  })

  it('knows its options', () => {
    expect(() => onnxRuntime({ threads: 4 } as never)).toThrow('"options" has no option "threads"')
    expect(() => onnxRuntime({ batch: 0 })).toThrow('"batch" expected a whole number of at least 1, got 0')
    expect(() => onnxRuntime({ executionLimitMs: -1 })).toThrow('"executionLimitMs" expected a number above 0, got -1')
  })
})
