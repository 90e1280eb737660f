export type { Model, ModelInput, ModelOutput, Runtime } from '../learnware/model.js'
export { type OnnxOptions, onnxRuntime, type WasmPaths } from './onnx.js'
