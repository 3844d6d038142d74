//! The `model!` macro.
//!
//! A model goes through these steps, a module each: `parse` makes a syntax tree and loses nothing
//! of a half-written model, `resolve` turns names into a graph of layers, `infer` runs the shape
//! rules of `keras-shape` over it, `order` sorts the layers as Keras does, and `expand` writes the Rust. Mistakes are collected on the way
//! and reported together, each on its token.
#![forbid(unsafe_code)]

use proc_macro::TokenStream;

mod caution;
mod error;
mod expand;
mod infer;
mod order;
mod parse;
mod resolve;
mod unused;

/// Writes a Keras model: as a value, or as a named type.
///
/// See the documentation of `keras_core::model!`, which re-exports it.
#[proc_macro]
pub fn model(input: TokenStream) -> TokenStream {
    model_impl(input.into()).into()
}

fn model_impl(input: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    let mut errors = error::Errors::default();
    let model = parse::model(input, &mut errors);
    let mut graph = resolve::resolve(&model, &mut errors);
    let mut shapes = infer::infer(&graph, &mut errors);
    if order::arrange(&mut graph, errors.is_empty()) {
        shapes = infer::infer(&graph, &mut error::Errors::default());
    }
    expand::expand(&model, &graph, &shapes, errors)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod functions;
