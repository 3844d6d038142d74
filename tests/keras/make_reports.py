"""Asks real Keras (3.15.1, JAX) for the numbers of the models in report_cases.py.

    KERAS_BACKEND=jax python tests/keras/make_reports.py

writes tests/fixtures/reports.npz (arrays, as make_fixtures.py describes them), tests/fixtures/reports.json (`models`
says what the cases are; `fits` has data, initial weights, history and final weights of trainings; `callbacks` what
callbacks do on given values) and tests/tests/suite/keras/reports_generated.rs. The rest of the Rust side is
tests/tests/suite/reports.rs.
"""

import json
import os
import subprocess
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import keras
import numpy as np

import make_fixtures
from make_fixtures import FIXTURES, GENERATED, Archive, functional_case
from report_cases import FITS, MODELS

plain_inputs = make_fixtures.draw_inputs


def draw_inputs(rng, case, specs):
    """As make_fixtures.draw_inputs, and `words` (ids padded with 0) and `some_rows` (bits, rows of zeros among them)."""
    xs = []
    for name, spec in zip("abcdefgh", specs):
        kind = case.get("x", {}).get(name, "plain")
        shape = (case["batch"], *spec.shape[1:])
        if kind == "words":
            x = rng.integers(1, 6, shape).astype(np.int32)
            for row, length in zip(x.reshape(-1, shape[-1]), np.resize([shape[-1], 2, 1, 3], int(np.prod(shape[:-1])))):
                row[length:] = 0
            xs.append(x)
        elif kind == "some_rows":
            x = rng.integers(0, 2, shape).astype(np.int32)
            x[:, 0], x[0, 1], x[1] = 1, 0, 0
            xs.append(x)
        else:
            xs.append(None)
    # In the order of the names, so that what is drawn plainly does not depend on the others.
    rest = {n: k for n, k in case.get("x", {}).items() if k not in ("words", "some_rows")}
    plain = plain_inputs(rng, {**case, "x": rest}, specs)
    return [given if given is not None else x for given, x in zip(xs, plain)]


make_fixtures.draw_inputs = draw_inputs


def lists(arrays):
    return [{"shape": list(a.shape), "values": [float(v) for v in np.ravel(a)]} for a in arrays]


def listed(value):
    return value if isinstance(value, list) else [value]


def fit_case(id, case):
    keras.backend.clear_session()
    rng = make_fixtures.rng_of("report " + id)
    model = case["model"]()
    for variable in model.weights:
        if "seed" in variable.path or "state" in variable.path:
            continue
        variable.assign(make_fixtures.draw_weight(rng, variable, 0.75))
    # States of recurrent layers are variables in Keras, and no weights here.
    kept = [v for v in model.weights]
    weights = lists([np.array(v.value) for v in kept])
    xs, ys = case["x"], listed(case["y"])
    x, y = (xs if len(xs) > 1 else xs[0]), (ys if len(ys) > 1 else ys[0])
    loss = case["loss"]() if callable(case["loss"]) else case["loss"]
    metrics = case["metrics"]() if "metrics" in case else None
    model.compile(case["optimizer"](), loss, metrics=metrics)
    size = case.get("batch_size", 3)
    out = {"batch_size": size, "x": lists(xs), "y": lists(ys), "before": weights}
    if not case.get("only_evaluate"):
        history = model.fit(x, y, batch_size=size, epochs=3, shuffle=False, verbose=0)
        out["history"] = {name: [float(v) for v in values] for name, values in history.history.items()}
        out["after"] = lists([np.array(v.value) for v in kept])
    if case.get("evaluate") or case.get("only_evaluate"):
        found = model.evaluate(x, y, batch_size=size, verbose=0, return_dict=True)
        out["evaluate"] = {name: float(v) for name, v in found.items()}
        out["predict"] = lists(listed(model.predict(x, batch_size=size, verbose=0)))
    numbers = json.dumps(out)
    assert "NaN" not in numbers and "Infinity" not in numbers, id
    return out


class Given(keras.callbacks.Callback):
    """Puts given values into the logs, before the other callbacks see them."""

    def __init__(self, values):
        super().__init__()
        self.values = values

    def on_epoch_end(self, epoch, logs=None):
        logs["score"] = self.values[epoch]


EARLY = [
    dict(), dict(patience=1), dict(patience=2, restore_best_weights=True), dict(patience=1, baseline=0.5),
    dict(patience=2, baseline=0.3, restore_best_weights=True), dict(patience=1, min_delta=0.2),
    dict(patience=1, start_from_epoch=3), dict(patience=0, start_from_epoch=2, restore_best_weights=True),
    dict(patience=2, mode="max", restore_best_weights=True), dict(patience=1, mode="max", min_delta=0.1, baseline=0.6),
    dict(patience=20, restore_best_weights=True),
]
PLATEAU = [
    dict(patience=1), dict(patience=2), dict(patience=2, cooldown=1), dict(patience=1, cooldown=3),
    dict(patience=0), dict(patience=1, min_delta=0.2), dict(patience=1, min_lr=0.03), dict(patience=2, mode="max"),
    dict(patience=1, factor=0.5, cooldown=2, mode="max", min_delta=0.05),
]


def one_weight():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.set_weights([np.ones((1, 1), "float32")])
    model.compile(keras.optimizers.SGD(0.1), "mae")
    return model


def callback_cases():
    rng = np.random.RandomState(5)
    cases = []
    sequences = [[0.5, 0.4, 0.4, 0.3, 0.35, 0.36, 0.2, 0.21, 0.22, 0.23, 0.1, 0.5],
                 [10.0] * 12, [0.9 - 0.05 * i for i in range(12)]]
    sequences += [[float(v) for v in rng.uniform(0, 1, 12).round(2)] for _ in range(3)]
    x, y = np.ones((1, 1), "float32"), np.full((1, 1), 1e6, "float32")
    for kind, options in (("EarlyStopping", EARLY), ("ReduceLROnPlateau", PLATEAU)):
        for arguments in options:
            for values in sequences:
                model = one_weight()
                arguments = {"mode": "min", **arguments}
                callback = getattr(keras.callbacks, kind)(monitor="score", **arguments)
                history = model.fit(x, y, epochs=len(values), verbose=0, callbacks=[Given(values), callback])
                case = {"kind": kind, "arguments": arguments, "values": values, "epochs": len(history.epoch),
                        "weight": float(model.get_weights()[0][0, 0])}
                if kind == "EarlyStopping":
                    case |= {"stopped": callback.stopped_epoch, "best": callback.best_epoch}
                else:
                    case["rates"] = [float(v) for v in history.history["learning_rate"]]
                cases.append(case)
    return cases


def write_rust(family, header, entries):
    """The tests of models of one pass, a dozen in each; the report that one goes back to stands above it."""
    lines = [*header, "", "use keras_core::prelude::*;", "use keras_tests::check_layers;"]
    for i in range(0, len(entries), 12):
        lines += ["", "#[test]", "#[rustfmt::skip]", f"fn {family}_{i // 12 + 1}() {{"]
        for entry in entries[i:i + 12]:
            lines += [f"    // {entry['report']}"] if "report" in entry else []
            lines += [f"    check_layers(\"{family}\", \"{entry['id']}\", model!({entry['model']}));"]
        lines += ["}"]
    (GENERATED / f"{family}_generated.rs").write_text("\n".join(lines) + "\n")


def ask(cases, archive):
    """What Keras says of models of one pass."""
    entries = []
    for number, case in enumerate(cases):
        if number % 30 == 0:
            jax.clear_caches()
        try:
            entries.append(functional_case(case, archive))
        except Exception as error:
            error.add_note(f"in case {case['id']}")
            raise
    return entries


def write_cases(family, cases, archive):
    """Writes arrays, descriptions and tests of a family that has nothing but models of one pass."""
    entries = ask(cases, archive)
    archive.write(FIXTURES / f"{family}.npz")
    write_rust(family, [f"// Generated by tests/keras/make_{family}.py: do not edit."], entries)
    make_fixtures.write_json(FIXTURES / f"{family}.json", {"models": entries})
    print(f"{len(entries)} models")


def stateful_fits():
    """Keras on JAX forgets the states of recurrent layers between the steps of a training; on TensorFlow it does not."""
    ids = [id for id in FITS if id.startswith("stateful")]
    found = subprocess.run([sys.executable, __file__, *ids], check=True, stdout=subprocess.PIPE, text=True,
                           env={**os.environ, "KERAS_BACKEND": "tensorflow"}).stdout
    return json.loads(found.splitlines()[-1])


def main():
    if sys.argv[1:]:
        print(json.dumps([{"id": id, **fit_case(id, FITS[id])} for id in sys.argv[1:]]))
        return
    archive = Archive()
    answers = ask(MODELS, archive)
    entries = [{**entry, "report": case["report"]} for entry, case in zip(answers, MODELS)]
    archive.write(FIXTURES / "reports.npz")
    header = [
        "// Generated by tests/keras/make_reports.py from tests/keras/report_cases.py: do not edit.",
        "// Each model was reported as wrong elsewhere; outputs, loss and gradients are compared with Keras's.",
    ]
    write_rust("reports", header, entries)
    fits = [{"id": id, **fit_case(id, case)} for id, case in FITS.items() if not id.startswith("stateful")]
    fits += stateful_fits()
    make_fixtures.write_json(FIXTURES / "reports.json", {"models": entries, "fits": fits, "callbacks": callback_cases()})
    print(f"{len(entries)} models, {len(fits)} trainings")


if __name__ == "__main__":
    main()
