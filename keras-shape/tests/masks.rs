//! Masks as arguments: which layers take them, what shape they have, what becomes of them; and layers applied again.

mod python;

use keras_shape::{Dim, Inferred, Mask, Role, Shape, TensorSpec, again, in_role, infer};
use python::{layer, shape};

fn spec(text: &str, mask: Mask, role: Role) -> Option<TensorSpec> {
    let mut spec = TensorSpec::float(shape(text));
    spec.mask = mask;
    in_role(Some(spec), role)
}

fn plain(text: &str) -> Option<TensorSpec> {
    spec(text, Mask::Absent, Role::Input)
}

fn named(text: &str, role: Role) -> Option<TensorSpec> {
    spec(text, Mask::Absent, role)
}

fn given(source: &str, inputs: &[Option<TensorSpec>]) -> Inferred {
    infer(&layer(source).unwrap_or_else(|e| panic!("{source}: {e}")), inputs, 7, false)
}

fn mask_of(source: &str, inputs: &[Option<TensorSpec>]) -> Mask {
    match given(source, inputs) {
        Inferred::Known(outputs) => outputs.get(0).mask,
        other => panic!("{source}: {other:?}"),
    }
}

fn refusal(source: &str, inputs: &[Option<TensorSpec>]) -> String {
    match given(source, inputs) {
        Inferred::Wrong(error) => error.to_string(),
        other => panic!("{source}: {other:?}"),
    }
}

#[test]
fn a_mask_by_name_is_handed_on_as_one_that_is_carried() {
    let sequence = [plain("(None, 5, 3)"), named("(None, 5)", Role::Mask)];
    for (source, mask) in [
        ("LSTM(2)", Mask::Absent),
        ("LSTM(2, return_sequences=True)", Mask::Present),
        ("Bidirectional(GRU(2, return_sequences=True))", Mask::Present),
        ("BatchNormalization()", Mask::Present),
        ("TimeDistributed(Dense(2))", Mask::Present),
        ("GlobalAveragePooling1D()", Mask::Absent),
    ] {
        assert_eq!(mask_of(source, &sequence), mask, "{source}");
    }
}

#[test]
fn a_mask_by_name_takes_the_place_of_the_one_that_is_carried_or_lost() {
    for carried in [Mask::Present, Mask::Lost(3)] {
        let x = spec("(None, 5, 3)", carried, Role::Input);
        let masked = [x, named("(None, 5)", Role::Mask)];
        assert_eq!(mask_of("GRU(2, return_sequences=True)", &masked), Mask::Present);
        assert_eq!(mask_of("GlobalAveragePooling1D()", &masked), Mask::Absent);
    }
    // Softmax takes one of numbers, and what the input carries is lost there.
    let numbers = [spec("(None, 5, 3)", Mask::Present, Role::Input), named("(None, 5, 1)", Role::Mask)];
    assert_eq!(mask_of("Softmax()", &numbers), Mask::Lost(7));
    let pair = [
        spec("(None, 3, 4)", Mask::Lost(2), Role::Input),
        spec("(None, 5, 4)", Mask::Lost(2), Role::Input),
        named("(None, 3)", Role::QueryMask),
        named("(None, 5)", Role::ValueMask),
    ];
    assert_eq!(mask_of("Attention()", &pair), Mask::Present);
    // Keras computes with the mask that the query carries, and hands that on.
    assert_eq!(mask_of("MultiHeadAttention(2, 2)", &pair), Mask::Absent);
    assert!(refusal("MultiHeadAttention(2, 2)", &pair[..2]).starts_with("this layer drops the mask"));
}

#[test]
fn beside_initial_states_a_carried_mask_is_handed_on_and_not_looked_at() {
    let state = || named("(None, 2)", Role::InitialState);
    for (class, states) in
        [("LSTM", 2), ("GRU", 1), ("SimpleRNN", 1), ("Bidirectional(LSTM", 4), ("Bidirectional(GRU", 2)]
    {
        let end = if class.contains('(') { "))" } else { ")" };
        let (last, all) = (format!("{class}(2{end}"), format!("{class}(2, return_sequences=True{end}"));
        for carried in [Mask::Absent, Mask::Present, Mask::Lost(3)] {
            let mut inputs = vec![spec("(None, 5, 3)", carried, Role::Input)];
            inputs.extend((0..states).map(|_| state()));
            assert_eq!(mask_of(&last, &inputs), Mask::Absent, "{last} {carried:?}");
            assert_eq!(mask_of(&all, &inputs), carried, "{all}");
            // One by name is looked at, and takes its place.
            inputs.push(named("(None, 5)", Role::Mask));
            assert_eq!(mask_of(&all, &inputs), Mask::Present, "{all} {carried:?}");
        }
        // Without states, a mask that is lost is missed.
        let lost = [spec("(None, 5, 3)", Mask::Lost(3), Role::Input)];
        assert!(refusal(&all, &lost).starts_with("this layer drops the mask"), "{all}");
    }
}

#[test]
fn a_mask_has_one_number_for_each_step() {
    let x = plain("(None, 5, 3)");
    for (source, mask) in [
        ("LSTM(2)", "(None, 4)"),
        ("LSTM(2)", "(None, 5, 1)"),
        ("LSTM(2)", "(None,)"),
        ("GlobalAveragePooling1D(data_format='channels_first')", "(None, 5)"),
        ("BatchNormalization()", "(None, 3)"),
        ("TimeDistributed(Dense(2))", "(None, 6)"),
        ("Softmax()", "(None, 5)"),
        ("Softmax()", "(None, 5, 2)"),
    ] {
        let text = refusal(source, &[x, named(mask, Role::Mask)]);
        assert!(text.contains("`mask`") && text.contains(mask) && text.contains("help:"), "{source}: {text}");
    }
    for (source, mask) in [
        ("LSTM(2)", "(None, None)"),
        ("GlobalAveragePooling1D(data_format='channels_first')", "(None, 3)"),
        ("Softmax()", "(1, 5, 1)"),
    ] {
        assert!(given(source, &[x, named(mask, Role::Mask)]).outputs().is_some(), "{source} {mask}");
    }
    let pair = |role, mask| [plain("(None, 3, 4)"), plain("(None, 5, 4)"), named(mask, role)];
    for source in ["Attention()", "AdditiveAttention()", "MultiHeadAttention(2, 2)"] {
        for (role, right, wrong) in [
            (Role::QueryMask, "(None, 3)", "(None, 5)"),
            (Role::ValueMask, "(None, 5)", "(None, 3)"),
            (Role::KeyMask, "(None, 5)", "(None, 3)"),
        ] {
            assert!(given(source, &pair(role, right)).outputs().is_some(), "{source} {role:?}");
            assert!(refusal(source, &pair(role, wrong)).contains("is not"), "{source} {role:?}");
        }
    }
    assert!(refusal("Attention()", &pair(Role::Mask, "(None, 5)")).contains("[query_mask, value_mask]"));
    assert!(refusal("Dense(2)", &[x, named("(None, 5)", Role::Mask)]).contains("Dense takes no `mask`"));
    assert!(
        refusal("LSTM(2)", &[x, named("(None, 5)", Role::Mask), named("(None, 5)", Role::Mask)])
            .contains("one")
    );
}

#[test]
fn names_of_steps_are_those_of_the_mask() {
    let with = |name: &'static str, rest: &[Dim]| {
        let dims = [&[Dim::NONE, Dim::Dynamic(Some(name))], rest].concat();
        TensorSpec::float(Shape::new(&dims))
    };
    let x = Some(with("time", &[Dim::Fixed(3)]));
    let lstm = |name| given("LSTM(2)", &[x, in_role(Some(with(name, &[])), Role::Mask)]);
    assert!(lstm("time").outputs().is_some());
    assert!(lstm("words").outputs().is_none());
}

#[test]
fn a_layer_applied_again_must_want_the_weights_that_it_has() {
    let twice = |source: &str, first: &str, then: &str| {
        let config = layer(source).expect("a layer");
        let (first, then) = ([plain(first)], [plain(then)]);
        again(infer(&config, &then, 1, false), &config, &first, &then)
    };
    for (source, first, then) in [
        ("Dense(3)", "(None, 4)", "(None, 7, 4)"),
        ("LSTM(3)", "(None, 4, 2)", "(None, None, 2)"),
        ("Conv1D(3, 2)", "(None, 4, 2)", "(None, 9, 2)"),
        ("Flatten()", "(None, 4, 2)", "(None, 9, 3)"),
    ] {
        assert!(twice(source, first, then).outputs().is_some(), "{source}");
    }
    for (source, first, then) in [
        ("Dense(3)", "(None, 4)", "(None, 5)"),
        ("LSTM(3)", "(None, 4, 2)", "(None, 4, 3)"),
        ("BatchNormalization()", "(None, 4)", "(None, 5)"),
        ("PReLU()", "(None, 4, 2)", "(None, 5, 2)"),
        ("TimeDistributed(Dense(3))", "(None, 4, 2)", "(None, 4, 5)"),
    ] {
        let Inferred::Wrong(error) = twice(source, first, then) else { panic!("{source}") };
        let text = error.to_string();
        assert!(text.contains(first) && text.contains(then) && text.contains("applied before"), "{text}");
    }
}
