"""Turns the oracle's shape cases, as far as they are made of layers that we have, into Rust tests.

    KERAS_BACKEND=jax python tests/keras/make_shapes.py [--oracle shared/oracle]

writes tests/fixtures/shapes.jsonl and tests/tests/suite/keras/shapes_generated.rs, and prints what it left out and why.
Whole models come from models.jsonl as recorded there; the layer cases of Keras's own tests (kerastests.jsonl and
kerastests_nested.jsonl) become models of one layer, whose summaries real Keras prints here.

A row of shapes.jsonl: id, model (body of `model!`), source, output_shape, params, trainable_params, layers (name,
class, output_shape, params, trainable_params, and sublayers of a nested block), summary (88 columns wide, Keras's
default on a wide terminal), and for whole models summary_80col (on a terminal of 80 columns: 76 wide). `checked` is
the output shape of a real run, where the oracle has one.
"""

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ["COLUMNS"] = "200"  # the terminal that summaries are fitted to

import keras
import keras_shape_classes
from keras import layers

from make_fixtures import chunks
from translate import NotExpressible, translate, translate_layer

ROOT = Path(__file__).resolve().parent.parent.parent
FIXTURES = ROOT / "tests" / "fixtures"
GENERATED = ROOT / "tests" / "tests" / "suite" / "keras"

# Every layer in the table of keras-shape, and blocks of layers.
KNOWN = keras_shape_classes.classes() | {"Sequential"}


# What is refused here with a reason, which tests of messages hold.
ONE_IMAGE = "refused here: a tensor of three axes is one image without a batch to Keras"
REFUSED = {
    "kt_0706": "refused here: sparse tensors",
    "kt_0723": "refused here: categories of more than one axis",
    "kt_0729": "refused here: categories of more than one axis",
    "kt_0734": "Keras declares (None, 5), and gives (batch, 4, 5)",
    "kt_0748": "refused here: numbers of 64 bits",
    **dict.fromkeys(["kt_0776", "kt_0778", "kt_0786", "kt_0788", "kt_0813", "kt_0814", "kt_0818"], ONE_IMAGE),
}


def find_oracle():
    for folder in [ROOT, *ROOT.parents]:
        if (folder / "shared" / "oracle").is_dir():
            return folder / "shared" / "oracle"
    raise SystemExit("no shared/oracle above this repository: say where with --oracle")


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def classes(described):
    for layer in described:
        yield layer["class"]
        yield from classes(layer.get("sublayers", []))


def short(layer):
    kept = {k: layer[k] for k in ("name", "class", "output_shape", "params", "trainable_params")}
    if layer.get("sublayers"):
        kept["sublayers"] = [short(sub) for sub in layer["sublayers"]]
    return kept


def shape_of(layer):
    return list(layer.output.shape)


def count(weights):
    return sum(int(keras.ops.prod(w.shape)) if w.shape else 1 for w in weights)


def whole_models(oracle, left_out):
    for model in read(oracle / "shapes" / "models.jsonl"):
        if model["kind"] != "sequential":
            continue
        source = "\n".join(model["source"])
        unknown = sorted(set(classes(model["layers"])) - KNOWN)
        if unknown:
            continue  # other layers, other tests
        try:
            body = translate(source)
        except NotExpressible as error:
            left_out.append((model["id"], str(error)))
            continue
        yield {
            "id": model["id"],
            "test": "models",
            "model": body,
            "source": model["source"],
            "output_shape": model["output_shape"],
            "params": model["total_params"],
            "trainable_params": model["trainable_params"],
            "layers": [short(layer) for layer in model["layers"]],
            "run": {k: model["run"][k] for k in ("input_shapes", "output_shapes")},
            "summary": model["summary"],
            "summary_80col": model["summary_80col"],
        }


def layer_cases(oracle, file, left_out):
    for case in read(oracle / "shapes" / file):
        if case["layer"] not in KNOWN:
            continue
        why = None
        shape = case["input_shape"]
        if not case["in_3_15_1"]:
            why = "not in Keras 3.15.1"
        elif case["id"] in REFUSED:
            why = REFUSED[case["id"]]
        elif "_from_" in case["python"]:
            why = "dtype policy"
        elif isinstance(shape, dict):
            why = f"called with {', '.join(shape)}"
        elif any(isinstance(d, list) for d in shape):
            why = "several inputs"
        elif len(shape) < 2:
            why = "an input without axes beside the batch"
        elif set(case["call_kwargs"]) - {"training"}:
            why = f"called with {', '.join(case['call_kwargs'])}"
        elif not case["expected_output_shape"]:
            why = "no output shape is known"
        elif isinstance(case["expected_output_shape"][0], list):
            why = "several outputs"
        if not why:
            try:
                layer = translate_layer(case["python"])
            except NotExpressible as error:
                why = str(error)
        if why:
            left_out.append((case["id"], case["python"], why))
            continue
        fixed = None not in shape
        dims = "".join(f"{d}, " for d in shape[1:])
        words = f"shape=({dims})" if len(shape) != 2 else f"shape=({shape[1]},)"
        words = words.replace(", )", ")") if len(shape) > 2 else words
        if fixed:
            words += f", batch_size={shape[0]}"
        if case["input_dtype"] != "float32":
            words += f", dtype='{case['input_dtype']}'"
        source = ["import keras", "from keras import layers", "model = keras.Sequential([",
                  f"    keras.Input({words}),", f"    {case['python']},", "])"]
        keras.backend.clear_session()
        scope = {}
        try:
            exec("\n".join(source), scope)
        except Exception as error:
            left_out.append((case["id"], case["python"], f"Keras refuses it in a model: {str(error)[:80]!r}"))
            continue
        model = scope["model"]
        expected = case["expected_output_shape"] if fixed else case.get("output_shape_none_batch", case["expected_output_shape"])
        if list(model.output_shape) != expected:
            left_out.append((case["id"], case["python"], f"Keras declares {model.output_shape}, expected {expected}"))
            continue
        trainable = sum(w["trainable"] * int(keras.ops.prod(w["shape"])) for w in case["weights"])
        if model.count_params() != case["params"]:
            left_out.append((case["id"], case["python"], f"Keras counts {model.count_params()} here, {case['params']} there"))
            continue
        assert count(model.trainable_weights) == case["trainable_params"] == trainable, case["id"]
        printed = []
        model.summary(print_fn=printed.append)
        yield {
            "id": case["id"],
            "test": "keras_own_wrappers_and_recurrent" if "nested" in file else "keras_own_layers",
            "model": translate(source),
            "source": source,
            "output_shape": expected,
            "params": case["params"],
            "trainable_params": case["trainable_params"],
            "layers": [
                {"name": l.name, "class": type(l).__name__, "output_shape": shape_of(l), "params": l.count_params(),
                 "trainable_params": count(l.trainable_weights)}
                for l in model.layers
            ],
            "summary": "".join(printed),
        }


def write_rust(path, rows):
    tests = {}
    for row in rows:
        tests.setdefault(row["test"], []).append(row)
    lines = [
        "// Generated by tests/keras/make_shapes.py from the oracle's shape cases: do not edit.",
        "// Each line builds one model and compares its shapes, parameter counts and summary with Keras's.",
        "",
        "use keras_core::prelude::*;",
        "use keras_tests::check_shape;",
    ]
    for test, members in tests.items():
        for i, part in enumerate(chunks(members, 5 if test == "models" else 10)):
            lines += ["", "#[test]", "#[rustfmt::skip]", f"fn {test}_{i + 1}() {{"]
            lines += [f'    check_shape("{row["id"]}", model!({row["model"]}));' for row in part]
            lines += ["}"]
    path.write_text("\n".join(lines) + "\n")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--oracle", type=Path)
    oracle = arguments.parse_args().oracle or find_oracle()
    left_out = []
    rows = [
        *whole_models(oracle, left_out),
        *layer_cases(oracle, "kerastests.jsonl", left_out),
        *layer_cases(oracle, "kerastests_nested.jsonl", left_out),
    ]
    with open(FIXTURES / "shapes.jsonl", "w") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    write_rust(GENERATED / "shapes_generated.rs", rows)
    print(f"{len(rows)} cases")
    for case in left_out:
        print("left out:", *case, sep="  ")


if __name__ == "__main__":
    main()
