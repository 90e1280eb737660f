import { MarketError } from '../base/error.js'

/** The code of a disk's error, such as ENOENT; empty where it has none. */
export const codeOf = (error: unknown): string => (error as { code?: string })?.code ?? ''

/** A refusal of the disk in the words of a market. */
export const refusal = (error: unknown, directory: string): unknown => {
  const code = codeOf(error)
  if (error instanceof MarketError) return error
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new MarketError('quota', `no space left for "${directory}" (${code}); free some and try again`, {
      cause: error,
    })
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new MarketError(
      'denied',
      `"${directory}" may not be written (${code}); change its rights, or open it with readOnly: true`,
      {
        cause: error,
      },
    )
  }
  return error
}
