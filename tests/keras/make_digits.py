# `models/digits.keras`, which a program of the book has in it: python make_digits.py. Needs scikit-learn for its digits.
import os

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras
from sklearn.datasets import load_digits

keras.utils.set_random_seed(1)
digits = load_digits()
model = keras.Sequential(
    [
        keras.Input((8, 8)),
        keras.layers.Rescaling(1 / 16),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(digits.images[:1500], digits.target[:1500], epochs=30, verbose=0)
print(model.evaluate(digits.images[1500:], digits.target[1500:], verbose=0))
# The weights alone: what a program reads.
keras.Model(model.inputs, model.outputs, name="digits").save(
    os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "models", "digits.keras")
)
print([round(float(x), 4) for x in digits.images[1796].ravel()][:64], digits.target[1796])
