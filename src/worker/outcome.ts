import { KindError, MarketError, type MarketErrorCode, ValueError } from '../base/error.js'

/** An error as plain data, so that its class and code survive the way between threads. */
export interface PlainError {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
}

/** What a call of a worker answers: a value or an error, never a throw. */
export type Outcome<T> = { readonly value: T } | { readonly error: PlainError }

/** The plain form of anything that was thrown. */
export const plainError = (thrown: unknown): PlainError => {
  if (!(thrown instanceof Error)) return { name: 'Error', message: String(thrown) }
  const { name, message, stack } = thrown
  const { code } = thrown as { code?: unknown }
  return { name, message, stack, ...(typeof code === 'string' ? { code } : {}) }
}

/** The error of a {@link PlainError} in the class and with the code that it had. */
export const revivedError = ({ name, message, code, stack }: PlainError): Error => {
  const error = instance(name, message, code)
  if (stack) Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true })
  return error
}

/** The value of an outcome; throws its error. */
export const unpacked = <T>(outcome: Outcome<T>): T => {
  if ('error' in outcome) throw revivedError(outcome.error)
  return outcome.value
}

const instance = (name: string, message: string, code: string | undefined): Error => {
  if (name === 'TypeError') return code === 'kind' ? new KindError(message) : new TypeError(message)
  if (name === 'RangeError') {
    return code === 'value' || code === 'shape' || code === 'memory'
      ? new ValueError(message, code)
      : new RangeError(message)
  }
  if (name === 'MarketError') return new MarketError(code as MarketErrorCode, message)
  if (name === 'AbortError') return new DOMException(message, name)
  return Object.assign(new Error(message), { name }, code === undefined ? {} : { code })
}
