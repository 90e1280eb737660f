import { describe, expect, it } from 'vitest'
import {
  crossValidate,
  fitOwn,
  kernelClassification,
  kernelRidge,
  logistic,
  ridge,
} from '../../src/learnware/builtin.js'
import type { ModelInput } from '../../src/learnware/model.js'
import { core } from '../../src/wasm/instance.js'
import { labelled, only, rowsOf } from './data.js'

const mse = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length

describe('fitOwn, law', () => {
  it('takes ridge on a line and kernel ridge on a curve, and predicts new rows', async () => {
    const X = rowsOf(80, 4, 1)
    const Z = rowsOf(300, 4, 2)
    const noise = rowsOf(80, 1, 3).data
    const line = (x: number[]) => 3 * x[0] - x[2] + 10
    const own = await fitOwn(
      X,
      labelled(X, (x, i) => line(x) + 0.5 * noise[i]),
    )
    expect(own.report.chosen).toBe('ridge')
    expect(mse((await own.predict(Z)).data, labelled(Z, line))).toBeLessThan(0.1)
    const curve = (x: number[]) => Math.sin(2 * x[0]) + Math.cos(x[1])
    const bent = await fitOwn(X, labelled(X, curve))
    expect(bent.report.chosen).toBe('kernel ridge')
    expect(bent.report.candidates.map(({ name }) => name)).toEqual(['ridge', 'kernel ridge'])
    expect(mse((await bent.predict(Z)).data, labelled(Z, curve))).toBeLessThan(0.3)
    const best = Math.min(...bent.report.candidates.map(({ loss }) => loss))
    expect(bent.report.candidates.find(({ name }) => name === 'kernel ridge')?.loss).toBe(best)
    expect(mse(bent.outOfFold.data, labelled(X, curve))).toBeCloseTo(best, 10)
  })

  it('tells classes apart, by a line and by a ring', async () => {
    const X = rowsOf(120, 2, 4)
    const Z = rowsOf(400, 2, 5)
    const judge = async (classOf: (x: number[]) => string) => {
      const own = await fitOwn(X, labelled(X, classOf as never) as never, {
        output: { kind: 'probabilities', classes: ['in', 'out'] },
      })
      const { data } = await own.predict(Z)
      const right =
        labelled(Z, (x, i) => ((data[2 * i] > 0.5 ? 'in' : 'out') === classOf(x) ? 1 : 0)).reduce((a, b) => a + b) / 400
      return { own, right }
    }
    const line = await judge((x) => (x[0] + x[1] > 0.5 ? 'in' : 'out'))
    expect(line.right).toBeGreaterThan(0.93)
    const ring = await judge((x) => (x[0] ** 2 + x[1] ** 2 < 1.4 ? 'in' : 'out'))
    expect(ring.own.report.chosen).toBe('kernel classifier')
    expect(ring.right).toBeGreaterThan(0.9)
    for (const { loss, logLoss, error } of ring.own.report.candidates) {
      expect(loss).toBeGreaterThan(0)
      expect(logLoss).toBeGreaterThan(0)
      expect(error).toBeGreaterThanOrEqual(0)
    }
  })

  it('gives the same model for the same rows, labels and seed', async () => {
    const X = rowsOf(40, 3, 6)
    const y = labelled(X, (x) => x[0] * x[1])
    const [a, b, other] = await Promise.all([
      fitOwn(X, y, { seed: 3 }),
      fitOwn(X, y, { seed: 3 }),
      fitOwn(X, y, { seed: 4 }),
    ])
    expect(a.report).toEqual(b.report)
    expect(a.outOfFold).toEqual(b.outOfFold)
    expect(await a.predict(X)).toEqual(await b.predict(X))
    expect(other.outOfFold).not.toEqual(a.outOfFold)
  })

  it('keeps its out-of-fold predictions free of the row’s own label', async () => {
    const X = rowsOf(20, 2, 7)
    const y = labelled(X, (x) => x[0])
    const changed = y.slice()
    changed[5] += 1000
    const before = await crossValidate(X, y, { folds: 20 })
    const after = await crossValidate(X, changed, { folds: 20 })
    before.forEach(({ outOfFold }, k) => {
      expect(after[k].outOfFold.data[5]).toBe(outOfFold.data[5])
      expect(after[k].outOfFold.data[6]).not.toBe(outOfFold.data[6])
    })
  })

  it('does not mind where columns lie and how they are scaled', async () => {
    const X = rowsOf(50, 3, 8)
    const moved = { ...X, data: X.data.map((value, e) => [1e6, -5, 0][e % 3] + value * [1e-3, 1, 1e5][e % 3]) }
    const y = labelled(X, (x) => x[0] - x[1] ** 2)
    const a = await (await fitOwn(X, y)).predict(X)
    const b = await (await fitOwn(moved, y)).predict(moved)
    for (let i = 0; i < 50; i++) expect(b.data[i]).toBeCloseTo(a.data[i], 4)
  })

  it('does not follow a line far beyond the labels', async () => {
    const X = rowsOf(30, 1, 9)
    const y = labelled(X, (x) => 10 * x[0])
    const low = Math.min(...y)
    const high = Math.max(...y)
    const { data } = await ridge(X, y).predict([[-100], [100]] as never)
    expect(data[0]).toBeGreaterThanOrEqual(low - (high - low) / 2)
    expect(data[1]).toBeLessThanOrEqual(high + (high - low) / 2)
  })
})

describe('fitOwn, few labels', () => {
  it('is as good as the mean, nearly, where labels say nothing', async () => {
    for (let seed = 10; seed < 20; seed++) {
      const X = rowsOf(10, 20, seed)
      const Z = rowsOf(200, 20, seed + 50)
      const own = await fitOwn(X, Array.from(rowsOf(10, 1, seed + 100).data))
      const truth = rowsOf(200, 1, seed + 150).data
      expect(mse((await own.predict(Z)).data, truth)).toBeLessThan(2.2)
    }
  })

  it('stands 2 labels, one class, equal labels and constant columns', async () => {
    const output = { kind: 'probabilities', classes: ['a', 'b', 'c'] } as const
    const two = await fitOwn(
      [
        [1, 2],
        [3, 4],
      ],
      [5, 7],
    )
    expect(two.report.folds).toBe(2)
    expect((await two.predict([[2, 3]] as never)).data[0]).toBeCloseTo(6, 6)
    const pair = await fitOwn([[1], [2]], ['a', 'b'], { output })
    expect(Array.from((await pair.predict([[1]] as never)).data).reduce((a, b) => a + b)).toBeCloseTo(1, 12)
    const single = await fitOwn(
      rowsOf(12, 2, 1),
      Array.from({ length: 12 }, () => 'b'),
      { output },
    )
    const [a, b] = (await single.predict(rowsOf(1, 2, 2))).data
    expect(b).toBeGreaterThan(0.7)
    expect(a).toBeGreaterThan(0)
    const equal = await fitOwn(rowsOf(12, 2, 3), new Float64Array(12).fill(4))
    expect((await equal.predict(rowsOf(3, 2, 4))).data).toEqual(Float64Array.of(4, 4, 4))
    const flat = await fitOwn({ rows: 6, columns: 2, data: new Float64Array(12).fill(3) }, [1, 2, 3, 4, 5, 6])
    expect((await flat.predict([[3, 3]] as never)).data[0]).toBeCloseTo(3.5, 9)
  })

  it('takes tables with words and gaps', async () => {
    const inputs: ModelInput[] = [
      { name: 'size', kind: 'numeric' },
      { name: 'colour', kind: 'categorical', categories: ['red', 'green', 'blue', 'never'] },
    ]
    const table = Array.from({ length: 30 }, (_, i) => ({
      size: i % 7 === 3 ? undefined : i / 10,
      colour: i % 11 === 5 ? null : ['red', 'green', 'blue'][i % 3],
      other: 'x',
    }))
    const y = table.map(({ size, colour }, i) => (size ?? i / 10) + (colour === 'green' ? 10 : 0))
    const own = await fitOwn(table, y, { inputs })
    expect(own.inputs).toEqual(inputs)
    const { data } = await own.predict([{ size: 1, colour: 'green' }, { size: 1, colour: 'red' }, { colour: 'never' }])
    expect(data[0] - data[1]).toBeGreaterThan(6)
    expect(Number.isFinite(data[2])).toBe(true)
    // Without inputs the columns of the table are taken as they are.
    const inferred = await fitOwn(
      { size: table.map(({ size }) => size), colour: table.map(({ colour }) => colour) } as never,
      y,
    )
    expect(inferred.inputs[1]).toEqual({ name: 'colour', kind: 'categorical', categories: ['blue', 'green', 'red'] })
    // As a file has them: NA is a gap, and what looks like a number only to JavaScript is a word.
    const cells = { a: ['1', 'NA', ' 2.5', ''], b: ['0x1', '0x2', '0x1', 'NA'] }
    const read = await fitOwn(cells as never, [1, 2, 3, 4])
    expect(read.inputs).toEqual([
      { name: 'a', kind: 'numeric' },
      { name: 'b', kind: 'categorical', categories: ['0x1', '0x2'] },
    ])
  })
})

describe('fits, edge', () => {
  it('refuses with one sentence', async () => {
    const X = rowsOf(5, 2, 1)
    const y = [1, 2, 3, 4, 5]
    await expect(fitOwn(X, [1, 2])).rejects.toThrow('"labels" expected length 5, one for each row, got 2')
    await expect(fitOwn(only(X, 0), [1])).rejects.toThrow(
      '"labels" expected at least 2 labelled rows for a fit, got 1; label more rows',
    )
    await expect(fitOwn(X, [1, 2, 3, 4, Number.NaN])).rejects.toThrow(
      '"labels" expected a finite number in row 4, got NaN; leave the row out',
    )
    await expect(
      fitOwn(X, ['a', 'b', 'a', 'b', 'x'], { output: { kind: 'probabilities', classes: ['a', 'b'] } }),
    ).rejects.toThrow('"labels" has the unknown class "x" in row 4; "output.classes" names "a", "b"')
    await expect(fitOwn(X, ['a', 'a', 'a', 'a', 'a'])).rejects.toThrow(
      '"labels" expected at least two classes, got only "a"',
    )
    await expect(fitOwn(X, 7 as never)).rejects.toThrow('"labels" expected an array, got 7')
    await expect(fitOwn(X, y, { folds: 1 })).rejects.toThrow('"folds" expected a whole number of at least 2, got 1')
    await expect(fitOwn(X, y, { inputs: [] })).rejects.toThrow('"inputs" expected at least one column, got none')
    await expect(fitOwn(X, y, { inputs: ['x1'] } as never)).rejects.toThrow(
      '"inputs[0]" expected a column { name, kind }, got "x1"',
    )
    await expect(fitOwn(X, y, { inputs: [{ name: 'x1', kind: 'text' }] } as never)).rejects.toThrow(
      '"inputs[0].kind" expected one of \'numeric\'',
    )
    await expect(fitOwn(X, y, { fold: 3 } as never)).rejects.toThrow('"options" has no option "fold"')
    expect(() => logistic(X, y, { output: { kind: 'real' } })).toThrow('"output.kind" expected one of')
    const own = await fitOwn(X, y)
    await expect(own.predict([[1, 2, 3]] as never)).rejects.toThrow('"rows" expected 2 columns')
  })

  it('reports progress and stops at a signal', async () => {
    const X = rowsOf(30, 2, 1)
    const y = labelled(X, (x) => x[0])
    const seen: string[] = []
    await fitOwn(X, y, { folds: 3, onProgress: (done, total) => seen.push(`${done}/${total}`) })
    expect(seen).toEqual(['1/6', '2/6', '3/6', '4/6', '5/6', '6/6'])
    await expect(fitOwn(X, y, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
    const controller = new AbortController()
    const run = fitOwn(X, y, { signal: controller.signal, onProgress: () => controller.abort(new Error('stop')) })
    await expect(run).rejects.toThrow('stop')
  })

  it('leaves its inputs and the arena as they were', async () => {
    const X = rowsOf(20, 2, 1)
    const copy = X.data.slice()
    const y = labelled(X, (x) => x[0])
    const labels = y.slice()
    const mark = core().mark()
    await fitOwn(X, y)
    expect(core().mark()).toBe(mark)
    expect(X.data).toEqual(copy)
    expect(y).toEqual(labels)
  })

  it('fits one kind on request', async () => {
    const X = rowsOf(40, 2, 1)
    const y = labelled(X, (x) => x[0] + x[1])
    const words = y.map((value) => (value > 0 ? 'up' : 'down'))
    for (const model of [ridge(X, y), kernelRidge(X, y)])
      expect(mse((await model.predict(X)).data, y)).toBeLessThan(0.05)
    for (const model of [logistic(X, words), kernelClassification(X, words)]) {
      expect(model.output).toEqual({ kind: 'probabilities', classes: ['down', 'up'] })
      const { data } = await model.predict(X)
      expect(words.filter((word, i) => (data[2 * i + 1] > 0.5 ? 'up' : 'down') === word).length).toBeGreaterThan(36)
      await model.close()
    }
  })
})
