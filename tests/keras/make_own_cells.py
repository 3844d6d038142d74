# Cells of an author's own in RNN, by Keras 3: python make_own_cells.py FILE.npz.
import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
import keras
import numpy as np
from keras import Input, Model, layers as L, ops


@keras.saving.register_keras_serializable()
class Leaky(keras.layers.Layer):
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


@keras.saving.register_keras_serializable()
class Peek(keras.layers.Layer):
    """Two states of different widths, and an output that is neither of them."""

    def __init__(self, units, memory, **kwargs):
        super().__init__(**kwargs)
        self.units, self.memory = units, memory
        self.state_size, self.output_size = [units, memory], units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units), name="kernel")
        self.write = self.add_weight(shape=(self.units, self.memory), name="write")
        self.read = self.add_weight(shape=(self.memory, self.units), name="read")

    def call(self, x, states):
        h, m = states
        h = ops.sigmoid(ops.matmul(x, self.kernel) - h + ops.matmul(m, self.read))
        m = 0.5 * m + ops.matmul(h, self.write)
        return h * 2.0 - ops.matmul(m, self.read), [h, m]

    def get_config(self):
        return {**super().get_config(), "units": self.units, "memory": self.memory}


rng = np.random.default_rng(7)
x = rng.normal(size=(5, 6, 3)).astype("float32")
for row, length in enumerate([6, 4, 1, 0, 3]):
    x[row, length:] = 0.0
h0 = rng.normal(size=(5, 4)).astype("float32")
m0 = rng.normal(size=(5, 2)).astype("float32")
data = {"x": x, "h0": h0, "m0": m0}
s, h, m = Input((None, 3)), Input((4,)), Input((2,))
masked = L.Masking()(s)
one = lambda y: y[0] if isinstance(y, (list, tuple)) and len(y) == 1 else y
flat = lambda y: [t for part in (y if isinstance(y, (list, tuple)) else [y]) for t in (flat(part) if isinstance(part, (list, tuple)) else [part])]
cases = {
    "last": ([s], L.RNN(Leaky(4))(s)),
    "steps": ([s], L.RNN(Leaky(4), return_sequences=True, return_state=True)(s)),
    "back": ([s], L.RNN(Peek(4, 2), return_sequences=True, go_backwards=True)(s)),
    "two": ([s], L.RNN(Peek(4, 2), return_state=True)(s)),
    "begun": ([s, h, m], L.RNN(Peek(4, 2), return_sequences=True)(s, initial_state=[h, m])),
    "masked": ([s], L.RNN(Leaky(4), return_sequences=True)(masked)),
    "masked_last": ([s], L.RNN(Leaky(4), return_state=True, go_backwards=True)(masked)),
    "masked_zero": ([s], L.RNN(Peek(4, 2), return_sequences=True, return_state=True, zero_output_for_mask=True)(masked)),
    "stack": ([s], L.RNN([Leaky(4), L.GRUCell(3), Peek(4, 2)], return_state=True)(s)),
    "both": ([s], L.Bidirectional(L.RNN(Leaky(4), return_sequences=True))(masked)),
    "both_sum": ([s], L.Bidirectional(L.RNN([Leaky(3), Peek(4, 2)]), merge_mode="sum")(s)),
    "both_state": ([s], L.Bidirectional(L.RNN(Peek(4, 2), return_state=True))(s)),
    "both_other": ([s], L.Bidirectional(L.RNN(Leaky(4)), backward_layer=L.RNN(Peek(2, 1), go_backwards=True))(s)),
    "behind": ([s], L.LSTM(2)(L.RNN(Leaky(4), return_sequences=True, zero_output_for_mask=True)(masked))),
}
for name, (inputs, y) in cases.items():
    model = Model(inputs, flat(y))
    model.set_weights([rng.normal(size=w.shape).astype("float32") * 0.5 for w in model.get_weights()])
    for i, w in enumerate(model.get_weights()):
        data[f"{name}/weight_{i}"] = w
    given = [x, h0, m0][: len(inputs)]
    outputs = model(given if len(given) > 1 else given[0])
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    for i, o in enumerate(outputs):
        data[f"{name}/output_{i}"] = np.asarray(o)
    # Two steps of gradient descent on the sum of squares of the first output say what the gradients are.
    trained = Model(inputs, flat(y)[0])
    trained.compile(keras.optimizers.SGD(0.1), "mse")
    target = np.zeros(outputs[0].shape, "float32")
    for _ in range(2):
        trained.train_on_batch(given if len(given) > 1 else given[0], target)
    for i, w in enumerate(trained.get_weights()):
        data[f"{name}/trained_{i}"] = w
np.savez(sys.argv[1], **data)
