import { describe, expect, test } from 'vitest'
import { KindError, MarketError, ValueError } from '../../src/base/error.js'
import { plainError, revivedError } from '../../src/worker/outcome.js'

const travelled = (error: unknown): Error => revivedError(structuredClone(plainError(error)))

describe('an error between threads', () => {
  test.each([
    ['KindError', new KindError('"X" expected a matrix, got 3'), KindError, 'kind'],
    ['ValueError', new ValueError('"X" expected length 3, got 2', 'shape'), ValueError, 'shape'],
    ['ValueError of memory', new ValueError('no memory', 'memory'), ValueError, 'memory'],
    ['MarketError', new MarketError('incompatible', 'other terms'), MarketError, 'incompatible'],
    ['TypeError', new TypeError('x is not a function'), TypeError, undefined],
    ['RangeError', new RangeError('too long'), RangeError, undefined],
    ['AbortError', new DOMException('stopped', 'AbortError'), DOMException, 20],
  ])('%s keeps class, name, code and message', (_, error, kind, code) => {
    const revived = travelled(error)
    expect(revived).toBeInstanceOf(kind)
    expect(revived.name).toBe(error.name)
    expect(revived.message).toBe(error.message)
    expect((revived as { code?: unknown }).code).toBe(code)
  })

  test('another error keeps its name and a code of text', () => {
    const error = Object.assign(new Error('no such file'), { name: 'SystemError', code: 'ENOENT' })
    expect(travelled(error)).toMatchObject({ name: 'SystemError', code: 'ENOENT', message: 'no such file' })
  })

  test('what is no error becomes one', () => expect(travelled('why')).toMatchObject({ name: 'Error', message: 'why' }))

  test('the stack is that of the place of the error', () => {
    const error = new ValueError('here')
    expect(travelled(error).stack).toBe(error.stack)
  })
})
