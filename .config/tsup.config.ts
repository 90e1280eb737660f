import { defineConfig } from 'tsup'

const common = {
  target: 'es2022',
  platform: 'neutral',
  format: ['esm', 'cjs'],
  outDir: 'dist',
  sourcemap: true,
  treeshake: true,
  splitting: true,
  external: ['onnxruntime-web', 'onnxruntime-web/wasm', 'onnxruntime-common'],
  // Without it, `neutral` finds no entry of a CommonJS package.
  esbuildOptions(options: { mainFields?: string[] }) {
    options.mainFields = ['module', 'main']
  },
  dts: true,
} as const

export default defineConfig({
  ...common,
  format: [...common.format],
  external: [...common.external],
  entry: {
    index: 'src/index.ts',
    numeric: 'src/numeric.ts',
    reuse: 'src/reuse/index.ts',
    onnx: 'src/onnx/index.ts',
    worker: 'src/worker/index.ts',
    'store/file': 'src/store/file.ts',
  },
})
