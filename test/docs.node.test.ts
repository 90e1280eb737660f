import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Page {
  readonly path: string
  /** All blocks marked `js run`, one program. */
  readonly program: string
  /** All blocks marked `text`: what the program prints. */
  readonly printed: string
  readonly links: readonly string[]
  /** Source files that it names, by path or by name alone. */
  readonly sources: readonly string[]
}

const sources = ['src', 'assembly', 'test'].flatMap((folder) =>
  readdirSync(root + folder, { recursive: true, encoding: 'utf8' }).map(
    (path) => `/${folder}/${path.replaceAll('\\', '/')}`,
  ),
)

const blocks = (text: string, mark: string): string[] =>
  [...text.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)].filter(([, info]) => info === mark).map(([, , body]) => body)

const read = (path: string): Page => {
  const text = readFileSync(root + path, 'utf8')
  return {
    path,
    program: blocks(text, 'js run').join(''),
    printed: blocks(text, 'text').join(''),
    links: [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target)
      .filter((target) => !/^[a-z]+:/.test(target)),
    sources: [...text.matchAll(/`([\w./-]+\.ts)`/g)].map(([, name]) => name),
  }
}

const pages = [...readdirSync(`${root}docs`).map((name) => `docs/${name}`), 'README.md']
  .filter((path) => path.endsWith('.md') && existsSync(root + path))
  .map(read)

/** The heading's address as it is made from its words. */
const anchors = (path: string): string[] =>
  [...readFileSync(path, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, words]) =>
    words
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )

afterEach(() => {
  vi.restoreAllMocks()
})

describe.each(pages)('$path', ({ path, program, printed, links, sources: named }) => {
  it.skipIf(program === '')('prints what it says', async () => {
    // Beside the sources, so that the names of the package are resolved as in the tests.
    mkdirSync(`${root}build/docs`, { recursive: true })
    const file = `${root}build/docs/${path.replaceAll('/', '-')}.mjs`
    writeFileSync(file, program.replaceAll("from './", `from '${pathToFileURL(root).href}`))
    const lines: string[] = []
    vi.spyOn(console, 'log').mockImplementation((...values) => {
      lines.push(`${values.join(' ')}\n`)
    })
    await import(/* @vite-ignore */ pathToFileURL(file).href)
    expect(lines.join('')).toBe(printed)
  })

  it('points to what is there', () => {
    for (const link of links) {
      const [target, anchor] = link.split('#')
      const file = target === '' ? root + path : fileURLToPath(new URL(target, pathToFileURL(root + path)))
      expect(existsSync(file), link).toBe(true)
      if (anchor !== undefined) expect(anchors(file), link).toContain(anchor)
    }
  })

  it('names source files that are there', () => {
    for (const name of named)
      expect(sources.filter((path) => path.endsWith(`/${name}`)).length, name).toBeGreaterThan(0)
  })
})

it('the guide runs', () => {
  expect(pages.find(({ path }) => path === 'docs/guide.md')?.program).not.toBe('')
})
