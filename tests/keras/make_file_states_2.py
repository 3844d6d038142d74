# Compiled models with the states of their optimizers by Keras 2 (tf_keras), and their weights after one step more:
# python make_file_states_2.py FOLDER.
import os, sys
os.environ['CUDA_VISIBLE_DEVICES'] = ''; os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import numpy as np, tf_keras as keras
out = sys.argv[1]
x = np.array([[((i * 5 + j * 3) % 11) / 11 for j in range(4)] for i in range(16)], "float32")
y = np.array([i % 3 for i in range(16)], "int32")
new, old = keras.optimizers, keras.optimizers.legacy
for name, optimizer, end in [
    ("adam", new.Adam(0.01), "h5"), ("rmsprop", new.RMSprop(0.01, momentum=0.5, centered=True), "keras"),
    ("old_adam", old.Adam(0.01, decay=0.1, amsgrad=True), "h5"), ("old_sgd", old.SGD(0.1, momentum=0.9, nesterov=True), "h5"),
    ("old_adadelta", old.Adadelta(0.5), "h5"), ("old_adamax", old.Adamax(0.01), "h5"),
]:
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5, activation="tanh"), keras.layers.Dense(3, activation="softmax")])
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    for _ in range(3):
        model.train_on_batch(x, y)
    model.save(f"{out}/k2_state_{name}.{end}")
    model.train_on_batch(x, y)
    np.savez(f"{out}/k2_state_{name}_after.npz", **{f"weight_{i}": w for i, w in enumerate(model.get_weights())})
