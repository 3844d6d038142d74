# Layers and functions that few files have: python make_file_rare.py FOLDER, with Keras 3.15 on JAX and again with tf_keras 2.21.
import os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"; os.environ["CUDA_VISIBLE_DEVICES"] = ""
import numpy as np
out, rng = sys.argv[1], np.random.RandomState(0)
def write(keras, name, m, formats, xs=None):
    drawn = lambda w: w if w.dtype.kind != "f" or not w.shape else rng.uniform(0.3, 1.2, w.shape)
    m.set_weights([drawn(w) for w in m.get_weights()])
    for end in formats: m.save(f"{out}/{name}.{end}")
    # A normalization computes with what it has read.
    m = keras.models.load_model(f"{out}/{name}.{formats[0]}")
    if xs is None: xs = [rng.rand(2, *[n or 5 for n in x.shape[1:]]).astype("float32") for x in m.inputs]
    ys = m.predict(xs if len(xs) > 1 else xs[0], verbose=0)
    ys = ys if isinstance(ys, list) else [ys]
    arrays = {f"input_{i}": x for i, x in enumerate(xs)}
    np.savez(f"{out}/{name}_io.npz", **arrays, **{f"output_{i}": y for i, y in enumerate(ys)})
try:
    import tf_keras as keras, tensorflow as tf
except ImportError:
    os.environ["KERAS_BACKEND"] = "jax"
    import keras
    from keras import layers as L, ops
    x = keras.Input((6, 5, 3))
    norm = L.Normalization()
    norm.adapt(rng.rand(20, 3).astype("float32") * 9)
    chain = L.Pipeline([L.Rescaling(2.0), L.CenterCrop(4, 4), norm, L.RandomFlip()])
    write(keras, "pipeline", keras.Model(x, L.Conv2D(2, 3)(chain(x))), ("keras", "h5"))
    inner = keras.Sequential([L.Pipeline([L.Rescaling(0.5), L.CenterCrop(4, 4)])])
    chain = [keras.Input((6, 5, 3)), L.Pipeline([L.Rescaling(0.5), L.RandomFlip()]), inner, L.Conv2D(2, 3)]
    write(keras, "pipeline_chain", keras.Sequential(chain), ("keras", "h5"))
    x, size = keras.Input((6, 5, 2)), (9, 4)
    ways = [dict(interpolation="bicubic"), dict(interpolation="lanczos3", antialias=True), dict(interpolation="lanczos5"),
            dict(interpolation="bilinear", antialias=True), dict(crop_to_aspect_ratio=True),
            dict(pad_to_aspect_ratio=True, fill_value=0.5), dict(interpolation="nearest")]
    write(keras, "functions_resized", keras.Model(x, [ops.image.resize(x, size, **way) for way in ways]), ("keras",))
else:
    L = keras.layers
    x = keras.Input((6, 5, 2))
    stretched = L.RandomWidth(0.3)(L.RandomHeight(0.2)(x))
    write(keras, "k2_stretched", keras.Model(x, L.GlobalAveragePooling2D()(L.Conv2D(2, 3)(stretched))), ("keras", "h5"))
    x = keras.Input((4, 3))
    norms = L.BatchNormalization()(L.experimental.SyncBatchNormalization()(L.BatchNormalization()(x)))
    write(keras, "k2_synchronized", keras.Model(x, norms), ("keras", "h5"))
    x = keras.Input((None, 5, 2))
    xs = [np.concatenate([rng.rand(2, 4, 5, 2), np.full((1, 4, 5, 2), 0.5)]).astype("float32")]
    write(keras, "k2_standardized", keras.Model(x, tf.image.per_image_standardization(x)), ("h5", "keras"), xs)
    x, n = keras.Input((4, 3)), keras.Input((2,), dtype="int32")
    ys = [tf.sequence_mask(n, 5, dtype="float32"), tf.norm(x, axis=1), tf.linalg.norm(x, axis=[1, 2])]
    xs = [rng.rand(3, 4, 3).astype("float32"), np.array([[0, 5], [2, 1], [7, 3]], "int32")]
    write(keras, "k2_sequence_mask", keras.Model([x, n], ys), ("keras", "h5"), xs)
