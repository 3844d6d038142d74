//! Mistakes of a function that stands alone, found without a model that applies it.
//!
//! What a function is applied to, nobody knows where it is written. So it is applied here to tensors and values of
//! every kind, and what is wrong each time, in the same words and at the same place, is wrong whatever it is applied to.
//! That is reported where the function is written, and models that apply it say nothing.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::quote;
use syn::Ident;

use crate::error::Errors;
use crate::parse::With;
use crate::resolve;

/// Functions of more parameters are not tried.
const MOST_PARAMS: usize = 12;
/// Nor those that, written out each time, have more tokens than this: their mistakes are reported where they are applied.
const MOST_TOKENS: usize = 100_000;
/// For how many tokens each layer counts that one makes.
const TOKENS_OF_A_LAYER: usize = 25;
/// Values of each kind that a parameter can have. One after the other is put in the place of all parameters.
const VALUES: [&str; 10] =
    ["8", "relu", "\"a\"", "[8, 16]", "[(8, 16), (8, 16)]", "None", "true", "0.5", "Dense(8)", "|x| x"];
/// The inputs that it is applied to.
const INPUTS: [&str; 3] = ["Input(8)", "Input(8, 8)", "Input(8, 8, 8)"];

/// The mistakes in the function `name` that are there whatever it is applied to. `source` is what its item hands on,
/// `params` is how many parameters it has, and `required` how many of them have no default; the functions that it
/// applies are in `with`.
pub fn mistakes(
    with: &With,
    name: &Ident,
    source: &TokenStream,
    params: usize,
    required: usize,
) -> Vec<syn::Error> {
    if params > MOST_PARAMS {
        return Vec::new();
    }
    let places = places(source);
    let (mut always, mut written): (Option<Vec<syn::Error>>, usize) = (None, 0);
    let begins = crate::parse::mentions(source, &Ident::new("Input", Span::call_site()));
    for model in applications(name, params, required, begins) {
        let with = with.trial(name, source, model);
        let mut errors = Errors::default();
        let Ok(model) = crate::settled(&with, &[], &mut errors) else { return Vec::new() };
        written += model.written;
        // A repetition makes layers of few tokens.
        written += TOKENS_OF_A_LAYER * resolve::resolve(&model, &mut errors).layers.len();
        let found = errors.plain().into_iter().filter(|error| places.contains(&place(error.span())));
        let found: Vec<syn::Error> = match always {
            None => found.collect(),
            Some(always) => {
                let found: Vec<String> = found.map(|error| key(&error)).collect();
                always.into_iter().filter(|error| found.contains(&key(error))).collect()
            }
        };
        if found.is_empty() || written > MOST_TOKENS {
            return Vec::new();
        }
        always = Some(found);
    }
    always.unwrap_or_default()
}

/// Models that apply the function: to each number of tensors, of each rank, with each value for all parameters that need
/// one; as the output, and for the first of several results. A function that `begins` with an input of its own takes no
/// tensor.
fn applications(
    name: &Ident,
    params: usize,
    required: usize,
    begins: bool,
) -> impl Iterator<Item = TokenStream> {
    let kinds = VALUES.iter().flat_map(|value| INPUTS.map(|input| (*value, input)));
    let all = (1..=params)
        .chain(begins.then_some(0))
        .flat_map(move |tensors| kinds.clone().map(move |kind| (tensors, kind)));
    all.filter_map(move |(tensors, (value, input))| {
        let (input, value): (TokenStream, TokenStream) = (input.parse().ok()?, value.parse().ok()?);
        let names: Vec<Ident> = (0..tensors).map(|i| quote::format_ident!("__a{}", i)).collect();
        let values = (tensors..required).map(|_| value.clone());
        let bound = quote! { #(let #names = #input;)* };
        let applied = match tensors {
            0 => quote! { #name(#(#values),*) },
            _ => quote! { [#(#names),*] => #name(#(#values),*) },
        };
        Some([quote! { #bound #applied }, quote! { #bound let (__y, ..) = #applied; __y }])
    })
    .flatten()
}

/// Where the tokens are.
fn places(tokens: &TokenStream) -> std::collections::HashSet<(usize, usize)> {
    let mut all = std::collections::HashSet::new();
    let mut open = vec![tokens.clone()];
    while let Some(tokens) = open.pop() {
        for tree in tokens {
            all.insert(place(tree.span()));
            if let TokenTree::Group(group) = tree {
                all.insert(place(group.span_close()));
                open.push(group.stream());
            }
        }
    }
    all
}

fn place(span: Span) -> (usize, usize) {
    let start = span.start();
    (start.line, start.column)
}

/// Place and words of a mistake.
fn key(error: &syn::Error) -> String {
    format!("{:?} {error}", place(error.span()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]

    use proc_macro2::TokenStream;

    /// The messages at the item of a function.
    fn messages(item: &str) -> Vec<String> {
        let tokens: TokenStream = item.parse().expect("tokens");
        let text = crate::model_impl(tokens).to_string();
        let parts = text.split("compile_error ! {").skip(1);
        let all: std::collections::BTreeSet<String> =
            parts.map(|part| part.trim().chars().take(40).collect()).collect();
        all.into_iter().collect()
    }

    #[test]
    fn what_is_always_wrong_is_said_at_the_item() {
        for item in [
            "fn f(x, units) { x => Dense(units) => => Dense(2) }",
            "fn f(x, units) { x => Danse(units) }",
            "fn f(x, units, act = relu) { x => Dense(units, activaton = act) }",
            "pub fn f(x, y, n) { let z = [x, y] => Add(); [z] => Dense(n) => }",
            "fn f(x) { let y = x => Dense(3) }",
            "fn f(x, n) { let mut y = x; for i in 0..3 { y = y => Dense(n, unitz = i); } y }",
        ] {
            assert_eq!(messages(item).len(), 1, "{item}: {:?}", messages(item));
        }
    }

    #[test]
    fn a_function_that_is_too_long_is_not_tried_for_long() {
        let item = "fn f(x, n) { let mut x = x; for i in 0..2000 { x = x => Danse(n, name = \"d{i}\"); } x }";
        assert!(messages(item).is_empty());
    }

    #[test]
    fn what_is_right_for_some_values_is_not() {
        for item in [
            "fn f(x, units, act) { x => Dense(units, activation = act) }",
            "fn f(x, sizes, act) { let mut x = x; for (i, n) in sizes.enumerate() { x = x => Dense(n, activation = act, name = \"d{i}\"); } x }",
            "fn f(x, layer) { x => layer }",
            "fn f(x, block, n) { x => block(n) }",
            "fn f(x, y) { [x, y] => Concatenate() }",
            "fn f(x, name) { x => Dense(1, name = \"{name}_conv\") }",
            "fn f(x, pairs) { let mut x = x; for (n, k) in pairs { x = x => Conv1D(n, k); } x }",
            "fn f(x, stage) { if stage == 3 { x => Dense(1) } else { x } }",
            "fn f(x, n) { x => Dense(x.shape[-1] / n) }",
            "fn f(x, units) { let (y, h, c) = x => LSTM(units, return_state = true); (y, h) }",
            "fn f(x, drop = None) { if drop != None { x => Dropout(drop) } else { x } }",
            "fn f(a, b, c, d, n) { [a, b, c, d] => Concatenate() => Dense(n) }",
            "fn f(units) { Input(4) => Dense(units) }",
            "fn f(x, own) { x => Gate => crate::other::Layer(own) }",
        ] {
            assert!(messages(item).is_empty(), "{item}: {:?}", messages(item));
        }
    }
}
