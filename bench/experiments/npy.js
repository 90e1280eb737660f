/**
 * A NumPy array of one or two dimensions, little-endian f2, f4 or f8, in C order.
 * @param {Buffer} bytes
 * @returns {{ rows: number, columns: number, data: Float64Array }}
 */
export function readNpy(bytes) {
  const start = bytes[6] === 1 ? 10 : 12
  const length = bytes[6] === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8)
  const header = bytes.toString('latin1', start, start + length)
  const size = { '<f2': 2, '<f4': 4, '<f8': 8 }[header.match(/'descr': '([^']+)'/)?.[1]]
  if (size === undefined || header.includes("'fortran_order': True")) throw new RangeError(`cannot read ${header}`)
  const [rows, columns = 1] = header
    .match(/\(([^)]*)\)/)[1]
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
    .map(Number)
  const read = { 2: half, 4: (at) => bytes.readFloatLE(at), 8: (at) => bytes.readDoubleLE(at) }[size]
  const data = Float64Array.from({ length: rows * columns }, (_, e) => read(start + length + e * size))
  return { rows, columns, data }

  function half(at) {
    const bits = bytes.readUInt16LE(at)
    const exponent = (bits >> 10) & 31
    const fraction = bits & 1023
    const value = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15)
    return bits >> 15 ? -value : value
  }
}
