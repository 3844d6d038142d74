# Models with functions of TensorFlow among their layers, by Keras 2 (tf_keras): python make_file_operations_2.py FOLDER.
import os, sys
os.environ['CUDA_VISIBLE_DEVICES'] = ''; os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import numpy as np, tensorflow as tf, tf_keras as keras
from tf_keras import layers as L
out = sys.argv[1]
rng = np.random.default_rng(3)
x, z = keras.Input((6, 4), name="x"), keras.Input((4,), name="z")
image = keras.Input((5, 7, 3), name="image")
a = x * 0.5 + 1.
b, c = tf.reduce_mean(a, axis=1), a[:, -1, :]
f = tf.add(b, c) - z
g = tf.concat([b, c, f], axis=-1)
h = tf.reshape(g, (-1, 6, 2))
i = tf.nn.softmax(h, axis=-1)
k = tf.matmul(i, tf.transpose(i, (0, 2, 1)))
n = tf.maximum(tf.stack([b, c], axis=1), 0.1)
e = tf.expand_dims(z, 1)
one, two, three = tf.split(x, [1, 2, 3], axis=1)
nonzero = tf.not_equal(z, 0.)
outputs = [
    a[:, 1:3], a[:, :, :, tf.newaxis], i, tf.reduce_sum(k, axis=(1, 2), keepdims=True), 1.0 / (n + 2.), tf.cast(z, "int32"),
    tf.one_hot(tf.cast(z, "int32"), 5), tf.clip_by_value(z, -1., 1.), tf.nn.relu(z), tf.nn.gelu(z), tf.nn.gelu(z, approximate=True),
    tf.where(z > 0., z, tf.zeros_like(z)), tf.squeeze(e, axis=1), tf.pow(z, 2.), abs(z), -z, tf.math.l2_normalize(z, axis=-1),
    z + np.arange(4, dtype="float32"), *tf.split(x, 2, axis=-1), one, two, three, tf.nn.leaky_relu(z, alpha=0.3), tf.tile(z, (1, 2)),
    tf.norm(z, axis=-1), tf.math.reduce_variance(x, axis=-1), tf.argmax(x, axis=-1), tf.reverse(x, axis=[1]),
    tf.repeat(x, 2, axis=1), tf.cumsum(x, axis=1), x % 2., x // 2., 2. - x, keras.backend.mean(x, axis=1),
    tf.cast(nonzero, tf.float32), tf.nn.relu6(x + 3.) * (1 / 6.), tf.sigmoid(z), tf.tanh(z), tf.exp(z), tf.squeeze(e, [1]), tf.sign(z),
    tf.matmul(i, i, transpose_b=True), tf.matmul(h, h, transpose_a=True), tf.math.squared_difference(b, c), tf.reduce_max(x, [1]),
    tf.image.resize(image, (8, 4)), image[:, :, :, ::-1], tf.nn.bias_add(image, [-1., -2., -3.]), L.Dense(3)(f),
]
xs = [rng.normal(size=s).astype("float32") for s in [(2, 6, 4), (2, 4), (2, 5, 7, 3)]]
model = keras.Model([x, z, image], outputs)
ys = model.predict(xs, verbose=0)
for end in ["h5", "keras"]:
    model.save(f"{out}/k2_operations.{end}")
np.savez(f"{out}/k2_operations_io.npz", **{f"input_{i}": x for i, x in enumerate(xs)}, **{f"output_{i}": np.asarray(y) for i, y in enumerate(ys)})
