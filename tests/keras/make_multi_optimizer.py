# Five steps of a MultiOptimizer of Keras 3: python make_multi_optimizer.py FILE.npz.
import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
import keras
import numpy as np
from keras import optimizers as O

rng = np.random.default_rng(3)
inputs = keras.Input((3,))
x = keras.layers.Dense(4, activation="tanh", name="encoder_1")(inputs)
x = keras.layers.Dense(4, activation="tanh", name="encoder_2")(x)
model = keras.Model(inputs, keras.layers.Dense(2, name="head")(x))
model.set_weights([rng.normal(size=w.shape).astype("float32") * 0.5 for w in model.get_weights()])
data = {f"weight_{i}": w for i, w in enumerate(model.get_weights())}
data["x"] = x = rng.normal(size=(6, 3)).astype("float32")
data["y"] = y = rng.normal(size=(6, 2)).astype("float32")
by_path = O.OptimizerMap(
    O.SGD(0.1, momentum=0.9),
    {r"encoder_\d/.*": O.Adam(0.05), "encoder_2/bias": O.RMSprop(0.02, global_clipnorm=0.01)},
)
model.compile(O.MultiOptimizer(by_path, loss_scale_factor=64.0), "mse")
data["losses"] = np.array([model.train_on_batch(x, y) for _ in range(5)], "float32")
for i, w in enumerate(model.get_weights()):
    data[f"trained_{i}"] = w
for i, v in enumerate(model.optimizer.variables):
    data[f"variable_{i}"] = np.asarray(v)
    print(v.path, v.shape)
np.savez(sys.argv[1], **data)
