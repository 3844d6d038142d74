"""Random models whose sizes are named constants, with the shapes and parameter counts that real Keras gives them.

    KERAS_BACKEND=jax python tests/keras/make_types.py

writes tests/tests/suite/keras/types_generated.rs. A chain is drawn at random and built in Keras; one that Keras refuses
is drawn again. What Rust says of the same chain, as constants, as types, by the macro's rules and in a run, is compared
with Keras's words in tests/tests/suite/types.rs.
"""

import os
import random
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
from keras import layers

GENERATED = Path(__file__).resolve().parent.parent / "tests" / "suite" / "keras" / "types_generated.rs"
COUNT = 60


class Constants:
    """Named constants of one model: a number stands as a literal, a name, or an expression of names."""

    def __init__(self, rng):
        self.rng, self.known = rng, []

    def use(self, n):
        kind = self.rng.randrange(4)
        if kind == 0:
            return str(n)
        for name, value in self.known:
            if kind == 1 and value and n % value == 0 and n != value:
                return f"{n // value} * {name}"
            if kind == 2 and n > value:
                return f"{name} + {n - value}"
            if value == n:
                return name
        name = f"{'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[len(self.known)]}_{len(self.known)}"
        self.known.append((name, n))
        return name


def draw_layer(rng, c, shape):
    """A layer for an input of this shape, without the batch: Keras's object and Rust's words."""
    rank = len(shape)
    last = shape[-1]
    pick = []
    if last is not None:
        pick += ["dense"] * 3 + ["norm"]
    if all(d is not None for d in shape):
        pick += ["flatten", "reshape"]
    pick += ["permute"] if rank > 1 else ["repeat"]
    if rank == 2 and last is not None:
        pick += ["lstm", "gru", "conv1d", "conv1d", "pool1d", "bidirectional", "distributed", "global1d", "mean1d"]
    if rank == 3 and last is not None:
        pick += ["conv2d"] * 3 + ["pool2d", "pad", "up", "global2d", "distributed"]
    kind = rng.choice(pick)
    n = rng.randrange(1, 40)
    u = c.use(n)
    if kind == "dense":
        return layers.Dense(n), f"Dense({u})"
    if kind == "norm":
        return rng.choice([(layers.BatchNormalization(), "BatchNormalization()"),
                           (layers.LayerNormalization(), "LayerNormalization()")])
    if kind == "flatten":
        return layers.Flatten(), "Flatten()"
    if kind == "reshape":
        size = 1
        for d in shape:
            size *= d
        part = rng.choice([k for k in range(1, size + 1) if size % k == 0])
        if rng.randrange(2):
            return layers.Reshape((part, -1)), f"Reshape(({c.use(part)}, -1))"
        return layers.Reshape((size // part, part)), f"Reshape(({c.use(size // part)}, {c.use(part)}))"
    if kind == "permute":
        axes = list(range(1, rank + 1))
        rng.shuffle(axes)
        return layers.Permute(axes), f"Permute(({', '.join(map(str, axes))}))"
    if kind == "repeat":
        return layers.RepeatVector(n), f"RepeatVector({u})"
    sequences = rng.random() < 0.5
    if kind in ("lstm", "gru"):
        layer, word = (layers.LSTM, "LSTM") if kind == "lstm" else (layers.GRU, "GRU")
        return layer(n, return_sequences=sequences), f"{word}({u}, return_sequences = {str(sequences).lower()})"
    if kind == "bidirectional":
        mode = rng.choice(["concat", "sum"])
        return (layers.Bidirectional(layers.LSTM(n, return_sequences=sequences), merge_mode=mode),
                f"Bidirectional(LSTM({u}, return_sequences = {str(sequences).lower()}), merge_mode = {mode})")
    if kind == "distributed":
        return layers.TimeDistributed(layers.Dense(n)), f"TimeDistributed(Dense({u}))"
    if kind == "global1d":
        return layers.GlobalMaxPooling1D(), "GlobalMaxPooling1D()"
    if kind == "mean1d":
        return layers.GlobalAveragePooling1D(), "GlobalAveragePooling1D()"
    if kind == "global2d":
        return layers.GlobalAveragePooling2D(), "GlobalAveragePooling2D()"
    k, s, d = rng.randrange(1, 5), rng.randrange(1, 4), 1
    if rng.randrange(3) == 0:
        s, d = 1, rng.randrange(1, 4)
    padding = rng.choice(["valid", "same"])
    rest = f"strides = {c.use(s)}, padding = {padding}"
    if kind in ("conv1d", "conv2d"):
        layer, word = (layers.Conv1D, "Conv1D") if kind == "conv1d" else (layers.Conv2D, "Conv2D")
        return (layer(n, k, strides=s, padding=padding, dilation_rate=d),
                f"{word}({u}, {c.use(k)}, {rest}, dilation_rate = {c.use(d)})")
    if kind == "pool1d":
        return layers.MaxPooling1D(k, strides=s, padding=padding), f"MaxPooling1D({c.use(k)}, {rest})"
    if kind == "pool2d":
        return layers.AveragePooling2D(k, strides=s, padding=padding), f"AveragePooling2D({c.use(k)}, {rest})"
    if kind == "pad":
        return layers.ZeroPadding2D((k, s)), f"ZeroPadding2D(({c.use(k)}, {c.use(s)}))"
    return layers.UpSampling2D((k, s)), f"UpSampling2D(({c.use(k)}, {c.use(s)}))"


def draw(rng):
    c = Constants(rng)
    rank = rng.randrange(1, 4)
    shape = [rng.randrange(3, 14) for _ in range(rank)]
    for axis in range(rank - 1):
        if rng.randrange(3) == 0:
            shape[axis] = None
    words = [f"Input({', '.join('None' if d is None else c.use(d) for d in shape)})"]
    try:
        model = keras.Sequential([keras.Input(tuple(shape))])
        current = tuple(shape)
        for _ in range(rng.randrange(2, 7)):
            layer, word = draw_layer(rng, c, current)
            model.add(layer)
            current = model.output_shape[1:]
            words.append(word)
            if any(d is not None and (d <= 0 or d > 300) for d in model.output_shape[1:]) or model.count_params() > 60000:
                return None
        lengths = [3] + [11 if d is None else d for d in shape]
        true = model.compute_output_shape(tuple(lengths))
        # A length may be too short for the chain: Keras says so by a length that is not positive, or an error.
        if any(d is None or d <= 0 for d in true):
            return None
    except ValueError:
        return None
    return c, words, model.output_shape, model.count_params(), lengths, list(true)


def text(shape):
    words = ["None" if d is None else str(d) for d in shape]
    return f"({', '.join(words)})" if len(words) > 1 else f"({words[0]},)"


def main():
    rng = random.Random(20)
    found, modules = 0, []
    while found < COUNT:
        keras.backend.clear_session()
        drawn = draw(rng)
        if drawn is None:
            continue
        c, words, shape, params, lengths, true = drawn
        chain = "\n                => ".join(words)
        used = [(name, value) for name, value in c.known if name in chain]
        constants = "".join(f"    const {name}: usize = {value};\n" for name, value in used)
        modules.append(
            f"#[rustfmt::skip]\nmod m{found} {{\n    use keras_core::prelude::*;\n\n{constants}\n    model! {{\n"
            f"        pub struct M {{\n            {chain}\n        }}\n    }}\n\n"
            "    #[test]\n    fn agrees() {\n"
            f'        crate::types::check(M::with_seed(1), M::OUTPUT_SHAPE, M::PARAMS, "{text(shape)}", {params}, '
            f"&{lengths}, &{true});\n    }}\n}}\n")
        found += 1
    head = ("// Generated by tests/keras/make_types.py: do not edit.\n"
            "// Models of random layers and named constants; shapes and parameter counts are Keras's.\n\n")
    GENERATED.write_text(head + "\n".join(modules))
    print(f"{found} models")


if __name__ == "__main__":
    main()
