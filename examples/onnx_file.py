"""Trained models as ONNX with one float32 input "input" [N, columns] and one float32 output "output" [N, width]."""

import tempfile

import lightgbm
import onnx
import onnxmltools
import onnxruntime
import skl2onnx
import torch
from onnxmltools.convert.common.data_types import FloatTensorType as LightgbmFloat
from skl2onnx.common.data_types import FloatTensorType as SklearnFloat

OPSET = {"": 17, "ai.onnx.ml": 3}
IR_VERSION = 8
# onnxmltools stops at 15; nothing that LightGBM's graphs use changed up to 17.
ONNXMLTOOLS_OPSET = 15
UNREAD = ("nodes_hitrates", "nodes_missing_value_tracks_true")


def export(model, columns, options=None):
    """The graph of a torch module, a LightGBM model or a scikit-learn model."""
    if isinstance(model, torch.nn.Module):
        with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
            torch.onnx.export(
                model, (torch.zeros(2, columns),), file.name, dynamo=False, opset_version=OPSET[""],
                input_names=["input"], output_names=["output"], dynamic_axes={"input": {0: "N"}, "output": {0: "N"}})
            return onnx.load(file.name)
    if isinstance(model, lightgbm.LGBMModel):
        types = [("input", LightgbmFloat([None, columns]))]
        return onnxmltools.convert_lightgbm(model, initial_types=types, target_opset=ONNXMLTOOLS_OPSET, zipmap=False)
    types = [("input", SklearnFloat([None, columns]))]
    return skl2onnx.to_onnx(model, initial_types=types, target_opset=OPSET, options=options)


def tidy(model, columns, width, output=None):
    """The model with our names and shapes; `output` names the tensor to keep (default: the first output).

    Attributes that no runtime reads are dropped: they are a quarter of a tree ensemble's bytes.
    """
    graph = model.graph
    output = output or graph.output[0].name
    if output != "output":
        rename(graph, "output", "inner")
        rename(graph, output, "output")
    for node in graph.node:
        node.doc_string = ""
        for i in reversed(range(len(node.attribute))):
            if node.attribute[i].name in UNREAD:
                del node.attribute[i]
    del graph.input[:], graph.output[:], graph.value_info[:], model.metadata_props[:]
    real = onnx.TensorProto.FLOAT
    graph.input.append(onnx.helper.make_tensor_value_info("input", real, ["N", columns]))
    graph.output.append(onnx.helper.make_tensor_value_info("output", real, ["N", width]))
    graph.name, graph.doc_string = "model", ""
    drop_unread_nodes(graph)
    domains = {node.domain for node in graph.node}
    del model.opset_import[:]
    model.opset_import.extend(onnx.helper.make_opsetid(domain, OPSET[domain]) for domain in sorted({"", *domains}))
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model)
    return model


def rename(graph, old, new):
    for node in graph.node:
        node.input[:] = [new if name == old else name for name in node.input]
        node.output[:] = [new if name == old else name for name in node.output]


def drop_unread_nodes(graph):
    """Nodes that the output does not need, such as those that made a classifier's label."""
    needed, kept = {"output"}, []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            needed.update(node.input)
            kept.append(node)
    kept_initializers = [tensor for tensor in graph.initializer if tensor.name in needed]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(reversed(kept))
    graph.initializer.extend(kept_initializers)


def run(model_bytes, rows):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model_bytes, options, providers=["CPUExecutionProvider"])
    return session.run(None, {"input": rows})[0]
