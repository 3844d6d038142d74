# Lengths in graphs of Keras 2, and functions of TensorFlow that Keras 3 does not have: python make_file_operations_4.py FOLDER, with
# TensorFlow 2.12.
import os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"; os.environ["CUDA_VISIBLE_DEVICES"] = ""
import numpy as np, tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers as L, backend as K
out, rng = sys.argv[1], np.random.RandomState(1)
def put(name, inputs, outputs, xs):
    m = keras.Model(inputs, outputs)
    m.set_weights([rng.randn(*w.shape) * 0.3 for w in m.get_weights()])
    m.save(f"{out}/{name}.h5")
    ys = [np.asarray(y) for y in m(xs)]
    np.savez(f"{out}/{name}_io.npz", **{f"input_{i}": x for i, x in enumerate(xs)}, **{f"output_{i}": y for i, y in enumerate(ys)})
x, i, long = keras.Input((4, 6)), keras.Input((3,), dtype="int32"), keras.Input((None, 8))
q, k, v = [L.Dense(8)(long) for _ in range(3)]
heads = lambda t: tf.transpose(tf.reshape(t, [tf.shape(t)[0], -1, 2, 4]), [0, 2, 1, 3])
q, k, v = heads(q), heads(k), heads(v)
scores = tf.nn.softmax(tf.matmul(q, k, transpose_b=True) / tf.math.sqrt(tf.cast(tf.shape(k)[-1], tf.float32)), axis=-1)
attended = tf.reshape(tf.transpose(tf.matmul(scores, v), [0, 2, 1, 3]), (tf.shape(long)[0], tf.shape(long)[1], 8))
image = tf.expand_dims(x, -1)
put("k2_lengths", [x, i, long], [
    attended, tf.reshape(x, [tf.shape(x)[0], -1, 8]), tf.reshape(x, (-1, tf.shape(x)[1] * tf.shape(x)[2])),
    tf.reshape(x, tf.concat([tf.shape(x)[:1], [24]], 0)), tf.reshape(x, [-1, tf.shape(x)[1] // 2, 12]), x / tf.cast(tf.shape(x)[1], tf.float32),
    x * (1.0 / tf.math.sqrt(tf.cast(tf.shape(x)[-1], tf.float32))), tf.tile(x[:, :1], [1, tf.shape(x)[1], 1]),
    tf.broadcast_to(x[:, :1], [tf.shape(x)[0], 4, 6]), tf.broadcast_to(x[:, :, :1], tf.shape(x)), K.reshape(x, (-1, K.shape(x)[1] * 6)),
    tf.image.resize(image, tf.shape(image)[1:3] * 2), tf.image.resize(image, [tf.shape(image)[1] * 2, 9]),
    tf.reshape(image, tf.stack([tf.shape(image)[0], tf.shape(image)[1] * tf.shape(image)[2]])), K.dot(x, K.ones((6, 2))),
    tf.gather(x, i % 4, batch_dims=1), tf.gather(x, i % 4, axis=2, batch_dims=1), tf.gather(x, i % 4, axis=-1, batch_dims=-1),
    tf.sort(x, direction="DESCENDING"), tf.sort(x, axis=1, direction="DESCENDING"), tf.cast(tf.argsort(i, direction="DESCENDING"), tf.float32),
    tf.argsort(x, axis=1, direction="DESCENDING"), tf.pad(x, [[0, 0], [1, 2], [0, 0]]), tf.pad(x, [[0, 0], [1, 2], [0, 1]], mode="REFLECT"),
    tf.pad(x, tf.constant([[0, 0], [1, 2], [0, 0]]), constant_values=2.0), K.temporal_padding(x, (1, 2)), K.spatial_2d_padding(image, ((1, 2), (0, 1))),
    K.permute_dimensions(x, (0, 2, 1)), K.batch_dot(x, x, axes=(2, 2)), K.repeat_elements(x, 2, 1), K.l2_normalize(x, 1),
], [rng.randn(2, 4, 6).astype("float32"), rng.randint(0, 4, (2, 3)).astype("int32"), rng.randn(2, 5, 8).astype("float32")])
