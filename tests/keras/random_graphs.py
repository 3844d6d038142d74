# Random functional models: python random_graphs.py make FOLDER COUNT writes gN.keras and gN_io.npz; python random_graphs.py check
# FOLDER loads gN_ours.keras of each, and prints by how much weights and outputs differ from those of gN.keras, and, where there is
# gN_trained.weights.h5, by how much the weights do after five steps.
import os, sys
os.environ.setdefault("KERAS_BACKEND", "jax")
import numpy as np, keras
from keras import layers as L, ops

def batch(shape, rng, dtype="float32"):
    return rng.integers(0, 9, size=(4, *shape)).astype("int32") if dtype == "int32" else rng.normal(size=(4, *shape)).astype("float32")

def on(t, rng, shared):
    """A layer or an operation on a tensor."""
    n, rank = t.shape[-1], len(t.shape)
    pick = lambda *all: all[rng.integers(len(all))]()
    act = lambda: ["relu", "tanh", "gelu", "selu", "sigmoid", None][rng.integers(6)]
    any_rank = [
        lambda: L.Dense(int(rng.integers(2, 7)), activation=act())(t), lambda: L.BatchNormalization()(t), lambda: L.Dropout(0.3)(t),
        lambda: L.LayerNormalization()(t), lambda: L.LeakyReLU(negative_slope=0.1)(t), lambda: t * 0.5 + 1, lambda: -t, lambda: ops.tanh(t),
        lambda: L.Activation("softmax")(t), lambda: ops.maximum(t, 0.1), lambda: shared(t), lambda: L.Flatten()(t),
    ]
    if rank == 2:
        return pick(*any_rank, lambda: L.RepeatVector(3)(t), lambda: ops.expand_dims(t, 1), lambda: t[:, ::-1])
    if rank == 3:
        steps = L.LSTM, L.GRU, L.SimpleRNN
        return pick(*any_rank, lambda: steps[rng.integers(3)](4, return_sequences=True)(t), lambda: steps[rng.integers(3)](3)(t),
                    lambda: L.Bidirectional(L.LSTM(3, return_sequences=bool(rng.integers(2))))(t), lambda: t[:, -1, :],
                    lambda: L.Conv1D(4, 2, padding="same", activation=act())(t), lambda: L.GlobalAveragePooling1D()(t),
                    lambda: L.MultiHeadAttention(2, 3)(t, t), lambda: L.TimeDistributed(L.Dense(3))(t), lambda: ops.mean(t, axis=1),
                    lambda: ops.transpose(t, (0, 2, 1)))
    return pick(*any_rank, lambda: L.Conv2D(4, 3, padding="same", activation=act())(t), lambda: L.MaxPooling2D(2, padding="same")(t),
                lambda: L.DepthwiseConv2D(3, padding="same")(t), lambda: L.GlobalMaxPooling2D()(t), lambda: L.SeparableConv2D(3, 2, padding="same")(t),
                lambda: L.UpSampling2D(2)(t), lambda: ops.max(t, axis=(1, 2)))

def model(rng):
    keras.backend.clear_session()
    shapes = [(8,), (6, 4), (6, 5, 3), "ids"]
    inputs, tensors = [], []
    for _ in range(int(rng.integers(1, 3))):
        shape = shapes[rng.integers(4)]
        inputs.append(keras.Input((6,), dtype="int32") if shape == "ids" else keras.Input(shape))
        tensors.append(L.Embedding(9, 4, mask_zero=bool(rng.integers(2)))(inputs[-1]) if shape == "ids" else inputs[-1])
    known = {}
    def shared(t):
        # One layer for all tensors of a width.
        return known.setdefault(t.shape[-1], L.Dense(4, activation="tanh"))(t)
    for _ in range(int(rng.integers(4, 10))):
        t = tensors[rng.integers(len(tensors))]
        same = [other for other in tensors if other.shape == t.shape and other is not t]
        if same and rng.integers(2):
            merge = [L.Add(), L.Multiply(), L.Concatenate(), L.Average(), ops.subtract][rng.integers(5)]
            other = same[rng.integers(len(same))]
            tensors.append(merge(t, other) if merge is ops.subtract else merge([t, other]))
        elif np.prod(t.shape[1:]) < 2000:
            tensors.append(on(t, rng, shared))
    flat = [L.Flatten()(t) if len(t.shape) > 2 else t for t in tensors[len(inputs):] or tensors]
    last = flat[-1] if len(flat) == 1 else L.Concatenate()(flat)
    return keras.Model(inputs, [L.Dense(2, name="first")(last), L.Dense(3, activation="sigmoid", name="second")(last)])

def call(m, xs):
    return [np.asarray(y) for y in m(xs if len(m.inputs) > 1 else xs[0], training=False)]

def make(folder, count):
    for i in range(count):
        rng = np.random.default_rng(i)
        m = model(rng)
        m.set_weights([np.abs(w) + 0.5 if "variance" in v.path else rng.normal(size=w.shape).astype("float32") * 0.3
                       for v, w in zip(m.weights, m.get_weights())])
        xs = [batch(x.shape[1:], rng, x.dtype) for x in m.inputs]
        if i % 20 == 0:
            m.compile(keras.optimizers.Adam(0.01), ["mse", "binary_crossentropy"])
        m.save(f"{folder}/g{i}.keras")
        np.savez(f"{folder}/g{i}_io.npz", **{f"input_{j}": x for j, x in enumerate(xs)},
                 **{f"output_{j}": y for j, y in enumerate(call(m, xs))})

def check(folder):
    for i in range(sum(name.endswith("_ours.keras") for name in os.listdir(folder))):
        a, b = (keras.models.load_model(f"{folder}/g{i}{end}.keras", compile=False) for end in ["", "_ours"])
        io = np.load(f"{folder}/g{i}_io.npz")
        xs = [io[f"input_{j}"] for j in range(len(a.inputs))]
        weights = max([np.abs(v - w).max() for v, w in zip(a.get_weights(), b.get_weights(), strict=True) if v.size], default=0)
        outputs = max(np.abs(y - io[f"output_{j}"]).max() / np.abs(io[f"output_{j}"]).max() for j, y in enumerate(call(b, xs)))
        print(i, weights, outputs)

if sys.argv[1] == "make":
    make(sys.argv[2], int(sys.argv[3]))
else:
    check(sys.argv[2])
