export const inNode =
  (globalThis as { process?: { versions?: { node?: string } } }).process?.versions?.node !== undefined

/** The address of a script that is only text. */
export const addressOf = (text: string): string =>
  inNode
    ? `data:text/javascript,${encodeURIComponent(text)}`
    : URL.createObjectURL(new Blob([text], { type: 'text/javascript' }))
