//! The `model!` macro.
//!
//! A model goes through these steps, a module each: `parse` makes a syntax tree and loses nothing
//! of a half-written model, `resolve` turns names into a graph of layers, `infer` runs the shape
//! rules of `keras-shape` over it, `order` sorts the layers as Keras does, and `expand` writes the Rust. Mistakes are collected on the way
//! and reported together, each on its token.
#![forbid(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;

mod caution;
mod error;
mod expand;
mod infer;
mod limits;
mod order;
mod parse;
mod resolve;
mod unused;

/// Writes a Keras model: as a value, or as a named type.
///
/// See the documentation of `keras_core::model!`, which re-exports it.
#[proc_macro]
pub fn model(input: TokenStream) -> TokenStream {
    guarded(input.into(), model_impl).into()
}

/// A model with the source of a function of another place: what the macro of such a function writes.
#[doc(hidden)]
#[proc_macro]
pub fn __model_with(input: TokenStream) -> TokenStream {
    guarded(input.into(), with_impl).into()
}

fn with_impl(input: Tokens) -> Tokens {
    match parse::with(input.clone()) {
        Some(with) => expanded(&with, None),
        None => {
            let message = "a function of `model!` is applied in a model: `x => residual(64)`";
            syn::Error::new_spanned(input, message).into_compile_error()
        }
    }
}

/// The last line of defence: a panic of `expand` becomes an error on the model, which asks to report it.
fn guarded(input: Tokens, expand: fn(Tokens) -> Tokens) -> Tokens {
    let panic = match catch_unwind(AssertUnwindSafe(|| expand(input.clone()))) {
        Ok(tokens) => return tokens,
        Err(panic) => panic,
    };
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    let message = format!(
        "`model!` failed on this model: that is a mistake in the macro, not yours\nhelp: please report it, with the source of the model and this text: {}",
        text.unwrap_or("a panic without a message")
    );
    let hollow = limits::hollow(input.clone());
    let place = if hollow.is_empty() { input } else { hollow.clone() };
    let error = syn::Error::new_spanned(place, message);
    let report = error.to_compile_error();
    // The type is still defined, so that its uses are not mistakes too.
    catch_unwind(AssertUnwindSafe(|| instead(hollow, error))).unwrap_or(report)
}

fn model_impl(input: Tokens) -> Tokens {
    let input = match limits::within(input) {
        Ok(input) => input,
        Err((hollow, error)) => return instead(hollow, error),
    };
    match parse::item(&input) {
        Some(Ok(item)) => {
            let mut errors = error::Errors::default();
            let item = item.expand(&mut errors);
            let errors = errors.into_tokens();
            quote::quote! { #errors #item }
        }
        Some(Err(error)) => error.into_compile_error(),
        None => expanded(&parse::With::nothing(input), None),
    }
}

/// The Rust of a model of which only `error` is said.
fn instead(hollow: Tokens, error: syn::Error) -> Tokens {
    expanded(&parse::With::nothing(hollow), Some(error))
}

/// The Rust of a model; if `instead` says what is wrong with it, that is reported and nothing else.
fn expanded(with: &parse::With, instead: Option<syn::Error>) -> Tokens {
    let mut lengths = Vec::new();
    for pass in 0.. {
        let mut errors = error::Errors::default();
        let model = match parse::model(with, &lengths, &mut errors) {
            Ok(model) => model,
            Err(wanted) => return with.ask(&wanted),
        };
        if let Some(error) = instead {
            errors = error::Errors::default();
            errors.push(error);
            return read(&model, errors);
        }
        if model.questions.is_empty() || pass >= MOST_PASSES {
            return read(&model, errors);
        }
        let answers = answers(&model);
        if answers == lengths {
            return read(&model, errors);
        }
        lengths = answers;
    }
    Tokens::new()
}

/// How often a model that asks for lengths of axes is read; a model has fewer places that depend on each other.
const MOST_PASSES: usize = 500;

/// What is known of the lengths that a model asks for.
fn answers(model: &parse::Model) -> Vec<parse::Length> {
    let mut errors = error::Errors::default();
    let graph = resolve::resolve(model, &mut errors);
    let shapes = infer::infer(&graph, &mut errors);
    let told = !errors.is_empty();
    let tensors: std::collections::HashMap<usize, resolve::TensorRef> = graph.asked.iter().copied().collect();
    let questions = model.questions.iter().enumerate();
    questions
        .map(|(number, question)| {
            let spec = tensors.get(&number).and_then(|tensor| shapes.of(*tensor));
            question.answer(spec, told)
        })
        .collect()
}

/// The Rust of a model that has been read.
fn read(model: &parse::Model, mut errors: error::Errors) -> Tokens {
    let mut graph = resolve::resolve(model, &mut errors);
    let mut shapes = infer::infer(&graph, &mut errors);
    if order::arrange(&mut graph, errors.is_empty()) {
        shapes = infer::infer(&graph, &mut error::Errors::default());
    }
    expand::expand(model, &graph, &shapes, errors)
}

#[cfg(test)]
mod functions;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
