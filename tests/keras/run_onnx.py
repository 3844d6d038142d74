# Looks at files of ONNX: whether `onnx.checker` finds them well, and whether ONNX Runtime gives what it should.
# python run_onnx.py CASES.json: a list of {"file", "what", "runs": [{"x": [tensor], "y": [tensor]}]}, or with "npz", an
# archive of `input_0..` and `output_0..`, in place of "runs". A tensor is {"v": numbers, "shape": lengths}. "operators", where
# it is there, are operators that the file must have. Prints what differs, a line each, and how many did.
import json
import sys

import numpy as np
import onnx
import onnxruntime


def tensor(numbers):
    return np.array(numbers["v"], dtype="float64").reshape(numbers["shape"])


def runs_of(case):
    if "npz" not in case:
        return [([tensor(x) for x in run["x"]], [tensor(y) for y in run["y"]]) for run in case["runs"]]
    archive = np.load(case["npz"])
    numbered = lambda prefix: [archive[f"{prefix}{i}"] for i in range(64) if f"{prefix}{i}" in archive]
    return [(numbered("input_"), numbered("output_"))]


def operators(graph):
    for node in graph.node:
        yield node.op_type
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from operators(attribute.g)


def check(case):
    onnx.checker.check_model(case["file"], full_check=True)
    found = set(operators(onnx.load(case["file"]).graph))
    if missing := set(case.get("operators", [])) - found:
        raise ValueError(f"no {sorted(missing)} among {sorted(found)}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(case["file"], options, providers=["CPUExecutionProvider"])
    inputs = session.get_inputs()
    types = {"tensor(float)": "float32", "tensor(int32)": "int32", "tensor(bool)": "bool"}
    for at, (xs, ys) in enumerate(runs_of(case)):
        given = {info.name: x.astype(types[info.type]) for info, x in zip(inputs, xs, strict=True)}
        for i, (a, b) in enumerate(zip(session.run(None, given), ys, strict=True)):
            if a.shape != b.shape:
                raise ValueError(f"run {at}: output {i} is {a.shape}, and not {b.shape}")
            # Of numbers that all are about 0 the error of sums counts, as in what they were summed from.
            largest = max(np.max(np.abs(b), initial=0), 1e-3)
            far = np.max(np.abs(a.astype("float64") - b), initial=0) / largest
            if not far <= 1e-5:
                raise ValueError(f"run {at}: output {i} differs by {far:.2g} of the largest")


onnxruntime.set_default_logger_severity(4)
wrong = 0
for case in json.load(open(sys.argv[1])):
    try:
        check(case)
    except Exception as error:
        wrong += 1
        print(case["what"], ":", str(error).replace("\n", " ")[:600])
print("differences", wrong)
