import { whole } from '../base/check.js'
import { withArena } from './arena.js'
import { core } from './instance.js'

/** e^x with the same bits in every engine, unlike `Math.exp`. */
export const exp = (x: number): number => core().exp(x)

/** Natural logarithm with the same bits in every engine. */
export const log = (x: number): number => core().log(x)

/** Cosine with the same bits in every engine. */
export const cos = (x: number): number => core().cos(x)

/** `count` standard normal deviates of a seed (mulberry32 and Box–Muller), the same bits in every engine. */
export const normals = (seed: number, count: number): Float64Array =>
  withArena((arena) => {
    const out = arena.f64(whole(count, 'count'))
    arena.core.normals(seed | 0, count, out)
    return arena.readF64(out, count)
  })
