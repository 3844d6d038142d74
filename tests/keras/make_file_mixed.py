# A wrapper that computes in numbers of 16 bits, by Keras 3: python make_file_mixed.py FOLDER.
import os, sys
os.environ["KERAS_BACKEND"] = "jax"
import numpy as np, keras

out, rng, L = sys.argv[1], np.random.default_rng(6), keras.layers
keras.config.set_dtype_policy("mixed_bfloat16")
m = keras.Sequential([keras.Input((4, 3)), L.Bidirectional(L.LSTM(4), name="bidirectional"), L.Dense(2)])
m.save(f"{out}/mixed_wrapper.keras")
x = rng.normal(size=(2, 4, 3)).astype("float32")
np.savez(f"{out}/mixed_wrapper_io.npz", input_0=x, output_0=np.asarray(m(x)).astype("float32"))
