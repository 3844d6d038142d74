# Models with layers of an author's own, and with layers as activations, by Keras 3: python make_file_custom.py FOLDER.
import os, sys
os.environ.setdefault("KERAS_BACKEND", "jax")
import numpy as np, keras
from keras import layers as L, ops
out = sys.argv[1]
rng = np.random.default_rng(3)

def put(name, model, *xs):
    model.set_weights([rng.normal(size=w.shape).astype("float32") * 0.5 for w in model.get_weights()])
    y = model.predict(list(xs) if len(xs) > 1 else xs[0], verbose=0)
    model.save(f"{out}/{name}.keras")
    np.savez(f"{out}/{name}_io.npz", **{f"input_{i}": x for i, x in enumerate(xs)}, output_0=np.asarray(y))

@keras.saving.register_keras_serializable("Gates")
class Gated(L.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.value, self.gate = L.Dense(units), L.Dense(units, activation="sigmoid")
    def build(self, shape):
        self.value.build(shape)
        self.gate.build(shape)
        self.scale = self.add_weight(shape=(self.units,), name="scale")
    def call(self, x):
        return self.value(x) * self.gate(x) * self.scale
    def get_config(self):
        return {**super().get_config(), "units": self.units}

x = keras.Input((4,))
put("custom", keras.Model(x, L.Dense(2)(Gated(5, name="gated")(L.Dense(6)(x)))), rng.normal(size=(3, 4)).astype("float32"))
put("layer_activations", keras.Sequential([
    keras.Input((8, 8, 2)), L.Conv2D(3, 3, activation=L.LeakyReLU(negative_slope=0.1)), L.Flatten(),
    L.Dense(4, activation=L.ReLU(max_value=1.0)), L.Dense(3, activation=keras.layers.ELU(alpha=0.5)), L.Dense(2)]),
    rng.normal(size=(3, 8, 8, 2)).astype("float32"))

model = keras.models.load_model(f"{out}/layer_activations.keras")
x = np.load(f"{out}/layer_activations_io.npz")["input_0"]
layers = {f"layer_{layer.name}": np.asarray(keras.Model(model.inputs[0], layer.output)(x)) for layer in model.layers}
np.savez(f"{out}/layer_activations_layers.npz", input_0=x, output_0=np.asarray(model(x)), **layers)
