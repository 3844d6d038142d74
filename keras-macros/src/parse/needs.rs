//! Which functions of other places a function that stands alone applies: they are asked for where it is written, so
//! that whoever applies it needs to know of it alone.

use std::collections::HashSet;

use keras_shape::{LayerConfig, closest};
use proc_macro2::{Delimiter, Ident, Spacing, TokenStream, TokenTree};
use syn::Path;

use super::split::at_comma;
use super::sugar::FUNCTIONS;

/// The paths that `body` applies as functions and that are not bound in it.
pub fn needs(params: &TokenStream, body: &TokenStream) -> Vec<Path> {
    let mut bound = HashSet::new();
    for piece in at_comma(params.clone()) {
        names(&piece.into_iter().take(2).collect::<Vec<_>>(), &mut bound);
    }
    bindings(body, &mut bound);
    let mut found = Vec::new();
    applied(body, &bound, &mut found);
    found
}

/// Functions that the macro itself computes.
const VALUES: [&str; 13] =
    ["chr", "int", "float", "str", "len", "abs", "max", "min", "pow", "round", "floor", "ceil", "trunc"];

fn names(trees: &[TokenTree], bound: &mut HashSet<String>) {
    for tree in trees {
        match tree {
            TokenTree::Ident(name) if name != "mut" => {
                bound.insert(name.to_string());
            }
            TokenTree::Group(group) => names(&group.stream().into_iter().collect::<Vec<_>>(), bound),
            _ => {}
        }
    }
}

/// All names that `let`, `for` and closures bind, wherever.
fn bindings(tokens: &TokenStream, bound: &mut HashSet<String>) {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    for (i, tree) in trees.iter().enumerate() {
        match tree {
            TokenTree::Ident(word) if word == "let" || word == "for" => {
                let rest = &trees[i + 1..];
                let is_end = |tree: &TokenTree| match tree {
                    TokenTree::Punct(p) => p.as_char() == '=',
                    TokenTree::Ident(word) => word == "in",
                    _ => false,
                };
                names(&rest[..rest.iter().position(is_end).unwrap_or(rest.len())], bound);
            }
            TokenTree::Punct(bar) if bar.as_char() == '|' => {
                let rest = &trees[i + 1..];
                let is_bar = |tree: &TokenTree| matches!(tree, TokenTree::Punct(p) if p.as_char() == '|');
                names(&rest[..rest.iter().position(is_bar).unwrap_or(0)], bound);
            }
            TokenTree::Group(group) => bindings(&group.stream(), bound),
            _ => {}
        }
    }
}

fn applied(tokens: &TokenStream, bound: &HashSet<String>, found: &mut Vec<Path>) {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    for (i, tree) in trees.iter().enumerate() {
        let TokenTree::Group(group) = tree else { continue };
        let start = path_start(&trees, i);
        if group.delimiter() != Delimiter::Parenthesis || start == i {
            applied(&group.stream(), bound, found);
            continue;
        }
        let path = syn::parse2::<Path>(trees[start..i].iter().cloned().collect());
        if let Ok(path) = path
            && begins_an_item(&trees[..start])
            && is_function(&path, bound)
            && !found.contains(&path)
        {
            found.push(path);
        }
        // Of arguments, only chains apply functions: `f(x => g(3), 4)`.
        at_comma(group.stream())
            .iter()
            .filter(|piece| super::at_arrow((*piece).clone()).0.len() > 1)
            .for_each(|piece| applied(piece, bound, found));
    }
}

/// Where the path that ends before `end` begins.
fn path_start(trees: &[TokenTree], end: usize) -> usize {
    let is_colon = |at: usize| matches!(&trees[at], TokenTree::Punct(p) if p.as_char() == ':');
    let mut at = end;
    while at > 0 && matches!(trees[at - 1], TokenTree::Ident(_)) {
        at -= 1;
        if at < 2 || !is_colon(at - 1) || !is_colon(at - 2) {
            break;
        }
        at -= 2;
    }
    at
}

/// Whether a layer, a tensor or a function stands behind these tokens.
fn begins_an_item(before: &[TokenTree]) -> bool {
    match before {
        [] => true,
        [.., TokenTree::Punct(a), TokenTree::Punct(b)]
            if a.as_char() == '=' && a.spacing() == Spacing::Joint =>
        {
            b.as_char() == '>'
        }
        [.., TokenTree::Punct(p)] => ";=,+-*".contains(p.as_char()),
        [.., TokenTree::Group(group)] => group.delimiter() == Delimiter::Brace,
        _ => false,
    }
}

fn is_function(path: &Path, bound: &HashSet<String>) -> bool {
    let Some(last) = path.segments.last().map(|last| last.ident.to_string()) else { return false };
    let is_small = last.starts_with(|c: char| c.is_lowercase() || c == '_');
    if !is_small || path.segments.iter().any(|segment| segment.ident == "Self") {
        return false;
    }
    let Some(name) = path.get_ident() else { return true };
    !is_known(name, &last, bound)
}

/// Whether a name is one of the body or of Keras, perhaps misspelt.
fn is_known(name: &Ident, text: &str, bound: &HashSet<String>) -> bool {
    let plain = text.replace('_', "");
    let mut layers = LayerConfig::CLASSES.iter().copied().chain(["Lambda", "Input"]);
    bound.contains(text)
        || ["if", "for", "in", "else", "let", "match", "while"].contains(&text)
        || VALUES.contains(&text)
        || FUNCTIONS.iter().any(|(function, _)| name == function)
        || layers.any(|class| class.eq_ignore_ascii_case(&plain))
        || closest(text, bound.iter().map(String::as_str)).is_some()
}
