"""Asks real Keras (3.15.1, JAX) about states of recurrent layers, and about penalties inside wrappers.

    KERAS_BACKEND=jax python tests/keras/make_states.py

writes tests/fixtures/states.npz, tests/fixtures/states.json and tests/tests/suite/keras/states_generated.rs. Three kinds:
states that are given before steps that do not count (JAX hands the state on as their output; TensorFlow and torch begin
with zeros instead), states that are infinite or NaN, and an `activity_regularizer` of a layer inside Bidirectional. The
numbers may be infinite or NaN. The rest of the Rust side is tests/tests/suite/states.rs.
"""

import make_fixtures  # Chooses the backend before Keras is imported.
from make_reports import write_cases  # It draws `words` and `some_rows`, too.
from report_cases import INT, tensors

import numpy as np

CASES = []
LEFT = np.int32([[0, 0, 1, 1], [0, 0, 0, 0], [1, 1, 0, 1], [0, 1, 1, 0]])
nan, inf = np.nan, np.inf
# One kind of state a sample; the last sample begins as usual.
ENDS = np.float32([[inf, 0.5, -0.25], [-inf, inf, 0.5], [nan, 0.5, -0.5], [3e38, -3e38, 1e-38], [0.5, -0.25, 0.75]])


class Archive(make_fixtures.Archive):
    """One whose numbers need not be finite."""

    def put(self, key, value):
        value = np.asarray(value)
        kind = np.int32 if np.issubdtype(value.dtype, np.integer) else np.float32
        self.entries[key] = np.ascontiguousarray(value, kind).reshape(value.shape)


drawn_before = make_fixtures.draw_inputs


def draw_inputs(rng, case, specs):
    given = {"left": LEFT, "ends": ENDS}
    kinds = case.get("x", {})
    rest = {name: kind for name, kind in kinds.items() if kind not in given}
    xs = drawn_before(rng, {**case, "x": rest}, specs)
    return [given[kinds[name]] if kinds.get(name) in given else x for name, x in zip("abcdefgh", xs)]


make_fixtures.draw_inputs = draw_inputs


def model(id, inputs, *lines, batch=4, **options):
    CASES.append(dict(group="states", family="states", id=id, inputs=inputs, lines=list(lines), batch=batch, **options))


# ---------------------------------------------------------------- states before steps that do not count

for cell, count in (("LSTM", 2), ("GRU", 1), ("SimpleRNN", 1)):
    names = ["b", "c"][:count]
    mask = "bcdefgh"[count]
    inputs = [*tensors("(4, 2)", *["(3,)"] * count), INT.format("(4,)")]
    states = f"initial_state=[{', '.join(names)}], mask={mask}"
    for arguments in ("return_sequences=True", "return_sequences=True, zero_output_for_mask=True",
                      "return_sequences=True, go_backwards=True", "zero_output_for_mask=True", "use_bias=True"):
        model(f"before_{cell.lower()}_{sum(map(ord, arguments))}", inputs, f"layers.{cell}(3, {arguments})(a, {states})",
              x={mask: "left"})
    both = list("bcde")[:2 * count]
    mask = "bcdefgh"[2 * count]
    inputs = [*tensors("(4, 2)", *["(3,)"] * (2 * count)), INT.format("(4,)")]
    for mode in ("'concat'", "'ave'"):
        for sequences in ("False", "True"):
            model(f"before_both_{cell.lower()}_{mode[1:-1]}_{sequences.lower()}", inputs,
                  f"layers.Bidirectional(layers.{cell}(3, return_sequences={sequences}), merge_mode={mode})"
                  f"(a, initial_state=[{', '.join(both)}], mask={mask})", x={mask: "left"})

# ---------------------------------------------------------------- states at the ends of float32

for cell, count in (("LSTM", 2), ("GRU", 1), ("SimpleRNN", 1)):
    names = ["b", "c"][:count]
    for which in names:
        for id, arguments in (("last", ""), ("sequences", ", return_sequences=True")):
            model(f"ends_{cell.lower()}_{which}_{id}", tensors("(3, 2)", *["(3,)"] * count),
                  f"layers.{cell}(3{arguments})(a, initial_state=[{', '.join(names)}])", batch=5, x={which: "ends"})
model("ends_gru_before", tensors("(3, 2)", "(3,)"), "layers.GRU(3, reset_after=False)(a, initial_state=[b])", batch=5,
      x={"b": "ends"})

# Activations whose derivative picks what passes: 0 of an infinity is 0, not NaN.
for cell, count in (("LSTM", 2), ("GRU", 1), ("SimpleRNN", 1)):
    names = ["b", "c"][:count]
    for activation in ("relu", "relu6", "leaky_relu", "elu", "selu", "hard_sigmoid", "softplus"):
        for which in names:
            # XLA takes a cell below the smallest normal number for 0, where these have another derivative than above.
            if which == "c" and activation in ("relu", "relu6"):
                continue
            model(f"ends_{cell.lower()}_{which}_{activation}", tensors("(3, 2)", *["(3,)"] * count),
                  f"layers.{cell}(3, activation='{activation}')(a, initial_state=[{', '.join(names)}])", batch=5, x={which: "ends"})
    if cell != "SimpleRNN":
        model(f"ends_{cell.lower()}_gates", tensors("(3, 2)", *["(3,)"] * count),
              f"layers.{cell}(3, activation='relu', recurrent_activation='hard_sigmoid', return_sequences=True)"
              f"(a, initial_state=[{', '.join(names)}])", batch=5, x={"b": "ends"})

# ---------------------------------------------------------------- penalties of layers inside Bidirectional

# Keras forgets that of a SimpleRNN, wrapped or not.
PENALTY = "activity_regularizer=keras.regularizers.L2(0.3)"
for cell in ("LSTM", "GRU"):
    for mode in ("'concat'", "'sum'", "None"):
        end = "[x[0], x[1]]" if mode == "None" else "x"
        lines = [f"x = layers.Bidirectional(layers.{cell}(2, {PENALTY}), merge_mode={mode})(a)", "x"]
        if mode == "None":
            lines = [lines[0].replace("x =", "y, z ="), "[y, z]"]
        model(f"penalty_{cell.lower()}_{mode.strip(chr(39)).lower()}", tensors("(4, 2)"), *lines, regularized=True)
MASK = "m = layers.Masking(-7.0)(a)"
PADDED = {"a": ["....", "..xx", "xx..", "xxxx"]}
model("penalty_masked", tensors("(4, 2)"), MASK,
      f"layers.Bidirectional(layers.LSTM(2, return_sequences=True, {PENALTY}))(m)", mask=PADDED, regularized=True)
model("penalty_states", tensors("(4, 2)"), f"y, f, g = layers.Bidirectional(layers.GRU(2, return_state=True, {PENALTY}))(a)",
      "[y, f, g]", regularized=True)
model("penalty_backward", tensors("(4, 2)"),
      "layers.Bidirectional(layers.GRU(2), backward_layer=layers.LSTM(2, go_backwards=True, "
      "activity_regularizer=keras.regularizers.L1(0.2)))(a)", regularized=True)
model("penalty_steps", tensors("(2, 4, 2)"), f"layers.TimeDistributed(layers.Bidirectional(layers.LSTM(2, {PENALTY})))(a)",
      regularized=True)


if __name__ == "__main__":
    write_cases("states", CASES, Archive())
