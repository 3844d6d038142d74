"""A model that Keras has compiled and saved before its first step, with limits of renormalisation and an optimiser around another:
python make_file_loss_scale.py FILE writes it and prints what three steps of Keras give."""

import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
import keras
import numpy as np
from keras import layers, metrics, optimizers

optimizer = optimizers.LossScaleOptimizer(
    optimizers.SGD(0.05, momentum=0.9), initial_scale=8.0, dynamic_growth_steps=2
)
norm = layers.BatchNormalization(renorm=True, momentum=0.8, renorm_momentum=0.7)
model = keras.Sequential([keras.Input((3,)), layers.Dense(2), norm])
model.layers[0].set_weights([np.array([[1.0, 2.0], [-0.5, 0.25], [3.0, -1.0]]), np.array([0.1, -0.2])])
model.compile(optimizer, "mse", metrics=[metrics.LogCoshError(), metrics.Accuracy()])
model.save(sys.argv[1])
x = np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0], [-2.0, 0.25, 1.0], [1.0, 1.0, 1.0]], "float32")
y = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]], "float32")
for _ in range(3):
    print({name: float(value) for name, value in model.train_on_batch(x, y, return_dict=True).items()})
for weight in model.weights:
    print(weight.path, [float(f"{value:.9g}") for value in np.array(weight).ravel()])
