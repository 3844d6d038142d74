"""What Keras writes of metrics, losses and optimisers that are made with arguments, in the order of
`tests/suite/keras_file_compiled.rs`: python make_file_compiled.py FILE.json"""

import json
import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
import keras
from keras import losses as L, metrics as M, optimizers as O
from keras.optimizers import schedules as S

# Areas count in floats here, as in Keras's documentation: its default cuts sample weights to whole numbers.
AREAS = {"dtype": "float32"}

metrics = [
    M.TopKCategoricalAccuracy(k=3), M.Precision(thresholds=0.45), M.Recall(thresholds=[0.3, 0.7], top_k=2, name="found"),
    M.Precision(top_k=1, class_id=1, name="of_one"), M.TruePositives(0.25), M.FalsePositives([0.5, 0.75]), M.TrueNegatives(),
    M.FalseNegatives(0.6, name="missed"), M.MeanIoU(3, ignore_class=0, **AREAS), M.IoU(3, [0, 2], sparse_y_pred=False, **AREAS),
    M.OneHotIoU(3, [1], axis=1, **AREAS), M.OneHotMeanIoU(3, sparse_y_pred=True, **AREAS),
    M.BinaryIoU([1], threshold=0.3, name="area", **AREAS), M.AUC(num_thresholds=20, curve="PR", summation_method="majoring"),
    M.AUC(thresholds=[0.2, 0.6], multi_label=True, from_logits=True, name="own"), M.BinaryAccuracy(threshold=0.4),
    M.CategoricalAccuracy(), M.SparseCategoricalAccuracy(name="right"), M.SparseTopKCategoricalAccuracy(k=2), M.F1Score(average="macro"),
    M.F1Score(threshold=0.45, name="second"), M.FBetaScore(average="weighted", beta=2.0), M.R2Score(class_aggregation=None),
    M.R2Score(class_aggregation="variance_weighted_average", num_regressors=2, name="adjusted"),
    M.SensitivityAtSpecificity(0.5, num_thresholds=30), M.SpecificityAtSensitivity(0.25), M.PrecisionAtRecall(0.75, class_id=1),
    M.RecallAtPrecision(0.5), M.PearsonCorrelation(axis=1), M.ConcordanceCorrelation(), M.CosineSimilarity(name="near"),
    M.RootMeanSquaredError(), M.MeanAbsoluteError(), M.MeanSquaredError(name="squares"), M.MeanAbsolutePercentageError(),
    M.MeanSquaredLogarithmicError(), M.BinaryCrossentropy(from_logits=True, label_smoothing=0.25, name="binary"),
    M.CategoricalCrossentropy(label_smoothing=0.125), M.SparseCategoricalCrossentropy(from_logits=True, ignore_class=1),
    M.LogCoshError(name="cosh"), M.Hinge(), M.SquaredHinge(), M.CategoricalHinge(), M.KLDivergence(), M.Poisson(),
    M.MeanMetricWrapper(keras.losses.huber, name="robust", delta=2.0),
    M.MeanMetricWrapper(keras.losses.tversky, name="tversky", alpha=0.25, beta=0.75, axis=None),
    "accuracy", "mae", "AUC",
]
losses = [
    L.BinaryCrossentropy(from_logits=True, label_smoothing=0.25), L.CategoricalCrossentropy(axis=1, reduction="sum"),
    L.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.5, gamma=1.0), L.Huber(), L.Tversky(alpha=0.25, beta=0.75),
    L.CategoricalFocalCrossentropy(alpha=0.5), L.Dice(), L.MeanSquaredError(reduction="mean_with_sample_weight"),
    L.CategoricalGeneralizedCrossEntropy(q=0.25), L.CosineSimilarity(),
]
optimizers = [
    O.Adam(0.25, beta_1=0.5, amsgrad=True, clipnorm=1.5, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=3),
    O.SGD(S.CosineDecayRestarts(0.5, 10, t_mul=3.0), momentum=0.5, nesterov=True, gradient_accumulation_steps=2),
    O.RMSprop(S.PiecewiseConstantDecay([2, 4], [0.5, 0.25, 0.125]), rho=0.5, centered=True, loss_scale_factor=8.0),
    O.AdamW(S.CosineDecay(0.25, 10, alpha=0.5, warmup_target=0.5, warmup_steps=2), weight_decay=0.125, global_clipnorm=0.5),
    O.Ftrl(S.PolynomialDecay(0.5, 4, cycle=True), l1_regularization_strength=0.25, clipvalue=0.5),
    O.Muon(S.ExponentialDecay(0.5, 2, 0.5, staircase=True), exclude_layers=["dense_1"], ns_steps=3, nesterov=False),
    O.Adafactor(S.InverseTimeDecay(0.5, 2, 0.5), relative_step=False, clip_threshold=0.5),
]


def written(value):
    """Of a model that is compiled with them, as a file has it."""
    return json.loads(json.dumps(keras.saving.serialize_keras_object(value)))


def named(kind, values):
    """Names that Keras numbers by itself are those of the first."""
    for value in values:
        one = written(value)
        if isinstance(one, dict) and one["config"].get("name", "").rsplit("_", 1)[-1].isdigit() and one["config"]["name"] != "f1":
            one["config"]["name"] = one["config"]["name"].rsplit("_", 1)[0]
        yield one


parts = {"metrics": metrics, "losses": losses, "optimizers": optimizers}
with open(sys.argv[1], "w") as file:
    json.dump({kind: list(named(kind, values)) for kind, values in parts.items()}, file, indent=1)
    file.write("\n")
