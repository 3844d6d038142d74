"""A model that Keras has compiled with metrics that have arguments, and what `evaluate` gives: python make_file_metrics.py FILE
writes it, with weights before training, and FILE_io.npz with data, names and values."""

import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
import keras
import numpy as np
from keras import layers, metrics as M

keras.utils.set_random_seed(7)
model = keras.Sequential([keras.Input((5,)), layers.Dense(3, activation="sigmoid", name="head")])
several = [
    M.Precision(0.45), M.Recall(thresholds=0.4, top_k=2, name="found"), M.Precision(class_id=1), M.Recall(),
    M.TruePositives(0.3), M.FalsePositives(thresholds=[0.5]), M.TrueNegatives(), M.FalseNegatives(0.6),
    M.AUC(num_thresholds=20, curve="PR", summation_method="majoring"), M.AUC(thresholds=[0.2, 0.5, 0.6]), M.AUC(),
    M.BinaryAccuracy(threshold=0.4), M.TopKCategoricalAccuracy(k=2), M.F1Score(average="macro", threshold=0.45),
    M.FBetaScore(average="weighted", beta=2.0), M.BinaryIoU([1], threshold=0.45), M.OneHotIoU(3, [0, 2]), M.OneHotMeanIoU(3),
    M.R2Score(class_aggregation="variance_weighted_average"), M.SensitivityAtSpecificity(0.5, num_thresholds=30),
    M.PrecisionAtRecall(0.5, num_thresholds=20, class_id=0), M.RecallAtPrecision(0.4), M.SpecificityAtSensitivity(0.3),
    M.BinaryCrossentropy(label_smoothing=0.2), M.CategoricalCrossentropy(from_logits=True), M.Hinge(), M.LogCoshError(),
    M.RootMeanSquaredError(name="far"), M.MeanAbsoluteError(), M.Poisson(), "mse", M.PearsonCorrelation(), M.ConcordanceCorrelation(),
]
weighted = [M.Recall(0.4, name="found_weighted"), M.CategoricalHinge()]
model.compile("sgd", "binary_crossentropy", metrics=several, weighted_metrics=weighted)
model.save(sys.argv[1])
rng = np.random.default_rng(1)
x, y = rng.normal(size=(24, 5)).astype("float32"), np.eye(3, dtype="float32")[rng.integers(0, 3, size=24)]
logs = model.evaluate(x, y, batch_size=8, return_dict=True, verbose=0)
print(logs)
np.savez(sys.argv[1].replace(".keras", "_io.npz"), x=x, y=y, values=np.array(list(logs.values()), "float32"))
with open(sys.argv[1].replace(".keras", "_names.txt"), "w") as file:
    file.write("\n".join(logs) + "\n")
