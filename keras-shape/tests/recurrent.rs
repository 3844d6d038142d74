//! Recurrent layers, embeddings, masks and wrappers: Keras's shapes and weights (`recurrent.txt`), named axes,
//! masks, and what each layer refuses.

mod python;
mod rules;

use keras_shape::{Dim, Inferred, LayerConfig, Mask, Outputs, Role, Shape, TensorSpec, in_role, infer};
use python::{layer, shape};
use rules::{Mistake, Specs, assert_mistakes, assert_refused, assert_table, config, outputs, shapes};

/// The sequence, then the states to begin with.
fn inputs(source: &str) -> Specs {
    let specs = source.split(" & ").map(|one| Some(TensorSpec::float(shape(one)))).enumerate();
    specs.map(|(i, spec)| in_role(spec, if i == 0 { Role::Input } else { Role::InitialState })).collect()
}

#[test]
fn shapes_and_weights_are_those_of_keras() {
    assert_table(include_str!("recurrent.txt"), inputs);
}

#[test]
fn directions_of_different_width_add_up() {
    // Keras declares (None, 10) and then gives 12 columns.
    let source = "Bidirectional(LSTM(5), backward_layer=GRU(7, go_backwards=True))";
    let given = inputs("(None, None, 4)");
    assert_eq!(shapes(&outputs(source, &given)), "(None, 12)");
    let weights = config(source).weights(&[TensorSpec::float(shape("(None, None, 4)"))]);
    assert_eq!(weights.count(true), Some(473));
    assert_eq!(weights.as_slice()[3].path.as_str(), "gru/gru_cell/kernel");
}

/// On `(batch, time, 8)`, whose time axis has a name and a mask.
fn on_sequence(source: &str) -> Outputs {
    let mut input = TensorSpec::float(Shape::new(&[Dim::NONE, Dim::Dynamic(Some("time")), Dim::Fixed(8)]));
    input.mask = Mask::Present;
    outputs(source, &[Some(input)])
}

#[test]
fn names_and_masks_stay_where_the_steps_do() {
    use Mask::{Absent, Lost, Present};
    for (source, expected, masks) in [
        ("LSTM(3, return_sequences=True)", "(None, time, 3)", &[Present] as &[Mask]),
        ("LSTM(3)", "(None, 3)", &[Absent]),
        (
            "GRU(3, return_sequences=True, return_state=True)",
            "(None, time, 3) & (None, 3)",
            &[Present, Absent],
        ),
        ("Bidirectional(GRU(3, return_sequences=True))", "(None, time, 6)", &[Present]),
        (
            "Bidirectional(GRU(3, return_sequences=True), merge_mode=None)",
            "(None, time, 3) & (None, time, 3)",
            &[Present, Present],
        ),
        ("Bidirectional(GRU(3), merge_mode=None)", "(None, 3) & (None, 3)", &[Absent, Absent]),
        ("TimeDistributed(Dense(3))", "(None, time, 3)", &[Present]),
        ("Masking()", "(None, time, 8)", &[Present]),
        ("Embedding(5, 2)", "(None, time, 8, 2)", &[Lost(7)]),
        ("Embedding(5, 2, mask_zero=True)", "(None, time, 8, 2)", &[Present]),
    ] {
        let found = on_sequence(source);
        assert_eq!(shapes(&found), expected, "{source}");
        let found: Vec<Mask> = (0..found.len()).map(|i| found.get(i).mask).collect();
        assert_eq!(found, masks, "{source}");
    }
}

#[test]
fn a_lost_mask_is_reported_where_a_recurrent_layer_would_use_it() {
    let mut input = TensorSpec::float(shape("(None, 5, 3)"));
    input.mask = Mask::Lost(2);
    for source in ["LSTM(3)", "Bidirectional(LSTM(3))", "TimeDistributed(LSTM(3))"] {
        let mut input = input;
        if source.starts_with("Time") {
            input.shape = shape("(None, 4, 5, 3)");
        }
        let Inferred::Wrong(error) = infer(&config(source), &[Some(input)], 9, false) else {
            panic!("{source}")
        };
        assert_eq!(error.culprit, Some(2), "{source}");
    }
}

/// Layers, what they are given, the argument at fault and what the message says.
const MISTAKES: &[Mistake] = &[
    (
        "LSTM(3)",
        "(None, 10)",
        "",
        "(batch, time, features), 3 axes & (None, 10) has 2 & return_sequences = true",
    ),
    ("GRU(3)", "(None, 4, 5, 6)", "", "(None, 4, 5, 6) has 4"),
    ("SimpleRNN(3)", "(None,)", "", "has 1"),
    ("LSTM(0)", "(None, 4, 5)", "units", "at least 1, found 0"),
    ("LSTM(3)", "(None, 4, None)", "", "the features & constant"),
    ("LSTM(3, dropout=1.5)", "(None, 4, 5)", "dropout", "between 0 and 1, found 1.5"),
    ("GRU(3, recurrent_dropout=-0.1)", "(None, 4, 5)", "recurrent_dropout", "between 0 and 1, found -0.1"),
    ("LSTM(3, activation='glu')", "(None, 4, 5)", "activation", "`glu` halves"),
    ("GRU(3, recurrent_activation='glu')", "(None, 4, 5)", "recurrent_activation", "`glu` halves"),
    ("LSTM(3, stateful=True)", "(None, 4, 5)", "stateful", "fixed size & `batch = 32`"),
    ("LSTM(3, unroll=True)", "(None, None, 5)", "unroll", "fixed number of steps"),
    ("LSTM(3)", "(None, 4, 5) & (None, 3)", "initial_state", "begins with 2 states, found 1 & [h, c]"),
    ("GRU(3)", "(None, 4, 5) & (None, 3) & (None, 3)", "initial_state", "begins with 1 state, found 2 & [h]"),
    ("GRU(3)", "(None, 4, 5) & (None, 4)", "initial_state", "here (None, 3); found (None, 4) & Dense(3)"),
    ("GRU(3)", "(None, 4, 5) & (None, None)", "initial_state", "found (None, None)"),
    ("GRU(3)", "(None, 4, 5) & (None, 4, 3)", "initial_state", "found (None, 4, 3)"),
    ("GRU(3)", "(2, 4, 5) & (3, 3)", "initial_state", "here (2, 3); found (3, 3)"),
    ("RNN(LSTMCell(3))", "(None, 10)", "", "RNN needs (batch, time, features), 3 axes"),
    ("RNN([])", "(None, 4, 5)", "cell", "at least one cell & [LSTMCell(16), LSTMCell(8)]"),
    ("RNN(LSTM(3))", "(None, 4, 5)", "cell", "`LSTM` is a layer over whole tensors & write `LSTMCell(...)`"),
    ("RNN([GRUCell(2), Dense(3)])", "(None, 4, 5)", "cell", "`Dense` is a layer & implements `Cell`"),
    (
        "RNN([GRUCell(2), StackedRNNCells([GRUCell(2)])])",
        "(None, 4, 5)",
        "cell",
        "a stack in a stack & the list of the outer one",
    ),
    ("RNN([GRUCell(2), GRUCell(0)])", "(None, 4, 5)", "cell", "inside RNN & at least 1, found 0"),
    ("RNN(GRUCell(2, activation='glu'))", "(None, 4, 5)", "cell", "inside RNN & `glu` halves"),
    (
        "RNN([GRUCell(2, name='a'), LSTMCell(2, name='a')])",
        "(None, 4, 5)",
        "cell",
        "two cells are called `a`",
    ),
    (
        "RNN([GRUCell(2, name='a_name_of_more_than_thirty_two_bytes')])",
        "(None, 4, 5)",
        "cell",
        "at most 32 bytes here; found 36",
    ),
    (
        "RNN([GRUCell(2), GRUCell(2), GRUCell(2), GRUCell(2), GRUCell(2), GRUCell(2), GRUCell(2), GRUCell(2), GRUCell(2)])",
        "(None, 4, 5)",
        "cell",
        "at most 24 weights, and these 9 cells have 27 & return_sequences = true",
    ),
    (
        "RNN([LSTMCell(2), LSTMCell(2), LSTMCell(2), LSTMCell(2)], return_state=True)",
        "(None, 4, 5)",
        "return_state",
        "and 8 states; a layer gives at most 8 tensors",
    ),
    (
        "RNN([LSTMCell(3), GRUCell(2)])",
        "(None, 4, 5) & (None, 3)",
        "initial_state",
        "begins with 3 states, found 1 & write `initial_state = [h, c, h]`",
    ),
    (
        "RNN([LSTMCell(3), GRUCell(2)])",
        "(None, 4, 5) & (None, 3) & (None, 3) & (None, 3)",
        "initial_state",
        "here (None, 2); found (None, 3) & Dense(2)",
    ),
    ("RNN(GRUCell(3), stateful=True)", "(None, 4, 5)", "stateful", "RNN: & fixed size & `batch = 32`"),
    ("RNN(GRUCell(3), unroll=True)", "(None, None, 5)", "unroll", "fixed number of steps"),
    (
        "Bidirectional(RNN([LSTMCell(3), LSTMCell(3), LSTMCell(3), LSTMCell(3), LSTMCell(3)]))",
        "(None, 4, 5)",
        "layer",
        "would have 30 weights; a layer has at most 24",
    ),
    (
        "Bidirectional(RNN([LSTMCell(3), LSTMCell(3)], return_state=True))",
        "(None, 4, 5)",
        "layer",
        "would have 9 outputs; a layer has at most 8",
    ),
    (
        "LSTMCell(3)",
        "(None, 4, 5)",
        "",
        "one step of a sequence & `RNN(LSTMCell(...))` & [x, h, c] => LSTMCell(...)",
    ),
    ("GRUCell(3)", "(None, 5)", "", "found one tensor & [x, h] => GRUCell(...)"),
    ("StackedRNNCells([LSTMCell(3), GRUCell(2)])", "(None, 5)", "", "[x, h, c, h] => StackedRNNCells(...)"),
    ("Embedding(0, 3)", "(None, 4)", "input_dim", "at least 1, found 0"),
    ("Embedding(4, 0)", "(None, 4)", "output_dim", "at least 1, found 0"),
    ("Embedding(4, 3)", "(1, 1, 1, 1, 1, 1, 1, 1)", "", "at most 8"),
    ("Masking()", "(None,)", "", "2 axes or more & has 1"),
    ("Bidirectional(Dense(3))", "(None, 4, 5)", "layer", "`layer` is `Dense` & TimeDistributed(Dense(...))"),
    (
        "Bidirectional(LSTM(3), backward_layer=Flatten())",
        "(None, 4, 5)",
        "backward_layer",
        "`backward_layer` is `Flatten`",
    ),
    (
        "Bidirectional(LSTM(5), backward_layer=LSTM(5))",
        "(None, None, 7)",
        "backward_layer",
        "against `layer` & `go_backwards = false` for both & LSTM(..., go_backwards = true)",
    ),
    ("Bidirectional(LSTM(5, go_backwards=True))", "(None, None, 7)", "layer", "must run forward"),
    (
        "Bidirectional(LSTM(5), backward_layer=LSTM(7, go_backwards=True), merge_mode='sum')",
        "(None, None, 7)",
        "merge_mode",
        "`merge_mode = sum` & 5 and 7 units & merge_mode = concat",
    ),
    (
        "Bidirectional(LSTM(5, return_sequences=True), backward_layer=LSTM(5, go_backwards=True))",
        "(None, None, 7)",
        "backward_layer",
        "same `return_sequences` & `layer` has true, `backward_layer` has false",
    ),
    (
        "Bidirectional(LSTM(5))",
        "(None, 7)",
        "layer",
        "inside Bidirectional: LSTM needs (batch, time, features)",
    ),
    ("Bidirectional(LSTM(0))", "(None, 4, 7)", "layer", "inside Bidirectional: LSTM: `units`"),
    (
        "Bidirectional(LSTM(5))",
        "(None, 4, 7) & (None, 5) & (None, 5)",
        "initial_state",
        "begins with 4 states & found 2 & [h, c, backward_h, backward_c]",
    ),
    ("TimeDistributed(Dense(3))", "(None, 5)", "", "(batch, time, ...), 3 axes or more & has 2"),
    (
        "TimeDistributed(Conv2D(3, 3))",
        "(None, 5, 8, 8)",
        "layer",
        "inside TimeDistributed: Conv2D needs & (None, 8, 8)",
    ),
    ("TimeDistributed(Conv2D(3, 9))", "(None, 5, 8, 8, 1)", "layer", "inside TimeDistributed: Conv2D"),
    (
        "TimeDistributed(LSTM(3, return_state=True))",
        "(None, 5, 4, 8)",
        "layer",
        "one tensor a step; `LSTM` gives 3",
    ),
    ("TimeDistributed(LSTM(3, stateful=True))", "(2, 5, 4, 8)", "layer", "leave `stateful` out"),
];

#[test]
fn mistakes_are_named() {
    assert_mistakes(MISTAKES, inputs);
}

#[test]
fn states_come_by_name_alone() {
    let plain = |source: &str| -> Vec<_> {
        source.split(" & ").map(|one| Some(TensorSpec::float(shape(one)))).collect()
    };
    for source in ["LSTM(5)", "Bidirectional(LSTM(5))"] {
        let Inferred::Wrong(error) =
            infer(&config(source), &plain("(None, 4, 7) & (None, 5) & (None, 5)"), 0, false)
        else {
            panic!("{source}")
        };
        assert!(error.to_string().contains("takes one tensor, found 3"), "{source}: {error}");
    }
    let Inferred::Wrong(error) = infer(&config("Dense(5)"), &inputs("(None, 7) & (None, 5)"), 0, false)
    else {
        panic!()
    };
    assert!(error.to_string().contains("Dense takes no `initial_state`"), "{error}");
}

#[test]
fn arguments_that_cannot_be_say_so() {
    assert_refused(&[
        ("Bidirectional(3)", "expected a layer, as in `LSTM(16)`, found `3`"),
        (
            "Bidirectional(LSTM(3), merge_mode='add')",
            "`add` is not a merge mode: one of concat, sum, mul, ave",
        ),
        ("Bidirectional(LSTM(3), weights=3)", "expected `None`; numbers come from `load_weights`, found `3`"),
        ("TimeDistributed(Dens(3))", "there is no layer `Dens`; did you mean `Dense`?"),
        ("TimeDistributed(Dense())", "`Dense` needs `units`"),
        ("LSTM(3, use_cudnn='never')", "expected `auto`, `true`, `false` or a number"),
        ("Embedding(-1, 3)", "`input_dim` of `Embedding`: expected a positive whole number, found `-1`"),
    ]);
    for source in ["LSTM(3, use_cudnn='auto')", "GRU(3, use_cudnn=False)", "LSTM(3, implementation=2)"] {
        assert!(layer(source).is_ok(), "{source}");
    }
}

#[test]
fn inner_layers_count_in_the_numbering_unless_they_have_a_name() {
    let classes =
        |source: &str| -> Vec<&str> { config(source).inner().iter().map(|inner| inner.class()).collect() };
    assert_eq!(classes("TimeDistributed(Bidirectional(LSTM(3)))"), ["LSTM", "Bidirectional"]);
    assert_eq!(classes("Bidirectional(LSTM(3), backward_layer=GRU(3, go_backwards=True))"), ["LSTM", "GRU"]);
    assert_eq!(classes("TimeDistributed(Dense(3, name='d'))"), [""; 0]);
    assert_eq!(classes("Dense(3)"), [""; 0]);
    let named = config("Bidirectional(LSTM(3, name='forward_pass'))");
    let weights = named.weights(&[TensorSpec::float(shape("(None, 4, 5)"))]);
    assert_eq!(weights.as_slice()[0].path.as_str(), "forward_pass/lstm_cell/kernel");
    assert_eq!(weights.as_slice()[3].path.as_str(), "backward_forward_pass/lstm_cell/kernel");
}

/// Rules run in constants: this compiles only if they do.
const IN_A_CONSTANT: Inferred = {
    const INNER: LayerConfig = LayerConfig::LSTM(keras_shape::layers::LSTM {
        units: keras_shape::Size::Known(3),
        return_state: true,
        ..keras_shape::layers::LSTM::DEFAULT
    });
    let wrapper = LayerConfig::Bidirectional(keras_shape::layers::Bidirectional {
        layer: keras_shape::Inner { config: &INNER, name: None, trainable: true },
        ..keras_shape::layers::Bidirectional::DEFAULT
    });
    infer(&wrapper, &[Some(TensorSpec::float(Shape::new(&[Dim::NONE, Dim::NONE, Dim::Fixed(4)])))], 0, false)
};

#[test]
fn rules_run_in_constants() {
    let Inferred::Known(outputs) = IN_A_CONSTANT else { panic!("{IN_A_CONSTANT:?}") };
    assert_eq!(shapes(&outputs), "(None, 6) & (None, 3) & (None, 3) & (None, 3) & (None, 3)");
}

#[test]
fn a_cell_takes_its_states_in_a_list() {
    let given = |source: &str| -> Specs {
        source.split(" & ").map(|one| Some(TensorSpec::float(shape(one)))).collect()
    };
    let found = outputs("LSTMCell(3)", &given("(None, 5) & (None, 3) & (None, 3)"));
    assert_eq!(shapes(&found), "(None, 3) & (None, 3) & (None, 3)");
    let found =
        outputs("StackedRNNCells([GRUCell(3), LSTMCell(2)])", &given("(7, 5) & (7, 3) & (7, 2) & (7, 2)"));
    assert_eq!(shapes(&found), "(7, 2) & (7, 3) & (7, 2) & (7, 2)");
    for (source, inputs, problem) in [
        ("LSTMCell(3)", "(None, 5) & (None, 3)", "begins with 2 states, found 1"),
        ("LSTMCell(3)", "(None, 5) & (None, 3)", "write `[x, h, c] => LSTMCell(...)`"),
        ("GRUCell(3)", "(None, 5) & (None, 4)", "here (None, 3); found (None, 4)"),
        ("GRUCell(3)", "(None, None) & (None, 3)", "the features"),
    ] {
        let Inferred::Wrong(error) = infer(&config(source), &given(inputs), 0, false) else {
            panic!("{source}")
        };
        let text = error.text();
        assert!(text.as_str().contains(problem), "{source}: {}", text.as_str());
        assert_eq!(error.arg, None, "{source}");
    }
}
