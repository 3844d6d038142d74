//! Models that Python builds layer by layer: `let model = Sequential(); model.add(Dense(4));`, in loops and choices too.
//!
//! What has been added until such a model is first named is the block that it is, or the chain of the whole model.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote_spanned;

use super::Reader;
use super::ast::Statement;
use super::binding::binding;
use super::flow::is_punct;
use super::{begins, parts, pasted};
use crate::error::Errors;

/// A `Sequential` that layers are added to.
pub struct Added {
    name: Ident,
    /// What stands between its parentheses beside the list: its name.
    other: Vec<TokenStream>,
    layers: Vec<TokenStream>,
    /// Whether it has been applied: then its layers are those that it has.
    applied: bool,
    /// When a layer was added last.
    last: usize,
}

/// Begins such a model if this is that line: `let model = Sequential();`, or with layers in it, and more of them in the `rest`. Keras
/// gives it its name here, if it is given none.
pub fn begin(piece: &TokenStream, rest: &[TokenStream], reader: &mut Reader) -> Option<Option<Statement>> {
    let (name, value) = pasted::bound(piece)?;
    let (list, other) = pasted::layers_of(&value, &reader.env)?;
    let says_nothing = list.is_empty() && !pasted::has_list(&value);
    if !says_nothing && !rest.iter().any(|piece| adds(piece, &name)) {
        return None;
    }
    // Layers in the list have been made before.
    let counts = list.is_empty() && other.is_empty();
    let fill = |tokens: TokenStream| reader.env.fill(tokens);
    let (layers, other) = (list.into_iter().map(fill).collect(), other.into_iter().map(fill).collect());
    let last = reader.added.len();
    reader.added.push(Added { name: name.clone(), other, layers, applied: false, last });
    reader.env.building(&name, last);
    Some(counts.then_some(Statement::Begun(last)))
}

/// Adds the layers of `model.add(Dense(4))`, if this is such a line.
pub fn add(piece: &TokenStream, reader: &mut Reader, errors: &mut Errors) -> bool {
    let trees: Vec<TokenTree> = piece.clone().into_iter().collect();
    let Some((name, layer)) = added(&trees) else { return false };
    let Some(at) = reader.env.built(name) else { return false };
    let layers = pasted::pieces_of(layer).into_iter().map(|layer| reader.env.fill(layer));
    let layers: Vec<TokenStream> = layers.collect();
    let all: usize = reader.added.iter().map(|added| added.last).max().unwrap_or_default();
    let model = &mut reader.added[at];
    if std::mem::take(&mut model.applied) {
        errors.at(name.span(), format!("`{name}` has been applied already, or its layers or tensors have been asked for: add all of its layers before that"));
    }
    model.layers.extend(layers);
    model.last = all + 1;
    true
}

/// `model.add(...)`: the name, and what is added.
fn added(trees: &[TokenTree]) -> Option<(&Ident, &Group)> {
    match trees {
        [TokenTree::Ident(model), TokenTree::Punct(dot), TokenTree::Ident(add), TokenTree::Group(layer)]
            if dot.as_char() == '.' && add == "add" && layer.delimiter() == Delimiter::Parenthesis =>
        {
            Some((model, layer))
        }
        _ => None,
    }
}

/// Whether this, without a semicolon, adds a layer.
pub fn is_addition(tokens: &TokenStream) -> bool {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    added(&trees).is_some()
}

/// Whether these tokens add a layer.
pub fn is_line(trees: &[TokenTree]) -> bool {
    added(trees).is_some()
}

/// The model to which this line adds a layer.
pub fn name_in(line: &TokenStream) -> Option<Ident> {
    let trees: Vec<TokenTree> = line.clone().into_iter().collect();
    added(&trees).map(|(model, _)| model.clone())
}

/// Whether a layer is added to `name` somewhere in this.
fn adds(tokens: &TokenStream, name: &Ident) -> bool {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    trees.windows(4).any(|trees| added(trees).is_some_and(|(model, _)| model == name))
        || trees.iter().any(|tree| matches!(tree, TokenTree::Group(group) if adds(&group.stream(), name)))
}

/// Whether this names such a model otherwise than to add a layer to it or to give the name to something else.
fn applies(tokens: &TokenStream, name: &Ident) -> bool {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    trees.iter().enumerate().any(|(i, tree)| match tree {
        TokenTree::Group(group) => applies(&group.stream(), name),
        TokenTree::Ident(word) if word == name => {
            let is_field = i > 0 && is_punct(trees.get(i - 1), '.');
            let is_key = is_punct(trees.get(i + 1), '=')
                && !is_punct(trees.get(i + 2), '>')
                && !is_punct(trees.get(i + 2), '=');
            // A line that calls a method of it is told to be none.
            let is_method = i == 0 && is_punct(trees.get(1), '.') && !parts::is_said(trees.get(2));
            !is_field
                && !is_key
                && !is_method
                && trees.get(i..i + 4).is_none_or(|trees| added(trees).is_none())
        }
        _ => false,
    })
}

/// Binds the models from number `first` on to which nothing is added in the `rest`, and which are applied there or at the end:
/// Keras has made their layers before those that follow.
pub fn finish(
    first: usize,
    rest: &[TokenStream],
    reader: &mut Reader,
    errors: &mut Errors,
) -> Vec<Statement> {
    let mut statements = Vec::new();
    for at in reader.env.all_built().filter(|at| *at >= first).collect::<Vec<_>>() {
        let model = &reader.added[at];
        let is_applied = rest.iter().any(|piece| applies(piece, &model.name))
            || applies(&reader.tail, &model.name) && !pasted::is_word(&reader.tail, &model.name);
        if !model.applied && is_applied && !rest.iter().any(|piece| adds(piece, &model.name)) {
            statements.extend(bind(at, reader, errors));
        }
    }
    statements
}

/// Binds the models that `piece` applies, and those begun before them, to which nothing is added in the `rest`: their
/// layers are counted first.
pub fn apply(
    piece: &TokenStream,
    rest: &[TokenStream],
    reader: &mut Reader,
    errors: &mut Errors,
) -> Vec<Statement> {
    let is_open = |at: &usize| !reader.added[*at].applied;
    let open: Vec<usize> = reader.env.all_built().filter(is_open).collect();
    let Some(last) = open.iter().copied().filter(|at| applies(piece, &reader.added[*at].name)).max() else {
        return Vec::new();
    };
    let mut statements = Vec::new();
    for at in open.into_iter().filter(|at| *at <= last) {
        let model = &reader.added[at];
        let is_applied = applies(piece, &model.name);
        if !is_applied && rest.iter().chain([piece]).any(|piece| adds(piece, &model.name)) {
            continue;
        }
        statements.extend(bind(at, reader, errors));
    }
    statements
}

/// Reads the line that binds such a model, whose name goes on to be one of them.
fn bind(at: usize, reader: &mut Reader, errors: &mut Errors) -> Option<Statement> {
    let model = &mut reader.added[at];
    model.applied = true;
    let (name, other, layers) = (&model.name, &model.other, &model.layers);
    let line = quote_spanned! { name.span()=> let #name = Sequential([#(#layers),*], #(#other),*) };
    let built = reader.env.every_built();
    reader.beginning = Some(at);
    let (line, shape) = begins::shaped(line, reader);
    let statement = binding(line, reader, errors);
    reader.beginning = None;
    reader.env.set_built(built);
    if let Some((name, input)) = shape {
        reader.env.shape(&name, input);
    }
    statement
}

/// What a whole model is made of, if its output is such a model, or the model ends with one: its layers, and what else
/// stands between its parentheses, and which of them it is.
pub fn whole(tail: &TokenStream, reader: &Reader) -> Option<(Vec<TokenStream>, Vec<TokenStream>, usize)> {
    let open = reader.env.all_built().filter(|at| !reader.added[*at].applied);
    let mut open = open.map(|at| (at, &reader.added[at]));
    let (at, model) = match tail.is_empty() {
        true => open.max_by_key(|(_, model)| model.last)?,
        false => open.find(|(_, model)| pasted::is_word(tail, &model.name))?,
    };
    Some((model.layers.clone(), model.other.clone(), at))
}
