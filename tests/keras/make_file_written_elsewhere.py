# What files of others have and those made here had not: python make_file_written_elsewhere.py FOLDER, with TensorFlow 2.14, and once
# more with Keras 3. With tf_keras 2.21: python make_file_written_elsewhere.py FOLDER tf_keras writes the bins in models inside.
import os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"; os.environ["CUDA_VISIBLE_DEVICES"] = ""
import numpy as np
import keras
if sys.argv[2:] == ["tf_keras"]: import tf_keras as keras
three = keras.__version__ >= "3"
if not three and sys.argv[2:] != ["tf_keras"]: from tensorflow import keras
L, out, rng = keras.layers, sys.argv[1], np.random.default_rng(4)

def write(name, model, x, *endings):
    for w in model.weights:
        if all(isinstance(n, int) for n in w.shape): w.assign((np.abs if "variance" in w.name else np.array)(rng.normal(0, 0.5, w.shape)))
    np.savez(f"{out}/{name}_io.npz", input_0=x, output_0=np.asarray(model(x)))
    for ending in endings: model.save(f"{out}/{name}{ending}")

if sys.argv[2:] == ["tf_keras"]:
    def bins(n):
        layer = L.Discretization(num_bins=n); layer.adapt(rng.normal(0, 1, (12, 2)).astype("float32")); return layer
    x = keras.Input((2,))
    part = keras.Model(x, L.Dense(2)(bins(3)(L.BatchNormalization()(x))))
    each = L.TimeDistributed(keras.Sequential([keras.Input((2,)), bins(4), L.Dense(2)]))
    layers = [keras.Input((3, 2)), L.TimeDistributed(part), bins(5), each]
    write("k2_bins_inside", keras.Sequential(layers), rng.normal(0, 1, (2, 3, 2)).astype("float32"), ".keras", ".h5")
    sys.exit()
# Boundaries that were found in data: Keras 3 writes them among the arguments, Keras 2 a summary of the data among the weights.
bins = L.Discretization(num_bins=5); bins.adapt(rng.normal(0, 1, (40, 1)).astype("float32"))
layers = [keras.Input((1,)), bins, L.CategoryEncoding(5), L.Dense(3)]
x = np.linspace(-2, 2, 9, dtype="float32")[:, None]
write("k3_bins" if three else "k2_bins", keras.Sequential(layers), x, ".keras", ".h5")
# An architecture by itself, and its weights. The text of Keras 3 does not say who wrote it.
model = keras.Sequential([keras.Input((6, 3)), L.LSTM(4, recurrent_activation="hard_sigmoid"), L.BatchNormalization(), L.Dense(2)])
name = "k3_alone" if three else "k2_alone"
write(name, model, rng.normal(0, 1, (2, 6, 3)).astype("float32"))
open(f"{out}/{name}.json", "w").write(model.to_json())
model.save_weights(f"{out}/{name}" + (".weights.h5" if three else "_weights.h5"))
if not three:
    # Layers of one class: 2.14 counts each once where 2.12 counts it twice.
    layers = [keras.Input((4,)), L.Dense(5, activation="relu"), L.Dropout(0.1), L.Dense(6), L.BatchNormalization(), L.Dense(2)]
    write("k2_14_chain", keras.Sequential(layers), rng.normal(0, 1, (3, 4)).astype("float32"), ".keras")
else:
    # An operation over the samples of a batch, which no model here has.
    x = keras.Input((4,))
    mixed = keras.Model(x, L.Dense(2)(x - keras.ops.mean(x, axis=0, keepdims=True)))
    open(f"{out}/k3_over_samples.json", "w").write(mixed.to_json())
    # The second input stands first among the layers: it is further from the output.
    a, b = keras.Input((3,)), keras.Input((3,))
    crossed = keras.Model([a, b], L.Concatenate()([L.Dense(2)(a), L.Dense(2)(L.Dense(4)(b))]))
    for w in crossed.weights: w.assign(rng.normal(0, 0.5, w.shape))
    xs = [rng.normal(0, 1, (2, 3)).astype("float32") for _ in range(2)]
    np.savez(f"{out}/k3_inputs_crossed_io.npz", input_0=xs[0], input_1=xs[1], output_0=np.asarray(crossed(xs)))
    crossed.save(f"{out}/k3_inputs_crossed.keras")
