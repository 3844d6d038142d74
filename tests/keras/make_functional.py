"""Models that branch, in real Keras: shapes, layers, summaries, and the numbers of some.

    KERAS_BACKEND=jax python tests/keras/make_functional.py [--oracle shared/oracle]

writes tests/fixtures/functional.jsonl, tests/fixtures/graphs.npz and
tests/tests/suite/keras/functional_generated.rs. Rows are the functional models of the oracle's models.jsonl that are
made of layers that we have, and the models below, each built here, so that all summaries come from one run: summary
(88 or 108 columns), summary_80col (on a terminal of 80 columns: 76 wide), expanded (expand_nested and
show_trainable). A row without `model` is a model inside a model, which tests/tests/suite/graphs.rs writes by hand.
"""

import argparse
import json
import os
import re
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ["COLUMNS"] = "200"

import keras
import numpy as np

from make_shapes import FIXTURES, GENERATED, find_oracle, read
from translate import NotExpressible, translation

ROOT = Path(__file__).resolve().parent.parent.parent

# name -> lines after the imports
OWN = {
    "shared_layer": """
        a = keras.Input(shape=(8,))
        b = keras.Input(shape=(8,))
        dense = layers.Dense(4)
        model = keras.Model([a, b], layers.Subtract()([dense(a), dense(b)]))""",
    "shared_at_two_depths": """
        x = keras.Input(shape=(8,))
        shared = layers.Dense(8)
        first = shared(x)
        y = layers.Dense(8)(first)
        y = shared(y)
        z = layers.Dense(8, activation='relu')(x)
        model = keras.Model(x, layers.Add()([z, y, first]))""",
    "shared_for_two_shapes": """
        a = keras.Input(shape=(4, 3))
        b = keras.Input(shape=(2, 3))
        flat = layers.Flatten()
        model = keras.Model([a, b], [flat(a), flat(b)])""",
    "block_twice": """
        a = keras.Input(shape=(8,))
        b = keras.Input(shape=(8,))
        tower = keras.Sequential([layers.Dense(6, activation='relu'), layers.Dense(3)])
        left = tower(a)
        right = tower(b)
        both = layers.Concatenate()([left, right])
        model = keras.Model([a, b], layers.Dense(1)(both))""",
    "block_beside_layers": """
        x = keras.Input(shape=(8,))
        long = keras.Sequential([layers.Dense(6), layers.Dense(6), layers.Dense(6), layers.Dense(6)])
        y = long(x)
        z = layers.Dense(5)(x)
        z = layers.Dense(6)(z)
        model = keras.Model(x, layers.Maximum()([z, y]))""",
    "late_input": """
        x = keras.Input(shape=(8,))
        late = keras.Input(shape=(8,), name='late')
        a = layers.Dense(8)(x)
        b = layers.Dense(8)(x)
        b = layers.BatchNormalization()(b)
        b = layers.Dense(8)(b)
        model = keras.Model([x, late], layers.Add()([late, a, b]))""",
    "inputs_met_backwards": """
        a = keras.Input(shape=(3,))
        b = keras.Input(shape=(4,))
        model = keras.Model([a, b], layers.Concatenate()([b, a]))""",
    "chain": """
        x = keras.Input(shape=(8,))
        y = layers.Dense(4, activation='relu')(x)
        y = layers.Dropout(0.5)(y)
        model = keras.Model(x, layers.Dense(2)(y))""",
    "outputs_on_the_way": """
        x = keras.Input(shape=(8,))
        y = layers.Dense(4)(x)
        z = layers.Dense(2)(y)
        model = keras.Model(x, [y, z])""",
    "branch_unused": """
        x = keras.Input(shape=(8,))
        unused = layers.Dense(4)(x)
        unused = layers.Dense(5)(unused)
        y = layers.Dense(6)(x)
        model = keras.Model(x, layers.Add()([y, layers.Dense(6)(x)]))""",
    "input_unused": """
        a = keras.Input(shape=(8,))
        b = keras.Input(shape=(3,))
        model = keras.Model([a, b], layers.Dense(2)(a))""",
    "input_twice": """
        x = keras.Input(shape=(8,))
        model = keras.Model(x, layers.Multiply()([x, x]))""",
    "encoder_decoder": """
        source = keras.Input(shape=(None, 7))
        target = keras.Input(shape=(None, 9))
        _, h, c = layers.LSTM(16, return_state=True)(source)
        y = layers.LSTM(16, return_sequences=True)(target, initial_state=[h, c])
        model = keras.Model([source, target], layers.Dense(9, activation='softmax')(y))""",
    "states_are_outputs": """
        x = keras.Input(shape=(None, 7))
        y, h = layers.GRU(4, return_sequences=True, return_state=True)(x)
        model = keras.Model(x, [y, h])""",
    "transformer_block": """
        start = keras.Input(shape=(None, 16))
        y = layers.MultiHeadAttention(num_heads=2, key_dim=8)(start, start)
        x = layers.LayerNormalization()(layers.Add()([start, y]))
        y = layers.Dense(32, activation='gelu')(x)
        y = layers.Dense(16)(y)
        x = layers.LayerNormalization()(layers.Add()([x, y]))
        x = layers.GlobalAveragePooling1D()(x)
        model = keras.Model(start, layers.Dense(2, activation='softmax')(x))""",
    "siamese": """
        a = keras.Input(shape=(None,), dtype='int32')
        b = keras.Input(shape=(None,), dtype='int32')
        embed = layers.Embedding(100, 8)
        read = layers.Bidirectional(layers.LSTM(4))
        left = read(embed(a))
        right = read(embed(b))
        model = keras.Model([a, b], layers.Dot(axes=1, normalize=True)([left, right]))""",
    "unet": """
        x = keras.Input(shape=(32, 32, 1))
        c1 = layers.Conv2D(4, 3, padding='same', activation='relu')(x)
        p1 = layers.MaxPooling2D(2)(c1)
        c2 = layers.Conv2D(8, 3, padding='same', activation='relu')(p1)
        p2 = layers.MaxPooling2D(2)(c2)
        m = layers.Conv2D(16, 3, padding='same', activation='relu')(p2)
        u2 = layers.UpSampling2D(2)(m)
        d2 = layers.Conv2D(8, 3, padding='same')(layers.Concatenate()([u2, c2]))
        u1 = layers.UpSampling2D(2)(d2)
        d1 = layers.Conv2D(4, 3, padding='same')(layers.Concatenate()([u1, c1]))
        model = keras.Model(x, layers.Conv2D(1, 1, activation='sigmoid')(d1))""",
    "three_heads": """
        x = keras.Input(shape=(10,), name='features')
        t = layers.Dense(8, activation='relu', name='trunk')(x)
        kind = layers.Dense(3, activation='softmax', name='kind')(t)
        y = layers.Dense(4, trainable=False)(t)
        model = keras.Model(x, [kind, layers.Dense(1, name='score')(y), t], name='heads')""",
}
# Models inside models: tests/tests/suite/graphs.rs has them in Rust.
NESTED = {
    "nested_functional": """
        a = keras.Input(shape=(8,), name='a')
        b = keras.Input(shape=(4,), name='b')
        both = layers.Concatenate()([layers.Dense(3)(a), b])
        Encoder = keras.Model([a, b], [layers.Dense(5)(both), both], name='encoder')
        x = keras.Input(shape=(8,), name='x')
        y = keras.Input(shape=(4,), name='y')
        code, both = Encoder([x, y])
        model = keras.Model([x, y], layers.Concatenate(name='join')([code, both, y]), name='outer')""",
    "nested_sequential": """
        tower = keras.Sequential([keras.Input(shape=(8,)), layers.Dense(6, trainable=False), layers.Dense(3)], name='tower')
        a = keras.Input(shape=(8,), name='a')
        b = keras.Input(shape=(8,), name='b')
        model = keras.Model([a, b], layers.Add()([tower(a), tower(b)]), name='twins')""",
    "nested_blocks": """
        a = keras.Input(shape=(4,), name='a')
        first = keras.Sequential([layers.Dense(6), keras.Sequential([layers.Dense(3), layers.Dropout(0.1)]), layers.Dense(5)])
        pair = keras.Sequential([layers.Dense(2), layers.Dense(3)])
        one = layers.Dense(4)
        second = keras.Sequential([pair, layers.Dense(2), one, layers.Dense(5)])
        y = first(a)
        model = keras.Model(a, layers.Dense(1)(layers.Add()([y, second(y)])), name='blocks')""",
}


def flat(text):
    return "\n".join(line.strip() for line in text.strip().splitlines())


def build(source):
    keras.backend.clear_session()
    keras.utils.set_random_seed(7)
    scope = {"keras": keras, "layers": keras.layers}
    exec(source, scope)
    return scope["model"]


def summary(model, columns=200, **arguments):
    os.environ["COLUMNS"] = str(columns)
    printed = []
    model.summary(print_fn=printed.append, **arguments)
    return "".join(printed)


def described(layer):
    out = {"name": layer.name, "class": type(layer).__name__}
    if isinstance(layer, keras.Sequential):
        out["sublayers"] = [described(sub) for sub in layer.layers]
    return out


def row(id, source):
    model = build(source)
    outputs = model.outputs
    return {
        "id": id,
        "source": source.splitlines(),
        "output_shapes": [list(t.shape) for t in outputs],
        "output_names": model.output_names,
        "params": model.count_params(),
        "layers": [described(layer) for layer in model.layers],
        "weights": [[w.path, list(w.shape)] for w in model.weights],
        "summary": summary(model),
        "summary_80col": summary(model, columns=80),
        "expanded": summary(model, expand_nested=True, show_trainable=True),
    }


def sources(oracle):
    from keras_shape_classes import classes  # what the table of keras-shape has

    known = classes()
    for case in read(oracle / "shapes" / "models.jsonl"):
        if case["kind"] == "functional":
            missing = {layer["class"] for layer in case["layers"]} - known - {"InputLayer"}
            if missing:
                print("left out:", case["id"], *sorted(missing))
                continue
            yield case["id"], "\n".join(case["source"][2:]), case
    for id, text in OWN.items():
        yield id, flat(text), None


def numbers():
    """What graphs.rs computes again: an encoder and decoder, and two outputs in training."""
    out = {}
    random = np.random.default_rng(3)
    model = build(flat(OWN["encoder_decoder"]))
    xs = [random.standard_normal((3, 5, 7)).astype("f4"), random.standard_normal((3, 4, 9)).astype("f4")]
    for i, w in enumerate(model.get_weights()):
        out[f"encoder_decoder/w{i}"] = w
    out |= {"encoder_decoder/x": xs[0], "encoder_decoder/x1": xs[1], "encoder_decoder/y": model.predict(xs, verbose=0)}

    keras.backend.clear_session()
    keras.utils.set_random_seed(11)
    x = keras.Input(shape=(4,))
    h = keras.layers.Dense(5, activation="tanh")(x)
    kind = keras.layers.Dense(3, activation="softmax", name="kind")(h)
    score = keras.layers.Dense(1)(h)
    model = keras.Model(x, [kind, score])
    for i, w in enumerate(model.get_weights()):
        out[f"heads/w{i}"] = w
    data = random.standard_normal((12, 4)).astype("f4")
    labels, scores = random.integers(0, 3, (12,)).astype("i4"), random.standard_normal((12, 1)).astype("f4")
    out |= {"heads/x": data, "heads/kind": labels.astype("f4"), "heads/score": scores}
    model.compile(
        keras.optimizers.SGD(0.1), loss=["sparse_categorical_crossentropy", "mean_squared_error"],
        loss_weights=[0.7, 0.2], metrics=[["accuracy"], [keras.metrics.MeanAbsoluteError()]],
    )
    logs = model.fit(data, [labels, scores], batch_size=4, epochs=3, shuffle=False, verbose=0).history
    for name, values in logs.items():
        out[f"heads/log_{name}"] = np.array(values, "f4")
    for name, value in model.evaluate(data, [labels, scores], verbose=0, return_dict=True).items():
        out[f"heads/eval_{name}"] = np.array([value], "f4")
    for i, w in enumerate(model.get_weights()):
        out[f"heads/after{i}"] = w
    np.savez(FIXTURES / "graphs.npz", **{k: np.asarray(v, "f4") for k, v in out.items()})
    return sorted(logs)


def camel(name):
    return "".join(part.capitalize() for part in name.split("_"))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--oracle", type=Path)
    oracle = arguments.parse_args().oracle or find_oracle()
    rows, tests = [], []
    for id, source, recorded in sources(oracle):
        made = row(id, source)
        if recorded:
            for key in ("summary", "summary_80col"):
                assert made[key].strip() == recorded[key].strip(), (id, key)
        try:
            translated = translation(source)
        except NotExpressible as error:
            print("left out:", id, error)
            continue
        if translated.input_order:
            print("left out:", id, "inputs in another order")
            continue
        made["model"] = translated.body
        rows.append(made)
        model = f"model!({translated.body})"
        lines = []
        if translated.name:
            kind = camel(translated.name)
            lines.append(f"    model! {{ struct {kind} {{ {translated.body} }} }}")
            model = f"{kind}::new()"
        lines.append(f'    check_functional("{id}", &{model});')
        tests.append("#[test]\n#[rustfmt::skip]\nfn " + re.sub("^fn_", "", id) + "() {\n" + "\n".join(lines) + "\n}\n")
    for id, text in NESTED.items():
        rows.append(row(id, flat(text)))
    with open(FIXTURES / "functional.jsonl", "w") as file:
        for made in rows:
            file.write(json.dumps(made, ensure_ascii=False, separators=(",", ":")) + "\n")
    head = (
        "// Generated by tests/keras/make_functional.py: do not edit.\n"
        "// Each line builds one model and compares its shapes, layers and summaries with Keras's.\n\n"
        "use keras_core::prelude::*;\nuse keras_tests::check_functional;\n\n"
    )
    (GENERATED / "functional_generated.rs").write_text(head + "\n".join(tests))
    print(f"{len(tests)} models; logs of two outputs: {numbers()}")


if __name__ == "__main__":
    main()
