//! The item for editors is Rust, whatever the model, and the same before the cursor as without one.
#![allow(clippy::expect_used, clippy::panic)]

use std::path::Path;

use proc_macro2::TokenStream;
use syn::Generics;

use super::{Types, model};

fn item(body: &str) -> String {
    let body = body.parse::<TokenStream>().expect("tokens");
    model(&Generics::default(), body, &Types::default()).to_string()
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
        let (params, body) = crate::parse::body_of(&crate::krate::split(tokens.clone()).1);
        let found = model(&params, body, &Types::default());
        let parsed = syn::parse2::<syn::File>(found.clone());
        assert!(parsed.is_ok(), "{tokens}\n{found}");
        count += 1;
    }
    assert!(count > 100, "{count} models");
}

#[test]
fn what_a_size_is_computed_from_is_a_value_of_its_own() {
    let source = "struct M<const N: usize = 4, H: Unsigned> { Input(N) => Up::<N, { 2 * H }, u8>(3) => Half::<2 * N> }";
    let (params, body) = crate::parse::body_of(&source.parse().expect("tokens"));
    let item = model(&params, body, &Types::default());
    assert!(syn::parse2::<syn::File>(item.clone()).is_ok(), "{item}");
    let text = item.to_string().replace(' ', "");
    for part in [
        "fnmodel<constN:usize,H:Unsigned",
        "letH=::keras_core::shape::vocabulary::Value;",
        "let_:Up::<_,_,u8>;",
        "let_:Half::<_>;",
        "value(N)",
        "value((2*H))",
        "value((2*N))",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
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
        ("let n = 3; Input(4) => Up::<n, ", "> => Dense(1)"),
    ] {
        for marker in ["raCompletionMarker", "intellijRulezz"] {
            let without = item(&format!("{before}{after}"));
            let with = item(&format!("{before}{marker}{after}"));
            let at = with.find(marker).unwrap_or_else(|| panic!("{before}|{after}: {with}"));
            assert!(without.starts_with(with[..at].trim_end()), "{before}|{after}\n{without}\n{with}");
        }
    }
}
