//! What an editor shows of a model, asked of rust-analyzer itself. Skipped where it is not installed: `$RUST_ANALYZER`
//! names it, or it is the `rust-analyzer` of `PATH`.

mod client;

use client::{Client, installed};

const MODEL: &str = "use keras_core::prelude::*;

model! {
    /// A model.
    pub struct Net {
        let residual = |x, filters, strides = 1| {
            let y = x => Conv2D(filters, 3, strides = strides, padding = same);
            [x, y] => Add()
        };
        let tower = Dense(8, activation = relu) => ReLU();
        let image = Input(32, 32, 3) => Conv2D(8, 3, kernel_initializer = he_normal, padding = same, name = \"c\");
        let mut y = image;
        for n in [8, 8] {
            y = y => residual(n, strides = 1);
        }
        let features = y => Flatten();
        features => tower => Scale(2.0) => blocks::hidden(8, rate = 0.5) => Dense(1)
    }
}

/// Multiplies by a number.
pub struct Scale;

mod blocks {
    use keras_core::prelude::*;
    model! {
        /// A hidden layer.
        pub fn hidden(x, units, rate = 0.1) { x => Dense(units) => Dropout(rate) }
    }
}
";

/// The model with the cursor in it: `at` stands in it once, and `|>` is added to that.
fn with(at: &str) -> String {
    let plain = at.replace("|>", "");
    assert_eq!(MODEL.matches(&plain).count(), 1, "{plain}");
    MODEL.replace(&plain, at)
}

fn start() -> Option<Client> {
    match installed() {
        Ok(installed) => Some(Client::start(&installed)),
        Err(missing) => {
            println!("skipped: {missing}");
            None
        }
    }
}

/// Names that only the expansion has.
const INTERNAL: [&str; 6] = ["Text<", "__", "message", "compile_error", "Built<", "macro_rules"];

#[test]
fn tokens_of_a_model_show_what_they_are() {
    let Some(mut client) = start() else { return };
    for (at, shows) in [
        (
            "=> Con|>v2D(filters",
            vec![
                "pub struct Conv2D",
                "(batch, height, width, channels)",
                "`filters`",
                "`strides = 1`: How far the window moves.",
                "`activation = linear`",
                "`kernel_initializer = glorot_uniform`",
                "`bias_constraint = None`",
            ],
        ),
        ("=> Flat|>ten()", vec!["pub struct Flatten"]),
        ("Inp|>ut(32", vec!["pub struct Input", "the axes after the batch axis"]),
        ("3, strid|>es = strides", vec!["`strides = 1`: How far the window moves."]),
        ("padd|>ing = same);", vec!["`padding = valid`: What happens at the border."]),
        ("padding = sa|>me);", vec!["Zeros at the border keep the length"]),
        ("activation = re|>lu", vec!["`max(x, 0)`"]),
        ("he_n|>ormal", vec!["normal with a variance of `2 / inputs`"]),
        ("na|>me = \"c\"", vec!["Keras's name of the layer"]),
        ("let feat|>ures", vec!["Tensor<(Dyn, Len<8192>)>"]),
        ("        feat|>ures =>", vec!["Tensor<(Dyn, Len<8192>)>"]),
        ("let |>y = x", vec!["Tensor<(Dyn, Len<32>, Len<32>, Len<8>)>"]),
        ("[|>x, y]", vec!["Tensor<(Dyn, Len<32>, Len<32>, Len<8>)>"]),
        ("=> resi|>dual", vec!["A function of this model", "|x, filters, strides = 1|"]),
        ("residual(n, str|>ides", vec!["`strides = 1`"]),
        ("=> tow|>er =>", vec!["Dense(8, activation = relu) => ReLU()"]),
        ("=> Sca|>le(2.0)", vec!["Multiplies by a number."]),
        ("blocks::hid|>den(8", vec!["A hidden layer.", "|x, units, rate = 0.1|"]),
        ("8, ra|>te = 0.5)", vec!["`rate = 0.1`"]),
        ("=> Drop|>out(rate)", vec!["pub struct Dropout"]),
        ("struct N|>et", vec!["A model.", "Model: \"net\""]),
    ] {
        let text = client.hover(&with(at));
        for words in shows {
            assert!(text.contains(words), "{at} does not show {words}:\n{text}");
        }
        for name in INTERNAL.iter().filter(|name| **name != "Built<" || !at.contains("N|>et")) {
            assert!(!text.contains(name), "{at} shows {name}:\n{text}");
        }
    }
}

#[test]
fn names_lead_to_where_they_are_bound() {
    let Some(mut client) = start() else { return };
    let line = |text: &str| MODEL[..MODEL.find(text).unwrap()].matches('\n').count();
    for (at, file, wanted) in [
        ("=> resi|>dual", "main.rs", line("let residual")),
        ("=> tow|>er =>", "main.rs", line("let tower")),
        ("        feat|>ures =>", "main.rs", line("let features")),
        ("residual(n, str|>ides", "main.rs", line("let residual")),
        ("=> Sca|>le(2.0)", "main.rs", line("pub struct Scale")),
        ("blocks::hid|>den(8", "main.rs", line("pub fn hidden")),
    ] {
        assert_eq!(client.definition(&with(at)), [(file.to_string(), wanted)], "{at}");
    }
    let found = client.definition(&with("=> Con|>v2D(filters"));
    assert_eq!(found.iter().map(|(file, _)| file.as_str()).collect::<Vec<_>>(), ["conv2d.rs"]);
}

/// Each with words that are offered and how many there may be at most.
#[test]
fn half_written_models_are_completed() {
    let Some(mut client) = start() else { return };
    for (model, offers, most) in [
        ("Input(None, 4) => LS|>", vec!["LSTM", "Dense", "AvgPool2D"], 80),
        ("Input(None, 4) => |>", vec!["LSTM", "Dense", "Lambda"], 80),
        ("Input(None, 4) => |> => Dense(1)", vec!["LSTM"], 80),
        ("let tower = Dense(3); let f = |x, n| x => Dense(n); Input(4) => |>", vec!["tower", "f", "GRU"], 80),
        ("let x = Input(4); [x => De|>, x] => Add()", vec!["Dense"], 80),
        ("let x = Input(4); let y = x => Den|>; y => Dense(1)", vec!["Dense"], 80),
        ("Input(None, 4) => LSTM(64, ret|>) => Dense(1)", vec!["return_sequences", "return_state"], 30),
        ("Input(None, 4) => LSTM(64, |>)", vec!["activation", "return_sequences"], 30),
        ("Input(None, 4) => LSTM(|>)", vec!["units"], 30),
        ("Input(None, 4) => Bidirectional(LSTM(8, |>))", vec!["return_sequences"], 30),
        ("Input(|>) => Dense(1)", vec!["shape", "batch"], 10),
        ("Input(4) => Dense(64, activation = |>)", vec!["relu", "tanh", "swish"], 40),
        ("Input(4) => Dense(64, activation = re|>) => Dense(1)", vec!["relu"], 40),
        ("Input(4) => Dense(64, kernel_initializer = he|>)", vec!["he_normal", "HeUniform"], 40),
        ("Input(4) => Dense(64, kernel_regularizer = |>)", vec!["l2", "L1L2"], 20),
        ("Input(4) => Dense(64, kernel_constraint = |>)", vec!["max_norm"], 20),
        ("Input(8, 4) => Conv1D(8, 3, padding = |>)", vec!["same", "valid", "causal"], 10),
        ("Input(8, 4) => LSTM(8, return_sequences = |>)", vec!["true", "false"], 250),
        ("let f = |x, units, n = 3| x => Dense(n); Input(4) => f(3, |>)", vec!["n"], 5),
        ("let f = |x, n| { x => De|> }; Input(4) => f(3)", vec!["Dense"], 80),
        ("let mut x = Input(4); for n in [1, 2] { x = x => De|>; } x", vec!["Dense"], 80),
        ("let n = 2; let x = Input(4); let y = if n > 1 { x => De|> } else { x }; y", vec!["Dense"], 80),
    ] {
        for model in [
            format!("use keras_core::prelude::*;\nmodel! {{ pub struct Net {{ {model} }} }}\n"),
            format!("use keras_core::prelude::*;\nfn main() {{ let model = model!({model}); }}\n"),
            format!("use keras_core::prelude::*;\nfn main() {{ let model = model!{{ {model} }}; }}\n"),
        ] {
            let found = client.completions(&model);
            for word in &offers {
                assert!(found.iter().any(|found| found == word), "{model} does not offer {word}: {found:?}");
            }
            assert!(found.len() <= most, "{model}: {found:?}");
            assert!(!found.iter().any(|word| word.starts_with("__")), "{model}: {found:?}");
        }
    }
    let found = client.completions(
        "use keras_core::prelude::*;\nmodel! { pub fn block(x, units) { x => Dense(units) => Drop|> } }\n",
    );
    assert!(found.iter().any(|word| word == "Dropout"), "{found:?}");
}

/// The item that editors read is Rust without mistakes: none is shown inside a model that has none.
#[test]
fn a_right_model_shows_no_mistakes() {
    let Some(mut client) = start() else { return };
    let text = MODEL.replace(" => Scale(2.0)", "");
    let first = text.find("/// A model.").unwrap();
    let line = text[..first].matches('\n').count();
    let inside: Vec<_> = client.lines_of_mistakes(&text).into_iter().filter(|(at, _)| *at >= line).collect();
    assert!(inside.is_empty(), "{inside:?}");
}
