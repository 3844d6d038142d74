"""Whether the peers compute the same: Keras's answers, JAX's and PyTorch's from the same weights.

    python same.py mobilenet,unet

Ours is held to Keras by the tests of its layers; `compare` sees that all have as many parameters.
"""
import os
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")
import jax
import keras
import numpy as np
import torch

import common
import jax_models
import keras_models
import torch_models

jax.config.update("jax_default_matmul_precision", "float32")


def number(layer):
    """Which of its class a layer was."""
    last = layer.name.rsplit("_", 1)[-1]
    return int(last) if last.isdigit() else 0


def shaken(model):
    """Weights that are no special case: biases other than 0, scales other than 1."""
    rng = np.random.default_rng(3)
    for w in model.weights:
        if len(w.shape) == 1 or "bias" in w.path:
            v = rng.normal(0, 0.3, w.shape)
            v = np.abs(v) + 0.7 if "variance" in w.path else v + 1 if "gamma" in w.path else v
            w.assign(v.astype(np.float32))
    return model


def jax_shape(layer):
    """The shape that a layer's first weight has in JAX's list."""
    shape = tuple(layer.trainable_weights[0].shape)
    if isinstance(layer, keras.layers.Conv2DTranspose):
        return (*shape[:2], shape[3], shape[2])
    return (64, 64) if isinstance(layer, keras.layers.MultiHeadAttention) else shape


def in_order(model, shapes):
    """Layers with weights in the order in which JAX's list has them: a layer is found by its first weight."""
    layers = sorted((layer for layer in model.layers if layer.trainable_weights), key=number)
    at = 0
    while at < len(shapes):
        fits = lambda layer: jax_shape(layer) == shapes[at]
        layer = next(layer for layer in layers if fits(layer))
        layers.remove(layer)
        at += len(layer.trainable_weights)
        yield layer


def kernels(model, shapes):
    """Weights as JAX and as PyTorch have them, and what batch normalisations have learnt."""
    ours, theirs, states = [], [], []
    for layer in in_order(model, shapes):
        values = [np.asarray(w) for w in layer.trainable_weights]
        if isinstance(layer, keras.layers.Conv2DTranspose):
            k, b = values
            ours += [k[::-1, ::-1].transpose(0, 1, 3, 2), b]
            theirs.append((layer, [k.transpose(3, 2, 0, 1), b]))
            continue
        ours += [v - 1 if "gamma" in w.path else v.reshape(shapes[len(ours) + i])
                 for i, (v, w) in enumerate(zip(values, layer.trainable_weights))]
        states += [np.asarray(w) for w in layer.non_trainable_weights]
        turned = lambda v: v if v.ndim == 1 else np.moveaxis(v, (-1, -2), (0, 1))
        if isinstance(layer, keras.layers.DepthwiseConv2D):
            turned = lambda v: v.transpose(2, 3, 0, 1)
        if isinstance(layer, keras.layers.MultiHeadAttention):
            q, bq, k, bk, v, bv, o, bo = [v.reshape(-1) if "bias" in w.path else v.reshape(64, 64)
                                          for v, w in zip(values, layer.trainable_weights)]
            values = [np.concatenate([q.T, k.T, v.T]), np.concatenate([bq, bk, bv]), o.T, bo]
            turned = lambda v: v
        if isinstance(layer, keras.layers.ConvLSTM2D):
            values = [values[0], values[2], values[1]]
        theirs.append((layer, [turned(v) for v in values]))
    return ours, theirs, states


def torch_answers(name, theirs, states, xs):
    net = torch_models.build(name)
    if name == "transformer":       # its normalisations are registered before its other layers
        is_norm = lambda pair: isinstance(pair[0], keras.layers.LayerNormalization)
        theirs = sorted(theirs, key=lambda pair: 0 if "attention" in pair[0].name else 1 if is_norm(pair) else 2)
    flat = [v for _, values in theirs for v in values]
    with torch.no_grad():
        for p, v in zip(net.parameters(), flat, strict=True):
            p.copy_(torch.from_numpy(np.array(v, order="C")))
        moving = [b for n, b in net.named_buffers() if "running" in n]
        for b, v in zip(moving, states, strict=True):
            b.copy_(torch.from_numpy(np.array(v)))
        net = torch_models.Predict(net, common.has_classes(name)).eval()
        return net(*map(torch.from_numpy, xs)).numpy()


def check(name):
    model = shaken(keras_models.build(name))
    p, theirs, states = kernels(model, jax_models.SHAPES[name])
    xs, _ = common.data(name, 4)
    wanted = np.asarray(model(xs[0], training=False))
    found = {"jax": np.asarray(jax_models.predict(name, p, states, xs)),
             "torch": torch_answers(name, theirs, states, xs)}
    for peer, answers in found.items():
        off = float(np.abs(answers - wanted).max())
        print(f"{name} {peer} {off:.1e} {'same' if off < 1e-5 and np.ptp(wanted) > 1e-3 else 'ANOTHER'}")


if __name__ == "__main__":
    keras.utils.set_random_seed(2)
    for workload in sys.argv[1].split(","):
        check(workload)
