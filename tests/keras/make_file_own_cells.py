# A model of Keras 3 with cells of an author's own in RNN: python make_file_own_cells.py FOLDER.
import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
import keras
import numpy as np
from keras import Input, Model, layers as L, ops

out = sys.argv[1]
rng = np.random.default_rng(11)


@keras.saving.register_keras_serializable("Cells")
class Leaky(L.Layer):
    """One state, which is the output."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units), name="kernel")
        self.recurrent = self.add_weight(shape=(self.units, self.units), name="recurrent_kernel")

    def call(self, x, states):
        y = ops.tanh(ops.matmul(x, self.kernel) + ops.matmul(states[0], self.recurrent))
        return y, [y]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable("Cells")
class Memory(L.Layer):
    """Two states of different widths, an output that is neither, and layers inside."""

    def __init__(self, units, memory, **kwargs):
        super().__init__(**kwargs)
        self.units, self.memory = units, memory
        self.state_size, self.output_size = [units, memory], units
        self.write, self.read = L.Dense(memory, activation="sigmoid"), L.Dense(units)

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units), name="kernel")
        self.write.build((None, self.units))
        self.read.build((None, self.memory))
        self.built = True

    def call(self, x, states):
        h, m = states
        h = ops.tanh(ops.matmul(x, self.kernel) - h + self.read(m))
        m = 0.5 * m + self.write(h)
        return h * 2.0 - self.read(m), [h, m]

    def get_config(self):
        return {**super().get_config(), "units": self.units, "memory": self.memory}


steps, h0, m0 = Input((None, 3)), Input((4,)), Input((2,))
masked = L.Masking()(steps)
y = L.RNN(Leaky(4), return_sequences=True, name="mine")(masked)
z = L.RNN([Leaky(3), L.GRUCell(3), Memory(4, 2)])(steps)
b = L.Bidirectional(L.RNN(Leaky(2), return_sequences=True), merge_mode="sum")(masked)
c = L.Bidirectional(L.RNN(Leaky(3)), backward_layer=L.RNN(Memory(3, 1), go_backwards=True))(b)
d = L.RNN(Memory(4, 2), go_backwards=True)(steps, initial_state=[h0, m0])
e = L.RNN([Leaky(2), Leaky(3)])(steps)
model = Model([steps, h0, m0], L.Dense(2)(L.Concatenate()([z, c, d, e])))
model.set_weights([rng.normal(size=w.shape).astype("float32") * 0.5 for w in model.get_weights()])
x = rng.normal(size=(5, 6, 3)).astype("float32")
for row, length in enumerate([6, 4, 1, 0, 3]):
    x[row, length:] = 0.0
xs = [x, rng.normal(size=(5, 4)).astype("float32"), rng.normal(size=(5, 2)).astype("float32")]
output = np.asarray(model(xs))
model.compile(keras.optimizers.SGD(0.1), "mse")
model.save(f"{out}/own_cells.keras")
model.train_on_batch(xs, np.zeros((5, 2), "float32"))
np.savez(
    f"{out}/own_cells_io.npz",
    **{f"input_{i}": x for i, x in enumerate(xs)},
    output_0=output,
    **{f"trained_{i}": w for i, w in enumerate(model.get_weights())},
)
