import { describe, expect, test } from 'vitest'
import { counterpart } from '../../../src/specification/description/concept.js'

describe('counterpart', () => {
  const warm = { name: 'warm', concept: 'temperature', unit: '°C' }
  const heat = { name: 'heat', concept: 'temperature', unit: '°F' }
  const price = { name: 'price' }

  test('is found by concept and unit, the name stands in for a concept', () => {
    expect(counterpart({ name: 't', concept: 'temperature', unit: '°F' }, [warm, heat, price])).toBe(heat)
    expect(counterpart({ name: 'Preis', concept: 'price' }, [warm, heat, price])).toBe(price)
    expect(counterpart({ name: 'temperature', unit: '°C' }, [warm, heat, price])).toBe(warm)
  })

  test('is not what has the name alone', () => {
    expect(counterpart({ name: 'warm', concept: 'temperature', unit: '°F' }, [warm, heat])).toBe(heat)
    expect(counterpart({ name: 'warm', concept: 'mood' }, [warm, heat])).toBeUndefined()
  })

  test('of two that mean the same is the one of the same name, or none', () => {
    const inside = { ...warm, name: 'inside' }
    expect(counterpart({ ...warm }, [inside, warm])).toBe(warm)
    expect(counterpart({ ...warm, name: 'outside' }, [inside, warm])).toBeUndefined()
  })
})
