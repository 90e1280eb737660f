/** A refusal of an argument of the wrong kind. */
export class KindError extends TypeError {
  readonly code = 'kind'
  override readonly name = 'TypeError'
}

/** A refusal of a value out of range, or of a shape that does not fit. */
export class ValueError extends RangeError {
  override readonly name = 'RangeError'
  constructor(
    message: string,
    readonly code: 'value' | 'shape' | 'memory' = 'value',
  ) {
    super(message)
  }
}

/** Every way in which a market refuses. */
export type MarketErrorCode =
  | 'incompatible'
  | 'duplicate'
  | 'absent'
  | 'retired'
  | 'corrupt'
  | 'version'
  | 'denied'
  | 'quota'
  | 'locked'
  | 'timeout'
  | 'unreachable'

/** A refusal of a market, a store or a format; `code` tells which, the message tells what to do. */
export class MarketError extends Error {
  override readonly name = 'MarketError'
  constructor(
    readonly code: MarketErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }
}

/** A short, safe rendering of a refused value for a message: never longer than 40 characters. */
export const shown = (value: unknown): string => {
  const text =
    typeof value === 'string'
      ? JSON.stringify(value.slice(0, 40))
      : typeof value === 'object' && value !== null
        ? classOf(value)
        : String(value)
  return text.length > 40 ? `${text.slice(0, 39)}…` : text
}

const classOf = (value: object): string => {
  const name: unknown = value.constructor?.name
  return typeof name === 'string' && name !== '' ? name : 'object'
}
