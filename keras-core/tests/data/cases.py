# What the cases of layers.txt give in real Keras 3.15.1: output, gradients of sum(c * y) and what the layer adds to the loss,
# weights after the call.
# python cases.py [Class ...] writes layers/<class>.json, with KERAS_BACKEND=tensorflow layers/<class>.tensorflow.json.
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
from keras.src.backend.common.masking import set_keras_mask
from keras.src.layers.merging.base_merge import Merge

HERE = os.path.dirname(os.path.abspath(__file__))


def numbers(a):
    return [float(f"{v:.7g}") for v in np.asarray(a, dtype="float64").reshape(-1)]


def states_of(layer, states):
    """The states of a layer as Keras nests them: a list for each cell of a stack."""
    if isinstance(layer, layers.Bidirectional):
        half = len(states) // 2
        forward, backward = layer.forward_layer, layer.backward_layer
        return [*states_of(forward, states[:half]), *states_of(backward, states[half:])]
    stack = getattr(layer, "cell", layer)
    if not isinstance(stack, layers.StackedRNNCells):
        return states
    states = iter(states)
    sizes = [cell.state_size for cell in stack.cells]
    return [[next(states) for _ in (size if isinstance(size, list) else [size])] for size in sizes]


def case(source, shapes, options):
    # The numbers of a case do not depend on the cases beside it.
    rng = np.random.default_rng(zlib.crc32(f"{source} {shapes} {options}".encode()))
    several = isinstance(shapes, list)
    shapes = shapes if several else [shapes]
    xs = [rng.normal(size=shape).astype("float32") for shape in shapes]
    if "ties" in options:
        xs = [np.maximum(np.round(x * 2) / 2, 0).astype("float32") for x in xs]
    if "unit" in options:
        xs = [rng.uniform(size=shape).astype("float32") for shape in shapes]
    if "bytes" in options:
        xs = [rng.integers(0, 256, size=shape).astype("float32") for shape in shapes]
    # Names of inner layers are numbered from here.
    keras.backend.clear_session()
    layer = eval(source, {**vars(keras.regularizers), **vars(layers)})
    spread = "spread" in options
    if "ids" in options:
        xs = [rng.integers(0, layer.input_dim, size=shape).astype("float32") for shape in shapes]
    merges = isinstance(layer, Merge)
    heads = isinstance(layer, layers.MultiHeadAttention)
    states = "states" in options
    if heads or spread:
        layer.build(*shapes[:2], *shapes[2:])
    else:
        layer.build(shapes if several and not states and "cell" not in options else shapes[0])
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
    if "mask" in options and merges:
        mask = [rng.random(size=shape[:2]) < 0.6 for shape in shapes]
    elif "mask" in options:
        # Of sequences: which steps count, the last sequence none.
        mask = rng.random(size=shapes[0][:2]) < 0.6
        mask[-1] = False
        if "some" in options:
            mask[:, 1] = True
    named = {}
    for at, name in enumerate(["query_mask", "value_mask", "key_mask"]):
        if name in options:
            named[name] = rng.random(size=shapes[min(at, len(shapes) - 1)][:2]) < 0.6
    if "attention_mask" in options:
        named["attention_mask"] = rng.random(size=(*shapes[0][:2], shapes[1][1])) < 0.6
    if states and mask is not None:
        # One that the input carries is not applied beside states.
        named["mask"] = mask
    given = {name: jnp.array(value) for name, value in named.items()}
    if heads:
        # Keras computes with the mask that the query carries, whatever the call says.
        pass
    elif "query_mask" in given or "value_mask" in given:
        given["mask"] = [given.pop("query_mask", None), given.pop("value_mask", None)]
    elif mask is not None and not merges and "mask" in inspect.signature(layer.call).parameters:
        given["mask"] = [jnp.array(mask), None] if isinstance(layer, layers.Attention) else jnp.array(mask)
    call.update(given)
    if "training" in inspect.signature(layer.call).parameters:
        call["training"] = "training" in options
    for option in options:
        if option.startswith("call "):
            # An argument of the call; here it may be one of the layer, too.
            name, value = option[5:].split("=")
            call[name] = eval(value)
            source = f"{source[:-1]}, {name}={value})"

    def run(trainable, xs):
        if merges and mask is not None:
            for x, counts in zip(xs, mask):
                set_keras_mask(x, jnp.array(counts))
        more = {}
        if heads:
            inputs, more = xs[:2], dict(key=xs[2]) if len(xs) > 2 else {}
            if mask is not None:
                set_keras_mask(inputs[0], jnp.array(mask))
        elif spread:
            inputs = xs
        elif "cell" in options:
            inputs = [xs[0], states_of(layer, xs[1:])]
        elif states:
            inputs, more = xs[:1], dict(initial_state=states_of(layer, xs[1:]))
        else:
            inputs = [xs if several else xs[0]]
        y, after, added = layer.stateless_call(trainable, rest, *inputs, return_losses=True, **call, **more)
        y = keras.tree.flatten(y)
        return y, after, added

    ys, after, _ = run(trainable, [jnp.array(x) for x in xs])
    cs = [rng.normal(size=y.shape).astype("float32") for y in ys]

    def loss(trainable, xs):
        ys, _, added = run(trainable, xs)
        # Keras adds it where the layer is called, not in `call`.
        if layer.activity_regularizer is not None and not heads:
            added = [*added, *[layer.activity_regularizer(y) / len(y) for y in ys]]
        return sum(jnp.sum(y * c) for y, c in zip(ys, cs)) + sum(added)

    dw, dx = jax.grad(loss, argnums=(0, 1))(trainable, [jnp.array(x) for x in xs])
    updates = [numbers(a) for v, a in zip(layer.non_trainable_variables, after) if "seed" not in v.path]
    # Of `glu`, and with `symbolic` of others, Keras says another shape than it gives.
    if heads or states or "cell" in options or len(ys) > 1 or "glu" in source or "symbolic" in options:
        output_shapes = [(None, *y.shape[1:]) for y in ys]
    else:
        open_shapes = [(None, *s[1:]) for s in shapes]
        given = {name: call[name] for name in ["reverse"] if name in call}
        several_shapes = open_shapes if spread else [open_shapes if several else open_shapes[0]]
        output_shapes = [layer.compute_output_shape(*several_shapes, **given)]
    if heads or spread or "reverse" in call:
        y_mask = mask
    elif isinstance(layer, layers.Attention):
        y_mask = named.get("query_mask", mask)
    else:
        given = [jnp.array(m) for m in mask] if merges and mask is not None else mask
        masks = None if "cell" in options else layer.compute_mask([jnp.array(x) for x in xs] if several else jnp.array(xs[0]), given)
        y_mask = masks[0] if isinstance(masks, (list, tuple)) else masks
    outputs = [
        dict(
            output_shape=[None if n is None else int(n) for n in shape],
            c=numbers(c),
            y_shape=list(y.shape),
            y=numbers(y),
        )
        for shape, y, c in zip(output_shapes, ys, cs)
    ]
    return dict(
        layer=source,
        mask=None if mask is None or merges else numbers(mask),
        masks=[numbers(m) for m in mask] if merges and mask is not None else [],
        y_mask=None if y_mask is None else numbers(y_mask),
        shapes=[list(shape) for shape in shapes],
        training="training" in options,
        states=states,
        named=[dict(role=role, shape=list(m.shape), v=numbers(m)) for role, m in named.items()],
        x=[numbers(x) for x in xs],
        weights=[
            dict(name=v.path.split("/", 1)[-1], shape=list(w.shape), trainable=bool(v.trainable), v=numbers(w))
            for v, w in zip(weights, before)
        ],
        **outputs[0],
        more=outputs[1:],
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
            name, on = source.split("(")[0], "tensorflow" if "tensorflow" in options else "jax"
            if on == keras.backend.backend():
                file = name if on == "jax" else f"{name}.{on}"
                cases.setdefault((name, file), []).append((source, eval(shape), options))
    os.makedirs(os.path.join(HERE, "layers"), exist_ok=True)
    for (name, file), list_of in cases.items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        made = [case(*one) for one in list_of]
        with open(os.path.join(HERE, "layers", f"{file}.json"), "w") as f:
            f.write("[\n" + ",\n".join(json.dumps(one, separators=(",", ":")) for one in made) + "\n]\n")
        print(f"{name}: {len(made)}")


main()
