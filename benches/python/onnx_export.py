"""Writes the workloads as ONNX files, from PyTorch: NAME-BATCH.onnx, and what they give for x in NAME-BATCH.npz.

    python onnx_export.py FOLDER lstm 1
"""
import os
import sys

import numpy as np
import torch

import common
import torch_models as models


def sentences(net, path, batch):
    """By hand: PyTorch does not export packed sequences, ONNX has lengths for them."""
    import onnx
    from onnx import TensorProto as T, helper as h, numpy_helper
    gates = lambda v: torch.cat([v.chunk(4)[i] for i in (0, 3, 1, 2)])      # i f g o as i o f g
    both = lambda kind: torch.stack([gates(getattr(net.lstm, kind + way)) for way in ("_l0", "_l0_reverse")])
    constants = {
        "table": net.embedding.weight, "w": both("weight_ih"), "r": both("weight_hh"),
        "b": torch.cat([both("bias_ih"), both("bias_hh")], 1), "k": net.dense.weight, "c": net.dense.bias,
        "zero": torch.zeros((), dtype=torch.int32), "axis": torch.tensor([1]), "flat": torch.tensor([batch, 64]),
    }
    node = h.make_node
    nodes = [
        node("Equal", ["x0", "zero"], ["padding"]), node("Not", ["padding"], ["words"]),
        node("Cast", ["words"], ["ones"], to=T.INT32), node("ReduceSum", ["ones", "axis"], ["lengths"], keepdims=0),
        node("Gather", ["table", "x0"], ["e"]), node("Transpose", ["e"], ["et"], perm=[1, 0, 2]),
        node("LSTM", ["et", "w", "r", "b", "lengths"], ["", "last"], hidden_size=32, direction="bidirectional"),
        node("Transpose", ["last"], ["lt"], perm=[1, 0, 2]), node("Reshape", ["lt", "flat"], ["h"]),
        node("Gemm", ["h", "k", "c"], ["z"], transB=1), node("Sigmoid", ["z"], ["y"]),
    ]
    graph = h.make_graph(
        nodes, "sentences", [h.make_tensor_value_info("x0", T.INT32, [batch, 40])],
        [h.make_tensor_value_info("y", T.FLOAT, [batch, 1])],
        [numpy_helper.from_array(v.detach().numpy(), k) for k, v in constants.items()])
    onnx.save(h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8), path)


def export(folder, name, batch):
    path = os.path.join(folder, f"{name}-{batch}.onnx")
    torch.manual_seed(1)
    net = models.Predict(models.build(name), common.has_classes(name)).eval()
    xs, _ = common.data(name, batch)
    tensors = tuple(torch.from_numpy(x) for x in xs)
    names = [f"x{i}" for i in range(len(xs))]
    if name == "bilstm":
        sentences(net.net, path + ".part", batch)
    else:
        torch.onnx.export(net, tensors, path + ".part", dynamo=False, opset_version=17,
                          input_names=names, output_names=["y"])
    with torch.no_grad():
        np.savez(path[:-5] + ".npz", y=net(*tensors).numpy(), params=models.params(net), **dict(zip(names, xs)))
    os.replace(path + ".part", path)


if __name__ == "__main__":
    export(sys.argv[1], sys.argv[2], int(sys.argv[3]))
