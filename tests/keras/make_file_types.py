# Files from which `model!(struct Name from "...")` reads its layers: arrays among the arguments of operations, masks that are
# dropped without a word, merges that stand in each other, models inside that are shared and wrapped.
import os, sys
os.environ.setdefault("KERAS_BACKEND", "jax")
import numpy as np, keras
from keras import layers as L, ops

out = os.path.join(os.path.dirname(__file__), "../fixtures/keras_files")
rng = np.random.default_rng(5)

def put(name, model, *xs):
    model.set_weights([np.abs(w) + 0.5 if "variance" in v.path else rng.normal(size=w.shape).astype("float32") * 0.3
                       for v, w in zip(model.weights, model.get_weights())])
    model.save(f"{out}/{name}.keras")
    ys = model(list(xs) if len(xs) > 1 else xs[0], training=False)
    ys = ys if isinstance(ys, (list, tuple)) else [ys]
    np.savez(f"{out}/{name}_io.npz", **{f"input_{i}": x for i, x in enumerate(xs)}, **{f"output_{i}": np.asarray(y) for i, y in enumerate(ys)})

x = keras.Input((5, 4))
mean, scale = rng.normal(size=(4,)).astype("float32"), rng.normal(size=(5, 1)).astype("float32")
y = (x - mean) * scale
y = ops.matmul(y, rng.normal(size=(4, 3)).astype("float32"))
y = ops.subtract(np.array([1.0, -2.0, 3.0], "float32"), y)
put("arrays", keras.Model(x, L.Dense(2)(L.Flatten()(y))), rng.normal(size=(3, 5, 4)).astype("float32"))

# A mask that Reshape drops in Keras without a word, before an LSTM that would compute with it.
ids = keras.Input((6,), dtype="int32")
t = L.Embedding(9, 4, mask_zero=True)(ids)
dropped = L.LSTM(3)(L.Reshape((8, 3))(t))
merged = L.GlobalAveragePooling1D()(t)
for i in range(12):
    merged = L.Add()([merged, L.Dense(4, activation="tanh")(L.Dense(3)(merged))]) if i % 3 == 0 else L.Concatenate()([L.Dense(3)(merged), dropped])
    merged = L.Dense(4)(merged)
put("merges", keras.Model(ids, L.Dense(2)(merged)), rng.integers(0, 9, size=(3, 6)).astype("int32"))

# One model at every step, one that is applied twice, and one that stands in both.
a = keras.Input((4,), name="step")
unit = keras.Sequential([keras.Input((4,)), L.Dense(4, activation="relu", name="unit")], name="unit")
step = keras.Model(a, L.Add()([a, unit(a)]), name="step_model")
b = keras.Input((4,))
twice = keras.Sequential([keras.Input((4,)), L.Dense(3), L.Dense(4, activation="tanh")], name="2nd encoder")
steps, one = keras.Input((5, 4)), keras.Input((4,))
over = L.TimeDistributed(step, name="over")(steps)
summed = L.GlobalMaxPooling1D()(over)
first, second = twice(summed), twice(one)
put("inner_types", keras.Model([steps, one], [L.Concatenate()([first, second]), L.Dense(1)(second)]),
    rng.normal(size=(3, 5, 4)).astype("float32"), rng.normal(size=(3, 4)).astype("float32"))
