import { gram } from '../kernel/gram.js'
import { quadratic } from '../qp/quadratic.js'

/** What a job has besides its arguments. */
export interface Context {
  readonly signal: AbortSignal
  readonly onProgress?: (state: unknown) => void
}

type Run = (context: Context, ...args: never[]) => unknown

/** What a worker can do by name: the library's own functions, with signal and progress where they take them. */
export const functions = {
  gram: (_, ...args: Parameters<typeof gram>) => gram(...args),
  quadratic: (_, ...args: Parameters<typeof quadratic>) => quadratic(...args),
} satisfies Record<string, Run>

/** The name of a function that a worker can run. */
export type FunctionName = keyof typeof functions
