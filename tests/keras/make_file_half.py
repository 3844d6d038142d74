"""A model of the policy `mixed_float16` with a mask, around whose optimiser Keras has put a `LossScaleOptimizer`:
python make_file_half.py FILE writes it after its first steps, of which the scale of the loss has forbidden some, and prints
what it predicts and what three more epochs of Keras give."""

import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
import keras
import numpy as np
from keras import layers

keras.config.set_dtype_policy("mixed_float16")
keras.utils.set_random_seed(5)
inputs = keras.Input((4, 2))
hidden = layers.SimpleRNN(2)(layers.Masking(0.0)(inputs))
model = keras.Model(inputs, layers.Dense(1, dtype="float32")(hidden))
model.compile(keras.optimizers.SGD(0.05, momentum=0.5), "mse")
x = ((np.arange(48).reshape(6, 4, 2) * 7 % 11) / 4 - 1).astype("float32")
x[:3, 2:] = 0
y = (np.arange(6).reshape(6, 1) * 3 % 7 / 2).astype("float32")
fit = dict(batch_size=2, shuffle=False, verbose=0)
model.fit(x, y, epochs=2, **fit)
model.save(sys.argv[1])
print("scale", float(model.optimizer.dynamic_scale), "steps", int(model.optimizer.inner_optimizer.iterations))
print("predict", model.predict(x, verbose=0).ravel().tolist())
print("losses", model.fit(x, y, epochs=3, **fit).history["loss"])
print("scale", float(model.optimizer.dynamic_scale), "steps", int(model.optimizer.inner_optimizer.iterations))
for weight in model.weights:
    print(weight.path, [float(f"{value:.9g}") for value in np.array(weight).ravel()])
