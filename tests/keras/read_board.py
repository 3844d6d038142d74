# What TensorBoard finds in a folder of logs: python read_board.py FOLDER trains a model by Keras on TensorFlow with the arguments
# of tests/tests/suite/boards.rs, and prints `keras` or `ours`, the run, plugin, tag, steps and axes of each series of both.
import os
import sys
import tempfile

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

POINTS = {"tensors": 0, "images": 0, "histograms": 0, "scalars": 0}


def show(who, folder):
    for run in ("train", "validation"):
        events = EventAccumulator(os.path.join(folder, run), size_guidance=POINTS).Reload()
        for tag in sorted(events.Tags()["tensors"]):
            plugin = events.SummaryMetadata(tag).plugin_data.plugin_name
            if plugin == "graph_keras_model":
                continue
            found = events.Tensors(tag)
            arrays = [tensor_util.make_ndarray(event.tensor_proto) for event in found]
            text = [x.decode() for x in arrays[0][:2]] if plugin == "images" else ""
            print(who, run, plugin, tag, [event.step for event in found], list(arrays[0].shape), *text)
            if plugin == "images":
                decode(arrays[0])


def decode(array):
    import tensorflow as tf

    for file in array[2:]:
        pixels = tf.io.decode_png(file)
        assert [str(n).encode() for n in (pixels.shape[1], pixels.shape[0])] == list(array[:2]), pixels.shape


def real(folder):
    x = keras.Input((6, 6, 1))
    y = keras.layers.Conv2D(2, 3, name="conv")(x)
    y = keras.layers.Dense(3, name="d")(keras.layers.Flatten()(y))
    model = keras.Model(x, y)
    model.compile("sgd", "mse", metrics=["mae"])
    board = keras.callbacks.TensorBoard(folder, histogram_freq=2, write_images=True, write_steps_per_second=True)
    x, y = np.ones((8, 6, 6, 1), "float32"), np.ones((8, 3), "float32")
    model.fit(x, y, batch_size=4, epochs=3, validation_data=(x, y), callbacks=[board], verbose=0)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        real(folder)
        show("keras", folder)
    show("ours", sys.argv[1])
    if len(sys.argv) > 2:
        from google.protobuf import text_format
        from tensorboard.plugins import projector

        with open(os.path.join(sys.argv[2], "projector_config.pbtxt")) as file:
            config = text_format.Parse(file.read(), projector.ProjectorConfig())
        for own in config.embeddings:
            rows = np.loadtxt(os.path.join(sys.argv[2], own.tensor_path), delimiter="\t")
            print("points", own.tensor_name, own.metadata_path, list(rows.shape))
