//! Python's `a ** b` among what is evaluated here: `pow(a, b)`, which an expression of Rust may hold.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::quote;

use super::flow::is_punct;

/// The tokens with calls of `pow` in the place of powers. A power binds tighter than a sign on its left, and to the right first.
pub fn written(tokens: TokenStream) -> TokenStream {
    let is_star = |tree: &TokenTree| matches!(tree, TokenTree::Punct(star) if star.as_char() == '*');
    let is_power = |trees: &[TokenTree]| trees.windows(2).any(|pair| pair.iter().all(is_star));
    let mut trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let has_groups = trees.iter().any(|tree| matches!(tree, TokenTree::Group(_)));
    if !has_groups && !is_power(&trees) {
        return tokens;
    }
    for tree in &mut trees {
        if let TokenTree::Group(group) = tree {
            let mut inner = Group::new(group.delimiter(), written(group.stream()));
            inner.set_span(group.span());
            *tree = TokenTree::Group(inner);
        }
    }
    while let Some(at) = trees.windows(2).rposition(|pair| pair.iter().all(is_star)) {
        let (start, end) = (base(&trees[..at]), at + 2 + exponent(&trees[at + 2..]));
        if start == at || end == at + 2 {
            break;
        }
        let left: TokenStream = trees[start..at].iter().cloned().collect();
        let right: TokenStream = trees[at + 2..end].iter().cloned().collect();
        let call = quote! { pow(#left, #right) };
        trees.splice(start..end, call);
    }
    trees.into_iter().collect()
}

/// Where the operand begins that ends here: a name, a number or a group, with what it is called, indexed or asked by.
fn base(trees: &[TokenTree]) -> usize {
    let mut start = trees.len();
    while let Some(before) = start.checked_sub(1) {
        start = before;
        let joins = match &trees[before] {
            TokenTree::Group(_) => {
                matches!(
                    before.checked_sub(1).map(|at| &trees[at]),
                    Some(TokenTree::Ident(_) | TokenTree::Group(_))
                )
            }
            TokenTree::Ident(_) | TokenTree::Literal(_) => {
                let is_asked = before >= 2 && is_punct(trees.get(before - 1), '.');
                start -= usize::from(is_asked);
                is_asked
            }
            TokenTree::Punct(_) => return before + 1,
        };
        if !joins {
            break;
        }
    }
    start
}

/// Of how many tokens the operand is that begins here, which may have a sign.
fn exponent(trees: &[TokenTree]) -> usize {
    let mut end = usize::from(is_punct(trees.first(), '-'));
    match trees.get(end) {
        Some(TokenTree::Punct(_)) | None => return 0,
        Some(_) => end += 1,
    }
    loop {
        match (trees.get(end), trees.get(end + 1)) {
            (Some(TokenTree::Group(_)), _) => end += 1,
            (Some(TokenTree::Punct(dot)), Some(TokenTree::Ident(_))) if dot.as_char() == '.' => end += 2,
            _ => return end,
        }
    }
}
