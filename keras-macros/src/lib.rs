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

/// A model with the source of a function of another place: what the macro of such a function writes.
#[doc(hidden)]
#[proc_macro]
pub fn __model_with(input: TokenStream) -> TokenStream {
    let input = proc_macro2::TokenStream::from(input);
    match parse::with(input.clone()) {
        Some(with) => model_with(&with).into(),
        None => {
            let message = "a function of `model!` is applied in a model: `x => residual(64)`";
            syn::Error::new_spanned(input, message).into_compile_error().into()
        }
    }
}

fn model_impl(input: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    match parse::item(&input) {
        Some(Ok(item)) => {
            let mut errors = error::Errors::default();
            let item = item.expand(&mut errors);
            let errors = errors.into_tokens();
            quote::quote! { #errors #item }
        }
        Some(Err(error)) => error.into_compile_error(),
        None => model_with(&parse::With::nothing(input)),
    }
}

fn model_with(with: &parse::With) -> proc_macro2::TokenStream {
    let mut errors = error::Errors::default();
    let model = match parse::model(with, &mut errors) {
        Ok(model) => model,
        Err(wanted) => return with.ask(&wanted),
    };
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
