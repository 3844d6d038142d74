"""Asks real Keras (3.15.1, JAX) what masks do where a layer handles them in an unusual way.

    KERAS_BACKEND=jax python tests/keras/make_hidden.py

writes tests/fixtures/hidden.npz, tests/fixtures/hidden.json and tests/tests/suite/keras/hidden_generated.rs. Two kinds:
rows of attention scores of which every one is hidden (zeros where Keras computes the scores one by one, the mean of the
values elsewhere), and masks that an input carries beside `initial_state` (Keras hands them on without applying them).
"""

from make_fixtures import Archive
from make_reports import write_cases  # It draws `words` and `some_rows`, too.
from report_cases import INT, MASK, PADDED, tensors

CASES = []
SCORES = "return_attention_scores=True"
MHA = "layers.MultiHeadAttention"


def model(id, inputs, *lines, **options):
    CASES.append(dict(group="hidden", family="hidden", id=id, inputs=inputs, lines=list(lines), batch=4, **options))


# ---------------------------------------------------------------- rows of scores that are all hidden

for id, arguments in (("plain", "2, 3"), ("dropout", "2, 3, dropout=0.4"), ("gate", "2, 3, use_gate=True, dropout=0.4")):
    model(f"rows_{id}", [*tensors("(3, 4)", "(5, 4)"), INT.format("(3, 5)")],
          f"{MHA}({arguments})(a, b, attention_mask=c)", x={"c": "some_rows"})
    model(f"rows_{id}_scores", [*tensors("(3, 4)", "(5, 4)"), INT.format("(3, 5)")],
          f"y, s = {MHA}({arguments})(a, b, attention_mask=c, {SCORES})", "[y, s]", x={"c": "some_rows"})
    model(f"carried_{id}", tensors("(4, 2)"), MASK, f"{MHA}({arguments})(m, m)", mask=PADDED)
    model(f"carried_{id}_scores", tensors("(4, 2)"), MASK, f"y, s = {MHA}({arguments})(m, m, {SCORES})", "[y, s]",
          mask=PADDED)
model("rows_causal_scores", [*tensors("(3, 4)"), INT.format("(3, 3)")],
      f"y, s = {MHA}(2, 3)(a, a, attention_mask=b, use_causal_mask=True, {SCORES})", "[y, s]", x={"b": "some_rows"})
model("carried_key_scores", tensors("(4, 2)", "(4, 2)"), MASK,
      f"y, s = {MHA}(2, 3)(b, b, m, {SCORES})", "[y, s]", mask=PADDED)
model("carried_value_mask_dropout", tensors("(3, 2)", "(4, 2)") + [INT.format("(4,)")],
      f"{MHA}(2, 3, dropout=0.3)(a, b, value_mask=c)", x={"c": "some_rows"})
for id, arguments in (("", ""), ("_scores", f", {SCORES}")):
    y, end = ("y, s", "[y, s]") if id else ("y", "y")
    model(f"window{id}", tensors("(6, 4)", "(2, 4)"), f"{y} = {MHA}(2, 3, sliding_window=2)(a, b{arguments})", end)

# ---------------------------------------------------------------- masks beside initial_state

for cell, states in (("LSTM", 2), ("GRU", 1), ("SimpleRNN", 1)):
    low, given = cell.lower(), tensors(*["(3,)"] * states)
    names = ["b", "c"][:states]
    layer = f"layers.{cell}(3"
    model(f"states_{low}", [*tensors("(4, 2)"), *given], MASK, f"{layer})(m, initial_state=[{', '.join(names)}])", mask=PADDED)
    # The mask is handed on: the layer behind applies it.
    model(f"states_{low}_on", [*tensors("(4, 2)"), *given], MASK,
          f"x = {layer}, return_sequences=True, zero_output_for_mask=True)(m, initial_state=[{', '.join(names)}])",
          "layers.GRU(2)(x)", mask=PADDED)
    model(f"states_{low}_backwards", [*tensors("(4, 2)"), *given], MASK,
          f"y, {', '.join(['last', 'inner'][:states])} = {layer}, go_backwards=True, return_state=True)(m, initial_state=[{', '.join(names)}])",
          f"[y, {', '.join(['last', 'inner'][:states])}]", mask=PADDED)
    both = ["b", "c", "d", "e"][:2 * states]
    for mode in ("'concat'", "'mul'"):
        model(f"states_both_{low}_{mode[1:-1]}", [*tensors("(4, 2)"), *tensors(*["(3,)"] * (2 * states))], MASK,
              f"x = layers.Bidirectional({layer}, return_sequences=True), merge_mode={mode})(m, initial_state=[{', '.join(both)}])",
              "layers.GRU(2)(x)", mask=PADDED)
    model(f"states_both_{low}_last", [*tensors("(4, 2)"), *tensors(*["(3,)"] * (2 * states))], MASK,
          f"layers.Bidirectional({layer}))(m, initial_state=[{', '.join(both)}])", mask=PADDED)
# A mask by name is applied, whatever the input carries.
model("states_named", [*tensors("(4, 2)", "(3,)"), INT.format("(4,)")], MASK,
      "x = layers.GRU(3, return_sequences=True)(m, initial_state=b, mask=c)", "layers.GRU(2)(x)", mask=PADDED,
      x={"c": "bits"})
model("states_both_named", [*tensors("(4, 2)", "(3,)", "(3,)"), INT.format("(4,)")], MASK,
      "layers.Bidirectional(layers.GRU(3))(m, initial_state=[b, c], mask=d)", mask=PADDED, x={"d": "bits"})
model("states_of_embedding", [INT.format("(4,)"), *tensors("(3,)", "(3,)")],
      "m = layers.Embedding(6, 2, mask_zero=True)(a)",
      "x = layers.LSTM(3, return_sequences=True)(m, initial_state=[b, c])", "layers.LSTM(2)(x)", x={"a": "words"})


if __name__ == "__main__":
    write_cases("hidden", CASES, Archive())
