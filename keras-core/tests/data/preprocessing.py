# What layers of Keras 3.15.1 make of numbers and categories: python preprocessing.py writes preprocessing.json.
import json
import os

os.environ.setdefault("KERAS_BACKEND", "jax")
import numpy as np
from keras import layers

HERE = os.path.dirname(os.path.abspath(__file__))
INTS = [[1, 2, 0, 5], [3, 3, -1, 2], [100000, -7, 12345678, 2]]
ONE = [[3], [0], [2], [-5], [41]]
FLAT = [3, 0, 2, 41]
X = [[-1.5, 0.0, 0.25, 3.0], [0.5, 1.0, 1.5, -20.0], [2.0, 0.49999, 0.1, 1.0]]
CUBE = np.arange(24).reshape(2, 3, 4).tolist()

CASES = [
    ("CategoryEncoding(4)", INTS),
    ("CategoryEncoding(num_tokens=6, output_mode='count')", [[1, 2, 0, 5], [3, 3, 3, 2]]),
    ("CategoryEncoding(4, 'one_hot')", INTS),
    ("CategoryEncoding(4, 'one_hot')", ONE),
    ("CategoryEncoding(5, output_mode='one_hot')", FLAT),
    ("Discretization([0.0, 0.5, 1.0])", X),
    ("Discretization(bin_boundaries=[0.5], output_mode='one_hot')", X),
    ("Discretization([-1.0, 0.25, 1.0], output_mode='multi_hot')", X),
    ("Discretization([-1.0, 0.25, 1.0], output_mode='count')", X),
    ("Discretization([3.0, 7.5], output_mode='multi_hot')", [[[float(x) for x in row] for row in m] for m in CUBE]),
    ("Discretization([3.0, 7.5], output_mode='count')", [[[float(x) for x in row] for row in m] for m in CUBE]),
    ("Hashing(10)", INTS),
    ("Hashing(1)", ONE),
    ("Hashing(num_bins=1000003)", INTS),
    ("Hashing(7, mask_value=0)", INTS),
    ("Hashing(11, salt=1337)", INTS),
    ("Hashing(1000003, salt=[133, 137])", INTS),
    ("Hashing(6, output_mode='one_hot')", ONE),
    ("Hashing(6, output_mode='multi_hot')", INTS),
    ("Hashing(6, output_mode='count')", INTS),
    ("HashedCrossing(1000003)", [ONE, [[1], [2], [3], [4], [5]]]),
    ("HashedCrossing(5, output_mode='one_hot')", [ONE, [[1], [2], [3], [4], [5]], ONE]),
    ("HashedCrossing(7)", [FLAT, [5, 6, 7, 8]]),
    ("IntegerLookup(vocabulary=[2, 5, 100000])", INTS),
    ("IntegerLookup(vocabulary=[2, 5, 100000], mask_token=0)", INTS),
    ("IntegerLookup(vocabulary=[0, -1, 2, 5], mask_token=0)", INTS),
    ("IntegerLookup(vocabulary=[2, 5, 3], num_oov_indices=3)", INTS),
    ("IntegerLookup(vocabulary=[2, 5, 3], num_oov_indices=4, oov_method='farmhash', mask_token=1)", INTS),
    ("IntegerLookup(vocabulary=[2, 5], num_oov_indices=4, oov_method='farmhash', salt=[1, 2])", INTS),
    ("IntegerLookup(vocabulary=[2, 5, 3], invert=True)", [[1, 2, 0, 3], [3, 3, 9, 2]]),
    ("IntegerLookup(vocabulary=[2, 5, 3], invert=True, mask_token=7)", [[1, 2, 0, 3], [3, 3, 9, 2]]),
    ("IntegerLookup(vocabulary=[2, 5, 3], output_mode='multi_hot')", INTS),
    ("IntegerLookup(vocabulary=[2, 5, 3], output_mode='multi_hot', mask_token=0)", INTS),
    ("IntegerLookup(vocabulary=[2, 5, 3], output_mode='one_hot')", ONE),
    ("IntegerLookup(max_tokens=8, vocabulary=[2, 5, 3], output_mode='count', pad_to_max_tokens=True)", INTS),
    ("IntegerLookup(vocabulary=[2, 5, 3], output_mode='tf_idf', idf_weights=[0.5, 1.5, 4.0])", INTS),
    (
        "IntegerLookup(max_tokens=6, vocabulary=[-1, 2, 5], output_mode='tf_idf', idf_weights=[0.25, 0.5, 1.5], "
        "pad_to_max_tokens=True)",
        INTS,
    ),
    ("Normalization(mean=2.0, variance=4.0)", X),
    ("Normalization(mean=[1.0, 2.0, 3.0, 4.0], variance=[1.0, 4.0, 0.0, 0.5])", X),
    ("Normalization(mean=[1.0, 2.0, 3.0, 4.0], variance=[1.0, 4.0, 9.0, 0.5], invert=True)", X),
    ("Normalization(axis=None, mean=1.0, variance=2.0)", X),
    ("Normalization(axis=1, mean=[1.0, 2.0, 3.0], variance=[1.0, 4.0, 9.0])", CUBE),
    ("Normalization(axis=(1, 2), mean=[1.0, 2.0, 3.0, 4.0], variance=[1.0, 4.0, 9.0, 0.25])", CUBE),
]


def main():
    lines = []
    for source, x in CASES:
        several = source.startswith("HashedCrossing")
        xs = [np.array(x) for x in (x if several else [x])]
        whole = xs[0].dtype.kind == "i" and not source.startswith("Normalization")
        xs = [x.astype("int64" if whole else "float32") for x in xs]
        y = np.array(eval(source, vars(layers))(xs if several else xs[0]))
        lines.append(
            json.dumps(
                dict(
                    layer=source,
                    shapes=[list(x.shape) for x in xs],
                    whole=bool(whole),
                    x=[x.reshape(-1).tolist() for x in xs],
                    y_shape=list(y.shape),
                    y=[float(f"{v:.7g}") for v in y.reshape(-1).astype("float64")],
                ),
                separators=(",", ":"),
            )
        )
    with open(os.path.join(HERE, "preprocessing.json"), "w") as f:
        f.write("[\n" + ",\n".join(lines) + "\n]\n")


main()
