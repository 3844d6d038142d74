# Files of Keras 1.2.2 and 2.2.4, written by those very versions on the graphs of a later TensorFlow:
# python make_old_files.py KERAS FOLDER, with TensorFlow 2.12; KERAS is the unpacked source of keras 1.2.2 or 2.2.4.
import collections, collections.abc, inspect, os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"; os.environ["CUDA_VISIBLE_DEVICES"] = ""; os.environ["KERAS_BACKEND"] = "tensorflow"
import numpy as np, tensorflow
# What Python, NumPy and TensorFlow have under other names now.
for name in ("Iterable", "Mapping", "Callable"): setattr(collections, name, getattr(collections.abc, name))
Spec = collections.namedtuple("ArgSpec", "args varargs keywords defaults")
inspect.getargspec = lambda f: Spec(*inspect.getfullargspec(f)[:4])
for name, kind in (("float", float), ("int", int), ("bool", bool)): name in np.__dict__ or setattr(np, name, kind)
tf = tensorflow.compat.v1
tf.disable_v2_behavior()
sys.modules["tensorflow"] = tf
for name in [m for m in sys.modules if m == "keras" or m.startswith("keras.")]: del sys.modules[name]
sys.path.insert(0, sys.argv[1])
import keras
from keras import backend as K
if keras.__version__ != "1.2.2":
    from keras.backend import tensorflow_backend
    K.is_tensor = tensorflow_backend.is_tensor = lambda x: tf.is_tensor(x) or isinstance(x, tf.Variable)
from keras.models import Sequential, Model
from keras.layers import *
out, rng, models = sys.argv[2], np.random.RandomState(0), []
S = lambda *layers: Sequential(list(layers))
def model(first=False, ints=None):
    """A model with channels first, or with inputs that count up to a number."""
    return lambda make: models.append((make, first, ints))
def write(name, m, ints):
    # The second moments are above 0.
    weights = [(w.name, rng.randn(*v.shape) * 0.3) for w, v in zip(m.weights, m.get_weights())]
    m.set_weights([np.abs(w) + 0.5 if "running_std" in n or "variance" in n else w for n, w in weights])
    shapes = [[3 if n is None else n for n in K.int_shape(x)] for x in m.inputs]
    xs = [(rng.randint(0, ints, s) if ints else rng.randn(*s)).astype("float32") for s in shapes]
    m.save(f"{out}/{name}.h5")
    ys = m.predict(xs if len(xs) > 1 else xs[0], batch_size=3)
    ys = ys if isinstance(ys, list) else [ys]
    arrays = {f"input_{i}": x for i, x in enumerate(xs)}
    np.savez(f"{out}/{name}_io.npz", **arrays, **{f"output_{i}": y for i, y in enumerate(ys)})
if keras.__version__ == "1.2.2":
    from keras.layers.advanced_activations import PReLU
    @model()
    def k1_convlstm(): return S(ConvLSTM2D(3, 2, 3, border_mode="same", return_sequences=True, input_shape=(3, 4, 4, 2)), ConvLSTM2D(2, 3, 3))
    @model(first=True)
    def k1_convlstm_first(): return S(ConvLSTM2D(3, 2, 3, border_mode="same", input_shape=(3, 2, 4, 4)))
    @model(first=True)
    def k1_separable_first(): return S(SeparableConvolution2D(4, 3, 3, depth_multiplier=2, border_mode="same", input_shape=(3, 5, 4)))
    @model(first=True)
    def k1_silent_first(): return S(Convolution2D(4, 3, 2, border_mode="same", subsample=(2, 1), input_shape=(3, 5, 4)), ZeroPadding2D((1, 2)), UpSampling2D((2, 2)), Cropping2D(((1, 1), (0, 2))), Flatten(), Dense(2))
    @model()
    def k1_deconv_odd(): return S(Deconvolution2D(2, 3, 3, output_shape=(3, 7, 5, 2), subsample=(2, 2), border_mode="same", batch_input_shape=(3, 4, 3, 2)))
    @model()
    def k1_deconv_even(): return S(Deconvolution2D(2, 3, 3, output_shape=(3, 8, 6, 2), subsample=(2, 2), border_mode="same", batch_input_shape=(3, 4, 3, 2)))
    @model()
    def k1_deconv_valid(): return S(Deconvolution2D(2, 3, 3, output_shape=(3, 10, 8, 2), subsample=(2, 2), border_mode="valid", batch_input_shape=(3, 4, 3, 2)))
    @model(ints=3)
    def k1_merged_models():
        left, right = S(Dense(4, input_dim=5)), S(Dense(4, input_dim=3))
        both = S(Merge([left, right], mode="mul"), Dense(3))
        words = S(Embedding(10, 3, input_length=1, dropout=0.2), Flatten())
        return S(Merge([both, words], mode="concat", concat_axis=1), Dense(2))
    @model()
    def k1_merged_with_itself():
        one = S(Dense(4, input_dim=5))
        return S(Merge([one, one], mode="mul"), Dense(2))
    @model()
    def k1_merged_functional():
        x = Input((4,)); left = Model(x, Dense(3)(Dense(2)(x)))
        return S(Merge([left, S(Dense(3, input_dim=5))], mode="sum"), Dense(2))
    @model()
    def k1_cosine():
        a, b = Input((6,)), Input((6,))
        return Model([a, b], Dense(2)(merge([Dense(4)(a), Dense(4)(b)], mode="cos")))
    @model()
    def k1_shared_slopes(): return S(Convolution2D(4, 3, 3, input_shape=(4, 4, 2)), PReLU(shared_axes=[1, 2]), Flatten(), Dense(2))
    @model()
    def k1_linear_input():
        x = Input((5,)); y = Activation("linear")(x)
        return Model(x, [Dense(3)(x), Dense(2)(y)])
    @model()
    def k1_local(): return S(LocallyConnected1D(4, 3, activation="relu", subsample_length=2, input_shape=(9, 3)), LocallyConnected1D(2, 2, bias=False), Flatten(), Dense(2))
    @model()
    def k1_local_images(): return S(LocallyConnected2D(3, 3, 2, activation="tanh", subsample=(2, 1), input_shape=(7, 5, 2)), LocallyConnected2D(2, 2, 2, bias=False))
    @model(first=True)
    def k1_local_images_first(): return S(LocallyConnected2D(3, 3, 2, activation="hard_sigmoid", subsample=(2, 1), input_shape=(2, 7, 5)), Flatten(), Dense(2))
    @model()
    def k1_highway(): return S(Highway(input_dim=5, activation="tanh"), Highway(bias=False, activation="relu"), Highway())
    @model()
    def k1_maxout(): return S(MaxoutDense(4, nb_feature=3, input_dim=5), MaxoutDense(2, bias=False))
    @model()
    def k1_norms_of_samples(): return S(Dense(6, input_dim=4), BatchNormalization(mode=1, epsilon=0.01), Dense(2))
    @model()
    def k1_norms_of_batches(): return S(Convolution2D(3, 2, 2, input_shape=(4, 4, 2)), BatchNormalization(mode=2), Flatten(), Dense(4), BatchNormalization(mode=2, axis=1, epsilon=0.1))
else:
    @model()
    def k22_local(): return S(LocallyConnected1D(4, 3, activation="relu", strides=2, input_shape=(9, 3)), LocallyConnected1D(2, 2, use_bias=False))
    @model()
    def k22_local_images(): return S(LocallyConnected2D(3, (3, 2), activation="hard_sigmoid", strides=(2, 1), data_format="channels_first", input_shape=(2, 7, 5)), LocallyConnected2D(2, 2, data_format="channels_first"))
    @model()
    def k22_both_ways(): return S(Bidirectional(ConvLSTM2D(3, 2, padding="same", return_sequences=True), input_shape=(3, 4, 4, 2)), Bidirectional(ConvLSTM2D(2, 3), merge_mode="sum"))
    @model()
    def k22_bilinear(): return S(UpSampling2D((2, 3), interpolation="bilinear", input_shape=(3, 4, 2)), Conv2D(2, 2))
for make, first, ints in models:
    K.clear_session()
    order = (lambda which: K.set_image_dim_ordering("th" if which else "tf")) if keras.__version__ == "1.2.2" else lambda which: None
    order(first)
    write(make.__name__, make(), ints)
