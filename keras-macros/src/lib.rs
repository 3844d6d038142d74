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

mod border;
mod caution;
mod editor;
mod error;
mod expand;
mod from;
mod infer;
mod krate;
mod limits;
mod numbers;
mod order;
mod parse;
mod probe;
mod resolve;
mod trial;
mod unused;
mod uses;

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

/// Hides from errors where the functions of `keras_core` are declared: see [`border`].
#[doc(hidden)]
#[proc_macro_attribute]
pub fn __border(names: TokenStream, item: TokenStream) -> TokenStream {
    border::border(names.into(), item.into()).into()
}

fn with_impl(input: Tokens) -> Tokens {
    match parse::with(input.clone()) {
        Some(with) => match parse::item(&with.body) {
            Some(Ok(item)) => function_impl(item, &with),
            _ => expanded(&with, None),
        },
        None => {
            let message = "a function of `model!` is applied in a model: `x => residual(64)`";
            syn::Error::new_spanned(input, message).into_compile_error()
        }
    }
}

/// What to say where the macro is wrong.
const REPORT: &str =
    "that is a mistake in the macro, not yours\nhelp: please report it, with the source of the model";

/// The last line of defence: a panic of `expand` becomes an error on the model, which asks to report it.
fn guarded(input: Tokens, expand: fn(Tokens) -> Tokens) -> Tokens {
    let panic = match catch_unwind(AssertUnwindSafe(|| expand(input.clone()))) {
        Ok(tokens) => return tokens,
        Err(panic) => panic,
    };
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    let message = format!(
        "`model!` failed on this model: {REPORT}, and this text: {}",
        text.unwrap_or("a panic without a message")
    );
    let hollow = limits::hollow(input.clone());
    let place = if hollow.is_empty() { input } else { hollow.clone() };
    let error = syn::Error::new_spanned(&place, message);
    let report = error.to_compile_error();
    // The type is still defined, so that its uses are not mistakes too.
    catch_unwind(AssertUnwindSafe(|| instead(&place, hollow, error))).unwrap_or(report)
}

fn model_impl(input: Tokens) -> Tokens {
    let input = match limits::within(input.clone()) {
        Ok(input) => input,
        Err((hollow, error)) => return instead(&input, hollow, error),
    };
    let with = parse::With::nothing(input);
    match parse::item(&with.body) {
        Some(Ok(item)) => function_impl(item, &with),
        Some(Err(error)) => error.into_compile_error(),
        None if let Some(tokens) = from::model(&with) => tokens,
        None if let Some(tokens) = uses::of(&with.body) => match &with.krate {
            Some(Err(error)) => error.to_compile_error(),
            _ => with.placed(tokens),
        },
        None => expanded(&with, None),
    }
}

/// The Rust of a function that stands alone; first those that it applies are asked for.
fn function_impl(item: parse::FunctionItem, with: &parse::With) -> Tokens {
    let mut errors = error::Errors::default();
    match (&with.krate, item.wanted(with)) {
        (Some(Err(error)), _) => errors.push(error.clone()),
        (_, Some(wanted)) => return with.ask(&wanted),
        _ => {}
    }
    let item = with.placed(item.expand(with, &mut errors));
    let errors = errors.into_tokens();
    quote::quote! { #errors #item }
}

/// The Rust of the model in `input` of which only `error` is said: of what is left of it.
fn instead(input: &Tokens, hollow: Tokens, error: syn::Error) -> Tokens {
    // What stands in brackets may be too deep to be read.
    let outline = parse::With::nothing(limits::outline(input));
    // A function is an item, in whose place no model can stand.
    if parse::item(&outline.body).is_some() {
        return error.into_compile_error();
    }
    let mut with = parse::With::nothing(hollow);
    with.krate = outline.krate;
    expanded(&with, Some(error))
}

/// The Rust of a model; if `instead` says what is wrong with it, that is reported and nothing else.
fn expanded(with: &parse::With, instead: Option<syn::Error>) -> Tokens {
    let mut errors = error::Errors::default();
    let model = match settled(with, &[], &mut errors) {
        Ok(model) => model,
        Err(wanted) => return with.ask(&wanted),
    };
    if let Some(error) = instead {
        errors = error::Errors::default();
        errors.push(error);
    }
    finished(with, &model, errors)
}

/// Reads a model, and again with the lengths of axes that it asks for, until they are those that it was read with.
/// Fails with the path of a function that stands elsewhere and is not known yet. `values` are those of parameters, where
/// they are tried.
fn settled(
    with: &parse::With,
    values: &[(proc_macro2::Ident, Tokens)],
    errors: &mut error::Errors,
) -> Result<parse::Model, syn::Path> {
    let (mut lengths, mut pass) = (Vec::new(), 0);
    loop {
        let mut found = error::Errors::default();
        if let Some(Err(error)) = &with.krate {
            found.push(error.clone());
        }
        let model = parse::model(with, values, &lengths, &mut found)?;
        let asks = !model.questions.is_empty() && pass < MOST_PASSES;
        match asks.then(|| answers(&model)).filter(|answers| *answers != lengths) {
            Some(answers) => lengths = answers,
            None => {
                if found.is_empty() {
                    unused::hidden(&model, &mut found);
                }
                *errors = found;
                return Ok(model);
            }
        }
        pass += 1;
    }
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
            match graph.counted.get(&number) {
                Some(resolve::Counted::Known(length)) => length.clone(),
                Some(resolve::Counted::Of(node)) => parse::Length::Known(shapes.outputs(*node)),
                None => question.answer(spec, told),
            }
        })
        .collect()
}

/// The Rust of a model that has been read.
fn finished(with: &parse::With, model: &parse::Model, mut errors: error::Errors) -> Tokens {
    let mut graph = resolve::resolve(model, &mut errors);
    if with.from_file {
        infer::drop_masks(&mut graph);
    }
    let mut shapes = infer::infer(&graph, &mut errors);
    if order::arrange(&mut graph, errors.is_empty()) {
        shapes = infer::infer(&graph, &mut error::Errors::default());
    }
    let has_params = model.head.as_ref().is_some_and(|head| !head.params.is_empty());
    for layer in graph.layers.iter().filter(|layer| {
        has_params
            && matches!(
                layer.kind,
                resolve::Kind::TimeDistributed { .. }
                    | resolve::Kind::Cells { .. }
                    | resolve::Kind::Model { .. }
            )
    }) {
        errors.at(
            layer.span,
            "a model with parameters has no model written inside of it, and no wrapper around a block, a model, an own layer or an own cell\nhelp: wrap it in a model without parameters, or write it as a function",
        );
    }
    // What is broken has been told, or a model would be made that cannot run.
    if errors.is_empty()
        && let Some(span) = graph.broken()
    {
        errors.at(span, format!("`model!` failed here: {REPORT}"));
    }
    let mut axes = probe::Axes::default();
    if errors.is_empty() {
        axes = probe::Axes::find(with, model, &graph);
    }
    // Of a model that stands in no source, an editor shows nothing.
    let body = (editor::is_asking() && !with.from_file).then_some(&with.body);
    with.placed(expand::expand(model, &graph, &shapes, axes, errors, body))
}

/// The graph and the shapes of a model for these values of its parameters.
fn read(
    with: &parse::With,
    values: &[(proc_macro2::Ident, Tokens)],
    errors: &mut error::Errors,
) -> Option<(resolve::Graph, infer::Shapes)> {
    let model = settled(with, values, errors).ok()?;
    let mut graph = resolve::resolve(&model, errors);
    let mut shapes = infer::infer(&graph, errors);
    if order::arrange(&mut graph, errors.is_empty()) {
        shapes = infer::infer(&graph, &mut error::Errors::default());
    }
    Some((graph, shapes))
}

#[cfg(test)]
mod functions;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod written_out;
