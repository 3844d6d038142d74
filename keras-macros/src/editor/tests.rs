//! The item for editors is Rust, whatever the model, and the same before the cursor as without one.
#![allow(clippy::expect_used, clippy::panic)]

use std::path::Path;

use proc_macro2::TokenStream;

use super::{Types, model};

fn item(body: &str) -> String {
    model(body.parse::<TokenStream>().expect("tokens"), &Types::default()).to_string()
}

#[test]
fn the_item_of_each_model_of_the_repository_is_rust() {
    let models = crate::fuzz::corpus::models(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")));
    let whole = |tokens: &TokenStream| {
        // A function that stands alone.
        if crate::parse::item(tokens).is_some() {
            return false;
        }
        let expanded = crate::model_impl(tokens.clone()).to_string();
        !expanded.contains("compile_error")
    };
    let mut count = 0;
    for tokens in models.iter().filter(|tokens| whole(tokens)) {
        let body = crate::parse::body_of(tokens);
        let found = model(body, &Types::default());
        let parsed = syn::parse2::<syn::File>(found.clone());
        assert!(parsed.is_ok(), "{tokens}\n{found}");
        count += 1;
    }
    assert!(count > 100, "{count} models");
}

/// An editor completes by a second expansion with a marker in the place of the cursor.
#[test]
fn a_marker_changes_nothing_before_it() {
    for (before, after) in [
        ("Input(4) => ", ""),
        ("Input(4) => LS", ""),
        ("Input(4) => ", " => Dense(1)"),
        ("let x = Input(4); let y = x => ", "; y => Dense(2)"),
        ("Input(4) => LSTM(64, ", ")"),
        ("Input(4) => LSTM(64, ret", ") => Dense(1)"),
        ("Input(4) => LSTM(", ")"),
        ("Input(4) => Dense(3, activation = ", ") => Dense(1)"),
        ("Input(4) => Dense(3, activation = re", ")"),
        ("let f = |x, n| { x => Dense(n) => ", " }; Input(4) => f(3)"),
        ("let f = |x, n| x => Dense(n); Input(4) => ", ""),
        ("let f = |x, a, b = 3| x => Dense(b); Input(4) => f(3, ", ")"),
        ("for n in [1, 2] { x = x => De", "; } x"),
    ] {
        for marker in ["raCompletionMarker", "intellijRulezz"] {
            let without = item(&format!("{before}{after}"));
            let with = item(&format!("{before}{marker}{after}"));
            let at = with.find(marker).unwrap_or_else(|| panic!("{before}|{after}: {with}"));
            assert!(without.starts_with(with[..at].trim_end()), "{before}|{after}\n{without}\n{with}");
        }
    }
}
