// A block holds 256 codes, field by field, as assembly/scan.ts reads them: coordinates of the heads (int8), scale, size,
// ordinal (f32, f32, u32), rest, rest of the head, norm (u16), slack, penalty, ratio of the scales (u8), coordinates of the tails.

/** The sketch of an embedding in f64, with what a search needs besides. */
export interface Sketch {
  readonly z: Float64Array
  readonly rest: number
  /** What rounding may have done to the rest, at most. */
  readonly doubt: number
  /** ‖Φ‖². */
  readonly squared: number
  /** ⟨Φ, μ⟩. */
  readonly withMean: number
}

/** Codes in a block. */
export const blockLength = 256
/** Coordinates of a head: those that the scan looks at for every code. */
export const headLength = 32

const scaleAt = headLength * blockLength
const sizeAt = scaleAt + 4 * blockLength
/** Where the ordinals of a block, which no scan reads, begin and end. */
export const ordinalAt = sizeAt + 4 * blockLength
export const restAt = ordinalAt + 4 * blockLength
const headRestAt = restAt + 2 * blockLength
const normAt = headRestAt + 2 * blockLength
const slackAt = normAt + 2 * blockLength
const penaltyAt = slackAt + blockLength
const ratioAt = penaltyAt + blockLength
/** Bytes of a block before its tails. */
export const headBytes = ratioAt + blockLength

/** Bytes of a block of codes of so many coordinates. */
export const blockBytes = (dimension: number): number => headBytes + (dimension - headLength) * blockLength

/** The unit of a penalty; a code carries at most 255 of it, rounded down. */
export const penaltyUnit = 1 / 256

/** The unit of a slack, in units of the scale: 255 of it are more than rounding to the nearest code can lose. */
export const slackUnit = (dimension: number): number => (0.52 * Math.sqrt(dimension + 1)) / 255

/** Where the ordinal of a code in its block stands. */
export const ordinalOffset = (slot: number): number => ordinalAt + 4 * slot

/** Where the tail of a code in its block begins. */
export const tailOffset = (slot: number, dimension: number): number => headBytes + (dimension - headLength) * slot

/**
 * Writes the code of a sketch into a block: ŷ = (scale · head, scale · (ratio + 1)/256 · tail, scale · rest/256), with the
 * distance ‖y − ŷ‖ rounded up as `slack`, so that bounds hold for y whatever int8 lost; returns ‖ŷ‖.
 */
export const writeCode = (
  block: DataView,
  slot: number,
  { z, rest, doubt, squared }: Sketch,
  { ordinal, penalty, normUnit }: { ordinal: number; penalty: number; normUnit: number },
): number => {
  const dimension = z.length
  const headMost = largest(z, 0, headLength)
  const tailMost = largest(z, headLength, dimension)
  const tailSquared = sumOfSquares(z, headLength, dimension)
  const restOfHead = Math.sqrt(tailSquared + rest * rest)
  const scale = above(Math.max(headMost / 127, tailMost / 127, restOfHead / 255, 10 * doubt, 1e-30))
  const ratio = Math.min(255, Math.max(0, Math.ceil((256 * tailMost) / 127 / scale) - 1))
  const tailScale = (scale * (ratio + 1)) / 256
  let headLoss = 0
  let tailLoss = 0
  let headSize = 0
  let tailSize = 0
  for (let k = 0; k < dimension; k++) {
    const isHead = k < headLength
    const unit = isHead ? scale : tailScale
    const code = Math.max(-127, Math.min(127, Math.round(z[k] / unit)))
    const at = isHead ? headLength * slot + k : tailOffset(slot, dimension) + k - headLength
    block.setInt8(at, code)
    const loss = z[k] - unit * code
    if (isHead) {
      headLoss += loss * loss
      headSize += unit * code * (unit * code)
    } else {
      tailLoss += loss * loss
      tailSize += unit * code * (unit * code)
    }
  }
  const restCode = Math.round((256 * rest) / scale)
  const restValue = (scale * restCode) / 256
  const size = headSize + tailSize + restValue * restValue
  // Rounded up: then the size of the whole is at most that of head and rest, and one number serves the bounds of both.
  const headRestCode = Math.min(65535, Math.ceil((256 * Math.sqrt(tailSize + restValue * restValue)) / scale))
  const headRestLoss = restOfHead - (scale * headRestCode) / 256
  const restLoss = Math.abs(rest - restValue) + doubt
  const loss = Math.sqrt(
    Math.max(headLoss + tailLoss + restLoss * restLoss, headLoss + square(Math.abs(headRestLoss) + doubt)),
  )
  block.setFloat32(scaleAt + 4 * slot, scale, true)
  block.setFloat32(sizeAt + 4 * slot, size, true)
  block.setUint32(ordinalAt + 4 * slot, ordinal, true)
  block.setUint16(restAt + 2 * slot, restCode, true)
  block.setUint16(headRestAt + 2 * slot, headRestCode, true)
  block.setUint16(normAt + 2 * slot, Math.min(65535, Math.floor(Math.sqrt(squared) / normUnit)), true)
  block.setUint8(slackAt + slot, Math.min(255, Math.ceil(loss / (slackUnit(dimension) * scale))))
  block.setUint8(penaltyAt + slot, Math.min(255, Math.floor(penalty / penaltyUnit)))
  block.setUint8(ratioAt + slot, ratio)
  return Math.sqrt(size)
}

/** Marks a place as free: an infinite size is below no bound. */
export const clearCode = (block: DataView, slot: number): void => {
  block.setFloat32(sizeAt + 4 * slot, Number.POSITIVE_INFINITY, true)
  block.setUint32(ordinalAt + 4 * slot, 0, true)
}

/** Whether a place holds a code. */
export const holdsCode = (block: DataView, slot: number): boolean =>
  Number.isFinite(block.getFloat32(sizeAt + 4 * slot, true))

const largest = (z: Float64Array, start: number, end: number): number => {
  let most = 0
  for (let k = start; k < end; k++) most = Math.max(most, Math.abs(z[k]))
  return most
}

const square = (value: number): number => value * value

const sumOfSquares = (z: Float64Array, start: number, end: number): number => {
  let sum = 0
  for (let k = start; k < end; k++) sum += z[k] * z[k]
  return sum
}

/** The f32 at or above a number. */
const above = (value: number): number => {
  const rounded = Math.fround(value)
  return rounded >= value ? rounded : Math.fround(value * (1 + 2.384185791015625e-7))
}
