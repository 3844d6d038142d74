# What Keras 3.15.1 says of the examples on the pages of layers: `python pages.py` completes the lines of pages.txt by the shape
# of the output, the number of parameters and the weights, `*` behind those that are not trained.
import os
import re

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
import keras
from keras import layers

HERE = os.path.dirname(os.path.abspath(__file__))
PATH = os.path.join(HERE, "pages.txt")


def shown(shape):
    return "(" + ", ".join(str(n) for n in shape) + ")"


def inputs(text):
    for part in text.split(" ; "):
        shape, _, dtype = part.partition(") ")
        yield keras.Input(eval(shape.rstrip(")") + ",)"), dtype=dtype or None)


def said(source, given):
    keras.backend.clear_session()
    layer = eval(source, dict(vars(layers)))
    xs = list(inputs(given))
    spread = isinstance(layer, (layers.MultiHeadAttention, layers.GroupQueryAttention))
    if spread:
        ys = layer(*xs)
    elif isinstance(layer, layers.MaxNumBoundingBoxes):
        # Keras has it on dictionaries of images with their boxes, which have no symbolic form.
        return None
    elif isinstance(layer, (layers.MixUp, layers.CutMix)):
        ys = layer({"images": xs[0], "labels": xs[1]})
        ys = [ys["images"], ys["labels"]]
    else:
        ys = layer(xs if len(xs) > 1 else xs[0])
    ys = list(ys) if isinstance(ys, (list, tuple)) else [ys]
    weights = [w for w in layer.weights if "seed" not in w.path]
    count = sum(int(keras.ops.size(w)) for w in weights)
    own = layer.name + "/"
    listed = [
        w.path.split(own, 1)[-1] + shown(w.shape) + ("" if w.trainable else "*") for w in weights
    ]
    return [" ; ".join(shown(y.shape) for y in ys), str(count), " ".join(re.sub(r", ", ",", w) for w in listed)]


lines = []
for line in open(PATH):
    row = [part.strip() for part in line.rstrip("\n").split(" | ")]
    if not line.startswith("#") and len(row) >= 3 and not row[-1] == "not asked":
        try:
            row = row[:3] + (said(row[1], row[2]) or row[3:])
        except Exception as error:
            print(row[0], type(error).__name__, str(error)[:300])
    lines.append(" | ".join(row).rstrip(" |"))
open(PATH, "w").write("\n".join(lines) + "\n")
