"""Reading a file and the first prediction: here, in Keras, and in ONNX Runtime on the file that is exported here.

    python load_files.py KERAS FILE [FILE ...]

KERAS is the command of keras-cli, built with --release. Each file is converted by it to .keras and .onnx in a folder of the
moment, so that Keras has what it can read. Every time is the least of several, in one run on one machine; what a process does
once (imports, threads) is done before. A prediction has one sample of zeros, lengths that are open are 32.
"""
import os
import re
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import keras
import numpy as np
import onnxruntime as ort

TIMES = 5
LENGTH = 32


def ours(command, path):
    """Milliseconds until the model is there, and until its first prediction is."""
    best = []
    for _ in range(TIMES):
        text = subprocess.run([command, "bench", path], check=True, capture_output=True, text=True).stdout
        load, first = (float(re.search(key + r": ([0-9.]+) ms", text)[1]) for key in ("load", "first prediction"))
        best.append((load + first, load))
    return min(best)[::-1]


def least(run):
    """The least time of the first part and of the whole."""
    run()
    return min((run() for _ in range(TIMES)), key=lambda pair: pair[1])


def of_keras(path):
    keras.backend.clear_session()
    start = time.perf_counter()
    model = keras.models.load_model(path, compile=False)
    loaded = time.perf_counter()
    xs = [np.zeros([1] + [n or LENGTH for n in x.shape[1:]], x.dtype) for x in model.inputs]
    model(xs if len(xs) > 1 else xs[0], training=False)
    end = time.perf_counter()
    return (loaded - start) * 1e3, (end - start) * 1e3


def of_onnx(path):
    start = time.perf_counter()
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    loaded = time.perf_counter()
    kinds = {"tensor(float)": np.float32, "tensor(int32)": np.int32, "tensor(int64)": np.int64}
    shape = lambda x: [1] + [n if isinstance(n, int) else LENGTH for n in x.shape[1:]]
    session.run(None, {x.name: np.zeros(shape(x), kinds[x.type]) for x in session.get_inputs()})
    end = time.perf_counter()
    return (loaded - start) * 1e3, (end - start) * 1e3


def main(command, files):
    print(f"Keras {keras.__version__} on {keras.backend.backend()}, ONNX Runtime {ort.__version__}; least of {TIMES}, in ms")
    print("| file | here: load | and predict | Keras: load | and call | ONNX Runtime: load | and run | Keras / here |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for path in files:
            stem = os.path.join(folder, os.path.basename(path).rsplit(".", 1)[0])
            for end in (".keras", ".onnx"):
                subprocess.run([command, "convert", path, stem + end], check=True, capture_output=True)
            times = ours(command, path) + least(lambda: of_keras(stem + ".keras")) + least(lambda: of_onnx(stem + ".onnx"))
            numbers = " | ".join(f"{t:.1f}" for t in times)
            print(f"| {os.path.basename(path)} | {numbers} | {times[3] / times[1]:.0f} |", flush=True)


main(sys.argv[1], sys.argv[2:])
