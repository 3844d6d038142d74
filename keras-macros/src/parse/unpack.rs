//! Python's `*sizes` and `**config` among arguments and elements of lists: what they stand for is written out.

use proc_macro2::{Punct, Spacing, TokenStream, TokenTree};
use syn::Expr;

use super::comprehension;
use super::env::Env;
use super::eval::{Value, elements, value_of};
use super::flow::is_punct;
use super::pasted::listed;

/// The tokens with what the stars at the beginning of a piece stand for, which reach to the next comma: `*size[:2]`, `*d * 2`.
/// A product and a power have something before their stars. What is not known here stays, and is refused where it is read.
pub fn spread(trees: Vec<TokenTree>, env: &Env) -> Vec<TokenTree> {
    let mut out: Vec<TokenTree> = Vec::new();
    let (mut at, mut is_shorter) = (0, false);
    while at < trees.len() {
        let begins = at == 0 || is_punct(trees.get(at - 1), ',');
        if !begins || !is_punct(trees.get(at), '*') {
            out.push(trees[at].clone());
            at += 1;
            continue;
        }
        let end =
            trees[at..].iter().position(|tree| is_punct(Some(tree), ',')).map_or(trees.len(), |n| at + n);
        match written_out(&trees[at + 1..end], env) {
            // Nothing stands here, and no comma behind it.
            Some(all) if all.is_empty() => {
                is_shorter = true;
                at = end + 1;
            }
            Some(all) => {
                out.extend(all);
                at = end;
            }
            None => {
                out.extend_from_slice(&trees[at..end]);
                at = end;
            }
        }
    }
    // `(*none, 3)` still is a tuple.
    if is_shorter && out.last().is_some_and(|last| !is_punct(Some(last), ',')) {
        out.push(TokenTree::Punct(Punct::new(',', Spacing::Alone)));
    }
    out
}

/// What stands behind a star, or behind the first of two, with commas between.
fn written_out(trees: &[TokenTree], env: &Env) -> Option<Vec<TokenTree>> {
    if let [TokenTree::Punct(star), rest @ ..] = trees
        && star.as_char() == '*'
    {
        let [TokenTree::Ident(name)] = rest else { return None };
        let all = comprehension::arguments(env.dict_of(name)?, name.span())?;
        return Some(all.into_iter().collect());
    }
    let first = trees.first()?.span();
    let filled = env.fill(trees.iter().cloned().collect());
    let all = listed(&filled, env).or_else(|| match value_of(filled.clone()) {
        Some(Value::List(list, _)) => Some(list.iter().map(|value| value.tokens(first)).collect()),
        _ => syn::parse2::<Expr>(filled).ok().as_ref().and_then(elements),
    })?;
    Some(joined(all))
}

fn joined(all: Vec<TokenStream>) -> Vec<TokenTree> {
    quote::quote! { #(#all),* }.into_iter().collect()
}
