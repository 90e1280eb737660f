import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { machineFindings, type Source, structureFindings } from './architecture/rules.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string): Source => ({ path, text: readFileSync(root + path, 'utf8') })
const generated = ['src/wasm/binary.ts', 'src/worker/source.ts']

const walk = (folder: string): string[] =>
  readdirSync(root + folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? walk(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
  )

const findings = (files: Record<string, string>): string[] =>
  structureFindings(Object.entries(files).map(([path, text]) => ({ path, text })))

describe('the project', () => {
  test('keeps its layers, names and sizes', () => {
    const paths = ['src', 'assembly'].flatMap(walk).filter((path) => path.endsWith('.ts') && !generated.includes(path))
    expect(paths.length).toBeGreaterThan(10)
    expect(structureFindings(paths.map(read))).toEqual([])
  })

  test('names no path of a machine', () => {
    const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
    })
    const texts = tracked
      .split('\n')
      .filter((path) => /\.(m?[jt]s|json|md|py|sh|toml|ya?ml)$|\/run$/.test(path) && existsSync(root + path))
    expect(machineFindings(texts.map(read))).toEqual([])
  })
})

describe('the rules catch', () => {
  const clean = {
    'src/base/a.ts': 'export const a = 1',
    'src/kernel/b.ts': "import { a } from '../base/a.js'\nexport const b = a",
  }

  test('nothing in clean sources', () => expect(findings(clean)).toEqual([]))

  test.each([
    [
      'an upward import',
      { 'src/base/a.ts': "import '../market/m.js'" },
      'src/base/a.ts:1 imports upward: base → market',
    ],
    [
      'an upward type',
      { 'src/kernel/a.ts': "export const a = 1\nimport type { M } from '../rkme/m.js'" },
      'src/kernel/a.ts:2 imports upward: kernel → rkme',
    ],
    ['an upward re-export', { 'src/qp/a.ts': "export * from '../market/m.js'" }, 'imports upward: qp → market'],
    [
      'an upward dynamic import',
      { 'src/qp/a.ts': "export const a = () => import('../market/m.js')" },
      'imports upward: qp → market',
    ],
    [
      'an upward import type',
      { 'src/qp/a.ts': "export type A = import('../market/m.js').M" },
      'imports upward: qp → market',
    ],
    [
      'a sideways import',
      { 'src/search/a.ts': "import { s } from '../specification/s.js'" },
      'imports sideways: search → specification',
    ],
    [
      'an upward import within a folder',
      { 'src/reuse/weigh/a.ts': "import { c } from '../blend/c.js'" },
      'imports upward: reuse/weigh → reuse/blend',
    ],
    [
      'a sideways import within a folder',
      { 'src/reuse/divide/a.ts': "import { c } from '../anchor/c.js'" },
      'imports sideways: reuse/divide → reuse/anchor',
    ],
    [
      'an upward import from what a folder shares',
      { 'src/reuse/a.ts': "import { c } from './weigh/c.js'" },
      'imports upward: reuse/a.ts → reuse/weigh',
    ],
    [
      'an import of an entry',
      { 'src/worker/a.ts': "import { s } from '../index.js'" },
      'imports sideways: worker → index.ts',
    ],
    ['a folder without a rank', { 'src/misc/a.ts': '' }, 'src/misc/a.ts has no rank'],
    ['an import from outside', { 'src/base/a.ts': "import '../../test/a.js'" }, 'imports test/a.ts from outside src'],
    [
      'node:',
      { 'src/market/a.ts': "import { readFileSync } from 'node:fs'" },
      'imports node:fs outside environment-bound code',
    ],
    ['Node without its prefix', { 'src/market/a.ts': "import { readFileSync } from 'fs'" }, 'imports fs outside'],
    ['an unknown package', { 'src/base/a.ts': "import 'left-pad'" }, 'imports left-pad, a package'],
    [
      'a package in the wrong folder',
      { 'src/market/a.ts': "import { wrap } from 'comlink'" },
      'imports comlink, which belongs to worker',
    ],
    ['Math.random', { 'src/market/a.ts': 'export const a = Math.random()' }, 'uses Math.random'],
    ['Math.exp', { 'src/rkme/a.ts': 'export const a = Math.exp(1)' }, 'uses Math.exp'],
    ['Math taken apart', { 'src/rkme/a.ts': 'const { exp } = Math\nexport const a = exp' }, 'uses Math. as a value'],
    [
      'Math behind globalThis',
      { 'src/rkme/a.ts': 'export const a = globalThis.Math.sin(1)' },
      'src/rkme/a.ts:1 uses Math',
    ],
    ['a power', { 'src/rkme/a.ts': 'export const a = 3 ** 0.5' }, 'uses **'],
    ['the console', { 'src/market/a.ts': 'console.log(1)' }, 'uses console'],
    ['eval', { 'src/market/a.ts': "export const a = eval('1')" }, 'uses eval'],
    ['code from text', { 'src/market/a.ts': "export const f = new Function('1')" }, 'uses new Function'],
    ['an order of the locale', { 'src/market/a.ts': "export const a = 'a'.localeCompare('b')" }, 'uses localeCompare'],
    [
      'a back door to Node',
      { 'src/market/a.ts': "export const a = process.getBuiltinModule('fs')" },
      'uses getBuiltinModule',
    ],
    [
      'a forbidden class',
      { 'src/market/a.ts': 'export class StoreManager {}' },
      'declares the forbidden name StoreManager',
    ],
    ['a forbidden constant', { 'src/market/a.ts': 'const mathHelper = 1' }, 'declares the forbidden name mathHelper'],
    ['a forbidden file', { 'src/base/utils.ts': '' }, 'has the forbidden name utils'],
    ['an empty verb', { 'src/market/a.ts': 'export const computeGram = () => 1' }, 'declares computeGram'],
    ['a long file', { 'src/base/a.ts': '\n'.repeat(321) }, 'has 321 lines'],
    [
      'a cycle',
      {
        'src/base/a.ts': "import './b.js'",
        'src/base/b.ts': "import './c.js'",
        'src/base/c.ts': "import type { A } from './a.js'",
      },
      'cycle: src/base/a.ts → src/base/b.ts → src/base/c.ts → src/base/a.ts',
    ],
    [
      'a cycle in assembly',
      { 'assembly/a.ts': "import { b } from './b'", 'assembly/b.ts': "import { a } from './a'" },
      'cycle: assembly/a.ts → assembly/b.ts → assembly/a.ts',
    ],
  ])('%s', (_, files, sentence) => {
    expect(findings(files as Record<string, string>).join('\n')).toContain(sentence)
  })

  test.each([
    ['node: in the file store', { 'src/store/file.ts': "import { open } from 'node:fs/promises'" }],
    ["Node's own types at the one door", { 'src/worker/node-builtin.ts': "export type A = import('node:fs').Stats" }],
    ['exact Math', { 'src/rkme/a.ts': 'export const a = Math.sqrt(Math.max(0, Math.PI))' }],
    ['Math.exp where outputs have tolerances', { 'src/reuse/a.ts': 'export const a = Math.exp(1)' }],
    ['words in texts and comments', { 'src/rkme/a.ts': "// Math.exp and utils\nexport const a = 'Math.exp helper'" }],
    ['lower layers from the worker', { 'src/worker/a.ts': "import '../market/m.js'\nimport { wrap } from 'comlink'" }],
  ])('but allow %s', (_, files) => expect(findings(files as Record<string, string>)).toEqual([]))

  test('a path of a machine', () => {
    expect(machineFindings([{ path: 'a.ts', text: `x\nconst a = '/${'home'}/me/a'` }])).toEqual([
      'a.ts:2 names a path of a machine',
    ])
    expect(machineFindings([{ path: 'a.ts', text: "import './worker/a.js' // https://example.org/work" }])).toEqual([])
  })
})
