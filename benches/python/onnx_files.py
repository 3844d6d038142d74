"""What others make of the ONNX files that are written here: python onnx_files.py KERAS TRACT FILE [FILE ...]

KERAS is the command of keras-cli, TRACT the program peer-tract-files of benches/peers (feature tract). Each file is exported, run by
ONNX Runtime on random inputs, and by tract on the same: a row says by how much the outputs differ, or why tract refuses.
"""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import onnxruntime as ort

KINDS = {"tensor(float)": "float32", "tensor(int32)": "int32", "tensor(int64)": "int64"}


def listed(array):
    return {"shape": list(array.shape), "type": str(array.dtype), "data": array.ravel().tolist()}


def main(command, tract, files):
    rng = np.random.default_rng(0)
    print("| file | tract |\n|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        onnx, known = os.path.join(folder, "m.onnx"), os.path.join(folder, "m.json")
        for path in files:
            name = os.path.basename(path)
            done = subprocess.run([command, "convert", path, onnx], capture_output=True, text=True)
            if done.returncode:
                print(f"| {name} | not exported: {done.stderr.splitlines()[0]} |", flush=True)
                continue
            session = ort.InferenceSession(onnx, providers=["CPUExecutionProvider"])
            feed = {}
            for x in session.get_inputs():
                shape = [n if isinstance(n, int) else 2 if at == 0 else 32 for at, n in enumerate(x.shape)]
                ids = KINDS[x.type] != "float32"
                feed[x.name] = (rng.integers(0, 3, shape) if ids else rng.normal(size=shape)).astype(KINDS[x.type])
            outputs = session.run(None, feed)
            with open(known, "w") as file:
                json.dump({"inputs": [listed(x) for x in feed.values()], "outputs": [listed(y) for y in outputs]}, file)
            done = subprocess.run([tract, onnx, known], capture_output=True, text=True)
            print(f"| {name} | {done.stdout.strip() or 'it panics'} |", flush=True)


main(sys.argv[1], sys.argv[2], sys.argv[3:])
