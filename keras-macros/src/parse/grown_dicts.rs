//! Dicts that grow: `let inputs = {};` and `inputs[name] = Input(1);`, in loops and choices too.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

use super::Reader;
use super::ast::Statement;
use super::env::Env;
use super::flow::{self, is_punct};
use super::grown::{entry, without_mut};
use super::pasted::bound;
use super::split::only_group;
use super::tokens::replaced;
use crate::error::Errors;

impl Env {
    /// Gives a dict other entries.
    fn change_dict(&mut self, name: &Ident, dict: super::comprehension::Dict) {
        self.dicts.insert(name.to_string(), dict);
    }

    /// Whether there is any dict.
    fn has_dicts(&self) -> bool {
        !self.dicts.is_empty()
    }

    /// Keeps what dicts of this scope have become in one inside of it.
    pub(super) fn keep_dicts(&mut self, inner: &Env) {
        for (name, dict) in &mut self.dicts {
            if let Some(grown) = inner.dicts.get(name).filter(|_| !inner.local.contains(name)) {
                dict.clone_from(grown);
            }
        }
    }
}

/// Reads a line that begins such a dict, or by which it grows; nothing of other lines.
pub fn line(
    piece: &TokenStream,
    rest: &[TokenStream],
    reader: &mut Reader,
    errors: &mut Errors,
) -> Option<Vec<Statement>> {
    let trees: Vec<TokenTree> = piece.clone().into_iter().collect();
    if let Some((name, value)) = bound(&without_mut(piece)) {
        let is_empty = only_group(&value, Delimiter::Brace).is_some_and(|dict| dict.stream().is_empty())
            || value.to_string().replace(' ', "") == "dict()";
        let grows = || rest.iter().any(|piece| grows(piece, &name));
        return (is_empty && grows()).then(|| {
            reader.env.dict(&name, Vec::new());
            Vec::new()
        });
    }
    let (name, key, value) = growth(&trees)?;
    let mut dict = reader.env.dict_of(name)?.clone();
    if !reader.open.is_empty() {
        errors.at(
            name.span(),
            format!("`{name}` grows in a function: let the function give the tensor, and write `{name}[...] = ...;` where it is applied"),
        );
        return Some(Vec::new());
    }
    let Some(key) = reader.env.eval(key.clone()) else {
        errors.over(key, "a key of a dict is a text or a number that is known here");
        return Some(Vec::new());
    };
    let key = key.tokens(name.span());
    let mut statements = Vec::new();
    let value = flow::prepared(value, &mut statements, reader, errors);
    let value = entry(name, &key, value, &mut statements, reader, errors);
    super::comprehension::set(&mut dict, key, value);
    reader.env.change_dict(name, dict);
    Some(statements)
}

/// `inputs["a"] = x`: the dict, the key and the value.
fn growth(trees: &[TokenTree]) -> Option<(&Ident, TokenStream, TokenStream)> {
    let [TokenTree::Ident(name), TokenTree::Group(key), TokenTree::Punct(_), value @ ..] = trees else {
        return None;
    };
    let is_growth = key.delimiter() == Delimiter::Bracket
        && is_punct(trees.get(2), '=')
        && !is_punct(trees.get(3), '=')
        && !is_punct(trees.get(3), '>');
    is_growth.then(|| (name, key.stream(), value.iter().cloned().collect()))
}

/// Whether the dict `name` grows somewhere in this.
fn grows(tokens: &TokenStream, name: &Ident) -> bool {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    (0..trees.len()).any(|i| growth(&trees[i..]).is_some_and(|(dict, ..)| dict == name))
        || trees.iter().any(|tree| matches!(tree, TokenTree::Group(group) if grows(&group.stream(), name)))
}

/// `inputs.values()` in the place of `list(inputs.values())`, which is the same list.
pub fn lists(tokens: TokenStream, env: &Env) -> TokenStream {
    if !env.has_dicts() {
        return tokens;
    }
    let mut view = |trees: &[TokenTree]| match trees {
        [TokenTree::Ident(word), TokenTree::Group(args), ..]
            if word == "list" && is_view(args.stream(), env) =>
        {
            Some((args.stream(), 2))
        }
        _ => None,
    };
    replaced(tokens, |group| group.delimiter() != Delimiter::Brace, &mut view)
}

/// Whether this is what a dict gives of its entries, `inputs.values()`.
fn is_view(tokens: TokenStream, env: &Env) -> bool {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let [TokenTree::Ident(name), TokenTree::Punct(_), TokenTree::Ident(method), TokenTree::Group(_)] =
        trees.as_slice()
    else {
        return false;
    };
    env.dict_of(name).is_some() && ["values", "keys", "items"].iter().any(|known| method == known)
}
