//! What a model costs, as its summary says on request: numbers computed by hand.

use keras_core::prelude::*;

/// The last cell of a layer's row.
fn cell(text: &str, layer: &str) -> String {
    let row =
        text.lines().find(|line| line.contains(&format!("{layer} ("))).unwrap_or_else(|| panic!("{text}"));
    row.trim_end_matches('│').rsplit('│').next().expect("a cell").trim().to_string()
}

#[test]
fn products_are_counted_by_layer() {
    let model = model!(
        Input(28, 28, 1)
            => Conv2D(8, 3, activation = relu)
            => MaxPooling2D(2)
            => Flatten()
            => Dense(10, activation = softmax)
    );
    let text = model.summary().cost(true).to_string();
    assert_eq!(cell(&text, "conv2d"), "48,672", "{text}"); // 26 * 26 * 3 * 3 * 8
    assert_eq!(cell(&text, "max_pooling2d"), "0");
    assert_eq!(cell(&text, "dense"), "13,520"); // 13 * 13 * 8 * 10
    assert!(text.contains("\n Total multiply-adds per sample: 62,192\n"), "{text}");
    // 80 + 13530 numbers.
    assert!(text.ends_with("\n Parameter bytes: 54,440 (53.16 KB)\n"), "{text}");
    assert_eq!(model.multiply_adds(&[&[28, 28, 1]]).unwrap(), 62_192);
}

#[test]
fn the_whole_table_looks_like_this() {
    let model = model!(Input(time: None, 8) => LSTM(16, return_sequences = true) => GRU(4) => Dense(1));
    let wanted = "\
Model: \"sequential\"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                         ┃ Output Shape                 ┃        Param # ┃       Multiply-adds ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━┩
│ lstm (LSTM)                          │ (None, None, 16)             │          1,600 │        1,536 x time │
├──────────────────────────────────────┼──────────────────────────────┼────────────────┼─────────────────────┤
│ gru (GRU)                            │ (None, 4)                    │            264 │          240 x time │
├──────────────────────────────────────┼──────────────────────────────┼────────────────┼─────────────────────┤
│ dense (Dense)                        │ (None, 1)                    │              5 │                   4 │
└──────────────────────────────────────┴──────────────────────────────┴────────────────┴─────────────────────┘
 Total params: 1,869 (7.30 KB)
 Trainable params: 1,869 (7.30 KB)
 Non-trainable params: 0 (0.00 B)
 Total multiply-adds per sample: 4 + 1,776 x time
 Parameter bytes: 7,476 (7.30 KB)
 Lengths that come with the data: time
";
    let text = model.summary().cost(true).to_string();
    // 4 * 16 * (8 + 16), 3 * 4 * (16 + 4), 4.
    assert_eq!(text, wanted, "{text}");
    assert_eq!(model.multiply_adds(&[&[10, 8]]).unwrap(), 17_764);
    let error = model.multiply_adds(&[&[10, 9]]).unwrap_err().to_string();
    assert!(error.contains("(None, time, 8) without the batch; found [10, 9]"), "{error}");
    assert!(model.multiply_adds(&[]).is_err());
}

#[test]
fn without_cost_the_text_is_that_of_keras() {
    let model = model!(Input(None, 8) => LSTM(16) => Dense(1));
    assert_eq!(model.summary().cost(false).to_string(), model.summary().to_string());
    assert!(!model.summary().to_string().contains("ultiply"));
}

model! {
    struct Encoder {
        let steps = Input(None, 8);
        steps => Dense(4, name = "narrow") => GlobalAveragePooling1D()
    }
}

model! {
    struct Twins {
        let a = Input(20, 8);
        let b = Input(30, 8);
        let encoder = Encoder();
        let x = a => encoder;
        let y = b => encoder;
        [x, y] => Concatenate() => Dense(3, name = "head")
    }
}

#[test]
fn models_inside_count_at_the_lengths_that_they_are_given() {
    let model = Twins::new();
    let text = model.summary().cost(true).expand_nested(true).show_trainable(true).to_string();
    assert_eq!(cell(&text, "encoder"), "1,600", "{text}"); // (20 + 30) * 8 * 4
    assert_eq!(cell(&text, "narrow"), "1,600");
    assert_eq!(cell(&text, "head"), "24");
    assert!(text.contains("\n Total multiply-adds per sample: 1,624\n"), "{text}");
    assert_eq!(model.multiply_adds(&[&[20, 8], &[30, 8]]).unwrap(), 1_624);
    let alone = Encoder::new().summary().cost(true).to_string();
    assert_eq!(cell(&alone, "narrow"), "32 x None");
    assert_eq!(Encoder::new().multiply_adds(&[&[5, 8]]).unwrap(), 160);
}

#[test]
fn what_a_closure_costs_nobody_knows() {
    let model = model!(Input(8) => Dense(4) => Lambda(|x| x * 2.0) => Dense(2));
    let text = model.summary().cost(true).to_string();
    assert_eq!(cell(&text, "lambda"), "?", "{text}");
    assert!(text.contains("\n Total multiply-adds per sample: 40 + ?\n"), "{text}");
    let error = model.multiply_adds(&[&[8]]).unwrap_err().to_string();
    assert!(error.contains("`lambda`"), "{error}");
}
