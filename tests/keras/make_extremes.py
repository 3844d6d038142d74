"""Asks real Keras (3.15.1, JAX) what becomes of numbers at the ends of float32: infinities, NaN, numbers whose squares
overflow, numbers too small for float32's full precision, ties and saturated probabilities.

    KERAS_BACKEND=jax python tests/keras/make_extremes.py

writes tests/fixtures/extremes.npz. Unlike in the other fixtures its numbers may be infinite or NaN. Keys:

`layer/<case>/..`: a layer behind embeddings, whose rows are the numbers it sees, so that the gradient of an embedding is
that of the layer's input. e0 e1 ..: the embeddings (each id is used once, in order); t: targets; y: outputs; g0 g1 ..: the
gradients of the embeddings for `mean_absolute_error`, which has a gradient of 1 or -1 over the number of outputs
everywhere, at NaN as well.

`loss/<case>/..`: t, p (one row a sample), none (the loss of each sample), g (the gradient of each by its own row).

`optimizer/g`: a gradient with extremes; `optimizer/<case>/w0 w1 w2`: what three weights that begin as ones are after steps 1
and 3, stacked; the second has gradients of 3 and 4, the third of 0. `clip/g`: rows of gradients; `clip/<case>`: the weight
after one step of each row, beside it a weight whose gradients are 0.3 and 0.4.

`metric/<case>/..`: t, p, result.
"""

import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers, losses, metrics, optimizers

import make_fixtures

nan, inf = np.nan, np.inf


class Archive(make_fixtures.Archive):
    """One whose numbers need not be finite."""

    def put(self, key, value):
        value = np.asarray(value)
        self.entries[key] = np.ascontiguousarray(value, np.float32).reshape(value.shape)


archive = Archive()

# ---------------------------------------------------------------- layers

A = [nan, 0.5, nan, 1, inf, -inf, inf, -inf, 3e38, -3e38, 1e-30, -1e-30, 2, -5, 7, 1, 0.25, nan]
B = [0.5, nan, nan, 1, inf, -inf, 1, 3, -3e38, 3e38, -1e-30, 1e-30, 2, 4, -7, nan, inf, -inf]
C = [1, 1, 1, 1, -inf, 5, 8, 9, 1, 2, 1e-30, 2e-30, 3, -5, 7, nan, nan, nan]
V = [nan, inf, -inf, 3e38, -3e38, 1e30, -1e30, 1e-30, -1e-30, 2.5, -2.5, 7, -7, 0.75, 0.25, -0.25, 90, -90]
# Rows of images for windows of two: NaN first, last and both, all -inf, ties.
IMAGE = [
    [1, nan, 3, 4, 0.5],
    [nan, nan, -inf, -inf, nan],
    [-inf, -inf, 2, 2, -inf],
    [5, 5, inf, inf, 5],
    [3e38, 1e30, -1e30, -3e38, 1],
]


def rows(*columns):
    return np.float32(columns).T


def layer(name, embeddings, model, shape=None):
    """`model` makes the output of the embeddings' outputs, each of (1, ids, features) or reshaped to `shape`."""
    arrays = [np.float32(e) for e in embeddings]
    ids = keras.Input((len(arrays[0]),), dtype="int32")
    tables = [layers.Embedding(*e.shape) for e in arrays]
    seen = [table(ids) for table in tables]
    if shape:
        seen = [layers.Reshape(shape)(x) for x in seen]
    net = keras.Model(ids, model(seen))
    for table, array in zip(tables, arrays):
        table.set_weights([array])
    x = np.arange(len(arrays[0]), dtype=np.int32)[None]
    y = net(x)
    t = np.where(np.arange(y.size).reshape(y.shape) % 2 == 0, 1e20, -1e20).astype(np.float32)

    def value(weights):
        y, _ = net.stateless_call(weights, [v.value for v in net.non_trainable_variables], x)
        return losses.MeanAbsoluteError()(t, y)

    order = [v.path for v in net.trainable_variables]
    g = jax.grad(value)([v.value for v in net.trainable_variables])
    archive.put(f"layer/{name}/t", t)
    archive.put(f"layer/{name}/y", y)
    for i, (table, array) in enumerate(zip(tables, arrays)):
        archive.put(f"layer/{name}/e{i}", array)
        archive.put(f"layer/{name}/g{i}", g[order.index(table.trainable_variables[0].path)])


for name in ("Maximum", "Minimum"):
    merge = getattr(layers, name)
    layer(f"{name}2", [rows(A), rows(B)], lambda x: merge()(x))
    layer(f"{name}2_wide", [rows(*[np.roll(A, k) for k in range(19)]), rows(*[np.roll(B, k) for k in range(19)])],
          lambda x: merge()(x))
    layer(f"{name}3", [rows(A), rows(B), rows(C)], lambda x: merge()(x))
image = [rows(np.ravel(IMAGE))]
wide = [rows(*[np.roll(np.ravel(IMAGE), k) for k in range(19)])]
for padding in ("valid", "same"):
    for strides in (1, 2):
        name = f"{padding}_{strides}"
        layer(f"MaxPooling1D_{name}", image, lambda x: layers.MaxPooling1D(2, strides=strides, padding=padding)(x[0]))
        layer(f"MaxPooling2D_{name}", image,
              lambda x: layers.MaxPooling2D(2, strides=strides, padding=padding)(x[0]), (5, 5, 1))
        layer(f"MaxPooling2D_wide_{name}", wide,
              lambda x: layers.MaxPooling2D(2, strides=strides, padding=padding)(x[0]), (5, 5, 19))
layer("MaxPooling2D_3_valid", wide, lambda x: layers.MaxPooling2D(3, strides=2)(x[0]), (5, 5, 19))
layer("MaxPooling2D_3_same", wide, lambda x: layers.MaxPooling2D(3, padding="same")(x[0]), (5, 5, 19))
ties = [rows(np.nan_to_num(np.ravel(IMAGE), nan=2.0, posinf=inf, neginf=-inf))]
layer("MaxPooling2D_ties", ties, lambda x: layers.MaxPooling2D(3, strides=1, padding="same")(x[0]), (5, 5, 1))
layer("MaxPooling2D_first", ties, lambda x: layers.MaxPooling2D(2, data_format="channels_first")(x[0]), (1, 5, 5))
layer("AveragePooling2D_same", image, lambda x: layers.AveragePooling2D(2, padding="same")(x[0]), (5, 5, 1))
for name in ("GlobalMaxPooling1D", "GlobalAveragePooling1D"):
    layer(name, [rows(*[np.roll(IMAGE[k % 5], k // 5) for k in range(20)])], lambda x: getattr(layers, name)()(x[0]))
for name in ("GlobalMaxPooling2D", "GlobalAveragePooling2D"):
    layer(name, [rows(*[np.ravel(IMAGE)[4 * k:4 * k + 4] for k in range(6)])],
          lambda x: getattr(layers, name)()(x[0]), (2, 2, 6))
many = [rows(*[np.roll(V, k) for k in range(19)])]
for name, make in {
    "ReLU": lambda: layers.ReLU(),
    "ReLU_max6": lambda: layers.ReLU(max_value=6.0),
    "ReLU_max2": lambda: layers.ReLU(max_value=2.0),
    "ReLU_slope": lambda: layers.ReLU(negative_slope=0.1),
    "ReLU_threshold": lambda: layers.ReLU(threshold=0.5),
    "ReLU_threshold_slope": lambda: layers.ReLU(negative_slope=0.1, threshold=0.5),
    "ReLU_all": lambda: layers.ReLU(max_value=2.0, negative_slope=0.1, threshold=0.5),
    "LeakyReLU": lambda: layers.LeakyReLU(negative_slope=0.2),
    "ELU": lambda: layers.ELU(),
    "ELU_half": lambda: layers.ELU(alpha=0.5),
}.items():
    layer(name, many, lambda x: make()(x[0]))
layer("PReLU", many, lambda x: layers.PReLU(alpha_initializer=keras.initializers.Constant(0.25))(x[0]))
layer("Dot_normalize", [rows(A[3:13], B[3:13]), rows(B[3:13], C[3:13])],
      lambda x: layers.Dot(axes=(2, 2), normalize=True)(x))

# ---------------------------------------------------------------- losses

P = [[0, 1, 0], [1, 0, 0], [0.5, 0.5, 0], [0, 0, 0], [1e-9, 1, 1e-9], [nan, 0.5, 0.5], [inf, 0, 0], [1e-30, 1e-20, 1e30],
     [-1, 2, 0], [1e37, 1e37, 1e37], [3e38, 3e38, 3e38], [0.2, 0.3, 0.5]]
Z = [[1000, -1000, 0], [-1000, 1000, 0], [inf, 0, 0], [-inf, 0, 0], [0, inf, 0], [nan, 0, 0],
     [1e38, -1e38, 0], [1e-30, 0, -1e-30], [inf, inf, 0], [-inf, -inf, -inf], [88, 89, -104], [0.5, -0.5, 2]]
R = [[0, 1e30, -1e30], [1e19, -1e20, 1e-30], [inf, -inf, 0], [nan, 1, 2], [1e-15, -1e-15, 0], [100, -100, 1000],
     [3e38, -3e38, 1e38], [0.5, -0.25, 3]]
T = [[0, 0, 0], [1, 2, 3], [1, 2, 3], [1, 2, 3], [0, 0, 0], [1, 2, 3], [-3e38, 3e38, -1e38], [1, 0, 3]]
FIRST, SECOND = [1, 0, 0], [0, 1, 0]


def loss(name, made, t, p):
    t, p = np.float32(t), np.float32(p)
    made.reduction = None
    one = lambda q, u: made(u[None], q[None])[0]
    for key, value in {"t": t, "p": p, "none": np.stack([one(q, u) for q, u in zip(p, t)]), "g": jax.vmap(jax.grad(one))(jnp.asarray(p), jnp.asarray(t))}.items():
        archive.put(f"loss/{name}/{key}", value)


for name, make in {
    "CategoricalCrossentropy": lambda **k: losses.CategoricalCrossentropy(**k),
    "CategoricalCrossentropy_smooth": lambda **k: losses.CategoricalCrossentropy(label_smoothing=0.1, **k),
    "BinaryCrossentropy": lambda **k: losses.BinaryCrossentropy(**k),
    "BinaryCrossentropy_smooth": lambda **k: losses.BinaryCrossentropy(label_smoothing=0.1, **k),
    "BinaryFocalCrossentropy": lambda **k: losses.BinaryFocalCrossentropy(**k),
    "CategoricalFocalCrossentropy": lambda **k: losses.CategoricalFocalCrossentropy(**k),
}.items():
    for target in (FIRST, SECOND):
        # The square of what is no probability is beyond the range of float32.
        known = [row for row in P if name != "BinaryFocalCrossentropy" or not 1 < max(row) < inf]
        loss(f"{name}_{target.index(1)}", make(), [target] * len(known), known)
        loss(f"{name}_logits_{target.index(1)}", make(from_logits=True), [target] * len(Z), Z)
for target in (0, 1):
    loss(f"SparseCategoricalCrossentropy_{target}", losses.SparseCategoricalCrossentropy(), [target] * len(P), P)
    loss(f"SparseCategoricalCrossentropy_logits_{target}", losses.SparseCategoricalCrossentropy(from_logits=True),
         [target] * len(Z), Z)
for name in ("MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError", "LogCosh",
             "Huber", "CosineSimilarity", "Hinge", "SquaredHinge", "Poisson"):
    loss(name, getattr(losses, name)(), T, R)
loss("CategoricalHinge", losses.CategoricalHinge(), [FIRST] * len(R), R)
loss("KLDivergence", losses.KLDivergence(), [FIRST] * len(P), P)
loss("Poisson_p", losses.Poisson(), [FIRST] * len(P), P)

# ---------------------------------------------------------------- optimisers

G = np.float32([0, 1e-25, 1e-19, 1e-12, -1e-6, 1, 1e18, 1e19, 2e19, 1e30, -1e38, inf, -inf, nan, 1, -2, 3, 0.5])
CLIP = np.float32([[3e19, 4e19], [3e30, 4e30], [inf, 1], [nan, 1], [0, 0], [1e-30, 1e-30], [3, 4], [1e18, 1e18]])
archive.put("optimizer/g", G)
archive.put("clip/g", CLIP)
for name, make in {
    "SGD": lambda: optimizers.SGD(0.1),
    "SGD_momentum": lambda: optimizers.SGD(0.1, momentum=0.9),
    "SGD_nesterov": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "SGD_decay": lambda: optimizers.SGD(0.1, weight_decay=0.1),
    "SGD_clipvalue": lambda: optimizers.SGD(0.1, clipvalue=0.5),
    "Adam": lambda: optimizers.Adam(0.1),
    "Adam_small_epsilon": lambda: optimizers.Adam(0.1, epsilon=1e-18),
    "Adam_amsgrad": lambda: optimizers.Adam(0.1, amsgrad=True),
    "Adam_clipvalue": lambda: optimizers.Adam(0.1, clipvalue=0.5),
    "AdamW": lambda: optimizers.AdamW(0.1),
    "RMSprop": lambda: optimizers.RMSprop(0.1),
    "RMSprop_small_epsilon": lambda: optimizers.RMSprop(0.1, epsilon=1e-30),
    "RMSprop_both": lambda: optimizers.RMSprop(0.1, momentum=0.9, centered=True),
    "Adamax": lambda: optimizers.Adamax(0.1),
    "Adagrad": lambda: optimizers.Adagrad(0.1),
    "Adadelta": lambda: optimizers.Adadelta(0.1),
    "Nadam": lambda: optimizers.Nadam(0.1),
    "Lion": lambda: optimizers.Lion(0.1),
}.items():
    keras.backend.clear_session()
    optimizer = make()
    variables = [keras.Variable(np.ones(n, np.float32)) for n in (len(G), 2, 2)]
    optimizer.build(variables)
    kept = []
    for step in range(3):
        optimizer.apply([jnp.asarray(G), jnp.float32([3, 4]), jnp.zeros(2)], variables)
        if step != 1:
            kept.append([np.array(v.value) for v in variables])
    for i in range(3):
        archive.put(f"optimizer/{name}/w{i}", np.stack([k[i] for k in kept]))
for name in ("clipnorm", "global_clipnorm", "clipvalue"):
    after = []
    for g in CLIP:
        keras.backend.clear_session()
        optimizer = optimizers.SGD(1.0, **{name: 0.5})
        variables = [keras.Variable(np.ones(2, np.float32)) for _ in range(2)]
        optimizer.build(variables)
        optimizer.apply([jnp.asarray(g), jnp.float32([0.3, 0.4])], variables)
        after.append(np.concatenate([np.array(v.value) for v in variables]))
    archive.put(f"clip/{name}", np.stack(after))

# ---------------------------------------------------------------- metrics


def metric(name, made, t, p):
    results = []
    for row, target in zip(np.float32(p), np.float32(t)):
        made.reset_state()
        made.update_state(target[None], row[None])
        results.append(np.array(made.result()))
    for key, value in {"t": t, "p": p, "result": np.stack(results)}.items():
        archive.put(f"metric/{name}/{key}", value)


SCORES = [[0, 1, nan], [nan, 0, 1], [nan, nan, nan], [inf, 0, inf], [-inf, -inf, -inf], [1, 1, 0], [0.5, 0.5, 0.5], [3e38, -3e38, 0]]
for name in ("MeanSquaredError", "MeanAbsoluteError", "RootMeanSquaredError", "MeanAbsolutePercentageError",
             "MeanSquaredLogarithmicError"):
    metric(name, getattr(metrics, name)(), T, R)
for name in ("BinaryAccuracy", "CategoricalAccuracy", "TopKCategoricalAccuracy", "Precision", "Recall", "AUC"):
    make = getattr(metrics, name)
    for target in (FIRST, SECOND):
        metric(f"{name}_{target.index(1)}", make(k=2) if name == "TopKCategoricalAccuracy" else make(), [target] * len(SCORES), SCORES)
for target in (0, 1, 2):
    metric(f"SparseCategoricalAccuracy_{target}", metrics.SparseCategoricalAccuracy(), [[target]] * len(SCORES), SCORES)
    metric(f"SparseTopKCategoricalAccuracy_{target}", metrics.SparseTopKCategoricalAccuracy(k=2), [[target]] * len(SCORES), SCORES)

archive.write(Path(make_fixtures.FIXTURES) / "extremes.npz")
print(f"{len(archive.entries)} arrays")
