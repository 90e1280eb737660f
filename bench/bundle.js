import { build } from 'esbuild'

/** Bundles a program that imports from `folder` into a file that Node runs; packages stay outside. */
export const bundle = (contents, folder, outfile) =>
  build({
    stdin: { contents, resolveDir: folder, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  })
