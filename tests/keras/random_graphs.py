# Random functional models: python random_graphs.py make FOLDER COUNT writes gN.keras and gN_io.npz; python random_graphs.py check
# FOLDER loads gN_ours.keras of each, and prints by how much weights and outputs differ from those of gN.keras, and, where there is
# gN_losses.txt, by how much the losses of five steps of training do, also those that go on from gN_again.keras.
import json, os, sys
os.environ.setdefault("KERAS_BACKEND", "jax")
import numpy as np, keras
from keras import layers as L, ops

def batch(shape, rng, dtype="float32"):
    return rng.integers(0, 9, size=(4, *shape)).astype("int32") if dtype == "int32" else rng.normal(size=(4, *shape)).astype("float32")

ACTIVATIONS = ["relu", "tanh", "gelu", "selu", "sigmoid", "elu", "softplus", "softsign", "silu", "hard_sigmoid", "relu6", "mish",
               "leaky_relu", "exponential", "celu", "log_sigmoid", "hard_silu", "sparse_plus", "squareplus", "glu_free", "linear", None]
ACTIVATIONS.remove("glu_free")

def some(rng, **args):
    """Some of the arguments: each is given or left out by chance."""
    return {key: value for key, value in args.items() if rng.integers(2)}

def dense_args(rng):
    return some(rng, activation=ACTIVATIONS[rng.integers(len(ACTIVATIONS))], use_bias=bool(rng.integers(2)), kernel_regularizer="l2",
                bias_regularizer=keras.regularizers.L1(0.01), kernel_constraint=keras.constraints.MaxNorm(3), kernel_initializer="he_normal")

def conv_args(rng, n):
    groups = {"groups": n} if rng.integers(4) == 0 else {}
    stretch = [{"strides": 2}, {"dilation_rate": 2}, {}][rng.integers(3)]
    return {**some(rng, activation="relu", use_bias=False), **groups, **stretch, "padding": ["same", "valid"][rng.integers(2)]}

def rnn_args(rng):
    return some(rng, use_bias=False, go_backwards=True, activation="sigmoid", recurrent_activation="hard_sigmoid", dropout=0.2,
                unroll=True, recurrent_initializer="glorot_uniform")

def recurrent(rng, units, **more):
    kind = [L.LSTM, L.GRU, L.SimpleRNN][rng.integers(3)]
    args = rnn_args(rng)
    if kind is L.SimpleRNN:
        args.pop("recurrent_activation", None)
    if kind is L.GRU:
        args.update(some(rng, reset_after=False))
    if kind is L.LSTM:
        args.update(some(rng, unit_forget_bias=False))
    return kind(units, **args, **more)

def with_state(t, rng):
    """One recurrent layer begins where another ends."""
    y, *state = L.LSTM(3, return_state=True, return_sequences=True)(t)
    return L.LSTM(3, return_sequences=bool(rng.integers(2)))(y, initial_state=state)

def inside(t, rng):
    """A model in the model, which may be applied twice."""
    layers = [L.Dense(4, **dense_args(rng)), L.LayerNormalization(), L.Dense(int(t.shape[-1]), activation="tanh")]
    if rng.integers(2):
        x = keras.Input(t.shape[1:])
        y = L.Add()([x, layers[2](layers[1](layers[0](x)))])
        model = keras.Model(x, y)
        return model(model(t)) if rng.integers(2) else model(t)
    model = keras.Sequential(layers)
    return model(model(t)) if rng.integers(2) else model(t)

def block(rng):
    return keras.Sequential([L.Dense(3, activation="relu"), L.Dense(2)])

def on(t, rng, shared):
    """A layer or an operation on a tensor."""
    n, rank = t.shape[-1], len(t.shape)
    # A mask has the length of a sequence, of which these change the length or make none: Keras fails, or warns.
    pick = lambda *all: all[rng.integers(len(all))]()
    act = lambda: ACTIVATIONS[rng.integers(len(ACTIVATIONS))]
    number = lambda: float(np.float32(rng.normal()))
    any_rank = [
        lambda: L.Dense(int(rng.integers(2, 7)), **dense_args(rng))(t), lambda: L.BatchNormalization(**some(rng, momentum=0.9, epsilon=0.01,
            center=False, scale=False))(t), lambda: L.Dropout(0.3)(t), lambda: L.LayerNormalization(**some(rng, epsilon=0.01, center=False,
            scale=False))(t), lambda: L.LeakyReLU(negative_slope=0.1)(t), lambda: t * number() + 1, lambda: -t, lambda: ops.tanh(t),
        lambda: L.Activation(act() or "linear")(t), lambda: ops.maximum(t, 0.1), lambda: shared(t), lambda: L.Flatten()(t),
        lambda: L.Rescaling(0.5, offset=0.25)(t), lambda: L.ReLU(**some(rng, max_value=2.0, negative_slope=0.1, threshold=0.05))(t),
        lambda: L.ELU(**some(rng, alpha=0.5))(t), lambda: L.PReLU(**some(rng, shared_axes=[1] if rank > 2 else None))(t),
        lambda: L.Softmax()(t), lambda: L.UnitNormalization()(t), lambda: L.RMSNormalization(**some(rng, epsilon=0.01))(t),
        lambda: L.GroupNormalization(groups=-1 if rng.integers(2) else 1)(t), lambda: L.GaussianNoise(0.1)(t),
        lambda: L.GaussianDropout(0.2)(t), lambda: L.AlphaDropout(0.1)(t), lambda: L.Identity()(t), lambda: L.ActivityRegularization(l2=0.01)(t),
        lambda: ops.abs(t), lambda: ops.square(t) * 0.1, lambda: ops.sqrt(ops.abs(t) + 0.5), lambda: ops.clip(t, -0.5, 0.75),
        lambda: ops.log1p(ops.abs(t)), lambda: t ** 2 * 0.25, lambda: t + rng.normal(size=(n,)).astype("float32"),
        lambda: ops.multiply(rng.normal(size=(n,)).astype("float32"), t), lambda: 1.5 - t, lambda: t / 2.5, lambda: ops.where(t > 0, t, 0.1),
        lambda: L.EinsumDense("...x,xy->...y", output_shape=(None,) * (rank - 2) + (3,) if rank > 2 else 3, **some(rng, bias_axes="y"))(t),
        lambda: L.SpectralNormalization(L.Dense(3))(t), lambda: inside(t, rng), lambda: ops.concatenate([t, ops.sin(t)], axis=-1),
    ]
    if rank == 2:
        return pick(*any_rank, lambda: L.RepeatVector(3)(t), lambda: ops.expand_dims(t, 1), lambda: t[:, ::-1], lambda: L.Reshape((-1, 1))(t),
                    lambda: ops.stack([t, ops.cos(t)], axis=1), lambda: ops.matmul(t, rng.normal(size=(n, 3)).astype("float32")))
    if rank == 3:
        time = t.shape[1]
        long = [
            lambda: L.Conv1D(n * int(rng.integers(1, 3)), 2, **conv_args(rng, n))(t), lambda: L.Conv1D(3, 2, padding="causal")(t),
            lambda: L.Conv1DTranspose(3, 2, **some(rng, strides=2, padding="same"))(t), lambda: L.DepthwiseConv1D(2, **some(rng, depth_multiplier=2))(t),
            lambda: L.SeparableConv1D(4, 2, **some(rng, padding="same"))(t), lambda: L.MaxPooling1D(2, **some(rng, strides=1, padding="same"))(t),
            lambda: L.AveragePooling1D(2, **some(rng, strides=1, padding="same"))(t), lambda: L.Cropping1D(1)(t) if time > 3 else L.Cropping1D((1, 0))(t),
            lambda: t[:, 1:, :], lambda: ops.split(t, [1], axis=1)[1],
        ] if time > 2 else []
        return pick(*any_rank, *long, lambda: recurrent(rng, 4, return_sequences=True)(t), lambda: recurrent(rng, 3)(t), lambda: with_state(t, rng),
                    lambda: L.Bidirectional(L.LSTM(3, return_sequences=bool(rng.integers(2))), **some(rng, merge_mode=["sum", "mul", "ave", "concat"][rng.integers(4)]))(t),
                    lambda: L.Bidirectional(L.GRU(2), backward_layer=L.GRU(2, go_backwards=True, activation="relu"))(t),
                    lambda: L.RNN([L.LSTMCell(3), L.GRUCell(2)], return_sequences=bool(rng.integers(2)))(t), lambda: L.RNN(L.SimpleRNNCell(3, activation="relu"))(t),
                    lambda: t[:, -1, :], lambda: L.GlobalAveragePooling1D(**some(rng, keepdims=True))(t), lambda: L.GlobalMaxPooling1D()(t),
                    lambda: L.MultiHeadAttention(2, 3, **some(rng, value_dim=2, use_bias=False, output_shape=5))(t, t), lambda: L.MultiHeadAttention(1, 2)(t, t, use_causal_mask=True),
                    lambda: L.GroupQueryAttention(3, 4, 2)(t, t), lambda: L.Attention(**some(rng, use_scale=True, score_mode="concat"))([t, t]), lambda: L.AdditiveAttention()([t, t]),
                    lambda: L.TimeDistributed(L.Dense(3))(t), lambda: L.TimeDistributed(block(rng))(t), lambda: ops.mean(t, axis=1), lambda: ops.transpose(t, (0, 2, 1)), lambda: L.Permute((2, 1))(t),
                    lambda: L.ZeroPadding1D((1, 2))(t), lambda: L.UpSampling1D(2)(t), lambda: L.SpatialDropout1D(0.2)(t), lambda: L.Masking(0.0)(t), lambda: L.Reshape((n, -1))(t),
                    lambda: L.Dot(axes=2)([t, t]), lambda: ops.cumsum(t, axis=1), lambda: ops.flip(t, axis=1), lambda: ops.logsumexp(t, axis=-1, keepdims=True),
                    lambda: L.EinsumDense("abc,cd->abd", output_shape=(None, 4), bias_axes="d", activation="relu")(t))
    if rank == 4:
        large = t.shape[1] > 2 and t.shape[2] > 2
        windows = [lambda: L.Conv2D(n * int(rng.integers(1, 3)), 2, **conv_args(rng, n))(t), lambda: L.Cropping2D(((1, 0), (0, 1)))(t), lambda: L.DepthwiseConv2D(2, **some(rng, strides=2, depth_multiplier=2))(t),
                   lambda: L.AveragePooling2D(2)(t), lambda: L.MaxPooling2D((2, 1))(t)] if large else []
        return pick(*any_rank, *windows, lambda: L.Conv2D(4, 3, padding="same", **dense_args(rng))(t), lambda: L.MaxPooling2D(2, padding="same")(t), lambda: L.AveragePooling2D(2, padding="same")(t),
                    lambda: L.Conv2DTranspose(3, 2, **some(rng, strides=2, padding="same", use_bias=False))(t), lambda: L.DepthwiseConv2D(3, padding="same")(t), lambda: L.GlobalMaxPooling2D()(t),
                    lambda: L.GlobalAveragePooling2D(**some(rng, keepdims=True))(t), lambda: L.SeparableConv2D(3, 2, padding="same", **some(rng, strides=2, depth_multiplier=2))(t),
                    lambda: L.UpSampling2D(2, **some(rng, interpolation="bilinear"))(t), lambda: ops.max(t, axis=(1, 2)), lambda: L.ZeroPadding2D(((1, 0), (0, 2)))(t), lambda: L.Resizing(4, 3)(t),
                    lambda: L.SpatialDropout2D(0.2)(t), lambda: L.Permute((3, 1, 2))(t), lambda: L.Reshape((-1, n))(t), lambda: L.LayerNormalization(axis=[1, 2])(t), lambda: L.BatchNormalization(axis=1)(t),
                    lambda: L.ConvLSTM1D(2, 2, padding="same", return_sequences=bool(rng.integers(2)))(t), lambda: L.TimeDistributed(L.Conv1D(3, 2, padding="same"))(t), lambda: L.TimeDistributed(L.LSTM(2))(t),
                    lambda: ops.mean(t, axis=-1, keepdims=True))
    return pick(*any_rank, lambda: L.Conv3D(3, 2, padding="same", **dense_args(rng))(t), lambda: L.Conv3DTranspose(2, 2, padding="same")(t), lambda: L.MaxPooling3D(2, padding="same")(t),
                lambda: L.AveragePooling3D(2, padding="same")(t), lambda: L.GlobalAveragePooling3D()(t), lambda: L.GlobalMaxPooling3D()(t), lambda: L.ZeroPadding3D(1)(t), lambda: L.UpSampling3D(2)(t),
                lambda: L.SpatialDropout3D(0.2)(t), lambda: L.ConvLSTM2D(2, 2, padding="same")(t), lambda: L.TimeDistributed(L.GlobalMaxPooling2D())(t), lambda: L.Reshape((-1, n))(t))

def model(rng):
    keras.backend.clear_session()
    shapes = [(8,), (6, 4), (6, 5, 3), "ids", (2, 3, 4, 2)]
    inputs, tensors = [], []
    for _ in range(int(rng.integers(1, 4))):
        shape = shapes[rng.integers(len(shapes))]
        inputs.append(keras.Input((6,), dtype="int32") if shape == "ids" else keras.Input(shape))
        tensors.append(L.Embedding(9, 4, mask_zero=bool(rng.integers(2)))(inputs[-1]) if shape == "ids" else inputs[-1])
    known = {}
    def shared(t):
        # One layer for all tensors of a width.
        return known.setdefault(t.shape[-1], L.Dense(4, activation="tanh"))(t)
    for _ in range(int(rng.integers(4, 12))):
        t = tensors[rng.integers(len(tensors))]
        same = [other for other in tensors if other.shape == t.shape and other is not t]
        if same and rng.integers(2):
            merges = [L.Add(), L.Multiply(), L.Concatenate(), L.Average(), ops.subtract, L.Maximum(), L.Minimum(), L.Subtract(), ops.add]
            merge = merges[rng.integers(len(merges))]
            other = same[rng.integers(len(same))]
            tensors.append(merge(t, other) if merge in (ops.subtract, ops.add) else merge([t, other]))
        elif np.prod(t.shape[1:]) < 1000:
            try:
                new = on(t, rng, shared)
            except (ValueError, TypeError, NotImplementedError, AttributeError):
                # What Keras itself does not take.
                continue
            if None not in new.shape[1:]:
                tensors.append(new)
    flat = [L.Flatten()(t) if len(t.shape) > 2 else t for t in tensors[len(inputs):] or tensors]
    last = flat[-1] if len(flat) == 1 else L.Concatenate()(flat)
    return keras.Model(inputs, [L.Dense(2, name="first")(last), L.Dense(3, activation="sigmoid", name="second")(last)])

def call(m, xs):
    return [np.asarray(y) for y in m(xs if len(m.inputs) > 1 else xs[0], training=False)]

def made(rng):
    """A model with weights and inputs that Keras itself computes."""
    while True:
        m = model(rng)
        m.set_weights([np.abs(w) + 0.5 if "variance" in v.path else rng.normal(size=w.shape).astype("float32") * 0.3
                       for v, w in zip(m.weights, m.get_weights())])
        xs = [batch(x.shape[1:], rng, x.dtype) for x in m.inputs]
        try:
            ys = call(m, xs)
        except (ValueError, TypeError):
            continue
        # Masks that Keras writes out as operations are refused here.
        config = m.to_json()
        written_out = '"ConvertToTensor"' in config or any(
            layer["class_name"] == "TimeDistributed" and any("mask" in node["kwargs"] and node["kwargs"]["mask"] for node in layer["inbound_nodes"])
            for layer in json.loads(config)["config"]["layers"])
        if all(np.isfinite(y).all() for y in ys) and not written_out:
            return m, xs, ys

def make(folder, count, first=0):
    for i in range(first, first + count):
        m, xs, ys = made(np.random.default_rng(i))
        m.compile([keras.optimizers.Adam(0.01), keras.optimizers.SGD(0.01, momentum=0.9)][i // 4 % 2], ["mse", "binary_crossentropy"])
        m.save(f"{folder}/g{i}.keras")
        np.savez(f"{folder}/g{i}_io.npz", **{f"input_{j}": x for j, x in enumerate(xs)}, **{f"output_{j}": y for j, y in enumerate(ys)})

# On TensorFlow, whose way is ours, a step of SpectralNormalization leaves the kernel divided; on JAX it does not.
UNLIKE = ["SpectralNormalization"]
RANDOM = ["Dropout", "GaussianNoise", "GaussianDropout", "AlphaDropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"]

def is_random(layer):
    return type(layer).__name__ in RANDOM + UNLIKE or getattr(layer, "dropout", 0) or any(map(is_random, getattr(layer, "layers", [])))

def losses(path, xs, steps, moved=False):
    """The loss of each of some steps of training; nothing of a model that draws numbers, or trains otherwise on JAX. `moved`:
    from weights that are one unit in the last place larger."""
    m = keras.models.load_model(path)
    if any(map(is_random, m.layers)):
        return None
    if moved:
        m.set_weights([np.nextafter(w, np.float32(np.inf)) if w.dtype == np.float32 and w.size else w for w in m.get_weights()])
    ys = [np.zeros((4, 2), "float32"), np.ones((4, 3), "float32")]
    return np.array([np.ravel(m.train_on_batch(xs if len(xs) > 1 else xs[0], ys))[0] for _ in range(steps)], "float64")

def check(folder):
    for i in sorted(int(name[1:-11]) for name in os.listdir(folder) if name.endswith("_ours.keras")):
        a, b = (keras.models.load_model(f"{folder}/g{i}{end}.keras", compile=False) for end in ["", "_ours"])
        io = np.load(f"{folder}/g{i}_io.npz")
        xs = [io[f"input_{j}"] for j in range(len(a.inputs))]
        weights = max([np.abs(v - w).max() for v, w in zip(a.get_weights(), b.get_weights(), strict=True) if v.size], default=0)
        outputs = max(np.abs(y - io[f"output_{j}"]).max() / np.abs(io[f"output_{j}"]).max() for j, y in enumerate(call(b, xs)))
        trained = 0
        if os.path.exists(f"{folder}/g{i}_losses.txt"):
            theirs = losses(f"{folder}/g{i}.keras", xs, 5)
            if theirs is not None:
                # Our steps, and Keras's own from where ours stopped after two.
                for ours in [np.loadtxt(f"{folder}/g{i}_losses.txt"), np.r_[theirs[:2], losses(f"{folder}/g{i}_again.keras", xs, 3)]]:
                    trained = max(trained, np.abs(ours / theirs - 1).max())
                # Of a training that diverges no digits stay: what the last place of the weights does to Keras's own is the measure.
                if trained > 1e-5 and trained < 10 * np.abs(losses(f"{folder}/g{i}.keras", xs, 5, moved=True) / theirs - 1).max():
                    print(f"graph {i} diverges: its losses differ by {trained}", file=sys.stderr)
                    trained = 1e-5
        print(i, weights, outputs, trained, flush=True)

if sys.argv[1] == "make":
    make(sys.argv[2], *map(int, sys.argv[3:]))
else:
    check(sys.argv[2])
