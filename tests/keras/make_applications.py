"""Asks real Keras (3.15.1) for the summaries of three models of keras.applications.

    KERAS_BACKEND=jax python tests/keras/make_applications.py

writes tests/fixtures/applications/*.txt: what `model.summary()` prints, without its first line, which names the model.
"""

import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras

FOLDER = Path(__file__).parent.parent / "fixtures" / "applications"
MODELS = {
    "resnet50": keras.applications.ResNet50,
    "densenet121": keras.applications.DenseNet121,
    "inception_v3": keras.applications.InceptionV3,
}

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, make in MODELS.items():
        keras.utils.clear_session()
        lines = []
        make(weights=None).summary(print_fn=lambda text, **_: lines.append(text))
        text = "\n".join(lines)
        (FOLDER / f"{name}.txt").write_text(text.split("\n", 1)[1])
