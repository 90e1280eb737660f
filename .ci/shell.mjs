import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { platform } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The top of the repository, with a closing slash. */
export const root = fileURLToPath(new URL('..', import.meta.url))

const windows = platform() === 'win32'

/** Runs a command where its output can be seen; answers its exit code. */
export const run = (command, args, options = {}) =>
  spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: windows, ...options }).status ?? 1

/** Runs a command; ends this process where it fails. */
export const must = (command, args, options) => {
  const code = run(command, args, options)
  if (code !== 0) {
    console.error(`${[command, ...args].join(' ')} ended with code ${code}`)
    process.exit(code)
  }
}

/** Runs a program of node_modules by its file, without npx. */
export const tool = (file, args = [], options = {}) =>
  run(process.execPath, [join(root, 'node_modules', file), ...args], options)

/** The files under the given paths, in order. */
export const filesUnder = (...paths) =>
  paths.flatMap((path) => {
    const full = join(root, path)
    if (!existsSync(full)) return []
    if (!statSync(full).isDirectory()) return [path]
    return filesUnder(
      ...readdirSync(full)
        .sort()
        .map((entry) => `${path}/${entry}`),
    )
  })

/** One hash over names and contents of files. */
export const contentHash = (files) => {
  const hash = createHash('sha256')
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0')
  return hash.digest('hex')
}
