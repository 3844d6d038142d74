# A model of Keras 3 with RNN and cells: python make_file_cells.py FOLDER.
import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
import keras
import numpy as np
from keras import Input, Model, layers as L

out = sys.argv[1]
rng = np.random.default_rng(5)
steps, row = Input((6, 3)), Input((4,))

y, (h, c), g = L.RNN([L.LSTMCell(4), L.GRUCell(3)], return_state=True)(steps)
z = L.RNN([L.LSTMCell(4, name="low"), L.GRUCell(3, reset_after=False)], return_sequences=True)(
    steps, initial_state=[[h, c], g if isinstance(g, list) else [g]]
)
b = L.Bidirectional(L.RNN(L.StackedRNNCells([L.SimpleRNNCell(2), L.LSTMCell(3), L.LSTMCell(2)], name="stack")))(z)
t = L.RNN(L.LSTMCell(2, name="mine"), go_backwards=True)(z)
o, _ = L.LSTMCell(4)(row, [h, c])
model = Model([steps, row], L.Dense(2)(L.Concatenate()([y, b, t, o])))
model.set_weights([rng.normal(size=w.shape).astype("float32") * 0.5 for w in model.get_weights()])
x = rng.normal(size=(5, 6, 3)).astype("float32")
r = rng.normal(size=(5, 4)).astype("float32")
model.save(f"{out}/cells.keras")
np.savez(f"{out}/cells_io.npz", input_0=x, input_1=r, output_0=np.asarray(model([x, r])))
