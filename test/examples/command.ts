import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))

const entries = {
  index: 'src/index.ts',
  numeric: 'src/numeric.ts',
  onnx: 'src/onnx/index.ts',
  reuse: 'src/reuse/index.ts',
  worker: 'src/worker/index.ts',
  file: 'src/store/file.ts',
}
const names = {
  learnware: 'index',
  'learnware/numeric': 'numeric',
  'learnware/onnx': 'onnx',
  'learnware/reuse': 'reuse',
  'learnware/worker': 'worker',
  'learnware/store/file': 'file',
}

/** What a command printed and how it ended. */
export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** The commands of examples/, run by Node on the library as its sources stand, whatever was built before. */
export interface Commands {
  run(command: 'start' | 'submit', args: readonly string[]): Promise<Outcome>
  close(): void
}

/** Bundles the sources once, beside node_modules so that peer dependencies are found. */
export const openCommands = async (): Promise<Commands> => {
  mkdirSync(join(root, 'build'), { recursive: true })
  const folder = mkdtempSync(join(root, 'build/commands-'))
  const close = (): void => rmSync(folder, { recursive: true, force: true })
  await build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    target: 'es2022',
    logLevel: 'warning',
  }).catch((error) => {
    close()
    throw error
  })
  const files = Object.fromEntries(
    Object.entries(names).map(([name, file]) => [name, pathToFileURL(join(folder, `${file}.mjs`)).href]),
  )
  const script = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`
  const hook = script(
    `const files = ${JSON.stringify(files)}
     export const resolve = (name, context, next) =>
       name in files ? { url: files[name], shortCircuit: true } : next(name, context)`,
  )
  const preload = script(`import { register } from 'node:module'; register(${JSON.stringify(hook)})`)
  return {
    run: (command, args) =>
      new Promise((resolve) => {
        const line = ['--import', preload, join(root, `examples/${command}.js`), ...args]
        execFile(process.execPath, line, { cwd: root }, (error, stdout, stderr) => {
          resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr })
        })
      }),
    close,
  }
}
