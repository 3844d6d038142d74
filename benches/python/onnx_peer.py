"""ONNX Runtime, which only predicts, on the files of onnx_export.py."""
import os
import sys

import common

args = common.parse()
import numpy as np
import onnxruntime as ort

for mode in args.modes:
    if mode not in ("predict1", "predict"):
        continue
    batch = 1 if mode == "predict1" else args.batch
    path = os.path.join(args.models, f"{args.workload}-{batch}")
    if not os.path.exists(path + ".onnx"):
        sys.exit(f"no {path}.onnx: it is exported from PyTorch")
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = args.threads, 1
    options.log_severity_level = 3
    session = ort.InferenceSession(path + ".onnx", options, providers=["CPUExecutionProvider"])
    known = np.load(path + ".npz")
    feed = {k: known[k] for k in known.files if k.startswith("x")}
    wrong = float(np.abs(session.run(None, feed)[0] - known["y"]).max())
    assert wrong < 1e-4, wrong

    def bound():
        binding, out = session.io_binding(), np.empty(known["y"].shape, np.float32)
        for k, v in feed.items():
            binding.bind_cpu_input(k, v)
        binding.bind_output("y", "cpu", 0, np.float32, out.shape, out.ctypes.data)

        def run():
            session.run_with_iobinding(binding)
            return out      # the binding does not keep it
        return run

    version = f"onnxruntime {ort.__version__}"
    report = lambda way, run: common.report(args, "onnxruntime", version, mode, way, known["params"], run)
    report("run", lambda: lambda: session.run(None, feed))
    report("bound", bound)
