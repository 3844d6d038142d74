# Functions of images, windows and numbers that are none, by Keras 3 on JAX: python make_file_functions_more.py FOLDER.
import os, sys
os.environ["KERAS_BACKEND"] = "jax"
import numpy as np, keras
from keras import ops

out, rng = sys.argv[1], np.random.default_rng(5)
image, other, rows = (keras.Input(shape) for shape in ((6, 8, 2), (6, 8, 2), (4, 5)))
# On JAX the last two numbers count for nothing.
moved = ops.concatenate([rows[:, 0] * 0.1 + np.array([1, 0, 0.3, 0, 1], "float32"), rows[:, 1, :3] * np.array([0.1, 0, 0], "float32")], -1)
start, end = (ops.zeros_like(rows[:, :, :2]) + np.array([[0, 0], [0, 7], [5, 0], [5, 7]], "float32") * k for k in (1, 0.8))
nan = ops.where(rows > 0.5, np.nan, rows)
ys = [
    ops.image.affine_transform(image, moved, fill_mode="reflect"),
    ops.image.affine_transform(image, moved, interpolation="nearest", fill_value=0.5),
    ops.image.crop_images(image, top_cropping=1, left_cropping=2, target_height=4, target_width=3),
    ops.image.pad_images(image, bottom_padding=1, left_padding=2, target_height=9, target_width=11),
    ops.image.gaussian_blur(image, (3, 5), (1.0, 0.7)),
    ops.image.perspective_transform(image, start, end + 0.3),
    ops.image.sobel_edges(image),
    ops.image.ssim(image, other, filter_size=5, max_val=2.0),
    ops.extract_sequences(rows, 3, 1),
    ops.unfold(ops.transpose(image, (0, 3, 1, 2)), 3, stride=2, padding=1),
    ops.fold(ops.unfold(ops.transpose(image, (0, 3, 1, 2)), 2), (6, 8), 2),
    ops.nanmedian(nan, axis=-1), ops.nanquantile(nan, 0.3, axis=1), ops.nanpercentile(nan, 70, axis=2, keepdims=True),
    ops.nanargmax(nan, axis=2), ops.nanargmin(nan, axis=1), ops.nancumsum(nan, axis=2), ops.nancumprod(nan, axis=1),
    ops.cdist(rows, rows * 2.0),
    ops.imag(rows), ops.cast(ops.isreal(rows), "float32"),
    *ops.unravel_index(ops.cast(ops.clip(ops.abs(rows) * 7, 0, 11), "int32"), (3, 4)),
    ops.amax(rows, axis=1), ops.amin(rows, axis=(1, 2), keepdims=True),
    ops.ctc_loss(ops.cast(ops.clip(ops.abs(rows[:, 0, :2]) * 3, 1, 3), "int32"), rows, ops.cast(ops.ones_like(rows[:, 0, 0]) * 2, "int32"), ops.cast(ops.ones_like(rows[:, 0, 0]) * 4, "int32")),
]
m = keras.Model([image, other, rows], ys)
m.save(f"{out}/functions_more.keras")
xs = [rng.normal(size=(2, *x.shape[1:])).astype("float32") for x in m.inputs]
np.savez_compressed(f"{out}/functions_more_io.npz", **{f"input_{i}": x for i, x in enumerate(xs)}, **{f"output_{i}": np.asarray(y) for i, y in enumerate(m(xs))})
