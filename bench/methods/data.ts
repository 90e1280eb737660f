import { type Matrix, matrix } from '../../src/base/matrix.js'
import { uniforms } from '../../src/base/random.js'
import { normals } from '../../src/wasm/scalar.js'

/** Three Gaussians in the plane: shares .5, .3, .2, means (0, 0), (4, 0), (0, 4). */
export const threeGaussians = (rows: number, seed: number): Matrix => {
  const random = uniforms(seed)
  const noise = normals(seed, 2 * rows)
  const data = new Float64Array(2 * rows)
  for (let i = 0; i < rows; i++) {
    const u = random()
    data[2 * i] = noise[2 * i] + (u >= 0.5 && u < 0.8 ? 4 : 0)
    data[2 * i + 1] = noise[2 * i + 1] + (u >= 0.8 ? 4 : 0)
  }
  return matrix(data, rows, 2)
}

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

/** Three Gaussians as in {@link threeGaussians}, drawn row by row from one stream, as published figures of this project use them. */
export const data3 = (rows: number, seed: number): Matrix => {
  const random = uniforms(seed)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const data = new Float64Array(2 * rows)
  for (let i = 0; i < rows; i++) {
    const u = random()
    data[2 * i] = normal() + (u >= 0.5 && u < 0.8 ? 4 : 0)
    data[2 * i + 1] = normal() + (u >= 0.8 ? 4 : 0)
  }
  return matrix(data, rows, 2)
}
