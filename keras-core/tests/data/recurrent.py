"""Writes recurrent.json: what Keras computes for recurrent layers, embeddings, masks and wrappers.

    KERAS_BACKEND=jax python recurrent.py > recurrent.json
"""

import json

import jax
import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(7)
B, T, F, U = 3, 4, 3, 2
# The last is masked throughout, the second begins with padding and has a gap.
MASK = np.array([[1, 1, 1, 0], [0, 1, 0, 1], [0, 0, 0, 0]], bool)


def floats(*shape, scale=1.0):
    return (rng.normal(size=shape) * scale).astype("float32")


def layer_of(cls, args):
    made = {k: layer_of(*v) if isinstance(v, tuple) else v for k, v in args.items()}
    return getattr(layers, cls)(**made)


def args_of(args):
    return {k: {"class": v[0], "args": args_of(v[1])} if isinstance(v, tuple) else v for k, v in args.items()}


def tensor(a):
    a = np.asarray(a)
    return {"shape": list(a.shape), "dtype": str(a.dtype), "data": [round(float(v), 7) for v in a.reshape(-1)]}


cases = []


def case(name, cls, args, x, mask=None, states=None, grad=False, calls=1, training=False):
    keras.utils.set_random_seed(0)
    keras.backend.clear_session()
    layer = layer_of(cls, args)
    kwargs = {}
    if mask is not None:
        kwargs["mask"] = mask
    if states is not None:
        kwargs["initial_state"] = states
    if training:
        kwargs["training"] = True
    layer.build(x.shape)
    for w in layer.trainable_weights:
        w.assign(floats(*w.shape, scale=0.7))
    for w in layer.non_trainable_weights:
        w.assign(np.abs(floats(*w.shape)) + 0.1)
    prefix = layer.name + "/"
    # `path` of a weight begins with the names of the layers around it.
    weights = [(w.path.removeprefix(prefix), np.array(w)) for w in layer.weights]
    trainable = [w.trainable for w in layer.weights]
    for _ in range(calls):
        y = layer(x, **kwargs)
    updated = [np.array(w) for w in layer.non_trainable_weights]
    for w, (_, a) in zip(layer.weights, weights):
        w.assign(a)
    outs = list(y) if isinstance(y, (list, tuple)) else [y]
    masks = [getattr(o, "_keras_mask", None) for o in outs]
    out = {
        "name": name, "class": cls, "args": args_of(args), "calls": calls,
        "inputs": [tensor(x)] + [tensor(s) for s in states or []],
        "mask": None if mask is None else tensor(mask),
        "weights": [{"path": p, "trainable": t, **tensor(w)} for (p, w), t in zip(weights, trainable)],
        "training": training, "updates": [tensor(w) for w in updated] if training else [],
        "outputs": [tensor(o) for o in outs],
        "output_masks": [None if m is None else tensor(m) for m in masks],
    }
    if grad:
        factors = [floats(*o.shape) for o in outs]

        def loss(tv, x):
            y, _ = layer.stateless_call(tv, [v.value for v in layer.non_trainable_variables], x, **kwargs)
            ys = list(y) if isinstance(y, (list, tuple)) else [y]
            return sum((o * f).sum() for o, f in zip(ys, factors))

        tv = [v.value for v in layer.trainable_variables]
        float_input = x.dtype == np.float32
        gw, gx = jax.grad(loss, (0, 1))(tv, x) if float_input else (jax.grad(loss)(tv, x), None)
        out["factors"] = [tensor(f) for f in factors]
        out["weight_gradients"] = [tensor(g) for g in gw]
        out["input_gradient"] = None if gx is None else tensor(gx)
    cases.append(out)


x = floats(B, T, F)
for cls, n in [("LSTM", 2), ("GRU", 1), ("SimpleRNN", 1)]:
    s = [floats(B, U, scale=0.5) for _ in range(n)]
    case(f"{cls} last", cls, dict(units=U), x, grad=True)
    case(f"{cls} sequences and states", cls, dict(units=U, return_sequences=True, return_state=True), x, grad=True)
    case(f"{cls} backwards", cls, dict(units=U, return_sequences=True, return_state=True, go_backwards=True), x)
    case(f"{cls} masked", cls, dict(units=U, return_sequences=True, return_state=True), x, mask=MASK, grad=True)
    case(f"{cls} masked last", cls, dict(units=U), x, mask=MASK)
    case(f"{cls} masked zeros", cls, dict(units=U, return_sequences=True, zero_output_for_mask=True), x, mask=MASK)
    case(f"{cls} masked backwards", cls, dict(units=U, return_sequences=True, go_backwards=True), x, mask=MASK)
    case(f"{cls} initial state", cls, dict(units=U, return_sequences=True, return_state=True), x, states=s, grad=True)
    case(f"{cls} initial state masked", cls, dict(units=U, return_sequences=True), x, states=s, mask=MASK)
    case(f"{cls} stateful", cls, dict(units=U, stateful=True, return_state=True), x, calls=3)
    case(f"{cls} no bias", cls, dict(units=U, use_bias=False), x)
    case(f"{cls} relu", cls, dict(units=U, activation="relu"), x)
    case(f"{cls} softmax", cls, dict(units=U, activation="softmax"), x)
    for a in ["softplus", "hard_sigmoid", "elu", "gelu", "softsign"]:
        case(f"{cls} {a}", cls, dict(units=U, activation=a), x)
for a in ["tanh", "hard_sigmoid", "relu"]:
    case(f"LSTM gates {a}", "LSTM", dict(units=U, recurrent_activation=a), x)
    case(f"GRU gates {a}", "GRU", dict(units=U, recurrent_activation=a), x)
for args in [dict(), dict(use_bias=False), dict(return_sequences=True, go_backwards=True)]:
    case(f"GRU reset before {args}", "GRU", dict(units=U, reset_after=False, **args), x, grad=True)

ids = rng.integers(0, 5, size=(B, T)).astype("int32")
ids[0, 2] = 0
case("Embedding", "Embedding", dict(input_dim=5, output_dim=3), ids, grad=True)
case("Embedding mask", "Embedding", dict(input_dim=5, output_dim=3, mask_zero=True), ids)
case("Embedding floats", "Embedding", dict(input_dim=5, output_dim=3, mask_zero=True), ids.astype("float32"))
case("Embedding rank 1", "Embedding", dict(input_dim=5, output_dim=3, mask_zero=True), ids[:, 1])
case("Embedding rank 3", "Embedding", dict(input_dim=5, output_dim=3, mask_zero=True), ids.reshape(B, 2, 2))

padded = np.where(MASK[..., None], x, 0).astype("float32")
case("Masking", "Masking", dict(), padded, grad=True)
case("Masking value", "Masking", dict(mask_value=0.1), np.where(MASK[..., None], x, np.float32(0.1)))
case("Masking partly", "Masking", dict(mask_value=0.1), np.where(MASK[..., None] | (np.arange(F) == 1), x, np.float32(0.1)))
case("Masking rank 2", "Masking", dict(), padded[:, 0])
case("Masking rank 4", "Masking", dict(), padded.reshape(B, 2, 2, F))
case("Masking integers", "Masking", dict(mask_value=2), ids)

for mode in ["concat", "sum", "mul", "ave", None]:
    args = dict(merge_mode=mode)
    case(f"Bidirectional {mode}", "Bidirectional", dict(layer=("LSTM", dict(units=U)), **args), x, grad=True)
    both = dict(units=U, return_sequences=True, return_state=True)
    for cls in ["LSTM", "GRU", "SimpleRNN"]:
        case(f"Bidirectional {cls} {mode} all", "Bidirectional", dict(layer=(cls, both), **args), x)
    seq = dict(units=U, return_sequences=True)
    case(f"Bidirectional {mode} masked", "Bidirectional", dict(layer=("GRU", seq), **args), x, mask=MASK, grad=True)
case("Bidirectional masked last", "Bidirectional", dict(layer=("LSTM", dict(units=U))), x, mask=MASK)
case("Bidirectional own backward", "Bidirectional", dict(
    layer=("LSTM", dict(units=U)), backward_layer=("GRU", dict(units=U, go_backwards=True))), x)
case("Bidirectional own backward of its class", "Bidirectional", dict(
    layer=("LSTM", dict(units=U, return_sequences=True)),
    backward_layer=("LSTM", dict(units=U, go_backwards=True, activation="relu", return_sequences=True)),
    merge_mode="sum"), x)
case("Bidirectional other width", "Bidirectional", dict(
    layer=("LSTM", dict(units=U)), backward_layer=("GRU", dict(units=5, go_backwards=True))), x)
case("Bidirectional swapped", "Bidirectional", dict(
    layer=("LSTM", dict(units=U, go_backwards=True, return_sequences=True)),
    backward_layer=("LSTM", dict(units=U, return_sequences=True))), x)
case("Bidirectional initial state", "Bidirectional", dict(layer=("LSTM", dict(units=U, return_sequences=True))), x,
     states=[floats(B, U) for _ in range(4)])
case("Bidirectional stateful", "Bidirectional", dict(layer=("GRU", dict(units=U, stateful=True))), x, calls=2)

case("TimeDistributed Dense", "TimeDistributed", dict(layer=("Dense", dict(units=4, activation="relu"))), x, grad=True)
case("TimeDistributed masked", "TimeDistributed", dict(layer=("Dense", dict(units=4))), x, mask=MASK)
case("TimeDistributed LSTM", "TimeDistributed", dict(layer=("LSTM", dict(units=U))), floats(B, T, 5, F), grad=True)
case("TimeDistributed Flatten", "TimeDistributed", dict(layer=("Flatten", dict())), floats(B, T, 5, F))
case("TimeDistributed Bidirectional", "TimeDistributed", dict(
    layer=("Bidirectional", dict(layer=("LSTM", dict(units=U))))), floats(B, T, 2, F))
case("TimeDistributed TimeDistributed", "TimeDistributed", dict(
    layer=("TimeDistributed", dict(layer=("Dense", dict(units=2))))), floats(B, T, 2, F))
norm = ("BatchNormalization", dict())
case("TimeDistributed BatchNormalization", "TimeDistributed", dict(layer=norm), x, grad=True)
case("TimeDistributed BatchNormalization training", "TimeDistributed", dict(layer=norm), x, grad=True, training=True)
case("TimeDistributed BatchNormalization masked", "TimeDistributed", dict(layer=norm), x, training=True,
     mask=np.array([[1, 1, 1, 0], [1, 1, 0, 1], [0, 1, 1, 1]], bool))
case("TimeDistributed TimeDistributed BatchNormalization", "TimeDistributed", dict(
    layer=("TimeDistributed", dict(layer=norm))), floats(B, T, 2, F), training=True)

lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
assert "NaN" not in lines and "Infinity" not in lines
print("[\n" + lines + "\n]")
