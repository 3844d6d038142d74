//! What the macro writes, as files that can be read and reviewed: `src/snapshots/*.rs`. After a
//! change on purpose, run with `UPDATE_SNAPSHOTS=1` and read the difference in the commit.
#![allow(clippy::expect_used, clippy::panic)]

use std::path::Path;

use proc_macro2::TokenStream;

/// Compares the expansion of a model with its snapshot.
fn snapshot(name: &str, model: &str) {
    let tokens: TokenStream = model.parse().expect("tokens");
    let expanded = crate::model_impl(tokens);
    // A value expands to a block, and prettyplease prints files.
    let file = match syn::parse2::<syn::File>(expanded.clone()) {
        Ok(file) => file,
        Err(_) => {
            syn::parse2(quote::quote! { fn value() { let _ = #expanded; } }).expect("the expansion is Rust")
        }
    };
    let found = format!("// {}\n\n{}", model.trim().replace('\n', "\n// "), prettyplease::unparse(&file));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/snapshots").join(format!("{name}.rs"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &found).expect("a snapshot can be written");
        return;
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    if wanted != found {
        panic!(
            "the expansion of `{name}` has changed; `UPDATE_SNAPSHOTS=1 cargo test -p keras-macros` accepts it\n{}",
            difference(&wanted, &found)
        );
    }
}

/// The lines that differ, between those that do not.
fn difference(wanted: &str, found: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (wanted.lines().collect(), found.lines().collect());
    // The longest common subsequence from each pair of places on.
    let mut common = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i][j] =
                if a[i] == b[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, String::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || (i < a.len() && common[i + 1][j] >= common[i][j + 1]) {
            out += &format!("- {:>4}  {}\n", i + 1, a[i]);
            i += 1;
        } else {
            out += &format!("+ {:>4}  {}\n", j + 1, b[j]);
            j += 1;
        }
    }
    out
}

#[test]
fn a_chain_is_a_value() {
    snapshot("value", "Input(4) => Dense(3, activation = relu) => Dropout(0.5) => Dense(1)");
}

#[test]
fn a_named_struct_has_a_field_for_each_layer() {
    snapshot(
        "named",
        "/// Sorts sequences.\n#[derive(Clone)]\npub struct Classifier {\n    Input(None, 50) => LSTM(64, name = \"memory\") => [Dense(10); 2]\n}",
    );
}

#[test]
fn constants_are_left_to_the_compiler() {
    snapshot("constants", "struct Narrow { Input(FEATURES) => Dense(2 * HIDDEN) => Dense(1) }");
}

#[test]
fn an_own_layer_is_asked_for_its_shape() {
    snapshot(
        "own_layer",
        "struct Scaled { Input(4) => Scale(2.0, center = true) => layers::Shift => Dense(1) }",
    );
}

#[test]
fn bindings_make_a_graph() {
    snapshot(
        "graph",
        "struct Twice {\n    let x = Input(8);\n    let tower = Dense(4) => Dense(2);\n    x => tower => Dense(1)\n}",
    );
}

#[test]
fn a_model_with_parameters_has_its_constants_in_a_type() {
    snapshot(
        "generic",
        "pub struct Head<const UNITS: usize, const BIAS: bool = true> { Input(None, UNITS) => Dense(2 * UNITS, use_bias = BIAS) => Own::<UNITS> => Dense(3) }",
    );
}

#[test]
fn a_number_of_typenum_is_a_type_and_a_value() {
    snapshot("typenum", "struct Doubled<H: Unsigned> { Input(2 * H) => Dense(H + 1) }");
}

#[test]
fn a_broken_model_keeps_the_fields_known_so_far() {
    snapshot("broken", "pub struct Broken { Input(None, 50) => LSTM(64) => Dense(activation = relu) => }");
}

#[test]
fn a_difference_shows_the_lines_that_changed() {
    assert_eq!(difference("a\nb\nc", "a\nx\nc"), "-    2  b\n+    2  x\n");
}
