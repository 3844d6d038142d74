# Operations and states of optimisers of Keras 2, by tf_keras 2.21: TF_USE_LEGACY_KERAS=1 python make_file_keras2.py FOLDER.
import os, sys
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import numpy as np, tensorflow as tf, tf_keras as keras
from tf_keras import layers as L, optimizers as O
out = sys.argv[1]
rng = np.random.default_rng(5)

x, places, image = keras.Input((3, 4)), keras.Input((5, 2), dtype="int32"), keras.Input((7, 9, 2))
outputs = [
    tf.math.cumprod(x, axis=1, exclusive=True),
    tf.math.cumprod(x, axis=2, reverse=True),
    tf.math.cumprod(x, axis=-1, exclusive=True, reverse=True),
    tf.gather_nd(x, places, batch_dims=1),
    tf.gather_nd(x, places[:, 0, :1], batch_dims=1),
    tf.image.resize_with_pad(image, 12, 12),
    tf.image.resize_with_pad(image, 5, 8, method="nearest"),
    tf.image.resize_with_pad(image, 4, 9, antialias=True),
]
model = keras.Model([x, places, image], outputs)
given = [rng.normal(size=(2, 3, 4)).astype("f4"), rng.integers(0, 3, size=(2, 5, 2)).astype("i4"), rng.normal(size=(2, 7, 9, 2)).astype("f4")]
model.save(f"{out}/k2_parts.h5")
arrays = {f"input_{i}": a for i, a in enumerate(given)}
np.savez(f"{out}/k2_parts_io.npz", **arrays, **{f"output_{i}": a for i, a in enumerate(model.predict(given, verbose=0))})

# Steps that are masked before the first that counts, in layers that begin with states of their own.
x, h, c = keras.Input((4, 3)), keras.Input((5,)), keras.Input((5,))
m = L.Masking()(x)
outputs = [
    L.LSTM(5, return_sequences=True)(m, initial_state=[h, c]),
    L.GRU(5, return_sequences=True, go_backwards=True)(m, initial_state=h),
    L.SimpleRNN(5)(m, initial_state=h),
    L.RNN(L.GRUCell(5), return_sequences=True)(m, initial_state=h),
]
model = keras.Model([x, h, c], outputs)
given = [rng.normal(size=(3, 4, 3)).astype("f4")] + [rng.normal(size=(3, 5)).astype("f4") for _ in "hc"]
given[0][0, 0] = given[0][0, 2:] = given[0][1, 1] = given[0][2] = 0
model.save(f"{out}/k2_begins.h5")
arrays = {f"input_{i}": a for i, a in enumerate(given)}
np.savez(f"{out}/k2_begins_io.npz", **arrays, **{f"output_{i}": a for i, a in enumerate(model.predict(given, verbose=0))})

class Custom(keras.Model):
    def train_step(self, data):
        return {}

x = keras.Input((4,))
model = Custom(x, L.Dense(2)(L.Dense(3, activation="tanh")(x)))
given = rng.normal(size=(3, 4)).astype("f4")
for end in ["h5", "keras"]:
    model.save(f"{out}/k2_own_class.{end}")
np.savez(f"{out}/k2_own_class_io.npz", input_0=given, output_0=model.predict(given, verbose=0))

scaled = keras.mixed_precision.LossScaleOptimizer
x, y = rng.normal(size=(8, 4)).astype("f4"), rng.normal(size=(8, 2)).astype("f4")
for name, optimizer in [
    ("nadam", O.Nadam(0.01)), ("adafactor", O.Adafactor(0.01)), ("scaled_adam", scaled(O.Adam(0.01))),
    ("scaled_old_adam", scaled(O.legacy.Adam(0.01))), ("scaled_nadam", scaled(O.Nadam(0.01))),
    ("scaled_fixed", scaled(O.Adam(0.01), dynamic=False, initial_scale=128.0)), ("old_nadam", O.legacy.Nadam(0.01)),
]:
    model = keras.Sequential([L.Dense(3, activation="tanh", input_shape=(4,)), L.Dense(2)])
    # In a graph tf_keras multiplies the momenta of Nadam once for each weight, as a counter of it stands still there.
    model.compile(optimizer, "mse", run_eagerly="nadam" in name)
    for _ in range(3):
        model.train_on_batch(x, y)
    model.save(f"{out}/k2_state_{name}.h5")
    model.train_on_batch(x, y)
    # Keras itself loses the product of the momenta of Nadam: this is what goes on without a file.
    np.savez(f"{out}/k2_state_{name}_io.npz", input_0=x, input_1=y, output_0=model.predict(x, verbose=0))
