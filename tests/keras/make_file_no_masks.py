"""Files of models whose Attention is called with `mask=[None, None]`, as Keras 3.3 to 3.6 wrote calls of functional models.

    python tests/keras/make_file_no_masks.py tests/fixtures/keras_files

Written by Keras 3.15 without the argument, which is then put into the configuration; the numbers are those of the file as
Keras 3.15 loads it. In `no_masks.keras` nobody uses the mask that Attention hands on, in `no_masks_named.keras` an LSTM does,
which is given it by name, and in `no_masks_used.keras` without being given it.
"""
import json
import os
import pathlib
import sys
import zipfile

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras
import numpy as np

folder = pathlib.Path(sys.argv[1])


def model(used):
    query, value = keras.Input((4,), dtype="int32", name="query"), keras.Input((5,), dtype="int32", name="value")
    table = keras.layers.Embedding(7, 3, mask_zero=True, name="table")
    seen = keras.layers.Attention(name="look")([table(query), table(value)])
    behind = keras.layers.LSTM(2, name="behind") if used else keras.layers.Flatten(name="behind")
    return keras.Model([query, value], behind(seen))


for name, used in [("no_masks", False), ("no_masks_named", True), ("no_masks_used", True)]:
    keras.utils.set_random_seed(3)
    path = folder / f"{name}.keras"
    model(used).save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    config = json.loads(parts["config.json"])
    look = next(layer for layer in config["config"]["layers"] if layer["config"].get("name") == "look")
    look["inbound_nodes"][0]["kwargs"]["mask"] = [None, None]
    if name == "no_masks_used":
        layers = config["config"]["layers"]
        config["config"]["layers"] = [x for x in layers if x["class_name"] not in ("NotEqual", "ConvertToTensor")]
        del layers[-1]["inbound_nodes"][0]["kwargs"]["mask"]
    parts["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for part, data in parts.items():
            archive.writestr(part, data)
    x = [np.array([[1, 2, 0, 0], [3, 4, 5, 6]], "int32"), np.array([[6, 1, 2, 0, 0], [5, 0, 0, 0, 0]], "int32")]
    y = keras.models.load_model(path).predict(x, verbose=0)
    plain = model(used)
    plain.set_weights(keras.models.load_model(path).get_weights())
    print(name, "differs from a call without the argument by", np.abs(plain.predict(x, verbose=0) - y).max())
    if name != "no_masks_used":
        np.savez(folder / f"{name}_io.npz", input_0=x[0], input_1=x[1], output_0=y)
