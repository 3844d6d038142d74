"""What every Python peer shares: the command line, the data, the clock, the line that is printed.

    python PEER.py --workload lstm --modes train,predict1 --threads 1 --seconds 2

prints one JSON line for each way of doing each mode. `compare` sets threads and affinity through the
environment before the process starts.
"""
import argparse
import gc
import json
import math
import sys
import time

WORDS = 5000
#            inputs by kind and shape, outputs: classes, 1 for yes or no, or the shape of yes or no for each pixel
WORKLOADS = {
    "lstm": ([("normal", (20, 50))], 10),
    "mlp": ([("pixels", (28, 28))], 10),
    "cnn": ([("pixels", (28, 28, 1))], 10),
    "convbig": ([("pixels", (64, 64, 3))], 10),
    "timedist": ([("normal", (15, 50))], 10),
    "multi": ([("normal", (5,)), ("normal", (200,))], 1),
    "rnn": ([("normal", (30, 100))], 1),
    "lstmbig": ([("normal", (64, 256))], 10),
    "gru": ([("normal", (20, 50))], 10),
    "bilstm": ([("words", (40,))], 1),
    "conv1d": ([("words", (100,))], 1),
    "cnnbn": ([("pixels", (32, 32, 3))], 10),
    "transformer": ([("normal", (32, 64))], 10),
    "mobilenet": ([("pixels", (32, 32, 3))], 10),
    "resnet": ([("pixels", (32, 32, 3))], 10),
    "unet": ([("pixels", (32, 32, 3))], (32, 32, 1)),
    "convlstm": ([("pixels", (8, 16, 16, 3))], 10),
    "conv3d": ([("pixels", (16, 16, 16, 1))], 10),
}
MODES = ["train", "fit", "predict1", "predict"]
LEARNING_RATE, EPSILON = 1e-3, 1e-7


def parse(**more):
    p = argparse.ArgumentParser()
    p.add_argument("--workload", required=True, choices=list(WORKLOADS))
    p.add_argument("--modes", default="train")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--seconds", type=float, default=2.0)
    p.add_argument("--samples", type=int, default=3200)
    p.add_argument("--batch", type=int, default=0)
    p.add_argument("--models", default="")
    for name, choices in more.items():
        p.add_argument("--" + name, required=True, choices=choices)
    args = p.parse_args()
    args.batch = args.batch or (64 if args.workload == "lstmbig" else 32)
    args.modes = args.modes.split(",")
    args.classes = has_classes(args.workload)
    return args


def has_classes(workload):
    """Whether it is one of ten classes, not yes or no."""
    return WORKLOADS[workload][1] == 10


def data(workload, n):
    """Inputs and targets: one-hot of ten classes, or yes and no as (n, 1) or for each pixel."""
    import numpy as np
    rng = np.random.default_rng(1)
    inputs, outputs = WORKLOADS[workload]
    xs = []
    for kind, shape in inputs:
        if kind == "normal":
            xs.append(rng.standard_normal((n, *shape), dtype=np.float32))
        elif kind == "pixels":
            xs.append(rng.random((n, *shape), dtype=np.float32))
        else:
            lengths = rng.integers(math.ceil(shape[0] / 4), shape[0] + 1, n)
            words = rng.integers(1, WORDS, (n, *shape), dtype=np.int32)
            xs.append(np.where(np.arange(shape[0]) < lengths[:, None], words, 0).astype(np.int32))
    if not has_classes(workload):
        shape = outputs if isinstance(outputs, tuple) else (1,)
        return xs, rng.integers(0, 2, (n, *shape)).astype(np.float32)
    return xs, np.eye(outputs, dtype=np.float32)[rng.integers(0, outputs, n)]


def clock(run, seconds, steps):
    """The best chunk of at least 20 ms: microseconds of a step by the wall and by the CPU."""
    began = time.perf_counter()
    run()
    first = time.perf_counter() - began
    warm, calls = time.perf_counter(), 0
    while calls < 2 or time.perf_counter() - warm < 0.15 * seconds:
        run()
        calls += 1
    chunk = max(1, math.ceil(0.02 / ((time.perf_counter() - warm) / calls)))
    gc.collect()
    wall, cpu, chunks = math.inf, math.inf, 0
    began = time.perf_counter()
    while chunks < 3 or time.perf_counter() - began < seconds:
        start, used = time.perf_counter(), time.process_time()
        for _ in range(chunk):
            run()
        cpu = min(cpu, time.process_time() - used)
        wall = min(wall, time.perf_counter() - start)
        chunks += 1
    us = 1e6 / (chunk * steps)
    return dict(wall_us=wall * us, cpu_us=cpu * us, first_ms=first * 1e3, steps=chunks * chunk * steps)


def report(args, peer, version, mode, way, params, run, steps=1):
    """Times `run` and prints its line; a way that fails leaves the others alone."""
    line = dict(peer=peer, version=version, way=way, workload=args.workload, mode=mode,
                threads=args.threads, batch=1 if mode == "predict1" else args.batch, params=int(params))
    try:
        line.update(clock(run(), args.seconds, steps))
    except Exception as e:
        line["failed"] = f"{type(e).__name__}: {e}"[:300]
        print(line["failed"], file=sys.stderr)
    print(json.dumps(line), flush=True)
