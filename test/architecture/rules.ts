import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import ts from 'typescript'

/** A file of the project: its path from the top of the repository, and its text. */
export interface Source {
  readonly path: string
  readonly text: string
}

// A file imports only from lower ranks; folders of one rank never import each other.
const ranks: Readonly<Record<string, number>> = {
  base: 0,
  wasm: 1,
  store: 1,
  theory: 1,
  qp: 2,
  kernel: 3,
  rkme: 4,
  search: 5,
  specification: 5,
  learnware: 6,
  reuse: 7,
  onnx: 7,
  market: 8,
  worker: 9,
  'index.ts': 9,
  'numeric.ts': 9,
  cli: 10,
  service: 10,
}

// The same within a folder of folders: its own files lie lowest, but for its index.
const ranksWithin: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  rkme: { rows: 1, solver: 2, reduce: 3, private: 3 },
  search: { task: 1, anchor: 1, sketch: 2 },
  learnware: { learner: 1, fit: 2, saved: 3, 'builtin.ts': 3 },
  specification: { description: 1, rows: 1, specify: 2 },
  reuse: { weigh: 1, correct: 2, route: 2, blend: 3, divide: 4, objective: 4, anchor: 4, 'index.ts': 5 },
  market: { match: 1, submit: 2, anchor: 2, 'market.ts': 3, solve: 4 },
  worker: { serve: 1, call: 2, 'index.ts': 3 },
}

const numeric = ['qp', 'kernel', 'rkme', 'search', 'specification', 'theory']
const environmentBound = (path: string): boolean => /^src\/(store\/file[^/]*\.ts|cli\/|service\/)/.test(path)
const builtinDoor = /^src\/(worker|onnx)\/node-builtin\.ts$/

// Packages live behind one folder each.
const packages: Readonly<Record<string, readonly string[]>> = {
  '@noble/hashes': ['base'],
  valibot: ['specification'],
  'onnxruntime-web': ['onnx'],
  comlink: ['worker'],
}

// What IEEE 754 or the ECMAScript specification fixes to the last bit.
const exactMath = new Set(
  'abs ceil floor round trunc sign sqrt min max imul clz32 fround PI E LN2 LN10 LOG2E LOG10E SQRT2 SQRT1_2'.split(' '),
)

const forbiddenName = /utils?$|helpers?$|manager$/i
const forbiddenVerb = /^(get|compute)[A-Z]/
const machinePath = /\/(w[o]rk|f[a]rm|r[o]ot|h[o]me)\/\w/
const longest = 320

const folderOf = (path: string): string => path.split('/')[1]
/** The folder within a folder, or the name of a file there. */
const partOf = (path: string): string => path.split('/')[2] ?? ''

interface Import {
  readonly specifier: string
  readonly line: number
}

const importsOf = (file: ts.SourceFile): Import[] => {
  const found: Import[] = []
  const add = (node: ts.Node, specifier: string): void => {
    found.push({ specifier, line: file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1 })
  }
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      add(node, (node.moduleSpecifier as ts.StringLiteral).text)
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node, ts.isStringLiteral(node.arguments[0]) ? node.arguments[0].text : '(not a literal)')
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node, (node.argument.literal as ts.StringLiteral).text)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

/** The path of the file that a relative specifier means. */
const target = (from: string, specifier: string): string => {
  const path = posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts')
  return path.endsWith('.ts') ? path : `${path}.ts`
}

const partFindings = (at: string, folder: string, from: string, to: string): string[] => {
  const { [from]: own = 0, [to]: other = 0 } = ranksWithin[folder] ?? {}
  if (from === to || (own === 0 && other === 0)) return []
  if (other > own) return [`${at} imports upward: ${folder}/${from} → ${folder}/${to}`]
  return other === own ? [`${at} imports sideways: ${folder}/${from} → ${folder}/${to}`] : []
}

const layerFindings = (path: string, { specifier, line }: Import): string[] => {
  const at = `${path}:${line}`
  const folder = folderOf(path)
  if (specifier.startsWith('.')) {
    const other = target(path, specifier)
    if (!other.startsWith('src/')) return [`${at} imports ${other} from outside src`]
    const there = folderOf(other)
    if (there === folder) return partFindings(at, folder, partOf(path), partOf(other))
    if (ranks[there] === undefined) return [`${at} imports ${other}, whose folder has no rank`]
    if (ranks[there] > ranks[folder]) return [`${at} imports upward: ${folder} → ${there}`]
    if (ranks[there] === ranks[folder]) return [`${at} imports sideways: ${folder} → ${there}`]
    return []
  }
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) {
    return environmentBound(path) || builtinDoor.test(path)
      ? []
      : [`${at} imports ${specifier} outside environment-bound code`]
  }
  if (environmentBound(path) && ranks[folder] === 10) return []
  const owner = Object.keys(packages).find((name) => specifier === name || specifier.startsWith(`${name}/`))
  if (!owner) return [`${at} imports ${specifier}, a package that the library does not depend on`]
  return packages[owner].includes(folder)
    ? []
    : [`${at} imports ${owner}, which belongs to ${packages[owner].join(', ')}`]
}

const codeFindings = (path: string, file: ts.SourceFile): string[] => {
  const findings: string[] = []
  const library = path.startsWith('src/') && (ranks[folderOf(path)] ?? 0) < 10
  const exact = path.startsWith('src/') && numeric.includes(folderOf(path))
  const report = (node: ts.Node, what: string): void => {
    findings.push(`${path}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1} ${what}`)
  }
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const { parent, text } = node
      const member = ts.isPropertyAccessExpression(parent) && parent.expression === node ? parent.name.text : undefined
      const isKey = ts.isPropertyAssignment(parent) && parent.name === node
      const global = !isKey && (!ts.isPropertyAccessExpression(parent) || parent.expression === node)
      if (text === 'Math') {
        if (member === 'random') report(node, 'uses Math.random')
        else if (exact && (member === undefined || !exactMath.has(member)))
          report(node, `uses Math.${member ?? ' as a value'}`)
      }
      if (library && global && (text === 'console' || text === 'eval' || text === 'Intl')) report(node, `uses ${text}`)
      if (library && /^(localeCompare|toLocale\w+)$/.test(text)) report(node, `uses ${text}`)
      if (library && text === 'getBuiltinModule' && !builtinDoor.test(path)) report(node, 'uses getBuiltinModule')
      if (ts.isNewExpression(parent) && parent.expression === node && text === 'Function')
        report(node, 'uses new Function')
      if ('name' in parent && parent.name === node && !ts.isPropertyAccessExpression(parent)) {
        if (forbiddenName.test(text)) report(node, `declares the forbidden name ${text}`)
        const foreign = ts.isPropertySignature(parent) || ts.isMethodSignature(parent)
        if (library && !foreign && forbiddenVerb.test(text))
          report(node, `declares ${text}: use a verb that says more, or a noun`)
      }
    }
    if (
      exact &&
      (node.kind === ts.SyntaxKind.AsteriskAsteriskToken || node.kind === ts.SyntaxKind.AsteriskAsteriskEqualsToken)
    ) {
      report(node, 'uses **, whose last bit differs between engines')
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return findings
}

/** The first cycle of each strongly connected knot of files, as a → b → a. */
const cycles = (edges: ReadonlyMap<string, readonly string[]>): string[] => {
  const findings: string[] = []
  const state = new Map<string, 'open' | 'closed'>()
  const stack: string[] = []
  const visit = (path: string): void => {
    state.set(path, 'open')
    stack.push(path)
    for (const next of edges.get(path) ?? []) {
      if (state.get(next) === 'open') findings.push(`cycle: ${[...stack.slice(stack.indexOf(next)), next].join(' → ')}`)
      else if (!state.has(next) && edges.has(next)) visit(next)
    }
    stack.pop()
    state.set(path, 'closed')
  }
  for (const path of edges.keys()) if (!state.has(path)) visit(path)
  return findings
}

/** Every breach of the project's structure in the TypeScript under src and assembly, one sentence each. */
export const structureFindings = (sources: readonly Source[]): string[] => {
  const findings: string[] = []
  const edges = new Map<string, string[]>()
  for (const { path, text } of sources) {
    const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true)
    const imports = importsOf(file)
    edges.set(
      path,
      imports.filter(({ specifier }) => specifier.startsWith('.')).map(({ specifier }) => target(path, specifier)),
    )
    if (path.startsWith('src/')) {
      if (ranks[folderOf(path)] === undefined) findings.push(`${path} has no rank`)
      else for (const entry of imports) findings.push(...layerFindings(path, entry))
    }
    findings.push(...codeFindings(path, file))
    const lines = text.split('\n').length - 1
    if (lines > longest) findings.push(`${path} has ${lines} lines, more than ${longest}`)
    for (const part of path.replace(/\.ts$/, '').split('/')) {
      if (forbiddenName.test(part)) findings.push(`${path} has the forbidden name ${part}`)
    }
  }
  return [...findings, ...cycles(edges)]
}

/** Lines of any committed text that name a path of one machine. */
export const machineFindings = (sources: readonly Source[]): string[] =>
  sources.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, i) => (machinePath.test(line) ? [`${path}:${i + 1} names a path of a machine`] : [])),
  )
