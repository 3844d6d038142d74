# Models with LoRA, by Keras 3, as archives and as legacy files: python make_file_lora.py FOLDER.
import os, sys
os.environ.setdefault("KERAS_BACKEND", "jax")
import numpy as np, keras
from keras import layers as L
out = sys.argv[1]
rng = np.random.default_rng(7)

def put(name, model, ranks, x):
    for layer, args in ranks.items():
        model.get_layer(layer).enable_lora(**args)
    model.set_weights([rng.normal(size=w.shape).astype("float32") * 0.3 for w in model.get_weights()])
    for end in ["keras", "h5"]:
        model.save(f"{out}/lora_{name}.{end}")
    np.savez(f"{out}/lora_{name}_io.npz", input_0=x, output_0=np.asarray(model(x)))

x = keras.Input((6,))
inner = keras.Sequential([keras.Input((4,)), L.Dense(4, name="inside", use_bias=False), L.Dense(2, name="plain")], name="inner")
y = L.EinsumDense("ab,bc->ac", output_shape=4, bias_axes="c", name="einsum")(L.Dense(5, activation="tanh", name="dense")(x))
dense = keras.Model(x, L.Dense(3, name="last")(inner(y)))
inner.get_layer("inside").enable_lora(2, lora_alpha=1)
put("dense", dense, dict(dense=dict(rank=2), einsum=dict(rank=2, lora_alpha=3)), rng.normal(size=(3, 6)).astype("float32"))
ids = keras.Input((4,), dtype="int32")
embed = keras.Model(ids, L.Conv1D(3, 2, name="conv")(L.Embedding(7, 5, name="embedding")(ids)))
put("embed", embed, dict(embedding=dict(rank=2), conv=dict(rank=3, lora_alpha=2)), rng.integers(0, 7, size=(3, 4)).astype("int32"))
