# What the cases of layers.txt give in real Keras 3.15.1: output, gradients of sum(c * y) and what the layer adds to the loss,
# weights after the call.
# python cases.py [Class ...] writes layers/<class>.json.
import json
import os
import sys
import zlib

# What a layer assigns to its weights is an assignment on TensorFlow, and gone after the step on JAX: `tensorflow` says of a
# line that its gradients and weights are those of TensorFlow, and needs KERAS_BACKEND=tensorflow.
os.environ.setdefault("KERAS_BACKEND", "jax")
import inspect

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

HERE = os.path.dirname(os.path.abspath(__file__))


def numbers(a):
    return [float(f"{v:.7g}") for v in np.asarray(a, dtype="float64").reshape(-1)]


def case(source, shapes, options):
    # The numbers of a case do not depend on the cases beside it.
    rng = np.random.default_rng(zlib.crc32(f"{source} {shapes} {options}".encode()))
    several = isinstance(shapes, list)
    shapes = shapes if several else [shapes]
    xs = [rng.normal(size=shape).astype("float32") for shape in shapes]
    if "ties" in options:
        xs = [np.maximum(np.round(x * 2) / 2, 0).astype("float32") for x in xs]
    # Names of inner layers are numbered from here.
    keras.utils.clear_session()
    layer = eval(source, {**vars(layers), "keras": keras})
    spread = "spread" in options
    layer.build(*shapes) if spread else layer.build(shapes if several else shapes[0])
    weights = [v for v in layer.weights if "seed" not in v.path]
    for v in weights:
        value = rng.normal(size=v.shape).astype("float32")
        if "variance" in v.path or "stddev" in v.path:
            value = np.abs(value) + 0.5
        if "small" in options:
            value *= 0.3
        v.assign(value)
    before = [np.array(v) for v in weights]
    if "tensorflow" in options:
        return on_tensorflow(layer, source, xs[0], weights, before, options, rng)
    trainable = [v.value for v in layer.trainable_variables]
    rest = [v.value for v in layer.non_trainable_variables]
    call = {}
    mask = None
    if "mask" in options:
        # Of sequences: which steps count, the last sequence none.
        mask = rng.random(size=shapes[0][:2]) < 0.6
        mask[-1] = False
        call["mask"] = jnp.array(mask)
    if "mask" in call and "mask" not in inspect.signature(layer.call).parameters:
        del call["mask"]
    if "training" in inspect.signature(layer.call).parameters:
        call["training"] = "training" in options
    for option in options:
        if option.startswith("call "):
            # An argument of the call; here it may be one of the layer, too.
            name, value = option[5:].split("=")
            call[name] = eval(value)
            source = f"{source[:-1]}, {name}={value})"

    def run(trainable, xs):
        args = xs if spread else [xs if several else xs[0]]
        y, after, added = layer.stateless_call(trainable, rest, *args, return_losses=True, **call)
        return y, after, added

    y, after, _ = run(trainable, [jnp.array(x) for x in xs])
    c = rng.normal(size=y.shape).astype("float32")

    def loss(trainable, xs):
        y, _, added = run(trainable, xs)
        # Keras adds it where the layer is called, not in `call`.
        if layer.activity_regularizer is not None:
            added = [*added, layer.activity_regularizer(y) / len(y)]
        return jnp.sum(y * c) + sum(added)

    dw, dx = jax.grad(loss, argnums=(0, 1))(trainable, [jnp.array(x) for x in xs])
    updates = [numbers(a) for v, a in zip(layer.non_trainable_variables, after) if "seed" not in v.path]
    open_shapes = [(None, *s[1:]) for s in shapes]
    if "symbolic" in options:
        # What `compute_output_shape` says is less than what the layer gives, or wrong.
        spec = keras.src.backend.compute_output_spec(layer.call, keras.KerasTensor(open_shapes[0]))
        shape = spec.shape
    elif spread:
        shape = layer.compute_output_shape(*open_shapes)
    else:
        given = {name: call[name] for name in ["reverse"] if name in call}
        shape = layer.compute_output_shape(open_shapes if several else open_shapes[0], **given)
    y_mask = None
    if not spread and "reverse" not in call:
        y_mask = layer.compute_mask([jnp.array(x) for x in xs] if several else jnp.array(xs[0]), mask)
    return dict(
        layer=source,
        mask=None if mask is None else numbers(mask),
        y_mask=None if y_mask is None else numbers(y_mask),
        shapes=[list(shape) for shape in shapes],
        training="training" in options,
        output_shape=[None if n is None else int(n) for n in shape],
        x=[numbers(x) for x in xs],
        weights=[
            dict(name=v.path.split("/", 1)[-1], shape=list(w.shape), trainable=bool(v.trainable), v=numbers(w))
            for v, w in zip(weights, before)
        ],
        c=numbers(c),
        y_shape=list(y.shape),
        y=numbers(y),
        dx=[numbers(a) for a in dx],
        dw=[numbers(a) for a in dw],
        updates=updates if "training" in options else [],
    )


def on_tensorflow(layer, source, x, weights, before, options, rng):
    """As `case`, of one input."""
    import tensorflow as tf

    training = "training" in options
    y = layer(x, training=False)
    c = rng.normal(size=y.shape).astype("float32")
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, training=training)
        loss = tf.reduce_sum(y * c)
    dx, *dw = tape.gradient(loss, [x, *[v.value for v in layer.trainable_variables]])
    shape = layer.compute_output_shape((None, *x.shape[1:]))
    return dict(
        layer=source,
        mask=None,
        y_mask=None,
        shapes=[list(x.shape)],
        training=training,
        output_shape=[None if n is None else int(n) for n in shape],
        x=[numbers(x)],
        weights=[
            dict(name=v.path.split("/", 1)[-1], shape=list(w.shape), trainable=bool(v.trainable), v=numbers(w))
            for v, w in zip(weights, before)
        ],
        c=numbers(c),
        y_shape=list(y.shape),
        y=numbers(y),
        dx=[numbers(dx)],
        dw=[numbers(tf.convert_to_tensor(g)) for g in dw],
        updates=[numbers(v) for v in layer.non_trainable_variables] if training else [],
        # Of weights that are trained and assigned.
        assigned=[numbers(v) for v in layer.trainable_variables] if training else [],
    )


def main():
    cases = {}
    for line in open(os.path.join(HERE, "layers.txt")):
        line = line.strip()
        if line and not line.startswith("#"):
            source, shape, *options = [part.strip() for part in line.split(";")]
            cases.setdefault(source.split("(")[0], []).append((source, eval(shape), options))
    os.makedirs(os.path.join(HERE, "layers"), exist_ok=True)
    for name, list_of in cases.items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        made = [case(*one) for one in list_of]
        with open(os.path.join(HERE, "layers", f"{name}.json"), "w") as f:
            f.write("[\n" + ",\n".join(json.dumps(one, separators=(",", ":")) for one in made) + "\n]\n")
        print(f"{name}: {len(made)}")


main()
