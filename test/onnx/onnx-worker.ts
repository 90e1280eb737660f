import { onnxRuntime } from '../../src/onnx/index.js'
import { affine } from './build-onnx.js'

self.onmessage = async () => {
  const model = await onnxRuntime().open(affine([2, -1], [0.5]), {
    inputs: [
      { name: 'a', kind: 'numeric' },
      { name: 'b', kind: 'numeric' },
    ],
    output: { kind: 'real' },
  })
  self.postMessage([...(await model.predict([{ a: 1, b: 1 }])).data])
}
