//! What the application of a function gives to its parameters: values, tensors and layers, functions.

use std::rc::Rc;

use keras_shape::{LayerConfig, closest};
use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use syn::spanned::Spanned;

use super::ast::Chain;
use super::env::Env;
use super::function::{Function, Parameter, closure, is_closure, key, known};
use super::split::{at_arrow, at_comma};
use super::{Reader, args, chain};
use crate::error::Errors;

/// What an application gives to a parameter.
pub enum Given {
    /// A value, put in the place of the name.
    Value(TokenStream),
    /// A tensor or a layer.
    Chain(Chain),
    /// A function.
    Function(Rc<Function>),
}

/// Reads a value where it may be anything that a name can stand for.
pub fn given(name: &Ident, tokens: TokenStream, reader: &mut Reader, errors: &mut Errors) -> Option<Given> {
    if is_closure(&tokens) {
        return Some(Given::Function(Rc::new(closure(name.to_string(), tokens, reader, errors)?)));
    }
    let mut trees = tokens.clone().into_iter();
    if let (Some(TokenTree::Ident(ident)), None) = (trees.next(), trees.next())
        && let Some(function) = reader.env.get_function(&ident)
    {
        return Some(Given::Function(function));
    }
    if is_chain(&tokens, reader) {
        let span = tokens.span();
        return Some(Given::Chain(chain(tokens, span, reader, errors)));
    }
    let mut value = known(&tokens).unwrap_or_else(|| tokens.clone());
    if let Err(message) = crate::limits::value(&value) {
        errors.over(&tokens, message);
        // Nothing more is said of it.
        value = quote::quote! { 1 };
    }
    Some(Given::Value(value))
}

/// Layers without weights that may also be the `activation` of another. Under the name of a module they stay values, which both
/// takes; nothing that is computed depends on whether they are shared.
const ACTIVATIONS: &[&str] = &["Activation", "ELU", "LeakyReLU", "ReLU", "Softmax"];

/// Whether these tokens make a tensor or a layer.
fn is_chain(tokens: &TokenStream, reader: &Reader) -> bool {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is_layer = |name: &Ident| {
        let name = name.to_string();
        LayerConfig::is_class(&name) || name == "Lambda"
    };
    match trees.as_slice() {
        [TokenTree::Ident(name)] => reader.env.is_tensor(name),
        [path @ .., TokenTree::Ident(name), TokenTree::Group(group)]
            if group.delimiter() == Delimiter::Parenthesis =>
        {
            // `f(x, 3)` as Python applies a function; one that takes no tensor is a function of Rust.
            let first = at_comma(group.stream()).into_iter().next().unwrap_or_default();
            // `layers.Dense(4)` is one layer, as `Dense(4)` is, however often the parameter is applied.
            let may_be_value = !path.is_empty() && ACTIVATIONS.iter().any(|class| name == class);
            args::modules(&trees) == path.len() && is_layer(name) && !may_be_value
                || path.is_empty() && reader.env.get_function(name).is_some()
                || is_chain(&first, reader)
                || at_arrow(tokens.clone()).0.len() > 1
        }
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Bracket => {
            let is_semicolon = |tree: TokenTree| matches!(tree, TokenTree::Punct(p) if p.as_char() == ';');
            group.stream().into_iter().any(is_semicolon)
        }
        _ => at_arrow(tokens.clone()).0.len() > 1,
    }
}

pub fn default(param: &Parameter, env: &Env, reader: &mut Reader, errors: &mut Errors) -> Option<Given> {
    let default = env.fill(param.default.clone()?);
    let outer = std::mem::replace(&mut reader.env, env.clone());
    let given = given(&param.name, default, reader, errors);
    reader.env = outer;
    given
}

/// What each parameter is given between the parentheses; nothing where a tensor or the default takes its place.
pub fn arguments(
    function: &Function,
    args: TokenStream,
    span: Span,
    tensors: usize,
    reader: &mut Reader,
    errors: &mut Errors,
) -> Vec<Option<Given>> {
    let name = &function.name;
    let params = &function.params;
    let mut found: Vec<Option<Given>> = params.iter().map(|_| None).collect();
    if tensors > params.len() {
        errors.at(span, format!("`{name}` takes {}, and {tensors} tensors stand before `=>`", takes(params)));
        return found;
    }
    let (mut next, mut named) = (tensors, false);
    for piece in at_comma(args).into_iter().filter(|piece| !piece.is_empty()) {
        let (key, value) = key(piece.clone());
        let at = match &key {
            Some(key) => params.iter().position(|param| param.name == *key),
            None => Some(next).filter(|next| *next < params.len()),
        };
        let (Some(at), true) = (at, key.is_some() || !named) else {
            let message = match &key {
                Some(key) => {
                    let names: Vec<String> = params.iter().map(|param| param.name.to_string()).collect();
                    let near = closest(&key.to_string(), names.iter().map(String::as_str));
                    let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                    format!("`{name}` has no parameter `{key}`{hint}")
                }
                None if named => "an argument without a name cannot follow one with a name".to_string(),
                None => format!(
                    "`{name}` takes {}; the tensors stand before the arrow: `x => {name}(...)`",
                    takes(params)
                ),
            };
            errors.over(&piece, message);
            continue;
        };
        named |= key.is_some();
        if key.is_none() {
            next += 1;
        }
        if at < tensors {
            let message = format!("`{}` is the tensor before `=>`: leave it out here", params[at].name);
            errors.over(&piece, message);
        } else if found[at].is_some() {
            errors.over(&piece, format!("`{}` is given twice", params[at].name));
        } else {
            found[at] = given(&params[at].name, value, reader, errors);
        }
    }
    let is_missing = |i: &usize| found[*i].is_none() && params[*i].default.is_none();
    let missing: Vec<String> =
        (tensors..params.len()).filter(is_missing).map(|i| params[i].name.to_string()).collect();
    if !missing.is_empty() {
        errors.at(span, needs(name, &missing, tensors));
    }
    found
}

/// That a function lacks these arguments.
fn needs(function: &str, missing: &[String], tensors: usize) -> String {
    let inside: Vec<String> = missing.iter().map(|name| format!("{name} = ...")).collect();
    let them = missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ");
    format!("`{function}` needs {them}: `{function}({})`{}", inside.join(", "), tensor_hint(tensors))
}

fn tensor_hint(tensors: usize) -> &'static str {
    if tensors == 0 { "; a tensor is given with an arrow: `x => f(...)`" } else { "" }
}

/// "`x` and `filters`", for messages.
fn takes(params: &[Parameter]) -> String {
    match params {
        [] => "nothing".into(),
        params => {
            let names: Vec<String> = params.iter().map(|param| format!("`{}`", param.name)).collect();
            names.join(", ")
        }
    }
}
