# Functions of TensorFlow in a model of Keras 2.12: python make_file_operations_3.py FOLDER, with TensorFlow 2.12.
import os, sys
os.environ["CUDA_VISIBLE_DEVICES"] = ""; os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np, tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers as L, backend as K
out, rng = sys.argv[1], np.random.default_rng(4)
def write(name, inputs, outputs):
    model = keras.Model(inputs, outputs)
    xs = [rng.normal(size=[2, *x.shape[1:]]).astype("float32") for x in inputs]
    ys = model.predict(xs, verbose=0)
    model.save(f"{out}/{name}.h5")
    arrays = {f"input_{i}": x for i, x in enumerate(xs)}
    np.savez(f"{out}/{name}_io.npz", **arrays, **{f"output_{i}": np.asarray(y).astype("float32") for i, y in enumerate(ys)})
x, image = keras.Input((4, 6)), keras.Input((4, 6, 8))
write("k2_functions", [x, image], [
    tf.gather(x, [0, 2, 1], axis=1), tf.gather(x, 1, axis=-1), tf.boolean_mask(x, [True, False, True, False], axis=1),
    tf.pad(x, [[0, 0], [1, 2], [0, 1]]), tf.pad(x, [[0, 0], [1, 2], [0, 1]], "REFLECT"), tf.pad(x, [[0, 0], [1, 0], [0, 1]], constant_values=1.5),
    K.spatial_2d_padding(image), *tf.math.top_k(x, 2), *tf.unstack(x, axis=1), tf.tensordot(x, tf.ones((6, 2)), axes=1),
    tf.slice(x, [0, 1, 0], [-1, 2, 3]), tf.strided_slice(x, [0, 1, 0], [2, 3, 6], [1, 1, 2], begin_mask=1, end_mask=1), K.batch_flatten(image),
    tf.nn.max_pool2d(image, 2, 2, "SAME"), tf.nn.avg_pool2d(image, [2, 2], [1, 1], padding="VALID"), K.pool2d(image, (2, 2), (2, 2)),
    tf.nn.max_pool1d(x, 2, 2, "SAME"), tf.nn.avg_pool(image, 2, 2, "SAME"), tf.nn.conv2d(image, np.ones((2, 2, 8, 3), "float32") / 9, 1, "SAME"),
    tf.nn.depth_to_space(image, 2), tf.nn.space_to_depth(image, 2), tf.sort(x, axis=-1), tf.argsort(x, axis=-1), tf.math.cumprod(x, axis=1),
    tf.cumsum(x, axis=1, exclusive=True), tf.cumsum(x, axis=1, reverse=True), tf.cumsum(x, axis=1, exclusive=True, reverse=True),
    tf.math.count_nonzero(x, axis=-1), tf.repeat(x, repeats=[1, 2, 1, 1], axis=1), tf.math.asinh(x), tf.math.erfc(x), tf.cast(tf.math.is_nan(x), tf.float32),
    tf.math.atan2(x, x * 2 + 1), tf.math.divide_no_nan(x, x - x), tf.math.reciprocal_no_nan(x), tf.math.rint(x), tf.add_n([x, x * 2, x]), tf.nn.crelu(x),
    tf.image.flip_left_right(image), tf.image.flip_up_down(image), tf.image.crop_to_bounding_box(image, 1, 2, 2, 3), tf.image.rgb_to_grayscale(image[..., :3]),
    tf.image.resize(image, (2, 3), antialias=True),
    tf.linalg.adjoint(x), tf.linalg.band_part(x, -1, 0), tf.linalg.band_part(x, 0, -1), tf.linalg.band_part(x, 1, -1), tf.linalg.diag_part(x), tf.linalg.trace(x),
    tf.linalg.det(x[:, :, :4]), tf.norm(x, ord=1, axis=-1, keepdims=True), tf.cast(tf.reduce_any(x > 1, axis=-1), tf.float32), tf.cast(tf.reduce_all(x > -1, axis=-1), tf.float32),
    tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.nn.sigmoid(x), logits=x), tf.nn.softmax_cross_entropy_with_logits(tf.nn.softmax(x), x),
    tf.nn.dropout(x, 0.0), tf.reshape(x, [tf.shape(x)[0], 24]), K.reshape(image, (K.shape(image)[0], -1, 8)), tf.reshape(x, tf.concat([tf.shape(x)[:1], [24]], 0)),
    tf.matmul(x, tf.ones((6, 3))), tf.linalg.cross(x[..., :3], x[..., 3:]),
])
