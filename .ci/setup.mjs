// Makes a fresh clone ready: dependencies, then the build. Does nothing where both are up to date.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { must, root } from './shell.mjs'

const packages = (file) => {
  const path = join(root, file)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : undefined
}

/** True where every package of the lock file stands in node_modules in its version. */
const installed = () => {
  const found = packages('node_modules/.package-lock.json')
  if (!found) return false
  return Object.entries(packages('package-lock.json')).every(
    ([name, { version, optional }]) => name === '' || optional || found[name]?.version === version,
  )
}

/** Installs what is missing and builds what is out of date; `stage` is one of .ci/build.mjs. */
export const setup = (stage = 'package') => {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 16)) {
    console.error(`learnware expected Node 20.16 or newer, got ${process.versions.node}; install a newer Node`)
    process.exit(1)
  }
  if (!installed()) must('npm', ['ci', '--no-audit', '--no-fund'])
  must(process.execPath, ['.ci/build.mjs', stage])
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) setup(process.argv[2])
