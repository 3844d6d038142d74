# Models of one layer that takes strings or integers of categories, on TensorFlow: python string_files.py make FOLDER writes NAME.keras
# and NAME.json (inputs, output) for each; python string_files.py check FOLDER loads each NAME_ours.keras, and prints NAME and
# whether its output for the inputs of NAME.json is the one there.
import json
import os
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
import tensorflow as tf
from keras import layers as L

WORDS = [["the", "cat"], ["", "é"], ["dog", "the"], ["[UNK]", "sat"]]
TEXTS = [["The cat sat."], ["dog the DOG, cat!"], [""], ["a  the-cat  éa sat"]]
IDS = [[2, 5], [7, -3], [0, 2], [9, 9]]
VOCABULARY = ["the", "cat", "dog", "é"]
WEIGHTS = [0.5, 0.25, 0.3, 0.2]


def told(layer, weights=WEIGHTS, vocabulary=VOCABULARY):
    layer.set_vocabulary(vocabulary, idf_weights=weights)
    return layer


def learnt(layer, data):
    layer.adapt(data)
    return layer


def inside(*layers, width=1):
    """Layers in a model inside another."""
    return keras.Sequential([keras.Input((width,), dtype="string"), *layers])


CASES = {
    "inside_lookup": (lambda: inside(L.StringLookup(vocabulary=VOCABULARY), L.Embedding(6, 3), width=2), WORDS),
    "inside_text": (lambda: inside(inside(L.TextVectorization(vocabulary=VOCABULARY)), L.Embedding(6, 3)), TEXTS),
    "inside_learnt": (lambda: inside(learnt(L.TextVectorization(output_mode="tf_idf"), TEXTS), L.Dense(2)), TEXTS),
    "inside_hash": (lambda: inside(L.Reshape((2, 1)), L.Hashing(5), width=2), WORDS),
    "lookup": (lambda: L.StringLookup(vocabulary=VOCABULARY), WORDS),
    "lookup_oov": (lambda: L.StringLookup(vocabulary=VOCABULARY, num_oov_indices=3, oov_token="?"), WORDS),
    "lookup_mask": (lambda: L.StringLookup(vocabulary=VOCABULARY, mask_token="", num_oov_indices=2), WORDS),
    "lookup_one_hot": (lambda: L.StringLookup(vocabulary=VOCABULARY, output_mode="one_hot"), WORDS),
    "lookup_count": (lambda: L.StringLookup(vocabulary=VOCABULARY, output_mode="count", max_tokens=9, pad_to_max_tokens=True), WORDS),
    "lookup_tf_idf": (lambda: L.StringLookup(vocabulary=VOCABULARY, output_mode="tf_idf", idf_weights=WEIGHTS), WORDS),
    "text": (lambda: L.TextVectorization(vocabulary=VOCABULARY), TEXTS),
    "text_lower": (lambda: L.TextVectorization(vocabulary=VOCABULARY, standardize="lower", output_sequence_length=3), TEXTS),
    "text_plain": (lambda: L.TextVectorization(vocabulary=VOCABULARY, standardize=None, split=None), TEXTS),
    "text_letters": (lambda: L.TextVectorization(vocabulary=["t", "c", "é"], split="character", output_sequence_length=5), TEXTS),
    "text_ngrams": (lambda: L.TextVectorization(vocabulary=[*VOCABULARY, "the cat"], ngrams=2), TEXTS),
    "text_pairs": (lambda: L.TextVectorization(vocabulary=["the cat"], ngrams=(2,), output_mode="count"), TEXTS),
    "text_multi_hot": (lambda: L.TextVectorization(vocabulary=VOCABULARY, output_mode="multi_hot", max_tokens=8, pad_to_max_tokens=True), TEXTS),
    "text_tf_idf": (lambda: L.TextVectorization(vocabulary=VOCABULARY, output_mode="tf_idf", idf_weights=WEIGHTS), TEXTS),
    "lookup_told_tf_idf": (lambda: told(L.StringLookup(output_mode="tf_idf")), WORDS),
    "lookup_oov_tf_idf": (lambda: told(L.StringLookup(output_mode="tf_idf"), [0.7, *WEIGHTS], ["[UNK]", *VOCABULARY]), WORDS),
    "lookup_learnt_tf_idf": (lambda: learnt(L.StringLookup(output_mode="tf_idf", num_oov_indices=2), WORDS), WORDS),
    "text_learnt_tf_idf": (lambda: learnt(L.TextVectorization(output_mode="tf_idf", ngrams=2), TEXTS), TEXTS),
    "text_padded_tf_idf": (lambda: L.TextVectorization(vocabulary=VOCABULARY, output_mode="tf_idf", idf_weights=WEIGHTS, max_tokens=9, pad_to_max_tokens=True), TEXTS),
    "ids_learnt_tf_idf": (lambda: learnt(L.IntegerLookup(output_mode="tf_idf"), IDS), IDS),
    "hash": (lambda: L.Hashing(5), WORDS),
    "hash_salt": (lambda: L.Hashing(7, salt=[3, 4], mask_value="the"), WORDS),
    "hash_one_hot": (lambda: L.Hashing(4, output_mode="multi_hot", salt=3), WORDS),
    "hash_ids": (lambda: L.Hashing(5, mask_value=2), IDS),
    "ids": (lambda: L.IntegerLookup(vocabulary=[2, 5, 7], mask_token=0, num_oov_indices=2), IDS),
    "ids_count": (lambda: L.IntegerLookup(vocabulary=[2, 5, 7], output_mode="count"), IDS),
    "crossing": (lambda: L.HashedCrossing(7), [[["the"], ["cat"], [""], ["é"]], [[1], [22], [-3], [1]]]),
    "crossing_one_hot": (lambda: L.HashedCrossing(5, output_mode="one_hot"), [[["the"], ["cat"], [""], ["é"]], [["a"], ["b"], ["b"], ["c"]]]),
}


def dtype(rows):
    return "string" if isinstance(rows[0][0], str) else "int32"


def several(name, data):
    return data if name.startswith("crossing") else [data]


def run(model, inputs):
    tensors = [tf.constant(rows, dtype=dtype(rows)) for rows in inputs]
    return np.asarray(model(tensors if len(tensors) > 1 else tensors[0]), "float64")


def make(folder):
    for name, (layer, data) in CASES.items():
        keras.backend.clear_session()
        inputs = several(name, data)
        tensors = [keras.Input((len(rows[0]),), dtype=dtype(rows)) for rows in inputs]
        model = keras.Model(tensors, layer()(tensors if len(tensors) > 1 else tensors[0]))
        model.save(f"{folder}/{name}.keras")
        output = run(model, inputs)
        with open(f"{folder}/{name}.json", "w") as file:
            json.dump(dict(inputs=inputs, shape=output.shape, output=output.ravel().tolist()), file)


def check(folder):
    for file in sorted(os.listdir(folder)):
        name, end = file[: -len("_ours.keras")], file[-len("_ours.keras") :]
        if end != "_ours.keras":
            continue
        with open(f"{folder}/{name}.json") as file:
            case = json.load(file)
        output = run(keras.models.load_model(f"{folder}/{name}_ours.keras"), case["inputs"])
        same = list(output.shape) == case["shape"] and np.allclose(output.ravel(), case["output"], rtol=0, atol=1e-6)
        print(name, "same" if same else f"{output.tolist()} instead of {case['output']}")


{"make": make, "check": check}[sys.argv[1]](sys.argv[2])
