import { MarketError, ValueError } from '../base/error.js'

/** What onnxruntime says about bytes it can not take, as one sentence. */
export const openRefusal = (cause: unknown): Error => {
  const { said, reason } = causeOf(cause)
  const refuse = (sentence: string): Error => Object.assign(new ValueError(sentence), { cause })
  if (
    /no available backend|both async and sync fetching|wasm.*(fetch|instantiat|compile)|failed to (fetch|load).*wasm/i.test(
      said,
    )
  ) {
    return new MarketError(
      'unreachable',
      `the WebAssembly file of onnxruntime-web could not be loaded; serve it and set "wasmPaths" (${reason})`,
      { cause },
    )
  }
  if (/external data|external_data|MountedFiles/i.test(said)) {
    return refuse(
      '"bytes" expected a model that holds its weights, got one with external data; save it with save_as_external_data=False',
    )
  }
  if (/protobuf|No graph was found|Failed to load model|INVALID_PROTOBUF|Missing model IR version/i.test(said)) {
    return refuse('"bytes" expected an ONNX model, got bytes that are none or are cut off; export or fetch it again')
  }
  if (
    /not a registered function|No Op registered|IR version|Could not find an implementation|NOT_IMPLEMENTED|opset|not supported/i.test(
      said,
    )
  ) {
    return refuse(
      `"bytes" expected operators that onnxruntime-web knows, but: ${reason}; export with other operators or an older opset`,
    )
  }
  return refuse(`"bytes" expected a sound ONNX model, but: ${reason}; check it with onnx.checker and export it again`)
}

/** What onnxruntime says where a graph fails on rows, as one sentence. */
export const runRefusal = (cause: unknown): Error =>
  Object.assign(
    new ValueError(
      `"model" could not run on these rows: ${causeOf(cause).reason}; check it on a few rows where it was trained`,
    ),
    { cause },
  )

const causeOf = (cause: unknown): { said: string; reason: string } => {
  const said = cause instanceof Error ? cause.message : String(cause)
  const reason = said
    .replace(/^.*ERROR_MESSAGE: /s, '')
    .split('\n')[0]
    .slice(0, 200)
  return { said, reason }
}
