"""A model of a fixed batch with a model inside `TimeDistributed`, which Keras builds for that batch:
python make_file_batch_inside.py FILE writes it and prints what it predicts and what an epoch of Keras gives."""

import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(5)
inputs = keras.Input(batch_shape=(2, 3, 2))
step = keras.Sequential([layers.Dense(2, activation="tanh"), layers.Flatten()])
model = keras.Model(inputs, layers.SimpleRNN(1)(layers.TimeDistributed(step)(inputs)))
model.compile(keras.optimizers.SGD(0.1), "mse")
model.save(sys.argv[1])
x = ((np.arange(24).reshape(4, 3, 2) * 7 % 11) / 4 - 1).astype("float32")
y = (np.arange(4).reshape(4, 1) * 3 % 7 / 7).astype("float32")
print("predict", model.predict(x, batch_size=2, verbose=0).ravel().tolist())
print("losses", model.fit(x, y, epochs=2, batch_size=2, shuffle=False, verbose=0).history["loss"])
