//! Lists that have a name in Python: of layers, `let features = [Conv2D(8, 3), Flatten()];`, and of tensors, `let states = [h, c];`.
//! They are put where they are named.

use keras_shape::LayerConfig;
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

use super::grown;
use super::pasted::{bound, call, pieces_of};
use super::split::only_group;

/// Takes each line away that binds a name which `meant` finds to stand for its value alone, and puts that value where it is named.
/// `meant` is given all lines, the place of this one, and the tail.
fn put_where_named(
    pieces: &mut Vec<TokenStream>,
    tail: &mut TokenStream,
    meant: impl Fn(&[TokenStream], usize, &TokenStream) -> Option<(Ident, TokenStream)>,
) {
    let mut at = 0;
    while at < pieces.len() {
        let Some((name, value)) = meant(pieces, at, tail) else {
            at += 1;
            continue;
        };
        pieces.remove(at);
        for piece in pieces[at..].iter_mut().chain([&mut *tail]) {
            *piece = put(piece.clone(), &name, &value);
        }
    }
}

/// How often a name stands behind the line at `at`.
fn times(pieces: &[TokenStream], at: usize, tail: &TokenStream, name: &Ident) -> usize {
    pieces[at + 1..].iter().chain([tail]).map(|tokens| count(tokens, name)).sum()
}

/// Puts a list of layers, `let features = [Conv2D(8, 3), Flatten()];`, in the one place that it is named at. In several
/// places Keras would apply the same layers.
pub fn layers(pieces: &mut Vec<TokenStream>, tail: &mut TokenStream) {
    let is_layer = |layer: &TokenStream| {
        let trees: Vec<TokenTree> = layer.clone().into_iter().collect();
        call(&trees).is_some_and(|(class, _)| class == "Input" || LayerConfig::is_class(&class.to_string()))
    };
    put_where_named(pieces, tail, |pieces, at, tail| {
        let (name, value) = bound(&pieces[at])?;
        let list = pieces_of(&only_group(&value, Delimiter::Bracket)?);
        let is_fixed = || !pieces.iter().any(|piece| grown::grows(piece, &name));
        let is_meant = !list.is_empty()
            && list.iter().all(is_layer)
            && times(pieces, at, tail, &name) == 1
            && is_fixed();
        is_meant.then_some((name, value))
    });
}

/// Puts an input, `let inputs = Input(4);`, at the beginning of the one `Sequential` that it is named at: the model begins there.
pub fn inputs(pieces: &mut Vec<TokenStream>, tail: &mut TokenStream) {
    put_where_named(pieces, tail, |pieces, at, tail| {
        let (name, value) = bound(&pieces[at])?;
        let trees: Vec<TokenTree> = value.clone().into_iter().collect();
        let is_input = call(&trees).is_some_and(|(class, _)| class == "Input");
        let is_its = || {
            times(pieces, at, tail, &name) == 1
                && pieces[at + 1..].iter().chain([tail]).any(|tokens| begins(tokens, &name))
        };
        (is_input && is_its()).then_some((name, value))
    });
}

/// Whether a `Sequential` begins with this name: `Sequential([inputs, Dense(4)])`, `model.add(inputs)`.
fn begins(tokens: &TokenStream, name: &Ident) -> bool {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is_name = |tokens: &TokenStream| syn::parse2::<Ident>(tokens.clone()).is_ok_and(|word| word == *name);
    trees.windows(2).any(|pair| match pair {
        [TokenTree::Ident(word), TokenTree::Group(args)] if word == "Sequential" => {
            let list = pieces_of(args).first().and_then(|list| only_group(list, Delimiter::Bracket));
            list.is_some_and(|list| pieces_of(&list).first().is_some_and(is_name))
        }
        [TokenTree::Ident(word), TokenTree::Group(args)] if word == "add" => is_name(&args.stream()),
        _ => false,
    }) || trees.iter().any(|tree| matches!(tree, TokenTree::Group(group) if begins(&group.stream(), name)))
}

/// Puts a list of names, `let states = [h, c];`, where it is named, if these stand for the same until the end.
pub fn names(pieces: &mut Vec<TokenStream>, tail: &mut TokenStream) {
    put_where_named(pieces, tail, |pieces, at, _| {
        let (name, value) = bound(&pieces[at])?;
        let list = pieces_of(&only_group(&value, Delimiter::Bracket)?);
        let names: Vec<Ident> =
            list.into_iter().map(|piece| syn::parse2(piece).ok()).collect::<Option<_>>()?;
        let later = |name: &Ident| {
            let changes = |piece| gives_a_value(piece, name) || grown::grows(piece, name);
            pieces[at + 1..].iter().any(changes)
        };
        (names.len() > 1 && !later(&name) && !names.iter().any(later)).then_some((name, value))
    });
}

/// Whether a name is bound or assigned to in this.
fn gives_a_value(tokens: &TokenStream, name: &Ident) -> bool {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    trees.iter().enumerate().any(|(i, tree)| match tree {
        TokenTree::Ident(word) => word == name && is_key(&trees, i),
        // `let (y, h, c) = ...`, and whatever else may bind it inside.
        TokenTree::Group(group) => {
            let inside = group.stream();
            let is_pattern =
                i > 0 && matches!(&trees[i - 1], TokenTree::Ident(word) if word == "let" || word == "for");
            is_pattern && count(&inside, name) > 0
                || group.delimiter() == Delimiter::Brace && gives_a_value(&inside, name)
        }
        _ => false,
    })
}

/// Whether `name = ` stands here.
fn is_key(trees: &[TokenTree], i: usize) -> bool {
    let is = |at: usize, c: char| matches!(trees.get(at), Some(TokenTree::Punct(p)) if p.as_char() == c);
    is(i + 1, '=') && !is(i + 2, '=') && !is(i + 2, '>')
}

/// How often a name stands in this.
fn count(tokens: &TokenStream, name: &Ident) -> usize {
    let times = tokens.clone().into_iter().map(|tree| match tree {
        TokenTree::Ident(word) => usize::from(word == *name),
        TokenTree::Group(group) => count(&group.stream(), name),
        _ => 0,
    });
    times.sum()
}

/// Puts a value in the place of a name.
fn put(tokens: TokenStream, name: &Ident, value: &TokenStream) -> TokenStream {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let put_one = |(i, tree): (usize, &TokenTree)| match tree {
        TokenTree::Ident(word) if word == name && !is_key(&trees, i) => value.clone(),
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), put(group.stream(), name, value));
            inner.set_span(group.span());
            TokenTree::Group(inner).into()
        }
        tree => tree.clone().into(),
    };
    trees.iter().enumerate().map(put_one).collect()
}
