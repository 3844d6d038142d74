# Folders of images as Keras 3 reads them: python make_images.py FOLDER (tests/fixtures/images).
import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
import keras
import numpy as np
from PIL import Image

out = sys.argv[1]
rng = np.random.default_rng(11)
for label, (height, width), mode, name in [
    ("cat", (7, 5), "RGB", "b.png"),
    ("cat", (4, 9), "L", "a.png"),
    ("cat/deep", (6, 6), "RGBA", "c.png"),
    ("dog", (8, 8), "RGB", "a.png"),
    ("dog", (16, 12), "RGB", "photo.jpg"),
    ("owl", (5, 5), "P", "few.png"),
    ("owl", (3, 8), "LA", "grey.PNG"),
]:
    channels = {"RGB": 3, "RGBA": 4, "L": 1, "P": 3, "LA": 2}[mode]
    pixels = rng.integers(0, 256, (height, width, channels), dtype="uint8")
    if name.endswith("jpg"):
        # A smooth one, as photographs are.
        i, j, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
        pixels = (120 + 60 * np.sin(i / 5 + c) + 50 * np.cos(j / 4)).astype("uint8")
    if mode == "P":
        image = Image.fromarray(pixels, "RGB").quantize(8)
    else:
        image = Image.fromarray(pixels[..., 0] if channels == 1 else pixels, mode)
    os.makedirs(f"{out}/{label}", exist_ok=True)
    image.save(f"{out}/{label}/{name}", **({"quality": 92, "subsampling": 0} if name.endswith("jpg") else {}))
data = {}


def read(name, **arguments):
    dataset = keras.utils.image_dataset_from_directory(
        out, shuffle=False, batch_size=None, verbose=False, **{"image_size": (6, 4), **arguments}
    )
    images, labels = zip(*[pair for pair in dataset]) if arguments.get("label_mode", "int") else ([x for x in dataset], None)
    data[f"{name}/images"] = np.stack([np.asarray(x) for x in images]).astype("float32")
    if labels is not None:
        data[f"{name}/labels"] = np.stack([np.asarray(y) for y in labels]).astype("float32")


read("rgb")
read("grey", color_mode="grayscale", label_mode="categorical")
# Of colours from a table TensorFlow makes the opacity 2 to the power of their bits, less 1: these are left out.
read("rgba", color_mode="rgba", interpolation="nearest", class_names=["cat"])
read("cubic", interpolation="bicubic", image_size=(9, 11))
read("crop", crop_to_aspect_ratio=True, image_size=(5, 5))
read("pad", pad_to_aspect_ratio=True, image_size=(5, 8))
read("two", class_names=["owl", "cat"], label_mode="binary")
read("train", validation_split=0.4, subset="training")
read("rest", validation_split=0.4, subset="validation")
np.savez(f"{out}/numbers.npz", **data)
