import { panelPoints, panels } from './panel'

/** Points (count × dimension) into panels [panel][coordinate][point], the last one filled up with zeros. */
export function pack<T>(points: usize, count: i32, dimension: i32, out: usize): void {
  const width = panelPoints<T>()
  const stride = <usize>dimension * sizeof<T>()
  for (let j0 = 0; j0 < count; j0 += width) {
    for (let k = 0; k < dimension; k++) {
      for (let j = j0; j < j0 + width; j++) {
        store<T>(out, j < count ? load<T>(points + <usize>j * stride + <usize>k * sizeof<T>()) : <T>0)
        out += sizeof<T>()
      }
    }
  }
}

/** factor · ‖x‖² of every row, summed in f64; entries up to the end of the last panel are set to `filling`. */
export function squaredNorms<T>(rows: usize, count: i32, dimension: i32, factor: f64, filling: f64, out: usize): void {
  const padded = panels<T>(count) * panelPoints<T>()
  for (let i = 0; i < padded; i++) {
    let sum: f64 = filling
    if (i < count) {
      sum = 0
      for (let k = 0; k < dimension; k++) {
        const value = <f64>load<T>(rows)
        sum += value * value
        rows += sizeof<T>()
      }
      sum *= factor
    }
    store<T>(out + <usize>i * sizeof<T>(), <T>sum)
  }
}
