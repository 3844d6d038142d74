"""Keras itself, on the backend that is asked for."""
import os
import sys

import common

args = common.parse(backend=["tensorflow", "jax", "torch"])
os.environ["KERAS_BACKEND"] = args.backend
others = {"tensorflow", "jax", "torch"} - {args.backend}


class Missing:
    """Keras imports every backend that it finds."""
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.split(".")[0] in others:
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)


sys.meta_path.insert(0, Missing)
import keras

if args.backend == "tensorflow":
    import tensorflow as tf
    tf.config.threading.set_intra_op_parallelism_threads(args.threads)
    tf.config.threading.set_inter_op_parallelism_threads(args.threads)
    version = "tensorflow " + tf.__version__
elif args.backend == "jax":
    import jax
    version = "jax " + jax.__version__
else:
    import torch
    torch.set_num_threads(args.threads)
    version = "torch " + torch.__version__

import keras_models

name = args.workload
keras.utils.set_random_seed(1)
model = keras_models.build(name)
loss = "categorical_crossentropy" if args.classes else "binary_crossentropy"
model.compile(optimizer=keras.optimizers.Adam(common.LEARNING_RATE), loss=loss)
peer = "keras-" + {"tensorflow": "tf"}.get(args.backend, args.backend)
one = lambda xs: xs[0] if len(xs) == 1 else xs
numpy = keras.ops.convert_to_numpy


def report(mode, way, run, steps=1):
    common.report(args, peer, f"keras {keras.__version__}, {version}", mode, way, model.count_params(), run, steps)


def on_batch():
    xs, y = common.data(name, args.batch)
    x = one(xs)
    return lambda: model.train_on_batch(x, y)


def fit():
    xs, y = common.data(name, args.samples)
    x = one(xs)
    # Several epochs a call: what `fit` does once is no part of a step.
    return lambda: model.fit(x, y, batch_size=args.batch, epochs=5, verbose=0)


def call(batch):
    x = one(common.data(name, batch)[0])
    if args.backend == "torch":
        def run():
            with torch.no_grad():
                numpy(model(x))
        return run
    return lambda: numpy(model(x))


def compiled(batch):
    x = one(common.data(name, batch)[0])
    if args.backend == "tensorflow":
        f = tf.function(lambda v: model(v, training=False))
        x = tf.nest.map_structure(tf.constant, x)
        return lambda: f(x).numpy()
    import numpy as np
    weights = [v.value for v in model.trainable_variables], [v.value for v in model.non_trainable_variables]
    f = jax.jit(lambda a, b, v: model.stateless_call(a, b, v, training=False)[0])
    return lambda: np.asarray(f(*weights, x))


def on_batch_predict(batch):
    x = one(common.data(name, batch)[0])
    return lambda: model.predict_on_batch(x)


for mode in args.modes:
    if mode == "train":
        report(mode, "train_on_batch", on_batch)
    elif mode == "fit":
        report(mode, "fit", fit, 5 * (args.samples // args.batch))
    else:
        batch = 1 if mode == "predict1" else args.batch
        if args.backend == "torch":
            report(mode, "call", lambda: call(batch))
        else:
            report(mode, "compiled", lambda: compiled(batch))
        report(mode, "predict_on_batch", lambda: on_batch_predict(batch))
