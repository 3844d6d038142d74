# Layers of Keras 2 that Keras 3 has no more, in each of their ways to compute: python make_file_local.py FOLDER, with TensorFlow 2.12.
import os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"; os.environ["CUDA_VISIBLE_DEVICES"] = ""
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers as L
out, rng = sys.argv[1], np.random.RandomState(0)
def write(name, m, formats=("h5",)):
    m.set_weights([rng.randn(*w.shape) * 0.3 for w in m.get_weights()])
    for end in formats: m.save(f"{out}/{name}.{end}", **({"save_format": "keras_v3"} if end == "keras" else {}))
    xs = [rng.randn(3, *x.shape[1:]).astype("float32") for x in m.inputs]
    ys = m.predict(xs, verbose=0)
    ys = ys if isinstance(ys, list) else [ys]
    arrays = {f"input_{i}": x for i, x in enumerate(xs)}
    np.savez(f"{out}/{name}_io.npz", **arrays, **{f"output_{i}": y for i, y in enumerate(ys)})
steps, image, first = keras.Input((8, 3)), keras.Input((6, 5, 2)), keras.Input((2, 6, 5))
ys = []
for how in (1, 2, 3):
    same = "valid" if how == 1 else "same"
    ys.append(L.LocallyConnected1D(2, 3, 2, same, activation="relu", implementation=how)(steps))
    ys.append(L.LocallyConnected1D(2, 2, data_format="channels_first", implementation=how)(L.Permute((2, 1))(steps)))
    ys.append(L.LocallyConnected2D(3, (3, 2), (2, 1), same, implementation=how, activation="tanh")(image))
    ys.append(L.LocallyConnected2D(3, (2, 3), (1, 2), same, "channels_first", implementation=how)(first))
    ys.append(L.LocallyConnected2D(1, 2, use_bias=False, implementation=how, name=f"way_{how}")(image))
write("k2_local", keras.Model([steps, image, first], ys), ("h5", "keras"))
video = keras.Input((3, 4, 4, 2))
both = L.Bidirectional(L.ConvLSTM2D(3, 2, padding="same", return_sequences=True))(video)
write("k2_both_ways", keras.Model(video, L.Bidirectional(L.ConvLSTM2D(2, 2), merge_mode="ave")(both)), ("h5", "keras"))
