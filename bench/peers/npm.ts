import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const from = join(process.cwd(), 'bench/peers')
const to = join(process.cwd(), 'build/bench/peers')
const files = ['package.json', 'package-lock.json']

/** The npm peers, pinned by bench/peers/package-lock.json and installed into build/bench/peers at the first call. */
const install = (): string | undefined => {
  const same = files.every(
    (file) =>
      existsSync(join(to, file)) && readFileSync(join(to, file), 'utf8') === readFileSync(join(from, file), 'utf8'),
  )
  if (same && existsSync(join(to, 'node_modules'))) return undefined
  mkdirSync(to, { recursive: true })
  for (const file of files) copyFileSync(join(from, file), join(to, file))
  console.log('installing bench/peers/package-lock.json into build/bench/peers')
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd: to,
    stdio: 'inherit',
  })
  return status === 0 ? undefined : 'the npm peers are not measured: `npm ci` failed in build/bench/peers'
}

/** A way to require the peers, or a sentence why there are none. */
export const npmPeers = (): NodeJS.Require | string => install() ?? createRequire(join(to, 'package.json'))

/** The folder of an installed peer, with a slash at its end. */
export const peerFolder = (name: string): string => join(to, 'node_modules', name, '/')
