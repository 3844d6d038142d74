# A model with raw operations of TensorFlow, which Keras 2 without eager execution makes `TensorFlowOpLayer`s of:
# python make_file_op_layers.py FOLDER, with tf_keras.
import os, sys
os.environ['CUDA_VISIBLE_DEVICES'] = ''; os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import numpy as np, tensorflow as tf, tf_keras as keras
from tf_keras import layers as L
tf.compat.v1.disable_eager_execution()
out = sys.argv[1]
rng = np.random.default_rng(3)
x, z = keras.Input((6, 4), name="x"), keras.Input((4,), name="z")
d = L.Dense(4)(x)
outputs = [
    d * 0.5 + 1.0, tf.reduce_mean(d, axis=1), d[:, -1, :], d[:, 1:5:2], d[:, :, tf.newaxis, ::-1], tf.nn.relu(z) - 2.0, 1.0 / (z * z + 1.0),
    tf.expand_dims(z, 1), tf.squeeze(tf.expand_dims(z, 1), [1]), tf.transpose(d, (0, 2, 1)), tf.concat([z, tf.exp(z)], axis=-1),
    tf.stack([z, -z], axis=1), tf.matmul(d, d, transpose_b=True), tf.nn.softmax(z), tf.reshape(d, (-1, 3, 8)), tf.cast(z * 3.0, tf.int32),
    tf.maximum(z, 0.1), tf.reduce_sum(d, axis=[1, 2], keepdims=True), tf.pow(z, 2.0), tf.sigmoid(z), tf.tile(z, (1, 2)), tf.argmax(d, axis=-1),
    L.Dense(2)(tf.tanh(z)),
]
xs = [rng.normal(size=s).astype("float32") for s in [(2, 6, 4), (2, 4)]]
model = keras.Model([x, z], outputs)
ys = model.predict(xs, verbose=0)
model.save(f"{out}/k2_op_layers.h5")
np.savez(f"{out}/k2_op_layers_io.npz", **{f"input_{i}": x for i, x in enumerate(xs)}, **{f"output_{i}": np.asarray(y) for i, y in enumerate(ys)})
