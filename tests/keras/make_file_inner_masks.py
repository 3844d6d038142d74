# Masks that models inside a model make, use and hand on, merges of which some tensors carry masks, and what else files have that
# tests read one by one: python make_file_inner_masks.py FOLDER, with Keras 3.15.
import os, sys
import numpy as np
import keras
from keras import layers as L, ops
out, rng = sys.argv[1], np.random.RandomState(0)
def write(name, inputs, outputs, xs):
    m = keras.Model(inputs, outputs)
    m.set_weights([rng.randn(*w.shape) * 0.4 for w in m.get_weights()])
    m.save(f"{out}/{name}.keras")
    ys = m([ops.convert_to_tensor(x) for x in xs] if len(xs) > 1 else ops.convert_to_tensor(xs[0]), training=False)
    arrays = {f"input_{i}": x for i, x in enumerate(xs)}
    arrays |= {f"output_{i}": np.array(y) for i, y in enumerate(keras.tree.flatten(ys))}
    np.savez(f"{out}/{name}_io.npz", **arrays)
ids, x = keras.Input((None,), dtype="int32"), keras.Input((None, 4))
words = keras.Sequential([L.Embedding(9, 4, mask_zero=True), L.Dense(4)])
own = keras.Input((None,), dtype="int32")
deeper = keras.Model(own, keras.Sequential([L.Embedding(9, 4, mask_zero=True), L.Dense(2)])(own))
steps = L.Masking()(x)
handed = keras.Sequential([L.Dense(3), L.LSTM(3, return_sequences=True)])
ended = keras.Sequential([L.Conv1D(3, 2, padding="same")])
pair = [keras.Input((None, 4)), keras.Input((None, 4))]
two = keras.Model(pair, [L.Concatenate()(pair), L.Dense(3)(pair[1])])
both, second = two([steps, x])
outputs = [L.GRU(3)(words(ids)), L.GlobalAveragePooling1D()(deeper(ids)), L.LSTM(2)(handed(steps)), L.LSTM(2)(ended(steps)),
           L.LSTM(2)(second), L.GlobalAveragePooling1D()(both)]
a = np.array([[3, 1, 4, 1, 5], [2, 7, 0, 5, 0], [2, 7, 3, 0, 0]], "int32")
b = rng.randn(3, 5, 4).astype("float32")
b[1, 3:], b[2, 1] = 0, 0
write("inner_masks", [ids, x], outputs, [a, b])
x, y = keras.Input((None, 4)), keras.Input((None, 4))
steps = L.Masking()(x)
merged = [L.Multiply()([y, steps]), L.Maximum()([steps, y]), L.Average()([steps, y]), L.Minimum()([y, steps])]
write("merged_masks", [x, y], [L.GRU(2)(z) for z in merged], [b, rng.randn(3, 5, 4).astype("float32")])
video, image = keras.Input((3, 4, 4, 1)), keras.Input((8, 8, 2))
both = L.Bidirectional(L.ConvLSTM2D(2, 2, return_sequences=True))(video)
patches = L.Dense(3)(ops.image.extract_patches(image, (4, 2), strides=(2, 2), padding="same"))
write("both_ways_patches", [video, image], [both, patches],
      [rng.randn(2, 3, 4, 4, 1).astype("float32"), rng.randn(2, 8, 8, 2).astype("float32")])
x = keras.Input((5,))
h = L.Dense(3)(x)
write("chain_outputs", x, [L.ReLU()(h), h], [rng.randn(2, 5).astype("float32")])
os.environ["COLUMNS"] = "200"
with open(f"{out}/chain_outputs.txt", "w") as f:
    keras.saving.load_model(f"{out}/chain_outputs.keras").summary(print_fn=lambda text, **_: print(text, file=f))
