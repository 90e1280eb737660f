import { panelPoints } from './panel'

/** Points (count × dimension) into panels [panel][coordinate][point], the last one filled up with zeros. */
export function pack<T>(points: usize, count: i32, dimension: i32, out: usize): void {
  const width = panelPoints<T>()
  const stride = <usize>dimension * sizeof<T>()
  for (let j = 0; j < count; j += width) {
    const whole = min(width, count - j)
    for (let k = 0; k < dimension; k++) {
      let at = points
      for (let l = 0; l < width; l++) {
        store<T>(out, l < whole ? load<T>(at) : <T>0)
        at += stride
        out += sizeof<T>()
      }
      points += sizeof<T>()
    }
    points += <usize>(width - 1) * stride
  }
}
