"""Asks real Keras (3.15.1, JAX) for the numbers that our layers, losses, metrics and optimisers must reproduce.

    KERAS_BACKEND=jax python tests/keras/make_fixtures.py

writes tests/fixtures/*.npz, tests/fixtures/cases.json and tests/tests/suite/keras/layers_generated.rs. Everything is
seeded from the name of the case, so that adding a case leaves the others as they are. With an argument, `merge`, only
the models of several inputs are made again: merge.npz, the section `functional` of cases.json, merge_generated.rs.

Layers: one archive per group (`dense.npz`, `activations.npz`, ...), keys `<case>/<what>`:

    x               the input (float32, or int32 for ids and integer images)
    w0 w1 ..        weights in the order of `model.weights`
    y               model(x, training=False)
    t, loss         a target, and mean((y - t)^2), plus the added losses where the case is `regularized`
    reg             the added losses alone
    g0 g1 ..        d loss / d weight in the order of `model.trainable_weights`
    gx              d loss / d x, where x is real-valued
    y_train loss_train g_train0 .. gx_train     the same with training=True, where the case has `train`
    w_after<i>      weight i (numbered as w<i>) after that call with training=True, where it is not trainable

Models of several inputs or outputs: `x`, `x1`, `x2`, ... and so with `gx`, `y` and `t`; an input without a gradient has
no `gx`. The loss is the sum over the outputs.

`losses.npz`: y_true, y_pred, sample_weight, mask (where there are such), loss, g (d loss / d y_pred), none (the loss
with reduction=None, without sample weights). `metrics.npz`: y_true, y_pred, sample_weight with the updates as first
axis, result after each update. `constraints.npz`: w, w_after. `optimizers.npz`: w0, w1 (initial), grads0, grads1
(steps first); `<case>/w0`, `<case>/w1`: the weights after steps 1, 5 and 20, stacked. Schedules are numbers in
cases.json.
"""

import io
import json
import math
import os
import sys
import zipfile
import zlib
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax

jax.config.update("jax_disable_most_optimizations", True)  # compiling is nearly all of the time here

import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

from layer_cases import CASES, FUNCTIONAL
from translate import translate, translate_layer

HERE = Path(__file__).resolve().parent
FIXTURES = HERE.parent / "fixtures"
GENERATED = HERE.parent / "tests" / "suite" / "keras"


class Archive:
    """A compressed npz, the same bytes for the same numbers."""

    def __init__(self):
        self.entries = {}

    def put(self, key, value):
        value = np.asarray(value)
        if value.dtype == np.float64 or value.dtype == bool:
            value = value.astype(np.float32)
        if value.dtype == np.int64:
            value = value.astype(np.int32)
        assert value.dtype in (np.float32, np.int32), (key, value.dtype)
        assert np.isfinite(value).all(), key
        assert key not in self.entries, key
        self.entries[key] = np.ascontiguousarray(value).reshape(value.shape)

    def write(self, path):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
            for key, value in self.entries.items():
                buffer = io.BytesIO()
                np.save(buffer, value)
                info = zipfile.ZipInfo(f"{key}.npy")
                info.compress_type = zipfile.ZIP_DEFLATED
                file.writestr(info, buffer.getvalue(), compresslevel=9)


def rng_of(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


def distinct(rng, shape, reach):
    """Values in -reach..reach, no two alike (no ties for max), none on a kink such as 0, 0.5, 1, 3 or 6."""
    n = math.prod(shape)
    size = 2 ** math.ceil(math.log2(max(64, 2 * n)))
    k = rng.permutation(size)[:n]
    return (((k + 0.5) / size * 2 - 1) * reach).astype(np.float32).reshape(shape)


def draw_weight(rng, variable, scale):
    shape, name = tuple(variable.shape), variable.path.split("/")[-1]
    steps = rng.integers(0, 64, shape)
    unit = (steps + 0.5) / 64  # 0..1
    if "variance" in name or "stddev" in name:
        value = 0.5 + 1.5 * unit
    elif name == "gamma":
        value = 0.5 + unit
    elif name == "alpha":
        value = 0.05 + 0.5 * unit
    else:
        value = (2 * unit - 1) * scale
    return value.astype(np.float32)


def draw_input(rng, case, spec):
    mask = case.get("mask")
    batch = len(mask) if mask else (spec.shape[0] or case.get("batch", 3))
    dims = iter(case.get("dims", []))
    shape = (batch, *(d if d is not None else next(dims) for d in spec.shape[1:]))
    padded = np.array([[c == "x" for c in row] for row in mask]) if mask else None
    kind = case.get("x", "plain")
    if kind == "ids":
        ids = rng.integers(1 if mask else 0, case["high"], shape)
        if mask:
            ids[padded] = 0
        return ids.astype(np.int32 if spec.dtype == "int32" else np.float32)
    if kind == "image":
        return rng.integers(0, 256, shape).astype(np.int32)
    x = distinct(rng, shape, {"narrow": 0.5, "plain": 2, "wide": 8, "huge": 40}[kind])
    if mask:
        x[padded] = case["mask_value"]
    return x


def source_of(case):
    return ["import keras", "from keras import layers", "model = keras.Sequential([",
            *(f"    {line}," for line in [case["input"], *case["layers"]]), "])"]


def layer_case(case, archive):
    keras.backend.clear_session()
    source = source_of(case)
    scope = {}
    exec("\n".join(source), scope)
    model = scope["model"]
    rng = rng_of(case["id"])
    x = draw_input(rng, case, model.inputs[0])
    for variable in model.weights:
        variable.assign(draw_weight(rng, variable, case.get("scale", 0.75)))

    trainable = [v.value for v in model.trainable_variables]
    others = [v.value for v in model.non_trainable_variables]
    differentiable = np.issubdtype(x.dtype, np.floating) and case.get("x") != "ids"

    def losses(trainable, others, x, t, training):
        y, after, added = model.stateless_call(trainable, others, x, training=training, return_losses=True)
        reg = sum(added) if added else jnp.float32(0)
        if not case.get("regularized"):
            assert not added, case["id"]
        loss = jnp.mean((y - t) ** 2) + reg
        return loss, (y, after, reg)

    y_shape = jax.eval_shape(lambda: model.stateless_call(trainable, others, x, training=False)[0]).shape
    t = distinct(rng, y_shape, 2)
    argnums = (0, 2) if differentiable else (0,)

    def put(suffix, training):
        call = jax.jit(jax.value_and_grad(losses, argnums, has_aux=True), static_argnums=4)
        if not trainable and not differentiable:
            (loss, (y, after, reg)), grads = losses(trainable, others, x, t, training), ([],)
        else:
            (loss, (y, after, reg)), grads = call(trainable, others, x, t, training)
        archive.put(f"{case['id']}/y{suffix}", y)
        if not training:
            archive.put(f"{case['id']}/t", t)
        archive.put(f"{case['id']}/loss{suffix}", loss)
        if case.get("regularized") and not training:
            archive.put(f"{case['id']}/reg", reg)
        for i, g in enumerate(grads[0]):
            archive.put(f"{case['id']}/g{suffix}{i}", g)
        if differentiable:
            archive.put(f"{case['id']}/gx{suffix}", grads[1])
        return after

    archive.put(f"{case['id']}/x", x)
    for i, variable in enumerate(model.weights):
        archive.put(f"{case['id']}/w{i}", variable.value)
    put("", False)
    if case.get("train"):
        after = put("_train", True)
        by_id = {id(v): a for v, a in zip(model.non_trainable_variables, after)}
        for i, variable in enumerate(model.weights):
            if id(variable) in by_id:
                archive.put(f"{case['id']}/w_after{i}", by_id[id(variable)])

    declared = tuple(model.output_shape)
    wrong = len(declared) != len(y_shape) or any(d not in (None, n) for d, n in zip(declared, y_shape))
    if wrong:  # glu halves an axis, and Keras's Activation does not know: the run is right
        assert "glu" in case["id"], (declared, y_shape)
        declared = (None, *y_shape[1:])
    entry = {
        "id": case["id"],
        "group": case["group"],
        "test": case["family"],
        "model": translate(source),
        "source": source,
        "input_shape": list(model.input_shape),
        "input_dtype": model.inputs[0].dtype,
        "output_shape": list(declared),
        "params": model.count_params(),
        "weights": [{"path": v.path, "shape": list(v.shape), "trainable": v.trainable} for v in model.weights],
    }
    for flag in ("train", "regularized"):
        if case.get(flag):
            entry[flag] = True
    if case.get("mask"):
        entry["mask"] = case["mask"]
    if wrong:
        entry["keras_declares"] = list(model.output_shape)
    if differentiable:
        entry["gx"] = True
    return entry


def nth(name, i):
    return name if i == 0 else f"{name}{i}"


def draw_inputs(rng, case, specs):
    """The inputs of a model of several."""
    xs = []
    dims = iter(case.get("dims", []))
    for name, spec in zip("abcdefgh", specs):
        mask = case.get("mask", {}).get(name)
        kind = case.get("x", {}).get(name, "plain")
        shape = (case.get("batch", 3), *(d if d is not None else next(dims) for d in spec.shape[1:]))
        if kind == "bits":
            bits = rng.integers(0, 2, shape)
            bits[..., 0] = 1  # each step looks at something
            xs.append(bits.astype(np.int32))
            continue
        x = distinct(rng, shape, 2)
        if mask:
            x[np.array([[c == "x" for c in row] for row in mask])] = -7
        xs.append(x)
    return xs


def functional_case(case, archive):
    keras.backend.clear_session()
    names = "abcdefgh"[: len(case["inputs"])]
    source = ["import keras", "from keras import layers"]
    source += [f"{name} = {line}" for name, line in zip(names, case["inputs"])]
    source += case["lines"][:-1]
    inputs = f"[{', '.join(names)}]" if len(names) > 1 else names
    source += [f"model = keras.Model({inputs}, {case['lines'][-1]})"]
    scope = {}
    exec("\n".join(source), scope)
    model = scope["model"]
    rng = rng_of(case["id"])
    xs = draw_inputs(rng, case, model.inputs)
    for variable in model.weights:
        variable.assign(draw_weight(rng, variable, 0.75))
    trainable = [v.value for v in model.trainable_variables]
    others = [v.value for v in model.non_trainable_variables]
    real = [i for i, x in enumerate(xs) if np.issubdtype(x.dtype, np.floating)]

    def run(trainable, given):
        all_xs = list(xs)
        for i, x in zip(real, given):
            all_xs[i] = x
        ys, _, added = model.stateless_call(
            trainable, others, all_xs if len(all_xs) > 1 else all_xs[0], training=False, return_losses=True)
        return ys if isinstance(ys, (list, tuple)) else [ys], sum(added) if added else jnp.float32(0)

    given = [jnp.asarray(xs[i]) for i in real]
    ts = [distinct(rng, y.shape, 2) for y in jax.eval_shape(lambda t, g: run(t, g)[0], trainable, given)]

    def losses(trainable, given):
        ys, reg = run(trainable, given)
        return sum(jnp.mean((y - t) ** 2) for y, t in zip(ys, ts)) + reg, (ys, reg)

    call = jax.jit(jax.value_and_grad(losses, (0, 1), has_aux=True))
    (loss, (ys, reg)), (g_weights, g_xs) = call(trainable, given)
    put = lambda name, value: archive.put(f"{case['id']}/{name}", value)
    for i, x in enumerate(xs):
        put(nth("x", i), x)
    for i, variable in enumerate(model.weights):
        put(f"w{i}", variable.value)
    for i, (y, t) in enumerate(zip(ys, ts)):
        put(nth("y", i), y)
        put(nth("t", i), t)
    put("loss", loss)
    for i, g in enumerate(g_weights):
        put(f"g{i}", g)
    for i, g in zip(real, g_xs):
        put(nth("gx", i), g)
    if case.get("regularized"):
        put("reg", reg)
    else:
        assert reg == 0, case["id"]
    declared = [list(shape) for shape in (model.output_shape if len(ys) > 1 else [model.output_shape])]
    for i, y in enumerate(ys):  # Keras declares the scores of cross-attention wrongly: the run is right
        if any(d not in (None, n) for d, n in zip(declared[i], y.shape)):
            assert "scores" in case["id"], (case["id"], declared[i], y.shape)
            declared[i] = [None, *y.shape[1:]]
    entry = {
        "id": case["id"],
        "group": case["group"],
        "test": case["family"],
        "model": translate(source),
        "source": source,
        "output_shapes": declared,
        "params": model.count_params(),
        "weights": [{"path": v.path, "shape": list(v.shape), "trainable": v.trainable} for v in model.weights],
    }
    for flag in ("regularized", "mask"):
        if case.get(flag):
            entry[flag] = case[flag]
    return entry


def functional_files():
    """The archives and the test program of the models of several inputs; their entries of cases.json."""
    archives, entries = {}, []
    for number, case in enumerate(FUNCTIONAL):
        if number % 40 == 0:
            jax.clear_caches()
        try:
            entries.append(functional_case(case, archives.setdefault(case["group"], Archive())))
        except Exception as error:
            error.add_note(f"in case {case['id']}")
            raise
    for name, archive in archives.items():
        archive.write(FIXTURES / f"{name}.npz")
    write_rust(GENERATED / "merge_generated.rs", entries, "check_layers")
    return entries


# ---------------------------------------------------------------- losses


def probabilities(rng, shape):
    p = rng.uniform(0.05, 1, shape)
    return (p / p.sum(-1, keepdims=True)).astype(np.float32)


def one_hot(rng, shape):
    return np.eye(shape[-1], dtype=np.float32)[rng.integers(0, shape[-1], shape[:-1])]


LOSSES = []
for suffix, shape in (("", (4, 3)), ("_rank3", (2, 3, 4))):
    weights = {"": None, "_weighted": shape[:-1]}  # Keras wants a weight per step where there are steps
    for weighted, sw in weights.items():
        for name, python, true, pred in [
            ("categorical", "CategoricalCrossentropy()", "one_hot", "probability"),
            ("categorical_logits", "CategoricalCrossentropy(from_logits=True)", "one_hot", "logit"),
            ("categorical_smooth", "CategoricalCrossentropy(label_smoothing=0.2)", "one_hot", "probability"),
            ("categorical_smooth_logits", "CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)", "one_hot", "logit"),
            ("sparse", "SparseCategoricalCrossentropy()", "index", "probability"),
            ("sparse_logits", "SparseCategoricalCrossentropy(from_logits=True)", "index", "logit"),
            ("binary", "BinaryCrossentropy()", "bit", "sigmoid"),
            ("binary_logits", "BinaryCrossentropy(from_logits=True)", "bit", "logit"),
            ("binary_smooth", "BinaryCrossentropy(label_smoothing=0.2)", "bit", "sigmoid"),
            ("mse", "MeanSquaredError()", "real", "real"),
            ("mae", "MeanAbsoluteError()", "real", "real"),
            ("huber", "Huber()", "real", "real"),
            ("huber_delta", "Huber(delta=0.5)", "real", "real"),
        ]:
            LOSSES.append((name + suffix + weighted, f"keras.losses.{python}", true, pred, shape, sw, None))
for name, python, true, pred in [
    ("sum", "CategoricalCrossentropy(reduction='sum')", "one_hot", "probability"),
    ("mean_with_sample_weight", "MeanSquaredError(reduction='mean_with_sample_weight')", "real", "real"),
    ("ignore_class", "SparseCategoricalCrossentropy(ignore_class=1)", "index", "probability"),
]:
    LOSSES.append((name, f"keras.losses.{python}", true, pred, (4, 3), (4,), None))
LOSSES.append(("sparse_trailing_one", "keras.losses.SparseCategoricalCrossentropy()", "index_1", "probability", (4, 3), None, None))
LOSSES.append(("not_normalised", "keras.losses.CategoricalCrossentropy()", "one_hot", "unnormalised", (4, 3), None, None))
LOSSES.append(("saturated", "keras.losses.CategoricalCrossentropy()", "one_hot", "saturated", (4, 3), None, None))
LOSSES.append(("sparse_saturated", "keras.losses.SparseCategoricalCrossentropy()", "index", "saturated", (4, 3), None, None))
LOSSES.append(("binary_saturated", "keras.losses.BinaryCrossentropy()", "bit", "saturated", (4, 3), None, None))
LOSSES.append(("binary_one_output", "keras.losses.BinaryCrossentropy()", "bit", "sigmoid", (5, 1), (5,), None))
LOSSES.append(("mse_one_output_rank1_target", "keras.losses.MeanSquaredError()", "real_rank1", "real", (5, 1), None, None))
for name, python, true, pred in [
    ("categorical_masked", "CategoricalCrossentropy()", "one_hot", "probability"),
    ("sparse_masked", "SparseCategoricalCrossentropy()", "index", "probability"),
    ("mse_masked", "MeanSquaredError()", "real", "real"),
]:
    LOSSES.append((name, f"keras.losses.{python}", true, pred, (2, 3, 4), None, ["..x", ".xx"]))
    LOSSES.append((name + "_weighted", f"keras.losses.{python}", true, pred, (2, 3, 4), (2, 3), ["..x", ".xx"]))


def loss_case(spec, archive):
    id, python, true, pred, shape, sw_shape, mask = spec
    rng = rng_of("loss " + id)
    loss = eval(python)
    y_true = {
        "one_hot": lambda: one_hot(rng, shape),
        "index": lambda: rng.integers(0, shape[-1], shape[:-1]),
        "index_1": lambda: rng.integers(0, shape[-1], (*shape[:-1], 1)),
        "bit": lambda: rng.integers(0, 2, shape).astype(np.float32),
        "real": lambda: distinct(rng, shape, 2),
        "real_rank1": lambda: distinct(rng, shape[:1], 2),
    }[true]()
    y_pred = {
        "probability": lambda: probabilities(rng, shape),
        "unnormalised": lambda: rng.uniform(0.1, 0.9, shape).astype(np.float32),
        "saturated": lambda: np.resize(np.float32([1, 0, 0, 0, 0.5, 0.5, 0, 0, 1, 0, 1, 0]), shape),
        "sigmoid": lambda: rng.uniform(0.05, 0.95, shape).astype(np.float32),
        "logit": lambda: distinct(rng, shape, 3),
        "real": lambda: distinct(rng, shape, 2) + np.float32(0.01),
    }[pred]()
    sw = rng.uniform(0.2, 2, sw_shape).astype(np.float32) if sw_shape else None
    if mask:
        mask = np.array([[c == "." for c in row] for row in mask])

    def value(y_pred):
        if mask is not None:
            keras.src.backend.set_keras_mask(y_pred, jnp.asarray(mask))
        return loss(y_true, y_pred, sample_weight=sw)

    result, g = jax.value_and_grad(value)(jnp.asarray(y_pred))
    archive.put(f"{id}/y_true", y_true)
    archive.put(f"{id}/y_pred", y_pred)
    if sw is not None:
        archive.put(f"{id}/sample_weight", sw)
    if mask is not None:
        archive.put(f"{id}/mask", mask)
    archive.put(f"{id}/loss", result)
    archive.put(f"{id}/g", g)
    if mask is None:
        loss.reduction = None
        archive.put(f"{id}/none", loss(y_true, y_pred))
    return {"id": id, "python": python, "rust": translate_layer(python)}


# ---------------------------------------------------------------- metrics

METRICS = [
    ("accuracy_equal", "Accuracy()", "index_as_real", "index_as_real", (6,)),
    ("binary_accuracy", "BinaryAccuracy()", "bit", "sigmoid", (6, 1)),
    ("binary_accuracy_threshold", "BinaryAccuracy(threshold=0.7)", "bit", "sigmoid", (6, 2)),
    ("categorical_accuracy", "CategoricalAccuracy()", "one_hot", "probability", (6, 3)),
    ("categorical_accuracy_rank3", "CategoricalAccuracy()", "one_hot", "probability", (3, 4, 3)),
    ("sparse_categorical_accuracy", "SparseCategoricalAccuracy()", "index", "probability", (6, 3)),
    ("sparse_categorical_accuracy_trailing_one", "SparseCategoricalAccuracy()", "index_1", "probability", (6, 3)),
    ("sparse_categorical_accuracy_rank3", "SparseCategoricalAccuracy()", "index", "probability", (3, 4, 3)),
    ("top_k", "TopKCategoricalAccuracy()", "one_hot", "probability", (8, 9)),
    ("top_k_2", "TopKCategoricalAccuracy(k=2)", "one_hot", "probability", (8, 5)),
    ("sparse_top_k", "SparseTopKCategoricalAccuracy()", "index", "probability", (8, 9)),
    ("sparse_top_k_2", "SparseTopKCategoricalAccuracy(k=2)", "index", "probability", (8, 5)),
    ("precision", "Precision()", "bit", "sigmoid", (8, 1)),
    ("precision_threshold", "Precision(thresholds=0.3)", "bit", "sigmoid", (8, 1)),
    ("precision_thresholds", "Precision(thresholds=[0.3, 0.7])", "bit", "sigmoid", (8, 1)),
    ("precision_class", "Precision(class_id=1)", "one_hot", "probability", (8, 3)),
    ("precision_top_k", "Precision(top_k=2)", "one_hot", "probability", (8, 4)),
    ("recall", "Recall()", "bit", "sigmoid", (8, 1)),
    ("recall_class", "Recall(class_id=2)", "one_hot", "probability", (8, 3)),
    ("recall_top_k", "Recall(top_k=2)", "one_hot", "probability", (8, 4)),
    ("auc", "AUC()", "bit", "sigmoid", (10, 1)),
    ("auc_pr", "AUC(curve='PR')", "bit", "sigmoid", (10, 1)),
    ("auc_few_thresholds", "AUC(num_thresholds=5)", "bit", "sigmoid", (10, 1)),
    ("auc_minoring", "AUC(summation_method='minoring')", "bit", "sigmoid", (10, 1)),
    ("auc_logits", "AUC(from_logits=True)", "bit", "logit", (10, 1)),
    ("auc_multi_label", "AUC(multi_label=True)", "bit", "sigmoid", (10, 3)),
    ("mse", "MeanSquaredError()", "real", "real", (5, 2)),
    ("mae", "MeanAbsoluteError()", "real", "real", (5, 2)),
    ("rmse", "RootMeanSquaredError()", "real", "real", (5, 2)),
    ("mae_rank3", "MeanAbsoluteError()", "real", "real", (2, 3, 2)),
    ("mean_categorical_crossentropy", "CategoricalCrossentropy()", "one_hot", "probability", (5, 3)),
    ("mean_binary_crossentropy", "BinaryCrossentropy()", "bit", "sigmoid", (5, 2)),
    ("mean_sparse_crossentropy", "SparseCategoricalCrossentropy()", "index", "probability", (5, 3)),
    # what compile(metrics=["accuracy"]) picks for these shapes
    ("named_accuracy_binary", "accuracy", "bit", "sigmoid", (6, 1)),
    ("named_accuracy_categorical", "accuracy", "one_hot", "probability", (6, 3)),
    ("named_accuracy_sparse", "accuracy", "index_1", "probability", (6, 3)),
    ("named_accuracy_sparse_rank1", "accuracy", "index", "probability", (6, 3)),
]


def metric_case(spec, weighted, archive):
    id, python, true, pred, shape = spec
    rng = rng_of("metric " + id)
    updates = 3
    draw = {
        "one_hot": lambda: one_hot(rng, shape),
        "index": lambda: rng.integers(0, shape[-1], shape[:-1]),
        "index_1": lambda: rng.integers(0, shape[-1], (*shape[:-1], 1)),
        "index_as_real": lambda: rng.integers(0, 2, shape).astype(np.float32),
        "bit": lambda: rng.integers(0, 2, shape).astype(np.float32),
        "probability": lambda: probabilities(rng, shape),
        "sigmoid": lambda: rng.uniform(0.02, 0.98, shape).astype(np.float32),
        "logit": lambda: distinct(rng, shape, 3),
        "real": lambda: rng.uniform(-2, 2, shape).astype(np.float32),
    }
    y_true = np.stack([draw[true]() for _ in range(updates)])
    y_pred = np.stack([draw[pred]() for _ in range(updates)])
    sw = rng.uniform(0, 2, (updates, *(shape[:-1] if len(shape) > 1 else shape))).astype(np.float32) if weighted else None
    if python == "accuracy":
        from keras.src.trainers import compile_utils

        metric = compile_utils.get_metric("accuracy", y_true[0], y_pred[0])
        source, resolved = "'accuracy'", metric.name if metric.name != "accuracy" else metric.__class__.__name__
        if hasattr(metric, "_fn"):
            resolved = metric._fn.__name__
    else:
        source = f"keras.metrics.{python}"
        metric, resolved = eval(source), None
    results = []
    for i in range(updates):
        metric.update_state(y_true[i], y_pred[i], sample_weight=None if sw is None else sw[i])
        results.append(np.asarray(metric.result()))
    id += "_weighted" if weighted else ""
    archive.put(f"{id}/y_true", y_true)
    archive.put(f"{id}/y_pred", y_pred)
    if weighted:
        archive.put(f"{id}/sample_weight", sw)
    archive.put(f"{id}/result", np.stack(results))
    entry = {"id": id, "python": source, "rust": translate_layer(source) if resolved is None else "accuracy"}
    if resolved:
        entry["resolved"] = resolved
    return entry


# ---------------------------------------------------------------- constraints

CONSTRAINTS = [
    ("max_norm", "MaxNorm()", (4, 3)),
    ("max_norm_1", "MaxNorm(max_value=1.0)", (4, 3)),
    ("max_norm_axis1", "MaxNorm(max_value=0.8, axis=1)", (4, 3)),
    ("max_norm_conv", "MaxNorm(max_value=0.9, axis=[0, 1, 2])", (2, 2, 2, 3)),
    ("non_neg", "NonNeg()", (4, 3)),
    ("unit_norm", "UnitNorm()", (4, 3)),
    ("unit_norm_conv", "UnitNorm(axis=[0, 1, 2])", (2, 2, 2, 3)),
    ("unit_norm_bias", "UnitNorm()", (5,)),
    ("min_max_norm", "MinMaxNorm(min_value=0.8, max_value=1.2)", (4, 3)),
    ("min_max_norm_rate", "MinMaxNorm(min_value=0.9, max_value=1.1, rate=0.5, axis=1)", (4, 3)),
]


def constraint_case(spec, archive):
    id, python, shape = spec
    python = f"keras.constraints.{python}"
    w = distinct(rng_of("constraint " + id), shape, 1.5)
    archive.put(f"{id}/w", w)
    archive.put(f"{id}/w_after", eval(python)(jnp.asarray(w)))
    return {"id": id, "python": python, "rust": translate_layer(python)}


# ---------------------------------------------------------------- optimisers and schedules

SCHEDULES = [
    ("exponential", "ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)"),
    ("exponential_staircase", "ExponentialDecay(0.1, 5, 0.9, staircase=True)"),
    ("piecewise", "PiecewiseConstantDecay([5, 12], [0.1, 0.05, 0.01])"),
    ("polynomial", "PolynomialDecay(0.1, 10)"),
    ("polynomial_power", "PolynomialDecay(0.1, 10, end_learning_rate=0.01, power=2.0)"),
    ("polynomial_cycle", "PolynomialDecay(0.1, 6, end_learning_rate=0.02, power=0.5, cycle=True)"),
    ("inverse_time", "InverseTimeDecay(0.1, decay_steps=4, decay_rate=0.5)"),
    ("inverse_time_staircase", "InverseTimeDecay(0.1, decay_steps=4, decay_rate=0.5, staircase=True)"),
    ("cosine", "CosineDecay(0.1, 15)"),
    ("cosine_alpha", "CosineDecay(0.1, 15, alpha=0.1)"),
    ("cosine_warmup", "CosineDecay(0.01, 12, alpha=0.1, warmup_target=0.1, warmup_steps=5)"),
    ("cosine_restarts", "CosineDecayRestarts(0.1, 4)"),
    ("cosine_restarts_all", "CosineDecayRestarts(0.1, 3, t_mul=1.5, m_mul=0.8, alpha=0.05)"),
]
SCHEDULE_STEPS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 19, 20, 31, 50, 100]

OPTIMIZERS = [
    ("sgd", "SGD()"),
    ("sgd_rate", "SGD(0.1)"),
    ("sgd_momentum", "SGD(0.05, momentum=0.9)"),
    ("sgd_nesterov", "SGD(0.05, momentum=0.9, nesterov=True)"),
    ("sgd_weight_decay", "SGD(0.05, weight_decay=0.01)"),
    ("adam", "Adam()"),
    ("adam_rate", "Adam(0.02)"),
    ("adam_betas", "Adam(0.02, beta_1=0.8, beta_2=0.95, epsilon=0.001)"),
    ("adam_amsgrad", "Adam(0.02, amsgrad=True)"),
    ("adam_weight_decay", "Adam(0.02, weight_decay=0.1)"),
    ("adamw", "AdamW(0.02)"),
    ("adamw_decay", "AdamW(0.02, weight_decay=0.1)"),
    ("adamw_amsgrad", "AdamW(0.02, weight_decay=0.05, amsgrad=True)"),
    ("rmsprop", "RMSprop()"),
    ("rmsprop_rho", "RMSprop(0.01, rho=0.8)"),
    ("rmsprop_momentum", "RMSprop(0.01, momentum=0.9)"),
    ("rmsprop_centered", "RMSprop(0.01, centered=True)"),
    ("rmsprop_both", "RMSprop(0.01, rho=0.85, momentum=0.5, centered=True, epsilon=0.0001)"),
    ("sgd_clipnorm", "SGD(0.1, clipnorm=1.0)"),
    ("sgd_clipvalue", "SGD(0.1, clipvalue=0.5)"),
    ("sgd_global_clipnorm", "SGD(0.1, global_clipnorm=1.0)"),
    ("adam_clipnorm", "Adam(0.02, clipnorm=0.5)"),
    ("adam_clipvalue", "Adam(0.02, clipvalue=0.1)"),
    ("adam_global_clipnorm", "Adam(0.02, global_clipnorm=2.0)"),
] + [
    (f"sgd_{name}", f"SGD(keras.optimizers.schedules.{python})")
    for name, python in SCHEDULES
    if name in ("exponential", "piecewise", "polynomial_cycle", "inverse_time", "cosine_warmup", "cosine_restarts_all")
] + [
    ("adam_exponential", "Adam(keras.optimizers.schedules.ExponentialDecay(0.05, 5, 0.8))"),
    ("rmsprop_cosine", "RMSprop(keras.optimizers.schedules.CosineDecay(0.02, 20))"),
]
STEPS = 20
KEPT = (1, 5, 20)


def optimizer_cases(archive):
    rng = rng_of("optimizers")
    start = [distinct(rng, (3, 4), 1), distinct(rng, (4,), 1)]
    grads = [rng.normal(0, 1, (STEPS, *w.shape)).astype(np.float32) for w in start]
    grads[0][:, 2, 3] = 0  # a weight that never learns
    for g in grads:
        g[6] = 0  # a step without a gradient
        g[9] *= 10  # one that clipping must catch
        g[3] *= 0.001
    for i in range(2):
        archive.put(f"w{i}", start[i])
        archive.put(f"grads{i}", grads[i])
    entries = []
    for id, python in OPTIMIZERS:
        keras.backend.clear_session()
        python = f"keras.optimizers.{python}"
        optimizer = eval(python)
        variables = [keras.Variable(w, name=name) for w, name in zip(start, ("kernel", "bias"))]
        optimizer.build(variables)
        kept = []
        for step in range(STEPS):
            optimizer.apply([jnp.asarray(g[step]) for g in grads], variables)
            if step + 1 in KEPT:
                kept.append([np.array(v.value) for v in variables])
        for i in range(2):
            archive.put(f"{id}/w{i}", np.stack([k[i] for k in kept]))
        entries.append({
            "id": id,
            "python": python,
            "rust": translate_layer(python),
            "variables": [{"path": v.path, "shape": list(v.shape), "dtype": v.dtype} for v in optimizer.variables],
        })
    return entries


def schedule_case(spec):
    id, python = spec
    python = f"keras.optimizers.schedules.{python}"
    schedule = eval(python)
    values = [float(np.float32(schedule(step))) for step in SCHEDULE_STEPS]
    return {"id": id, "python": python, "rust": translate_layer(python), "steps": SCHEDULE_STEPS, "values": values}


# ---------------------------------------------------------------- files


def write_json(path, sections):
    """One case per line, so that a changed case is one changed line."""
    with open(path, "w") as file:
        file.write("{\n")
        for i, (name, value) in enumerate(sections.items()):
            file.write(f"{json.dumps(name)}: ")
            if isinstance(value, list):
                rows = ",\n".join(json.dumps(v, separators=(",", ":")) for v in value)
                file.write(f"[\n{rows}\n]")
            else:
                file.write(json.dumps(value))
            file.write(",\n" if i + 1 < len(sections) else "\n")
        file.write("}\n")


def chunks(entries, most=16):
    count = math.ceil(len(entries) / most)
    size = math.ceil(len(entries) / count)
    return [entries[i : i + size] for i in range(0, len(entries), size)]


def write_rust(path, entries, check="check_layer"):
    families = {}
    for entry in entries:
        families.setdefault(entry["test"], []).append(entry)
    lines = [
        "// Generated by tests/keras/make_fixtures.py from tests/keras/layer_cases.py: do not edit.",
        "// Each line builds one model, gives it Keras's weights and compares outputs, loss and gradients with Keras's.",
        "",
        "use keras_core::prelude::*;",
        f"use keras_tests::{check};",
    ]
    for family, members in families.items():
        parts = chunks(members)
        for i, part in enumerate(parts):
            name = family if len(parts) == 1 else f"{family}_{i + 1}"
            lines += ["", "#[test]", "#[rustfmt::skip]", f"fn {name}() {{"]
            lines += [f'    {check}("{e["group"]}", "{e["id"]}", model!({e["model"]}));' for e in part]
            lines += ["}"]
    path.write_text("\n".join(lines) + "\n")


def main():
    FIXTURES.mkdir(parents=True, exist_ok=True)
    GENERATED.mkdir(parents=True, exist_ok=True)
    if sys.argv[1:] == ["merge"]:
        sections = json.loads((FIXTURES / "cases.json").read_text())
        sections["functional"] = functional_files()
        write_json(FIXTURES / "cases.json", sections)
        print(f"{len(sections['functional'])} models of several inputs")
        return
    archives = {}
    entries = []
    for number, case in enumerate(CASES):
        if number % 40 == 0:
            jax.clear_caches()
        try:
            entries.append(layer_case(case, archives.setdefault(case["group"], Archive())))
        except Exception as error:
            error.add_note(f"in case {case['id']}")
            raise
    other = {name: Archive() for name in ("losses", "metrics", "constraints", "optimizers")}
    sections = {
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "layers": entries,
        "losses": [loss_case(spec, other["losses"]) for spec in LOSSES],
        "metrics": [metric_case(spec, weighted, other["metrics"]) for spec in METRICS for weighted in (False, True)],
        "constraints": [constraint_case(spec, other["constraints"]) for spec in CONSTRAINTS],
        "optimizers": optimizer_cases(other["optimizers"]),
        "schedules": [schedule_case(spec) for spec in SCHEDULES],
        "functional": functional_files(),
    }
    for name, archive in {**archives, **other}.items():
        archive.write(FIXTURES / f"{name}.npz")
    write_json(FIXTURES / "cases.json", sections)
    write_rust(GENERATED / "layers_generated.rs", entries)
    print(f"{len(entries)} layer cases, {len(sections['losses'])} losses, {len(sections['metrics'])} metrics, "
          f"{len(sections['optimizers'])} optimisers")


if __name__ == "__main__":
    main()
