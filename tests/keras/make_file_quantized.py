# Quantized models, by Keras 3.15, with what they give and what a step of training leaves: python make_file_quantized.py FOLDER.
import os, sys
os.environ.setdefault("KERAS_BACKEND", "jax")
import numpy as np, keras
from keras import layers as L, quantizers as Q
out = sys.argv[1]
rng = np.random.default_rng(11)

def layers():
    ids = keras.Input((6,), dtype="int32")
    x = L.Embedding(11, 9, mask_zero=True, name="embedding")(ids)
    x = L.Dense(7, activation="gelu", name="dense")(x)
    x = L.EinsumDense("abc,cde->abde", (None, 3, 5), bias_axes="de", activation="tanh", name="heads")(x)
    x = L.EinsumDense("btde,fed->btf", (None, 4), name="joined")(x)
    return keras.Model(ids, L.Dense(3, name="last")(L.LSTM(5, name="lstm")(x)))

def back(tied):
    ids = keras.Input((6,), dtype="int32")
    table = L.ReversibleEmbedding(11, 9, tie_weights=tied, logit_soft_cap=4.0, name="table")
    return keras.Model(ids, table(L.Dense(9, name="dense")(table(ids)), reverse=True))

none = dict(activation_quantizer=None)
for name, model, how in [
    ("int8", layers(), Q.Int8QuantizationConfig()),
    ("int8_weights", layers(), Q.Int8QuantizationConfig(**none)),
    ("int4", layers(), Q.Int4QuantizationConfig(block_size=4)),
    ("int4_columns", layers(), Q.Int4QuantizationConfig(block_size=None)),
    ("int4_inputs", layers(), Q.Int4QuantizationConfig(block_size=-1, activation_quantizer=Q.AbsMaxQuantizer(value_range=(-100, 90)))),
    ("int8_tied", back(True), Q.Int8QuantizationConfig()),
    ("int8_both", back(False), Q.Int8QuantizationConfig()),
    ("int4_tied", back(True), Q.Int4QuantizationConfig(block_size=4)),
]:
    model.set_weights([rng.normal(size=w.shape).astype("float32") * 0.7 for w in model.get_weights()])
    model.quantize(config=how)
    model.save(f"{out}/quantized_{name}.keras")
    model = keras.saving.load_model(f"{out}/quantized_{name}.keras")
    x = rng.integers(0, 11, size=(3, 6)).astype("int32")
    np.savez(f"{out}/quantized_{name}_io.npz", input_0=x, output_0=model.predict(x, verbose=0))
    if name == "int8":
        model.save(f"{out}/quantized_{name}.h5")
        y = rng.normal(size=(3, 3)).astype("float32")
        model.compile(keras.optimizers.SGD(0.1), "mse")
        model.train_on_batch(x, y)
        np.savez(f"{out}/quantized_{name}_trained_io.npz", input_0=x, input_1=y, output_0=model.predict(x, verbose=0))
# Keras fails to load the heads, and computes at each step with the integers as they are.
inside = dict(float8=lambda x: x, heads=lambda x: L.MultiHeadAttention(2, 3, name="heads")(x, x), each=L.TimeDistributed(L.Dense(2, name="dense"), name="each"))
for name, mode in [("float8", "float8"), ("heads", "int8"), ("each", "int8")]:
    x = keras.Input((4, 6))
    model = keras.Model(x, L.Dense(2, name="last")(inside[name](x)))
    model.quantize(mode)
    model.save(f"{out}/quantized_{name}.keras")
