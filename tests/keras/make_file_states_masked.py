# Recurrent layers with states and a mask of the sequence, which Keras 2 applies: python make_file_states_masked.py FOLDER, with
# TensorFlow 2.12.
import os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"; os.environ["CUDA_VISIBLE_DEVICES"] = ""
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers as L
out, rng = sys.argv[1], np.random.RandomState(2)
ids, x, begin = keras.Input((5,), dtype="int32"), keras.Input((5, 3)), keras.Input((4,))
words, steps = L.Embedding(9, 3, mask_zero=True)(ids), L.Masking(0.5)(x)
a, h, c = L.LSTM(4, return_sequences=True, return_state=True)(words)
b = L.GRU(4)(L.Dropout(0.2)(words), initial_state=h)
d = L.Bidirectional(L.LSTM(4, return_sequences=True))(steps, initial_state=[h, c, begin, h])
e = L.SimpleRNN(4)(L.Dense(3)(steps), initial_state=begin)
m = keras.Model([ids, x, begin], [b, L.GRU(2)(d), e, L.LSTM(4)(a, initial_state=[h, c])])
m.set_weights([rng.randn(*w.shape) * 0.4 for w in m.get_weights()])
xs = [np.array([[1, 2, 0, 0, 0], [3, 4, 5, 0, 6]], "int32"), rng.randn(2, 5, 3).astype("float32"), rng.randn(2, 4).astype("float32")]
xs[1][:, 3:] = 0.5
m.save(f"{out}/k2_states_masked.h5")
np.savez(f"{out}/k2_states_masked_io.npz", **{f"input_{i}": v for i, v in enumerate(xs)}, **{f"output_{i}": y for i, y in enumerate(m.predict(xs, verbose=0))})
