"""What `model.summary()` prints in real Keras, for models and arguments that stretch the table.

    KERAS_BACKEND=jax python tests/keras/make_summaries.py

writes tests/fixtures/summaries.json: one row per summary with id, source (Python), model (body of `model!`), name
(the model's, if given), compile (Python, if compiled), trained (one batch seen, so that the optimiser has its
variables), arguments (of `summary`), terminal (columns of the terminal that Keras believes to print to: it caps the
default width, and a table wider than the terminal is squeezed), text.
"""

import json
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from keras import layers

from translate import translation

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"


def sequential(*lines, name=None):
    end = f"], name={name!r})" if name else "])"
    return ["import keras", "from keras import layers", "model = keras.Sequential([",
            *(f"    {line}," for line in lines), end]


SMALL = sequential("keras.Input(shape=(8,))", "layers.Dense(4, activation='relu')", "layers.Dense(2)")
CNN = sequential(
    "keras.Input(shape=(28, 28, 1))",
    "layers.Conv2D(32, (3, 3), activation='relu')",
    "layers.BatchNormalization()",
    "layers.MaxPooling2D((2, 2))",
    "layers.Conv2D(64, (3, 3), activation='relu')",
    "layers.GlobalAveragePooling2D()",
    "layers.Dropout(0.5)",
    "layers.Dense(10, activation='softmax')",
)
LONG = sequential(
    "keras.Input(shape=(None, 16))",
    "layers.Bidirectional(layers.LSTM(32, return_sequences=True), name='a_bidirectional_reader_of_sequences_with_a_long_name')",
    "layers.TimeDistributed(layers.Dense(8), name='projection')",
    "layers.GlobalAveragePooling1D(name='exactly_the_mean_over_all_of_the_time_steps')",
    "layers.LayerNormalization(name='norm')",
    "layers.Dense(3, name='out')",
    name="sentiment_reader",
)
LONG_WORDS = sequential(
    "keras.Input(shape=(12, 12, 3))",
    "layers.Conv2D(4, 3, name='averylongnamewithoutanyplacetobreakitinto_twoormorelines_ofthetable')",
    "layers.Conv2D(4, 3, name='name with blanks that may wrap at any one of the blanks in it')",
    "layers.Reshape((1, 2, 1, 4, 1, 8, 1, 2, 1, 2, 1), name='many_axes')",
    "layers.Flatten()",
)
BIG = sequential(
    "keras.Input(shape=(4096,))",
    "layers.Dense(65536, activation='relu')",
    "layers.Dense(4096)",
    "layers.Dense(1)",
)
HUGE = sequential("keras.Input(shape=(None,), dtype='int32')", "layers.Embedding(1000000, 1024)",
                  "layers.LSTM(1024)", "layers.Dense(1000000)")
MEGA = sequential("keras.Input(shape=(512,))", "layers.Dense(2048)", "layers.Dense(512)")
FROZEN = sequential(
    "keras.Input(shape=(None,), dtype='int32')",
    "layers.Embedding(1000, 16, trainable=False)",
    "layers.GRU(8)",
    "layers.BatchNormalization()",
    "layers.Dense(4, trainable=False)",
    "layers.Dropout(0.1)",
    "layers.Dense(1)",
)
BATCH = sequential("keras.Input(shape=(50, 50, 3), batch_size=30)", "layers.Conv2D(4, 3, strides=2, padding='same')",
                   "layers.Flatten()", "layers.Dense(7)")
NOTHING = sequential("keras.Input(shape=(6, 6, 2))", "layers.ZeroPadding2D(1)", "layers.MaxPooling2D(2)",
                     "layers.Flatten()", "layers.Activation('relu')")
NAMED = sequential("keras.Input(shape=(5,), name='features')", "layers.Dense(4, name='hidden')",
                   "layers.Dense(4)", "layers.Dense(4)", "layers.Dense(1, name='score')", name="MyModel")
NESTED = sequential("keras.Input(shape=(10,))", "layers.Dense(8)",
                    "keras.Sequential([layers.Dense(6), layers.Dropout(0.2), layers.Dense(5)])", "layers.Dense(2)")
RECURRENT = sequential("keras.Input(shape=(None, 50))", "layers.LSTM(64, return_sequences=True)", "layers.LSTM(32)",
                       "layers.Dense(10, activation='softmax')")
REPEATED = sequential("keras.Input(shape=(8,))", *["layers.Dense(8)", "layers.ReLU()", "layers.LeakyReLU()"] * 3,
                      "layers.PReLU()", "layers.ELU()")


def masked(*lines, inputs="ids", outputs="y"):
    """A model of the functional API, in which Keras makes masks by operations."""
    return ["import keras", "from keras import layers, ops", *lines, f"model = keras.Model({inputs}, {outputs})"]


IDS = "ids = keras.Input(shape=(None,), dtype='int32')"
WORDS = "words = layers.Embedding(10, 4, mask_zero=True)(ids)"
STEPS = "steps = keras.Input(shape=(None, 4))"
MARKED = "marked = layers.Masking(mask_value=0.5)(steps)"
MASKED = {
    "lstm": masked(IDS, WORDS, "h = layers.LSTM(3)(words)", "y = layers.Dense(1)(h)"),
    "unused": masked(IDS, WORDS, "h = layers.Dense(3)(words)", "y = layers.GlobalMaxPooling1D()(h)"),
    "twice": masked(
        IDS, WORDS, "h = layers.LSTM(3, return_sequences=True)(words)", "d = layers.Dropout(0.1)(h)",
        "t = layers.TimeDistributed(layers.Dense(5))(d)", "b = layers.BatchNormalization()(t)",
        "y = layers.GlobalAveragePooling1D()(b)"),
    "joined": masked(
        IDS, WORDS, STEPS, MARKED, "c = layers.Concatenate()([words, marked, steps])",
        "h = layers.LSTM(3, return_sequences=True)(c)", "d = layers.Concatenate()([h, words])",
        "b = layers.BatchNormalization()(d)", "y = layers.Bidirectional(layers.GRU(2))(b)", inputs="[ids, steps]"),
    "behind": masked(
        STEPS, MARKED, "other = layers.Masking()(steps)", "c = layers.Concatenate(axis=1)([marked, other])",
        "y = layers.SimpleRNN(3)(c)", inputs="steps"),
    "added": masked(
        IDS, WORDS, STEPS, MARKED, "a = layers.Add()([words, marked])", "m = layers.Multiply()([a, words, marked])",
        "h = layers.GRU(4, return_sequences=True)(m)", "s = layers.Subtract()([h, m])", "y = layers.LSTM(3)(s)",
        inputs="[ids, steps]"),
    "attention": masked(
        IDS, WORDS, "a = layers.Attention()([words, words])", "b = layers.AdditiveAttention()([a, words])",
        "c = layers.MultiHeadAttention(2, 3)(b, words)", "n = layers.LayerNormalization()(c)",
        "y = layers.GlobalAveragePooling1D()(n)"),
    "states": masked(
        IDS, WORDS, "h, s = layers.GRU(4, return_sequences=True, return_state=True)(words)",
        "g = layers.GRU(4, return_sequences=True)(h, initial_state=s)", "p = layers.UnitNormalization()(g)",
        "y = layers.GlobalAveragePooling1D()(p)"),
    "named": masked(
        STEPS, "mask = keras.Input(shape=(None,))", "h = layers.LSTM(3, return_sequences=True)(steps, mask=mask)",
        "y = layers.LSTM(2)(h)", inputs="[steps, mask]"),
    "training": masked(
        IDS, WORDS, "h = layers.LSTM(3, return_sequences=True, dropout=0.1)(words, training=True)", "y = layers.LSTM(2)(h)"),
    "shared": masked(
        IDS, WORDS, STEPS, MARKED, "both = layers.LSTM(3)", "a = both(words)", "b = both(marked)",
        "y = layers.Concatenate()([a, b])", inputs="[ids, steps]"),
    "block": masked(
        STEPS, MARKED, "block = keras.Sequential([layers.Dense(3), layers.Dropout(0.1)])", "h = block(marked)",
        "g = layers.LSTM(3, return_sequences=True)(h)", "b = layers.Masking()(g)", "y = layers.LSTM(2)(b)", inputs="steps"),
    "written": masked(
        IDS, "other = keras.Input(shape=(None,), dtype='int32')", "n = ops.not_equal(ids, other)", WORDS,
        "o = ops.not_equal(other, ids)", "k = ops.logical_or(n, o)", "h = layers.LSTM(3)(words)", inputs="[ids, other]",
        outputs="[h, k]"),
    "order": masked(
        IDS, STEPS, "p = layers.Dense(4)(steps)", "g = layers.LSTM(3, return_sequences=True)(p)", "q = layers.LSTM(3)(g)",
        WORDS, "c = layers.Concatenate()([words, words])", "r = layers.LSTM(3)(c)", "y = layers.Add()([q, r])",
        inputs="[ids, steps]"),
    "mixed": masked(
        STEPS, "marked = layers.Masking(dtype='mixed_float16')(steps)", "d = layers.Dense(4, dtype='mixed_float16')(steps)",
        "c = layers.Concatenate(dtype='mixed_float16')([marked, steps, d])",
        "h = layers.LSTM(3, return_sequences=True)(c)", "y = layers.LSTM(2)(h)", inputs="steps"),
}

# What the translator has no rule for.
BY_HAND = {
    "masked_written":
        'let ids = Input(None, dtype = "int32"); let other = Input(None, dtype = "int32"); '
        'let n = ops::not_equal(ids, other); let words = ids => Embedding(10, 4, mask_zero = true); '
        'let o = ops::not_equal(other, ids); let k = ops::logical_or(n, o); let h = words => LSTM(3); (h, k)',
}

ADAM = "model.compile(optimizer='adam', loss='mse')"
ROWS = [
    ("small", SMALL, {}),
    ("small_60", SMALL, {"line_length": 60}),
    ("small_trainable", SMALL, {"show_trainable": True}),
    ("small_compiled", SMALL, {}, ADAM, False),
    ("small_trained_adam", SMALL, {}, ADAM, True),
    ("small_trained_sgd", SMALL, {}, "model.compile(optimizer='sgd', loss='mse')", True),
    ("small_trained_momentum", SMALL, {}, "model.compile(optimizer=keras.optimizers.SGD(0.1, momentum=0.9), loss='mse')", True),
    ("small_trained_amsgrad", SMALL, {}, "model.compile(optimizer=keras.optimizers.Adam(amsgrad=True), loss='mse')", True),
    ("small_trained_rmsprop", SMALL, {}, "model.compile(optimizer=keras.optimizers.RMSprop(centered=True, momentum=0.5), loss='mse')", True),
    ("small_trained_schedule", SMALL, {}, "model.compile(optimizer=keras.optimizers.AdamW(keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)), loss='mse')", True),
    ("cnn", CNN, {}),
    ("cnn_60", CNN, {"line_length": 60}),
    ("cnn_80", CNN, {"line_length": 80}),
    ("cnn_98", CNN, {"line_length": 98}),
    ("cnn_120", CNN, {"line_length": 120}),
    ("cnn_trainable", CNN, {"show_trainable": True}),
    ("cnn_trainable_80", CNN, {"line_length": 80, "show_trainable": True}),
    ("cnn_trained", CNN, {}, "model.compile(optimizer='adam', loss='categorical_crossentropy')", True),
    ("cnn_terminal_80", CNN, {}, None, False, 80),
    ("cnn_layer_range", CNN, {"layer_range": ["max_pooling2d", "dropout"]}),
    ("long", LONG, {}),
    ("long_60", LONG, {"line_length": 60}),
    ("long_120", LONG, {"line_length": 120}),
    ("long_trainable_60", LONG, {"line_length": 60, "show_trainable": True}),
    ("long_positions", LONG, {"positions": [0.3, 0.6, 1.0]}),
    ("long_words", LONG_WORDS, {}),
    ("long_words_60", LONG_WORDS, {"line_length": 60}),
    ("long_words_80", LONG_WORDS, {"line_length": 80}),
    ("long_words_40", LONG_WORDS, {"line_length": 40}),
    ("mega", MEGA, {}),
    ("big", BIG, {}),
    ("huge", HUGE, {}),
    ("huge_60", HUGE, {"line_length": 60}),
    ("frozen", FROZEN, {}),
    ("frozen_trainable", FROZEN, {"show_trainable": True}),
    ("frozen_trainable_120", FROZEN, {"line_length": 120, "show_trainable": True}),
    ("batch", BATCH, {}),
    ("nothing", NOTHING, {}),
    ("nothing_trainable", NOTHING, {"show_trainable": True}),
    ("named", NAMED, {}),
    ("named_98", NAMED, {"line_length": 98}),
    ("nested", NESTED, {}),
    ("nested_expanded", NESTED, {"expand_nested": True}),
    ("nested_expanded_trainable", NESTED, {"expand_nested": True, "show_trainable": True}),
    ("recurrent", RECURRENT, {}),
    ("recurrent_terminal_80", RECURRENT, {}, None, False, 80),
    ("repeated", REPEATED, {}),
    *((f"masked_{name}", source, {}) for name, source in MASKED.items()),
    ("masked_block_expanded", MASKED["block"], {"expand_nested": True}),
    ("masked_joined_trainable", MASKED["joined"], {"show_trainable": True}),
]


def one(id, source, arguments, compile=None, trained=False, terminal=200):
    keras.backend.clear_session()
    scope = {}
    os.environ["COLUMNS"] = str(terminal)
    if id.startswith("huge") or id.startswith("big"):
        # Several gigabytes of weights, of which only shapes matter here.
        with keras.StatelessScope():
            exec("\n".join(source), scope)
    else:
        exec("\n".join(source), scope)
    model = scope["model"]
    if compile:
        exec(compile, scope)
    if trained:
        shape = [2 if d is None else d for d in model.input_shape]
        target = [2 if d is None else d for d in model.output_shape]
        model.train_on_batch(np.ones(shape, "float32"), np.ones(target, "float32") / target[-1])
    printed = []
    model.summary(print_fn=printed.append, **arguments)
    translated = None if id in BY_HAND else translation(source)
    row = {"id": id, "source": source, "model": BY_HAND.get(id) or translated.body}
    if translated and translated.name:
        row["name"] = translated.name
    if compile:
        row["compile"] = compile
        row["trained"] = trained
    return {**row, "arguments": arguments, "terminal": terminal, "text": "".join(printed)}


def main():
    rows = [one(*row) for row in ROWS]
    with open(FIXTURES / "summaries.json", "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(r, ensure_ascii=False, separators=(",", ":")) for r in rows) + "\n]\n")
    print(f"{len(rows)} summaries")


if __name__ == "__main__":
    main()
