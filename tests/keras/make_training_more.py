"""Asks real Keras (3.15.1, JAX) for the numbers of losses, metrics and optimisers beyond those of make_fixtures.py.

    KERAS_BACKEND=jax python tests/keras/make_training_more.py

writes keras-core/tests/data/training.json, an object of three lists:

losses      id, t, t_shape, p, p_shape, weight and mask with their shapes where there are such, loss, g (d loss / d p)
metrics     id, updates (t, p and their shapes, weight where there is one), result after the last
optimizers  id, the weights after steps 1, 5 and 20; `start` and `gradients` are those of all of them, `sizes` the numbers
            of elements of what it keeps, in order
"""

import json
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import jax.numpy as jnp
import keras
import numpy as np

RNG = np.random.RandomState(7)


def flat(x):
    return [float(v) for v in np.asarray(x, np.float64).reshape(-1)]


def put(entry, name, x):
    if x is not None:
        entry[name], entry[name + "_shape"] = flat(x), list(np.shape(x))


def softmax(x):
    e = np.exp(x)
    return (e / e.sum(-1, keepdims=True)).astype(np.float32)


def unit(x):
    return (x / np.linalg.norm(x, axis=-1, keepdims=True)).astype(np.float32)


def rounded(x):
    return np.round(x, 3).astype(np.float32)


def one_hot(shape, axis=-1):
    n = shape[axis]
    ids = RNG.randint(0, n, [d for i, d in enumerate(shape) if i != axis % len(shape)])
    return np.moveaxis(np.eye(n, dtype=np.float32)[ids], -1, axis)


image = (2, 3, 4, 2)
bits = RNG.randint(0, 2, image).astype(np.float32)
shares = rounded(RNG.uniform(0.05, 0.95, image))
normal = lambda *shape: rounded(RNG.normal(0, 1, shape))
channels = np.moveaxis(softmax(RNG.normal(0, 1, (2, 4, 3))), -1, 1)
L = keras.losses
LOSSES = [
    ("dice", L.Dice(), bits, shares, None, None),
    ("dice_axes", L.Dice(axis=(1, 2, 3)), bits, shares, None, None),
    ("dice_axes_weighted", L.Dice(axis=(1, 2, 3)), bits, shares, np.float32([0.5, 2]), None),
    ("dice_weighted", L.Dice(), bits, shares, np.float32([0.5, 2]), None),
    ("tversky", L.Tversky(alpha=0.3, beta=0.7), bits, shares, None, None),
    ("tversky_axes", L.Tversky(axis=(1, 2)), bits, shares, None, None),
    ("circle", L.Circle(), np.int32([0, 1, 0, 2, 1, 0]), unit(RNG.normal(0, 1, (6, 4))), None, None),
    ("circle_all", L.Circle(gamma=2.0, margin=0.25, remove_diagonal=False), np.int32([0, 1, 0, 2, 1, 0]),
     unit(RNG.normal(0, 1, (6, 4))), np.float32([1, 2, 0.5, 1, 1, 3]), None),
    ("generalized", L.CategoricalGeneralizedCrossEntropy(), np.int32([0, 2, 1, 1]), softmax(RNG.normal(0, 1, (4, 3))), None, None),
    ("generalized_q", L.CategoricalGeneralizedCrossEntropy(q=0.8), np.int32([0, 2, 1, 1]),
     softmax(RNG.normal(0, 1, (4, 3))), np.float32([1, 2, 0.5, 1]), None),
    ("ctc", L.CTC(), np.int32([[1, 2, 2, 0], [3, 1, 0, 0], [2, 0, 0, 0]]), normal(3, 7, 4), None, None),
    ("ctc_weighted", L.CTC(), np.int32([[1, 2, 2, 0], [3, 1, 0, 0], [2, 0, 0, 0]]), normal(3, 7, 4), np.float32([1, 0.5, 2]), None),
    ("cosine_axis", L.CosineSimilarity(axis=1), normal(2, 3, 4), normal(2, 3, 4), None, None),
    ("categorical_axis", L.CategoricalCrossentropy(axis=1), one_hot((2, 3, 4), 1), channels, None, None),
    ("categorical_axis_logits", L.CategoricalCrossentropy(from_logits=True, axis=1), one_hot((2, 3, 4), 1), normal(2, 3, 4), None, None),
    ("binary_axis", L.BinaryCrossentropy(axis=1), RNG.randint(0, 2, (2, 3, 4)).astype(np.float32),
     rounded(RNG.uniform(0.1, 0.9, (2, 3, 4))), None, None),
    ("binary_focal_axis", L.BinaryFocalCrossentropy(axis=1), RNG.randint(0, 2, (2, 3, 4)).astype(np.float32),
     rounded(RNG.uniform(0.1, 0.9, (2, 3, 4))), None, None),
    ("categorical_focal_axis", L.CategoricalFocalCrossentropy(axis=1), one_hot((2, 3, 4), 1), channels, None, None),
    ("huber_sum", L.Huber(reduction="sum"), normal(4, 3), normal(4, 3), np.float32([1, 2, 0.5, 3]), None),
    ("kl_mean_weights", L.KLDivergence(reduction="mean_with_sample_weight"), softmax(RNG.normal(0, 1, (2, 3, 4))),
     softmax(RNG.normal(0, 1, (2, 3, 4))), rounded(RNG.uniform(0.1, 2, (2, 3))), np.array([[1, 1, 0], [1, 0, 0]], bool)),
    ("poisson_sum_masked", L.Poisson(reduction="sum"), RNG.randint(0, 5, (2, 3, 2)).astype(np.float32),
     rounded(RNG.uniform(0.2, 4, (2, 3, 2))), None, np.array([[1, 1, 0], [1, 0, 1]], bool)),
]


def loss_case(id, loss, t, p, weight, mask):
    def value(p):
        if mask is not None:
            keras.src.backend.set_keras_mask(p, jnp.asarray(mask))
        return loss(t, p, sample_weight=weight)

    result, g = jax.value_and_grad(value)(jnp.asarray(p))
    entry = {"id": id, "loss": float(result), "g": flat(g)}
    for name, x in (("t", t), ("p", p), ("weight", weight), ("mask", mask)):
        put(entry, name, x)
    return entry


M = keras.metrics
classes = lambda: RNG.randint(0, 3, 8)
weights8 = np.float32([1, 2, 0.5, 0.25, 1, 1, 3, 0])
binary = lambda: (RNG.randint(0, 2, (8, 1)).astype(np.float32), rounded(RNG.uniform(0.02, 0.98, (8, 1))))
rows = lambda: (one_hot((8, 3)), softmax(RNG.normal(0, 1, (8, 3))))
real = lambda: (normal(8, 3), normal(8, 3))
METRICS = [
    ("iou", lambda: M.IoU(3, [0, 2], dtype="float32"), lambda: (classes(), classes())),
    ("iou_ignore", lambda: M.IoU(3, [0, 1], ignore_class=2, dtype="float32"), lambda: (classes(), classes())),
    ("iou_dense", lambda: M.IoU(3, [0, 1], sparse_y_pred=False, dtype="float32"), lambda: (classes(), softmax(RNG.normal(0, 1, (8, 3))))),
    ("mean_iou", lambda: M.MeanIoU(3, dtype="float32"), lambda: (classes(), classes())),
    ("one_hot_iou", lambda: M.OneHotIoU(3, [1, 2], dtype="float32"), rows),
    ("one_hot_mean_iou", lambda: M.OneHotMeanIoU(3, dtype="float32"), rows),
    ("binary_iou", lambda: M.BinaryIoU(dtype="float32"), binary),
    ("binary_iou_one", lambda: M.BinaryIoU([1], threshold=0.3, dtype="float32"), binary),
    ("f1_macro", lambda: M.F1Score(average="macro"), rows),
    ("f1_micro", lambda: M.F1Score(average="micro"), rows),
    ("f1_weighted", lambda: M.F1Score(average="weighted"), rows),
    ("f1_threshold", lambda: M.F1Score(average="macro", threshold=0.3), rows),
    ("fbeta", lambda: M.FBetaScore(average="macro", beta=2.0), rows),
    ("r2", lambda: M.R2Score(), real),
    ("r2_variance", lambda: M.R2Score(class_aggregation="variance_weighted_average"), real),
    ("r2_adjusted", lambda: M.R2Score(num_regressors=2), real),
    ("pearson", lambda: M.PearsonCorrelation(), real),
    ("pearson_axis", lambda: M.PearsonCorrelation(axis=0), real),
    ("concordance", lambda: M.ConcordanceCorrelation(), real),
    ("cosine", lambda: M.CosineSimilarity(), real),
    ("sensitivity_at", lambda: M.SensitivityAtSpecificity(0.5), binary),
    ("sensitivity_at_few", lambda: M.SensitivityAtSpecificity(0.6, num_thresholds=7), binary),
    ("sensitivity_at_one", lambda: M.SensitivityAtSpecificity(0.3, num_thresholds=1), binary),
    ("specificity_at", lambda: M.SpecificityAtSensitivity(0.5), binary),
    ("precision_at", lambda: M.PrecisionAtRecall(0.6), binary),
    ("recall_at", lambda: M.RecallAtPrecision(0.4), binary),
    ("recall_at_class", lambda: M.RecallAtPrecision(0.3, class_id=1), rows),
]
UNWEIGHTED = {"pearson_axis"}


def metric_case(id, make, draw, weighted):
    metric = make()
    entry = {"id": id + ("_weighted" if weighted else ""), "updates": []}
    for _ in range(2):
        t, p = draw()
        update = {}
        put(update, "t", t)
        put(update, "p", p)
        weight = weights8 if weighted else None
        put(update, "weight", weight)
        metric.update_state(t, p, sample_weight=weight)
        entry["updates"].append(update)
    entry["result"] = float(metric.result())
    return entry


O = keras.optimizers
OPTIMIZERS = [
    ("adafactor", lambda: O.Adafactor()),
    ("adafactor_all", lambda: O.Adafactor(0.05, beta_2_decay=-0.6, epsilon_2=0.01, clip_threshold=0.5, relative_step=False)),
    ("adafactor_decay", lambda: O.Adafactor(0.05, weight_decay=0.1)),
    ("ftrl", lambda: O.Ftrl()),
    ("ftrl_all", lambda: O.Ftrl(0.05, learning_rate_power=-0.4, initial_accumulator_value=0.2, l1_regularization_strength=0.01,
                                l2_regularization_strength=0.02, l2_shrinkage_regularization_strength=0.03, beta=0.1)),
    ("lamb", lambda: O.Lamb()),
    ("lamb_all", lambda: O.Lamb(0.02, beta_1=0.8, beta_2=0.95, epsilon=1e-3, weight_decay=0.05)),
    ("muon", lambda: O.Muon()),
    ("muon_all", lambda: O.Muon(0.02, adam_beta_1=0.8, adam_beta_2=0.95, adam_weight_decay=0.1, weight_decay=0.05, adam_lr_ratio=0.5,
                                momentum=0.9, ns_steps=3, nesterov=False, rms_rate=0.3)),
    ("muon_excluded", lambda: O.Muon(0.02, exclude_layers=["k.rn", "^tall$"])),
    ("schedule_free", lambda: O.ScheduleFreeAdamW()),
    ("schedule_free_all", lambda: O.ScheduleFreeAdamW(0.02, beta_1=0.8, beta_2=0.95, epsilon=1e-6, warmup_steps=4, weight_decay=0.05)),
    ("adagrad", lambda: O.Adagrad(0.05)),
    ("adadelta", lambda: O.Adadelta(0.5)),
    ("adamax", lambda: O.Adamax(0.02)),
    ("nadam", lambda: O.Nadam(0.02)),
    ("lion", lambda: O.Lion(0.02)),
    ("adam_ema", lambda: O.Adam(0.02, use_ema=True, ema_momentum=0.8)),
    ("adam_ema_overwrite", lambda: O.Adam(0.02, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=3)),
    ("sgd_accumulate", lambda: O.SGD(0.05, momentum=0.9, gradient_accumulation_steps=2)),
    ("adam_accumulate", lambda: O.Adam(0.02, gradient_accumulation_steps=4, clipnorm=0.5)),
    ("rmsprop_accumulate_ema", lambda: O.RMSprop(0.02, gradient_accumulation_steps=2, use_ema=True, ema_overwrite_frequency=2)),
    ("sgd_scaled", lambda: O.SGD(0.05, loss_scale_factor=8.0)),
    ("loss_scale", lambda: O.LossScaleOptimizer(O.SGD(0.05), initial_scale=4.0, dynamic_growth_steps=3)),
]


def optimizer_case(id, make, start, gradients):
    keras.backend.clear_session()
    optimizer = make()
    variables = [keras.Variable(w, name=name) for w, name in zip(start, ("kernel", "bias", "tall"))]
    optimizer.build(variables)
    kept = []
    for step in range(20):
        now = [jnp.asarray(g[step]) for g in gradients]
        if id == "loss_scale":  # on JAX it is stateless alone
            weights, state = optimizer.stateless_apply(
                [v.value for v in optimizer.variables], now, [v.value for v in variables])
            for variable, value in zip(variables + optimizer.variables, weights + state):
                variable.assign(value)
        else:
            optimizer.apply(now, variables)
        if step + 1 in (1, 5, 20):
            kept.append([flat(v.value) for v in variables])
    return {"id": id, "after": kept, "sizes": [int(np.prod(v.shape)) for v in optimizer.variables]}


def main():
    start = [normal(3, 4), normal(4), normal(5, 2)]
    gradients = [rounded(RNG.normal(0, 1, (20, *w.shape))) for w in start]
    document = {
        "losses": [loss_case(*case) for case in LOSSES],
        "metrics": [metric_case(*case, weighted) for case in METRICS for weighted in (False, True)
                    if not (weighted and case[0] in UNWEIGHTED)],
        "start": [{"w": flat(w), "shape": list(w.shape)} for w in start],
        "gradients": [flat(g) for g in gradients],
        "optimizers": [optimizer_case(*case, start, gradients) for case in OPTIMIZERS],
    }
    path = Path(__file__).parents[2] / "keras-core/tests/data/training.json"
    lines = ",\n".join(
        f"{json.dumps(k)}: " + ("[\n" + ",\n".join(json.dumps(x) for x in v) + "\n]") for k, v in document.items())
    path.write_text("{\n" + lines + "\n}\n")
    print({k: len(v) for k, v in document.items()})


if __name__ == "__main__":
    main()
