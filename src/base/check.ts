import { KindError, shown, ValueError } from './error.js'

/** A finite number inside [low, high]. */
export const finite = (value: unknown, name: string, low = -Infinity, high = Infinity): number => {
  if (typeof value !== 'number') throw new KindError(`"${name}" expected a number, got ${shown(value)}`)
  if (!Number.isFinite(value) || value < low || value > high) {
    throw new ValueError(`"${name}" expected a finite number${range(low, high)}, got ${value}`)
  }
  return value
}

/** A finite number above zero. */
export const positive = (value: unknown, name: string): number => {
  if (finite(value, name) <= 0) throw new ValueError(`"${name}" expected a number above 0, got ${value as number}`)
  return value as number
}

/** A whole number inside [low, high]. */
export const whole = (value: unknown, name: string, low = 0, high = Number.MAX_SAFE_INTEGER): number => {
  if (typeof value !== 'number') throw new KindError(`"${name}" expected a whole number, got ${shown(value)}`)
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new ValueError(`"${name}" expected a whole number${range(low, high)}, got ${value}`)
  }
  return value
}

/** True or false. */
export const flag = (value: unknown, name: string): boolean => {
  if (typeof value !== 'boolean') throw new KindError(`"${name}" expected true or false, got ${shown(value)}`)
  return value
}

/** One of a closed set of words. */
export const oneOf = <T extends string>(value: unknown, name: string, words: readonly T[]): T => {
  if (!words.includes(value as T)) {
    throw new ValueError(
      `"${name}" expected one of ${words.map((word) => `'${word}'`).join(', ')}, got ${shown(value)}`,
    )
  }
  return value as T
}

/** A sequence of the expected length. */
export const lengthOf = <T extends { readonly length: number }>(value: T, name: string, expected: number): T => {
  if (value.length !== expected) {
    throw new ValueError(`"${name}" expected length ${expected}, got ${value.length}`, 'shape')
  }
  return value
}

/** A list of anything. */
export const list = <T>(value: readonly T[], name: string): readonly T[] => {
  if (!Array.isArray(value)) throw new KindError(`"${name}" expected an array, got ${shown(value)}`)
  return value
}

/**
 * A plain options object; keys that are none of `keys` are refused, since a misspelt option would be ignored in silence. `signal`
 * and `onProgress`, the same everywhere, are looked at here.
 */
export const options = <T>(value: T, name: string, keys?: readonly string[]): T => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new KindError(`"${name}" expected an object, got ${shown(value)}`)
  }
  for (const key of keys ? Object.keys(value) : []) {
    if (!keys?.includes(key)) throw new ValueError(`"${name}" has no option "${key}"; it takes ${keys?.join(', ')}`)
  }
  const { signal, onProgress } = value as { signal?: AbortSignal; onProgress?: unknown }
  if (signal !== undefined && typeof signal?.throwIfAborted !== 'function') {
    throw new KindError(`"signal" expected an AbortSignal, got ${shown(signal)}`)
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new KindError(`"onProgress" expected a function, got ${shown(onProgress)}`)
  }
  return value
}

/** The signal in the options of a call that takes nothing else. */
export const signalOf = (given: { readonly signal?: AbortSignal } = {}): AbortSignal | undefined =>
  options(given, 'options', ['signal']).signal

const range = (low: number, high: number): string => {
  if (low === -Infinity && high === Infinity) return ''
  if (high === Infinity || high === Number.MAX_SAFE_INTEGER) return ` of at least ${low}`
  if (low === -Infinity) return ` of at most ${high}`
  return ` from ${low} to ${high}`
}
