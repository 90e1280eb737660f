import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { instantiateSync } from '@assemblyscript/loader'
import type { Matrix } from '../../../src/base/matrix.js'
import { bufferBytes, byDifferences, fillTiles, stripRows } from '../../../src/kernel/gram.js'
import { gaussian } from '../../../src/kernel/kernel.js'
import { core } from '../../../src/wasm/instance.js'

type Gram = () => ArrayLike<number>

/** Three loops in plain JavaScript. */
export const naiveGram = (X: Matrix, Z: Matrix, gamma: number): Gram => {
  const { columns: d } = X
  return () => {
    const K = new Float32Array(X.rows * Z.rows)
    for (let i = 0; i < X.rows; i++) {
      for (let j = 0; j < Z.rows; j++) {
        let sum = 0
        for (let k = 0; k < d; k++) {
          const difference = X.data[i * d + k] - Z.data[j * d + k]
          sum += difference * difference
        }
        K[i * Z.rows + j] = Math.exp(-gamma * sum)
      }
    }
    return K
  }
}

/** Σ_i k(x_i, z_j) and then Σ_i k(x_i, z_j) x_i of every point, in plain JavaScript. */
export const naiveMoments = (X: Matrix, Z: Matrix, gamma: number): Float64Array => {
  const { columns: d } = X
  const sums = new Float64Array(Z.rows * (1 + d))
  for (let i = 0; i < X.rows; i++) {
    for (let j = 0; j < Z.rows; j++) {
      let square = 0
      for (let k = 0; k < d; k++) {
        const difference = X.data[i * d + k] - Z.data[j * d + k]
        square += difference * difference
      }
      const value = Math.exp(-gamma * square)
      sums[j] += value
      for (let k = 0; k < d; k++) sums[Z.rows + j * d + k] += value * X.data[i * d + k]
    }
  }
  return sums
}

const norms = ({ rows, columns, data }: Matrix): Float32Array =>
  Float32Array.from({ length: rows }, (_, i) => {
    let sum = 0
    for (let k = 0; k < columns; k++) sum += data[i * columns + k] ** 2
    return sum
  })

/** bench/assembly/scalar.ts, compiled here. */
export const scalarGram = (X: Matrix, Z: Matrix, gamma: number): Gram => {
  const file = join(process.cwd(), 'build/bench/scalar.wasm')
  const asc = join(process.cwd(), 'node_modules/assemblyscript/bin/asc.js')
  const options = ['-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort=', '--initialMemory', '400', '-o', file]
  const { status } = spawnSync(process.execPath, [asc, 'bench/assembly/scalar.ts', ...options], { stdio: 'inherit' })
  if (status !== 0) throw new Error('bench/assembly/scalar.ts cannot be compiled')
  const memory = new WebAssembly.Memory({ initial: 400, maximum: 65536 })
  const { gram } = instantiateSync(readFileSync(file), { env: { memory } }).exports as unknown as {
    gram: (...numbers: number[]) => void
  }
  let at = 1 << 16
  const place = (numbers: ArrayLike<number>): number => {
    const pointer = at
    new Float32Array(memory.buffer, pointer, numbers.length).set(numbers)
    at += numbers.length * 4
    return pointer
  }
  const [x, z, xx, zz] = [X.data, Z.data, norms(X), norms(Z)].map(place)
  const K = new Float32Array(memory.buffer, at, X.rows * Z.rows)
  return () => {
    gram(x, X.rows, z, Z.rows, X.columns, gamma, xx, zz, at)
    return K
  }
}

/** The core's routines alone: from rows as they are and points in panels, both in WASM memory, to values there. */
export const coreGram = (X: Matrix, Z: Matrix, gamma: number): Gram & { release(): void } => {
  const own = core()
  const mark = own.mark()
  const room = (bytes: number): number => own.allocate(bytes) >>> 0
  const place = (numbers: ArrayLike<number>): number => {
    const pointer = room(numbers.length * 4)
    new Float32Array(own.memory.buffer, pointer, numbers.length).set(numbers)
    return pointer
  }
  const { columns } = X
  const [x, z, origin] = [X.data, Z.data, new Float32Array(columns)].map(place)
  const [pointer, norms, buffer] = [(Z.rows + 8) * columns * 4, (Z.rows + 8) * 4, bufferBytes(columns)].map(room)
  const largest = own.packPanels32(z, Z.rows, columns, origin, pointer, norms)
  const panels = { pointer, norms, largest }
  const kernel = { gamma, block: 0 }
  const points = { precision: 'f32', count: Z.rows, columns, panels, kernel, buffer } as const
  const strip = { pointer: room(stripRows * columns * 4), norms: room(stripRows * 4) }
  const isNear = byDifferences(columns, gaussian(gamma), largest, 'f32')
  const tiles = isNear ? { ...strip, norms: 0 } : strip
  const out = room(X.rows * Z.rows * 4)
  const run = (): Float32Array => {
    for (let start = 0; start < X.rows; start += stripRows) {
      const rows = Math.min(stripRows, X.rows - start)
      own.packTiles32(x + start * columns * 4, rows, columns, origin, isNear ? 1 : 2, strip.pointer, strip.norms)
      fillTiles(own, points, tiles, [0, rows], out + start * Z.rows * 4)
    }
    return new Float32Array(own.memory.buffer, out, X.rows * Z.rows)
  }
  return Object.assign(run, { release: () => own.release(mark) })
}

/** ml-matrix, f64: its product, then three passes. */
export const mlMatrixGram = (require: NodeJS.Require, X: Matrix, Z: Matrix, gamma: number): Gram => {
  const { Matrix: Dense } = require('ml-matrix')
  const dense = ({ rows, columns, data }: Matrix) =>
    new Dense(Array.from({ length: rows }, (_, i) => Float64Array.from(data.subarray(i * columns, (i + 1) * columns))))
  const [x, z, xx, zz] = [dense(X), dense(Z), norms(X), norms(Z)]
  return () => {
    const K = x.mmul(z.transpose())
    return K.mul(2).subColumnVector(xx).subRowVector(zz).mul(gamma).exp().to1DArray()
  }
}

/** The WASM backend of TensorFlow.js, SIMD, one thread, from typed array to typed array. */
export const tensorflowGram = async (require: NodeJS.Require, folder: string) => {
  const warn = console.warn
  console.warn = () => {}
  const tf = require('@tensorflow/tfjs-core')
  const wasm = require('@tensorflow/tfjs-backend-wasm')
  wasm.setWasmPaths(folder)
  // Its threaded build spins, also with one thread.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
  await tf.setBackend('wasm')
  await tf.ready()
  console.warn = warn
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')
  const gramOf =
    (X: Matrix, Z: Matrix, gamma: number): Gram =>
    () => {
      // What a tidy returns it searches for tensors, number by number: the values are read outside.
      const K = tf.tidy(() => {
        const x = tf.tensor2d(X.data, [X.rows, X.columns])
        const z = tf.tensor2d(Z.data, [Z.rows, Z.columns])
        const xx = tf.sum(tf.square(x), 1, true)
        const zz = tf.sum(tf.square(z), 1, true)
        // Its sums of a row and a column are slow; as two more columns of the product they cost nothing. A product with the
        // second factor turned takes ten times as long as turning it first.
        const left = tf.concat([tf.mul(2 * gamma, x), tf.mul(-gamma, xx), tf.ones([X.rows, 1])], 1)
        const right = tf.transpose(tf.concat([z, tf.ones([Z.rows, 1]), tf.mul(-gamma, zz)], 1))
        return tf.exp(tf.matMul(left, right))
      })
      const values = K.dataSync()
      K.dispose()
      return values
    }
  return { simd, gramOf }
}
