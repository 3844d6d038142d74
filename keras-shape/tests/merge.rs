//! Layers of several tensors: Keras's shapes and weights (`merge.txt`), named axes, masks, and what each refuses.

mod python;
mod rules;

use keras_shape::{Arg, Build, Dim, Inferred, LayerConfig, Mask, Role, Shape, TensorSpec, in_role, infer};
use python::shape;
use rules::{Mistake, Specs, assert_mistakes, assert_refused, assert_table, config, outputs, shapes};

/// Shapes joined by `&`; `@` begins that of an attention mask, `!` before a shape gives it a mask.
fn inputs(source: &str) -> Specs {
    let (plain, named) =
        source.split_once(" @ ").map_or((source, None), |(plain, named)| (plain, Some(named)));
    let spec = |source: &str| {
        let mut spec = TensorSpec::float(shape(source.trim_start_matches('!')));
        if source.starts_with('!') {
            spec.mask = Mask::Present;
        }
        spec
    };
    let mut specs: Vec<_> = plain.split(" & ").filter(|s| !s.is_empty()).map(|one| Some(spec(one))).collect();
    specs.extend(named.map(|one| in_role(Some(spec(one)), Role::AttentionMask)));
    specs
}

#[test]
fn shapes_and_weights_are_those_of_keras() {
    assert_table(include_str!("merge.txt"), inputs);
}

#[test]
fn axes_keep_their_names() {
    for (source, on, expected) in [
        ("Add()", "(None, time, 8) & (None, time, 8)", "(None, time, 8)"),
        ("Add()", "(None, time, 8) & (None, 1, 8)", "(None, time, 8)"),
        ("Multiply()", "(None, time, 1) & (None, 8)", "(None, time, 8)"),
        ("Add()", "(None, None, 8) & (None, time, 8)", "(None, None, 8)"),
        ("Add()", "(30, 8) & (None, 8)", "(30, 8)"),
        ("Concatenate()", "(None, time, 8) & (None, time, 3)", "(None, time, 11)"),
        ("Concatenate(axis=1)", "(None, time, 8) & (None, time, 8)", "(None, None, 8)"),
        ("Concatenate()", "(None, None, 8) & (None, 20, 8)", "(None, None, 16)"),
        ("Dot(axes=1)", "(None, time, 8) & (None, time, 3)", "(None, 8, 3)"),
        ("Dot(axes=2)", "(None, time, 8) & (None, length, 8)", "(None, time, length)"),
        (
            "Attention(return_attention_scores=True)",
            "(None, time, 8) & (None, length, 8)",
            "(None, time, 8) & (None, time, length)",
        ),
        (
            "MultiHeadAttention(2, 4, return_attention_scores=True)",
            "(None, time, 8) & (None, length, 6) @ (None, time, length)",
            "(None, time, 8) & (None, 2, time, length)",
        ),
        (
            "MultiHeadAttention(2, 4, attention_axes=-2, return_attention_scores=True)",
            "(None, 5, time, 8) & (None, 5, length, 6)",
            "(None, 5, time, 8) & (None, 5, 2, time, length)",
        ),
        ("MultiHeadAttention(2, 4, output_shape=3)", "(None, time, 8) & (None, 9, 6)", "(None, time, 3)"),
    ] {
        assert_eq!(shapes(&outputs(source, &inputs(on))), expected, "{source} on {on}");
    }
}

#[test]
fn a_constant_known_later_may_fit() {
    let later = TensorSpec::float(Shape::new(&[Dim::NONE, Dim::Later]));
    let fixed = TensorSpec::float(shape("(None, 8)"));
    for source in ["Add()", "Concatenate()", "Dot(axes=1)"] {
        let found = infer(&config(source), &[Some(later), Some(fixed)], 0, false);
        assert!(matches!(found, Inferred::Known(_)), "{source}: {found:?}");
    }
}

#[test]
fn masks_go_together_as_in_keras() {
    use Mask::{Absent, Lost, Present};
    for (source, on, expected) in [
        ("Add()", "!(None, 5, 8) & !(None, 5, 8)", Present),
        // Keras drops the mask here without a word.
        ("Add()", "!(None, 5, 8) & (None, 5, 8)", Lost(7)),
        ("Add()", "(None, 5, 8) & !(None, 5, 8)", Lost(7)),
        ("Maximum()", "(None, 5, 8) & (None, 5, 8)", Absent),
        ("Concatenate()", "(None, 5, 8) & !(None, 5, 8)", Present),
        ("Concatenate()", "(None, 5, 8) & (None, 5, 8)", Absent),
        ("Dot(axes=2)", "(None, 5, 8) & !(None, 5, 8)", Lost(7)),
        ("Attention()", "!(None, 5, 8) & (None, 5, 8)", Present),
        ("Attention()", "(None, 5, 8) & !(None, 5, 8)", Absent),
        ("MultiHeadAttention(2, 3)", "!(None, 5, 8) & !(None, 5, 8)", Present),
        ("MultiHeadAttention(2, 3)", "(None, 5, 8) & !(None, 5, 8)", Absent),
    ] {
        assert_eq!(outputs(source, &inputs(on)).get(0).mask, expected, "{source} on {on}");
    }
    let scores = outputs("Attention(return_attention_scores=True)", &inputs("!(None, 5, 8) & (None, 5, 8)"));
    assert_eq!(scores.get(1).mask, Absent);
}

#[test]
fn a_lost_mask_is_reported_where_attention_would_use_it() {
    for source in ["Attention()", "AdditiveAttention()", "MultiHeadAttention(2, 3)"] {
        let mut given = inputs("(None, 5, 8) & (None, 5, 8)");
        if let Some(value) = &mut given[1] {
            value.mask = Mask::Lost(3);
        }
        let Inferred::Wrong(error) = infer(&config(source), &given, 9, false) else { panic!("{source}") };
        assert_eq!(error.culprit, Some(3), "{source}");
        assert!(matches!(infer(&config(source), &given, 9, true), Inferred::Known(_)), "{source}");
    }
}

/// Layers, what they are given, the argument at fault and what the message says.
const MISTAKES: &[Mistake] = &[
    ("Subtract()", "(None, 5) & (None, 5) & (None, 5)", "", "takes two tensors, found 3"),
    ("Add()", "(None, 5, 8) & (None, 5)", "", "8 is not 5 & (None, 5, 8) and (None, 5) & Reshape"),
    ("Maximum()", "(None, 8) & (None, 4)", "", "Maximum & 8 is not 4 & (None, 8) and (None, 4) & Dense"),
    (
        "Add()",
        "(None, 16, 16, 32) & (None, 16, 16, 64)",
        "",
        "32 is not 64 & (None, 16, 16, 32) and (None, 16, 16, 64) & Conv2D(channels, 1)",
    ),
    (
        "Add()",
        "(None, time, 8) & (None, length, 8)",
        "",
        "`time` and `length` are names of different lengths & `time` in place of `length`",
    ),
    ("Add()", "(4, 8) & (5, 8)", "", "batches of the same size: 4 is not 5"),
    (
        "Concatenate()",
        "(None, 14, 14, 8) & (None, 15, 15, 8)",
        "axis",
        "axis 1 does not: 14 is not 15 & (None, 14, 14, 8) and (None, 15, 15, 8) & padding = same",
    ),
    ("Concatenate()", "(None, 5, 8) & (None, 6, 8)", "axis", "5 is not 6 & axis = 1"),
    ("Concatenate(axis=1)", "(None, 5, 8) & (None, 5, 6)", "axis", "axis 2 does not: 8 is not 6 & axis = -1"),
    ("Concatenate()", "(None, time, 4) & (None, length, 3)", "axis", "`time` and `length`"),
    ("Concatenate()", "(None, 5, 8) & (None, 8)", "", "same number of axes & (None, 5, 8) and (None, 8)"),
    ("Concatenate(axis=3)", "(None, 5, 8) & (None, 5, 8)", "axis", "axis 3 is out of range"),
    ("Dot(axes=2)", "(None, 5, 8) & (None, 5, 7)", "axes", "8 is not 7 & (None, 5, 8) and (None, 5, 7)"),
    ("Dot(axes=1)", "(None, time, 8) & (None, length, 8)", "axes", "`time` and `length`"),
    ("Dot(axes=1)", "(None, None, 8) & (None, 4, 8)", "axes", "None is not 4"),
    ("Dot(axes=0)", "(None, 8) & (None, 8)", "axes", "the batch axis"),
    ("Dot(axes=2)", "(None, 8) & (None, 8)", "axes", "out of range"),
    ("Dot(axes=(1, 2, 3))", "(None, 8) & (None, 8)", "axes", "found 3 in the list & axes = (1, 2)"),
    ("Attention()", "(None, 5, 8)", "", "found 1 tensor & [x, x] => Attention"),
    ("Attention()", "(None, 5, 8) & (None, 6, 7)", "", "feature by feature: 8 is not 7"),
    ("Attention()", "(None, 8) & (None, 8)", "", "(batch, time, features) & (None, 8) and (None, 8)"),
    ("Attention()", "(None, 4, 8) & (None, 5, 8) & (None, 6, 8)", "", "one key: 5 is not 6"),
    (
        "AdditiveAttention()",
        "(None, None, 8) & (None, time, 8) & (None, length, 8)",
        "",
        "`time` and `length`",
    ),
    ("AdditiveAttention()", "(None, 5, None) & (None, 5, 8)", "", "the features of the query"),
    ("Attention(dropout=2.0)", "(None, 5, 8) & (None, 5, 8)", "dropout", "between 0 and 1, found 2"),
    ("MultiHeadAttention(2, 4)", "(None, 5, 8)", "", "a query, a value and perhaps a key, found 1 tensor"),
    ("MultiHeadAttention(4, 2)", "(2, 4, 8) & (2, 2, 8) & (2, 1, 7)", "", "2 is not 1"),
    ("MultiHeadAttention(4, 2)", "(2, 4, 8) & (2, None, 8) & (2, 1, 7)", "", "None is not 1"),
    ("MultiHeadAttention(0, 2)", "(None, 5, 8) & (None, 5, 8)", "num_heads", "at least 1, found 0"),
    (
        "MultiHeadAttention(2, 4, sliding_window=0)",
        "(None, 5, 8) & (None, 5, 8)",
        "sliding_window",
        "found 0",
    ),
    ("MultiHeadAttention(2, 4)", "(None, 5, 8) & (None, 4, 4, 8)", "", "same number of axes"),
    ("MultiHeadAttention(2, 4)", "(None, 5, None) & (None, 5, 8)", "", "the features of the query"),
    (
        "MultiHeadAttention(2, 4, attention_axes=2)",
        "(None, 3, 5, 8) & (None, 4, 5, 8)",
        "attention_axes",
        "does not look along axis 1 & 3 is not 4",
    ),
    (
        "MultiHeadAttention(2, 4, attention_axes=-1)",
        "(None, 5, 8) & (None, 5, 8)",
        "attention_axes",
        "found -1",
    ),
    (
        "MultiHeadAttention(2, 4)",
        "(None, 5, 8) & (None, 6, 8) @ (None, 6, 5)",
        "attention_mask",
        "(None, 5, 6); found (None, 6, 5)",
    ),
    (
        "Attention()",
        "(None, 5, 8) & (None, 6, 8) @ (None, 5, 6)",
        "attention_mask",
        "takes no `attention_mask`",
    ),
    (
        "MultiHeadAttention(2, 4, use_causal_mask=True)",
        "(None, 3, 5, 8) & (None, 3, 5, 8)",
        "use_causal_mask",
        "one axis of steps",
    ),
];

#[test]
fn mistakes_are_named() {
    assert_mistakes(MISTAKES, inputs);
}

#[test]
fn arguments_that_cannot_be_say_so() {
    assert_refused(&[
        (
            "MultiHeadAttention(num_heads=4, key_dim=4, value_dim=-2)",
            "expected a positive whole number, found `-2`",
        ),
        (
            "MultiHeadAttention(num_heads=1.5, key_dim=4)",
            "`num_heads` of `MultiHeadAttention`: expected a positive",
        ),
        ("MultiHeadAttention(2)", "`MultiHeadAttention` needs `key_dim`"),
        ("MultiHeadAttention(2, 3, output_shape=(3, -1))", "a positive whole number or a tuple of them"),
        ("Attention(score_mode='scaled')", "`scaled` is not a score mode: one of dot, concat"),
        ("Dot()", "`Dot` needs `axes`"),
        ("Add(3)", "`Add` takes no arguments"),
    ]);
}

/// Without any input, or one that is not as it should be, rules answer; they do not panic.
#[test]
fn no_rule_panics() {
    for class in LayerConfig::CLASSES {
        let Some(config) = LayerConfig::default_of(class) else { continue };
        if !["Add", "Concatenate", "Dot", "Attention", "AdditiveAttention", "MultiHeadAttention"]
            .contains(class)
        {
            continue;
        }
        let mut build = Build::new(config);
        let _ = build.set(Some("axes"), &Arg::Int(-1));
        for on in [
            "",
            "(4,)",
            "(4,) & (4,)",
            "(None,) & (4, 4)",
            "(4, 4, 4, 4, 4, 4, 4, 4) & (4, 4, 4, 4, 4, 4, 4, 4)",
        ] {
            let specs = inputs(on);
            let _ = infer(&build.config, &specs, 0, false);
            let _ = build.config.weights(&specs.iter().flatten().copied().collect::<Vec<_>>());
        }
    }
}

/// Rules run in constants: this compiles only if they do.
const IN_A_CONSTANT: Inferred = {
    const HEADS: LayerConfig = LayerConfig::MultiHeadAttention(keras_shape::layers::MultiHeadAttention {
        num_heads: keras_shape::Size::Known(2),
        key_dim: keras_shape::Size::Known(3),
        ..keras_shape::layers::MultiHeadAttention::DEFAULT
    });
    let x = Some(TensorSpec::float(Shape::new(&[Dim::NONE, Dim::NONE, Dim::Fixed(4)])));
    infer(&HEADS, &[x, x], 0, false)
};

#[test]
fn rules_run_in_constants() {
    let Inferred::Known(outputs) = IN_A_CONSTANT else { panic!("{IN_A_CONSTANT:?}") };
    assert_eq!(shapes(&outputs), "(None, None, 4)");
}

#[test]
fn images_are_mixed_alone_or_with_their_labels() {
    let both = config("MixUp()")
        .output(&[TensorSpec::float(shape("(None, 8, 8, 3)")), TensorSpec::int(shape("(None, 10)"))]);
    let both = both.expect("two tensors");
    assert_eq!((both.len(), both.get(1)), (2, TensorSpec::float(shape("(None, 10)"))));
    let alone =
        config("CutMix()").output(&[TensorSpec::float(shape("(None, 8, 8, 3)"))]).expect("one tensor");
    assert_eq!((alone.len(), alone.get(0).shape), (1, shape("(None, 8, 8, 3)")));
    let mistakes: &[Mistake] = &[
        ("MixUp()", "(None, 8, 8, 3) & (None, 10) & (None, 10)", "", "images, or images and labels, found 3"),
        (
            "MixUp()",
            "(None, 8, 8, 3) & (None,)",
            "",
            "labels (batch, classes), 2 axes & have 1 & to_categorical",
        ),
        ("CutMix()", "(None, 8, 8, 3) & (None, 4, 10)", "", "labels (batch, classes) & have 3"),
        ("CutMix()", "(30, 8, 8, 3) & (20, 10)", "", "a label for each image & 30 & 20"),
        ("MixUp()", "(None, 10) & (None, 8, 8, 3)", "", "4 axes & (None, 10) has 2"),
    ];
    assert_mistakes(mistakes, inputs);
}
