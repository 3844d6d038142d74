# Models inside that are called with dicts, and compiled ones of which the next step is written down: python make_file_inner_dicts.py
# FOLDER, with Keras 3.15 on JAX and again with tf_keras 2.21. NAME_after.npz has the weights one step after NAME.
import os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"; os.environ["CUDA_VISIBLE_DEVICES"] = ""
import numpy as np
try:
    import tf_keras as keras
    new = False
except ImportError:
    os.environ["KERAS_BACKEND"] = "jax"
    import keras
    new = True
L, Input, Model, O = keras.layers, keras.Input, keras.Model, keras.optimizers
out, rng = sys.argv[1], np.random.RandomState(0)
numbers = lambda *shape: rng.uniform(-1, 1, shape).astype("float32")


def drawn(m):
    m.set_weights([numbers(*w.shape) if w.dtype.kind == "f" and w.shape else w for w in m.get_weights()])
    return m


def write(name, m, xs, formats):
    ys = drawn(m).predict(xs, verbose=0)
    for end in formats:
        m.save(f"{out}/{name}.{end}")
    arrays = {f"input_{i}": x for i, x in enumerate(xs)}
    np.savez(f"{out}/{name}_io.npz", **arrays, output_0=ys)


def inner_dicts():
    # One whose inputs are a dict, and one whose inputs are a list, in another order than that of their names.
    p, q = Input((4,), name="p"), Input((3,), name="q")
    both = L.Concatenate()([q, p])
    of_dict = Model({"q": q, "p": p}, {"u": L.Dense(2, name="u")(p), "v": L.Dense(2)(both)}, name="of_dict")
    r, s = Input((2,), name="r"), Input((2,), name="s")
    of_list = Model([s, r], L.Subtract()([r, L.Dense(2)(s)]), name="of_list")
    a, b = Input((4,)), Input((3,))
    y = of_dict({"p": L.Dense(4)(a), "q": b})
    named = {"r": y["u"], "s": y["v"]}
    return Model([a, b], L.Dense(1)(L.Concatenate()([y["v"], of_list(named if new else [named["s"], named["r"]])])))


def next_step(name, m, optimizer, end):
    x, y = numbers(8, 4), rng.randint(0, 3, 8)
    drawn(m).compile(optimizer, "sparse_categorical_crossentropy")
    for _ in range(2):
        m.train_on_batch(x, y)
    m.save(f"{out}/{name}.{end}")
    m.train_on_batch(x, y)
    weights = {f"weight_{i}": w for i, w in enumerate(m.get_weights())}
    np.savez(f"{out}/{name}_after.npz", input_0=x, target_0=y.astype("int32"), **weights)


def frozen_parent():
    base = keras.Sequential([Input((4,)), L.Dense(4), L.Dense(4)], name="base")
    base.trainable = False
    base.layers[-1].trainable = True
    x = Input((4,))
    return Model(x, L.Dense(3, activation="softmax")(base(x)))


small = lambda: keras.Sequential([Input((4,)), L.Dense(3, activation="softmax")])
restarts = lambda: O.SGD(O.schedules.CosineDecayRestarts(0.1, 2, t_mul=1.5, m_mul=0.8, alpha=0.1))
x = [numbers(3, 4), numbers(3, 3)]
if new:
    write("inner_dicts", inner_dicts(), x, ["keras"])
    next_step("frozen_parent", frozen_parent(), "adam", "keras")
    next_step("scheduled", small(), restarts(), "keras")
else:
    write("k2_inner_dicts", inner_dicts(), x, ["keras", "h5"])
    next_step("k2_scheduled", small(), restarts(), "h5")
