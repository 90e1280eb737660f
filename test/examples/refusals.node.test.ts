import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { catalogue, digits } from '../../examples/digits/island.js'
import { developers, parseDigits, table } from '../../examples/digits/tasks.js'
import { uniforms } from '../../src/base/random.js'
import { openMarket } from '../../src/market/market.js'
import { onnxRuntime } from '../../src/onnx/index.js'
import { encodeSpecification } from '../../src/specification/codec.js'
import { foundTerms } from '../../src/specification/specify/found.js'
import { specify } from '../../src/specification/specify/specify.js'
import { fileStore } from '../../src/store/file.js'
import { affine } from '../onnx/build-onnx.js'
import { temporaryFolder } from '../store/folder.js'
import { type Commands, type Outcome, openCommands } from './command.js'

const examples = fileURLToPath(new URL('../../examples/', import.meta.url))
const source = readFileSync(`${examples}digits/digits.csv`, 'utf8').trim().split('\n')
const known = parseDigits(source.join('\n'))
const tasks = developers(known.labels)
const modelOf = (developer: number): Uint8Array =>
  readFileSync(`${examples}digits/models/${catalogue().models[developer].file}`)

/** A developer who never saw a digit of the first one. */
const stranger = tasks.findIndex(({ classes }) => classes.every((name) => !tasks[0].classes.includes(name)))

/** The rows that a developer trained on, as the lines of a CSV file. */
const linesOf = (developer: number): string[] => [source[0], ...tasks[developer].rows.map((row) => source[row + 1])]

/** Lines with another cell in the third row. */
const withCell = (column: number, cell: string): string[] =>
  linesOf(0).map((line, i) => (i === 3 ? line.split(',').with(column, cell).join(',') : line))

const noise = (length: number): Uint8Array => {
  const random = uniforms(3)
  return Uint8Array.from({ length }, () => 256 * random())
}

/** The specification of the same rows on an island where ink has another scale. */
const underOtherTerms = (): Uint8Array => {
  const description = structuredClone(digits.description())
  for (const input of description.LDL.inputs) Object.assign(input, { unit: 'percent', range: [0, 100], scale: 40 })
  const { rows, labels } = table(known, tasks[0].rows)
  return encodeSpecification(specify(foundTerms(description as never), rows, { labels, seed: 7 }))
}

/** One hash over the names and contents of all files below a folder. */
const hashOf = (folder: string): string => {
  const hash = createHash('sha256')
  for (const name of (readdirSync(folder, { recursive: true, encoding: 'utf8' }) as string[]).sort()) {
    hash.update(`${name}\0`)
    const path = join(folder, name)
    if (statSync(path).isDirectory()) continue
    hash.update(readFileSync(path))
  }
  return hash.digest('hex')
}

const folder = temporaryFolder()
const at = (name: string): string => join(folder, name)
const market = at('market')
let commands: Commands
let first: Outcome

const files: Record<string, () => Uint8Array | string> = {
  'good.onnx': () => modelOf(0),
  'stranger.onnx': () => modelOf(stranger),
  'random.onnx': () => noise(10_000_000),
  'cut.onnx': () => modelOf(0).slice(0, modelOf(0).length / 2),
  'narrow.onnx': () => affine(new Array(30).fill(0.1), new Array(10).fill(0), { softmax: true }),
  'empty.onnx': () => '',
  'good.csv': () => linesOf(0).join('\n'),
  'missing-column.csv': () =>
    linesOf(0)
      .map((line) => line.slice(line.indexOf(',') + 1))
      .join('\n'),
  'one-row.csv': () => linesOf(0).slice(0, 2).join('\n'),
  'nan.csv': () => withCell(5, 'NaN').join('\n'),
  'text.csv': () => withCell(5, 'dark').join('\n'),
  'class.csv': () => withCell(64, 'eleven').join('\n'),
  'unlabelled.csv': () => withCell(64, '').join('\n'),
  'wide-row.csv': () => withCell(5, '1,2').join('\n'),
  'header.csv': () => source[0],
  'empty.csv': () => '',
  'binary.csv': () => noise(100_000),
  'other.spec': underOtherTerms,
  'cut.spec': () => underOtherTerms().slice(0, 500),
  'list.json': () => '[]',
  'whole.json': () =>
    JSON.stringify({
      ...digits.description(),
      ...{ Library: { Type: 'Class', Values: ['Others'] }, License: { Type: 'Class', Values: ['MIT'] } },
      ...{ Name: { Type: 'String', Values: 'digits' }, Description: { Type: 'String', Values: 'digits' } },
    }),
  'description.json': () => '{"Data": ',
}

const submission = ({ model = 'good.onnx', csv = 'good.csv', target = 'label', to = market } = {}): string[] => [
  ...['--model', at(model), '--csv', at(csv), '--target', target, '--market', to, '--island', 'digits'],
]

const specified = (specification: string): string[] => [
  ...['--model', at('good.onnx'), '--specification', at(specification), '--market', market, '--island', 'digits'],
]

/** A task that only its description tells. */
const described = (csv: string): string[] => [
  ...['--model', at('good.onnx'), '--csv', at(csv), '--target', 'label', '--market', market],
  ...['--description', at('whole.json')],
]

const own = (csv: string, target = 'label'): string[] => ['--csv', at(csv), '--target', target]

beforeAll(async () => {
  for (const [name, content] of Object.entries(files)) writeFileSync(at(name), content())
  mkdirSync(at('folder.csv'))
  commands = await openCommands()
  first = await commands.run('submit', submission())
})

afterAll(() => commands?.close())

/** One sentence for people, and no trace of the program. */
const sentenceOf = ({ code, stderr }: Outcome): string => {
  expect(stderr).toMatch(/^npm (start|run submit): [^\n]+\n$/)
  expect(stderr).not.toMatch(/Error:|\bat .*:\d+:\d+|node:internal|undefined|\[object/)
  expect(code).toBe(1)
  return stderr.trimEnd()
}

const found = async (place: string): Promise<string[]> => {
  const open = await openMarket({ store: fileStore(place, { readOnly: true }), runtime: onnxRuntime() })
  const [user] = digits.users({ count: 1 })
  const terms = await open.terms(digits.description() as never)
  const { ranked } = await open.search(specify(terms, user.rows, { role: 'requirement' }), { top: 10 })
  await open.close()
  return ranked.map(({ id }) => id)
}

const idOf = ({ stdout }: Outcome): string => /^ {2}id ([0-9a-f]{64})$/m.exec(stdout)?.[1] ?? 'no id'

describe('npm run submit', () => {
  it('founds a market with a good model, which a search finds', async () => {
    expect(first.stderr).toBe('')
    expect(first.code).toBe(0)
    expect(first.stdout).toMatch(/^accepted: a search finds it\n/)
    expect(await found(market)).toEqual([idOf(first)])
  })

  it('keeps a model that fails on its own rows, says so, and no search finds it', async () => {
    const place = at('doubted')
    cpSync(market, place, { recursive: true })
    const outcome = await commands.run('submit', submission({ model: 'stranger.onnx', to: place }))
    expect(sentenceOf(outcome)).toMatch(/quarantined, claim: .* the model hardly predicts/)
    expect(await found(place)).toEqual([idOf(first)])
  })

  it('makes no folder for a model that is rejected', async () => {
    const place = at('new')
    const outcome = await commands.run('submit', submission({ model: 'random.onnx', to: place }))
    expect(sentenceOf(outcome)).toMatch(/rejected, model: .*export or fetch it again/)
    expect(existsSync(place)).toBe(false)
  })

  const refused: [string, () => string[], RegExp][] = [
    [
      'a 10 MB random file',
      () => submission({ model: 'random.onnx' }),
      /expected an ONNX model, got bytes that are none or are cut off; export or fetch it again/,
    ],
    [
      'a truncated ONNX',
      () => submission({ model: 'cut.onnx' }),
      /expected an ONNX model, got bytes that are none or are cut off; export or fetch it again/,
    ],
    [
      'an ONNX of another shape',
      () => submission({ model: 'narrow.onnx' }),
      /expected an input of 64 columns, as declared, got the shape \[N, 3\] .*; give the description of this model/,
    ],
    ['an empty model', () => submission({ model: 'empty.onnx' }), /the model has 0 bytes; pass the content/],
    [
      'a CSV with a missing column',
      () => submission({ csv: 'missing-column.csv' }),
      /lacks the column "p00"; give the 64 columns of the digits market$/,
    ],
    [
      'a CSV with 1 row',
      () => submission({ csv: 'one-row.csv' }),
      /expected at least 50 rows for a learnware, got 1; .*collect more rows/,
    ],
    [
      'a CSV with NaN',
      () => submission({ csv: 'nan.csv' }),
      /column "p05" must hold numbers, got "NaN" in row 3; fill it in or leave the row out/,
    ],
    [
      'a CSV with an empty label',
      () => submission({ csv: 'unlabelled.csv' }),
      /has no "label" in row 3; fill it in or leave the row out/,
    ],
    [
      'an embedding under other terms',
      () => specified('other.spec'),
      /made under the terms isl:\w+, this description belongs to isl:\w+; call market\.terms\(description\) and specify again/,
    ],
    [
      'a truncated embedding',
      () => specified('cut.spec'),
      /specification: it cannot be read: .*; make it with specify/,
    ],
    [
      'half a description',
      () => [...submission(), '--description', at('description.json')],
      /expected a description as a JSON object, got other text; docs\/guide\.md shows one/,
    ],
    [
      'a list as a description',
      () => [...submission(), '--description', at('list.json')],
      /expected a description as a JSON object, got other text; docs/,
    ],
    [
      'a missing column of another task',
      () => described('missing-column.csv'),
      /missing-column\.csv has no column "p00"; did you mean "p01"\? .* rename or add it/,
    ],
    [
      'an unknown class of another task',
      () => described('class.csv'),
      /column "label" has the unknown category "eleven" in row 3 of 200; known: /,
    ],
    [
      'no rows',
      () => submission().filter((_, i) => i < 2 || i > 5),
      /got neither; give --csv rows\.csv --target column/,
    ],
    ['an unknown option', () => ['--modell', 'x'], /Unknown option '--modell'; npm run submit -- --help says/],
    [
      'a folder below a file',
      () => submission({ to: at('good.csv/x') }),
      /cannot be used: .*; name another by --market/,
    ],
    [
      'a folder that is no market',
      () => submission({ to: folder }),
      /expected a market's folder, got .* with other files; name a new one to found it/,
    ],
  ]
  describe.concurrent('refuses and leaves the market as it was:', () => {
    it.each(refused)('%s', async (name, args, message) => {
      // One market each: only one process may write, and these run side by side.
      const place = at(`for ${name}`)
      cpSync(market, place, { recursive: true })
      const before = hashOf(place)
      const outcome = await commands.run(
        'submit',
        args().map((word) => (word === market ? place : word)),
      )
      expect(sentenceOf(outcome)).toMatch(message)
      expect(hashOf(place)).toBe(before)
    })
  })
})

describe('npm start -- --csv', () => {
  const refused: [string, () => string[], RegExp][] = [
    [
      'a missing column',
      () => own('missing-column.csv'),
      /lacks the column "p00"; give the 64 columns of the digits market, or daily sales with the columns Store, /,
    ],
    ['1 row', () => own('one-row.csv'), /expected at least 30 rows for a requirement, got 1; .*collect more rows/],
    [
      'NaN',
      () => own('nan.csv'),
      /column "p05" must hold numbers, got "NaN" in row 3; fill it in or leave the row out/,
    ],
    [
      'text in a number column',
      () => own('text.csv'),
      /column "p05" must hold numbers, got "dark" in row 3; fill it in/,
    ],
    [
      'an unknown class',
      () => own('class.csv'),
      /column "label" must hold one of 0, .* got "eleven" in row 3; correct it or leave the row out/,
    ],
    [
      'a row that is too wide',
      () => own('wide-row.csv'),
      /row 3 .* has 66 cells where the header names 65; quote cells/,
    ],
    [
      'an unknown target',
      () => own('good.csv', 'digit'),
      /has no column "digit" to predict; it has p00, .*: name one of them by --target/,
    ],
    ['a header alone', () => own('header.csv'), /has a header but no rows; expected a header line and rows/],
    ['an empty file', () => own('empty.csv'), /has no lines; expected a header line and rows/],
    ['a binary file', () => own('binary.csv'), /expected text in UTF-8, got other bytes; save it as text in UTF-8/],
    ['a directory', () => own('folder.csv'), /cannot read .*: it is a folder; give the path of a file/],
    ['no such file', () => own('nowhere.csv'), /cannot read .*: there is no such file; give the path of a file/],
    ['no target', () => own('good.csv').slice(0, 2), /name the column of .* to predict: --target <column>/],
    ['a target alone', () => ['--target', 'label'], /--target names a column of --csv, which is not there; give --csv/],
  ]
  describe.concurrent('refuses and leaves the market as it was:', () => {
    const committed = digits.folder()
    const before = hashOf(committed)
    it.each(refused)('%s', async (_, args, message) => {
      const outcome = await commands.run('start', args())
      expect(sentenceOf(outcome)).toMatch(message)
      expect(hashOf(committed)).toBe(before)
    })
  })
})
