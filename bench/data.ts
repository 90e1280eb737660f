import { type Matrix, matrix } from '../src/base/matrix.js'
import { uniforms } from '../src/base/random.js'
import { normals } from '../src/wasm/scalar.js'
import { data3 } from '../test/reference.js'

/** Three Gaussians in the plane, as the tests and the published figures of this project draw them. */
export const threeGaussians = (rows: number, seed: number): Matrix =>
  matrix(Float64Array.from(data3(rows, seed).flat()), rows, 2)

/** Twenty Gaussians of spread 0.7 around standard normal centres, in f32; with `standardised` every column has variance 1. */
export const twentyGaussians = (rows: number, columns: number, seed: number, standardised: boolean): Matrix => {
  const random = uniforms(seed)
  const centres = normals(seed, 20 * columns)
  const noise = normals(seed + 1000, rows * columns)
  const data = new Float64Array(rows * columns)
  for (let i = 0; i < rows; i++) {
    const c = Math.floor(random() * 20)
    for (let k = 0; k < columns; k++) data[i * columns + k] = centres[c * columns + k] + 0.7 * noise[i * columns + k]
  }
  for (let k = 0; standardised && k < columns; k++) {
    let sum = 0
    let squares = 0
    for (let i = k; i < data.length; i += columns) sum += data[i]
    for (let i = k; i < data.length; i += columns) squares += (data[i] - sum / rows) * (data[i] - sum / rows)
    for (let i = k; i < data.length; i += columns) data[i] = (data[i] - sum / rows) / Math.sqrt(squares / rows)
  }
  return matrix(Float32Array.from(data), rows, columns)
}
