"""Asks real Keras (3.15.1) for the models of keras.applications.

    python keras-applications/keras/applications.py summaries

writes tests/data/NAME.txt.gz: what `model.summary()` prints, without its first line, which names the model.

    python keras-applications/keras/applications.py compare CLASS ARGUMENTS FOLDER

makes a model with random weights, statistics of normalisations included, and writes them as `keras.weights.h5` and, in
the layout of the files that Keras offers for download, as `keras.h5`, with images `x.npy` and what Keras makes of them,
`y.npy`. ARGUMENTS is JSON: `{"alpha": 0.5}`.
"""

import gzip
import json
import os
import sys
from pathlib import Path

# TensorFlow computes operation by operation, without compiling each model first. On JAX the `count` of a `Normalization`
# has the four bytes that it has here; on TensorFlow it has eight.
os.environ["KERAS_BACKEND"] = "jax" if sys.argv[1:2] == ["summaries"] else "tensorflow"
# Keras prints no line that is longer than the terminal.
os.environ["COLUMNS"] = "100"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import h5py
import keras
import numpy as np
from keras.src.legacy.saving import legacy_h5_format

DATA = Path(__file__).parent.parent / "tests" / "data"
CLASSES = [
    "VGG16", "VGG19", "ResNet50", "ResNet101", "ResNet152", "ResNet50V2", "ResNet101V2", "ResNet152V2", "MobileNet",
    "MobileNetV2", "MobileNetV3Small", "MobileNetV3Large", "DenseNet121", "DenseNet169", "DenseNet201",
    *[f"EfficientNetB{i}" for i in range(8)],
    *[f"EfficientNetV2{size}" for size in ["B0", "B1", "B2", "B3", "S", "M", "L"]], "Xception", "InceptionV3", "InceptionResNetV2", "NASNetMobile",
    "NASNetLarge", "ConvNeXtTiny", "ConvNeXtSmall", "ConvNeXtBase", "ConvNeXtLarge", "ConvNeXtXLarge",
]  # fmt: skip


def summaries(names):
    DATA.mkdir(exist_ok=True)
    for name in names or CLASSES:
        keras.utils.clear_session()
        lines = []
        model = getattr(keras.applications, name)(weights=None)
        model.summary(line_length=100, print_fn=lambda text, **_: lines.append(text))
        text = "\n".join(lines).split("\n", 1)[1]
        # Without a time, so that equal summaries are equal files.
        (DATA / f"{name}.txt.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
        print(name, model.count_params(), flush=True)


def images(rng, size):
    """Two images that differ in their large parts too, from -1 to 1: waves of other lengths and directions, and noise."""
    rows, columns = (np.linspace(0, 1, n)[:, None] for n in size)
    waves = lambda a, b, c: np.sin(a * rows + b * columns.T + c)[..., None] * np.array([1, 0.6, -0.8])
    noise = 0.3 * rng.uniform(-1, 1, (2, *size, 3))
    x = 0.7 * np.stack([waves(9, 2, 0), 0.5 - waves(-3, 30, 1)[..., ::-1]]).clip(-1, 1) + noise
    return x.astype("float32")


def noisy(layer, mean, variance, rng):
    """Sets statistics near these."""
    noise = rng.standard_normal((2, *variance.shape)).astype("float32")
    variance = np.asarray(variance) + 1e-6
    layer.moving_mean.assign(np.asarray(mean) + 0.1 * np.sqrt(variance) * noise[0])
    layer.moving_variance.assign(variance * np.exp(0.2 * noise[1]))


def adapt_in_training(model, layers, x, rng):
    """Statistics near those of a step of training."""
    normalisations = [layer for layer in layers if isinstance(layer, keras.layers.BatchNormalization)]
    for layer in normalisations:
        layer.momentum = 0.0
    if normalisations:
        model(x, training=True)
    for layer in normalisations:
        noisy(layer, layer.moving_mean, layer.moving_variance, rng)


def adapt_in_prediction(model, layers, x, rng):
    """Statistics near those of a prediction, each taken behind the noise of those before: training drops whole blocks of such
    models, and by its statistics a prediction grows from block to block, until 1e-7 is 1e-2."""
    call = keras.layers.BatchNormalization.call

    def adapt(layer, inputs, training=None, mask=None):
        noisy(layer, *keras.ops.moments(inputs, axes=[0, 1, 2]), rng)
        return call(layer, inputs, training=False)

    keras.layers.BatchNormalization.call = adapt
    model(x, training=False)
    keras.layers.BatchNormalization.call = call


def randomise(model, x, rng):
    """Other statistics, biases and factors than a new model has, by which numbers neither grow nor vanish: the statistics
    are near those of the images."""
    layers = list(model._flatten_layers(include_self=False))
    normalised = (keras.layers.BatchNormalization, keras.layers.LayerNormalization)
    plain = not any(isinstance(layer, normalised) for layer in layers)
    for layer in layers:
        for weight in layer.weights:
            shape, scalar = tuple(weight.shape), weight.name
            if plain and scalar == "kernel":
                # As much as a rectifier takes away: the images must not vanish behind the biases.
                weight.assign(1.5 * np.asarray(weight))
            if scalar in ("kernel", "depthwise_kernel", "pointwise_kernel", "count"):
                continue
            noise = rng.standard_normal(shape).astype("float32")
            if isinstance(layer, keras.layers.Normalization):
                weight.assign(0.5 + 0.1 * noise if scalar == "mean" else 0.1 * np.exp(0.2 * noise))
            elif scalar.startswith("moving_"):
                continue
            elif scalar == "gamma" and "LayerScale" not in type(layer).__name__:
                weight.assign(1 + 0.1 * noise)
            elif scalar == "gamma" or type(layer).__name__ == "LayerScale":
                weight.assign(0.3 * noise)
            else:
                weight.assign(0.1 * noise)
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()
    drops = sum(isinstance(layer, keras.layers.Dropout) for layer in layers) > 1
    (adapt_in_prediction if drops else adapt_in_training)(model, layers, x, rng)


def spread(model, x):
    """Scales the kernel of the classes so that no probability is all there is."""
    last = [layer for layer in model.layers if any(w.name == "kernel" for w in layer.weights)][-1]
    features = np.asarray(keras.Model(model.inputs, last.input)(x, training=False))
    kernel = np.asarray(last.kernel)
    logits = features.reshape(-1, features.shape[-1]) @ kernel.reshape(-1, kernel.shape[-1])
    last.kernel.assign(kernel / logits.std())


def compare(name, arguments, folder):
    rng = np.random.default_rng(7)
    arguments = json.loads(arguments)
    image = arguments.pop("image")
    model = getattr(keras.applications, name)(weights=None, **arguments)
    x = images(rng, image)
    # Those that scale their input take pixels.
    scales = (keras.layers.Rescaling, keras.layers.Normalization)
    if any(isinstance(layer, scales) for layer in model.layers):
        x = 127.5 * (x + 1)
    randomise(model, x, rng)
    if arguments.get("include_top", True):
        spread(model, x)
    y = np.asarray(model(x, training=False))
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", y)
    model.save_weights(folder / "keras.weights.h5")
    with h5py.File(folder / "keras.h5", "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)
    print(model.count_params())


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["summaries", *names]:
            summaries(names)
        case ["compare", name, arguments, folder]:
            compare(name, arguments, Path(folder))
