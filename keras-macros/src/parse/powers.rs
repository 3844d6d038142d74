//! Python's `a ** b` among what is evaluated here: `pow(a, b)`, which an expression of Rust may hold.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
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
    let mut limit = trees.len();
    while let Some(at) = trees[..limit].windows(2).rposition(|pair| pair.iter().all(is_star)) {
        let (start, end) = (base(&trees[..at]), at + 2 + exponent(&trees[at + 2..]));
        limit = start;
        // No power, as the stars of `**config`; there may be one before it.
        if start == at || end == at + 2 {
            limit = at;
            continue;
        }
        let left: TokenStream = trees[start..at].iter().cloned().collect();
        let right: TokenStream = trees[at + 2..end].iter().cloned().collect();
        let call = quote! { pow(#left, #right) };
        trees.splice(start..end, call);
    }
    trees.into_iter().collect()
}

/// Whether an operand ends before this word or begins behind it.
fn is_keyword(tree: &TokenTree) -> bool {
    const WORDS: &[&str] =
        &["if", "else", "in", "return", "let", "match", "for", "while", "not", "and", "or", "as"];
    matches!(tree, TokenTree::Ident(word) if WORDS.iter().any(|known| word == known))
}

/// Whether this is a group that an operand may consist of: what stands in braces is the body of a choice.
fn is_operand(tree: &TokenTree) -> bool {
    matches!(tree, TokenTree::Group(group) if group.delimiter() != Delimiter::Brace)
}

/// Where the operand begins that ends here: a name, a number or a group, with what it is called, indexed or asked by.
fn base(trees: &[TokenTree]) -> usize {
    let mut start = trees.len();
    while let Some(before) = start.checked_sub(1) {
        let tree = &trees[before];
        let joins = match tree {
            TokenTree::Group(_) if !is_operand(tree) => return start,
            TokenTree::Group(_) => {
                let last = before.checked_sub(1).map(|at| &trees[at]);
                last.is_some_and(|last| {
                    is_operand(last) || matches!(last, TokenTree::Ident(_)) && !is_keyword(last)
                })
            }
            TokenTree::Ident(_) if is_keyword(tree) => return start,
            TokenTree::Ident(_) | TokenTree::Literal(_) => {
                before >= 2 && is_punct(trees.get(before - 1), '.')
            }
            TokenTree::Punct(_) => return start,
        };
        let is_asked = joins && !matches!(tree, TokenTree::Group(_));
        start = before - usize::from(is_asked);
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
        Some(tree @ TokenTree::Group(_)) if !is_operand(tree) => return 0,
        Some(tree) if is_keyword(tree) => return 0,
        Some(TokenTree::Punct(_)) | None => return 0,
        Some(_) => end += 1,
    }
    loop {
        match (trees.get(end), trees.get(end + 1)) {
            (Some(tree), _) if is_operand(tree) => end += 1,
            (Some(TokenTree::Punct(dot)), Some(TokenTree::Ident(_))) if dot.as_char() == '.' => end += 2,
            _ => return end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::eval::{Value, value_of};

    fn tokens(source: &str) -> TokenStream {
        source.parse().unwrap_or_default()
    }

    #[test]
    fn operands_end_at_words_and_braces() {
        for (source, value) in [
            ("if 8 == 2 ** 3 { 8 } else { 4 }", 8),
            ("if (3 - 1) ** 2 > 4 { 8 } else { 4 }", 4),
            ("if 2 ** 2 > 3 { 2 ** 3 } else { 3 ** 2 }", 8),
            ("2 ** 3 ** 2", 512),
            ("-2 ** 2", -4),
            ("[2, 3][1] ** 2", 9),
            ("(1 + 1) ** (1 + 2)", 8),
        ] {
            assert_eq!(value_of(tokens(source)), Some(Value::Int(value)), "{source}");
        }
    }

    #[test]
    fn stars_without_a_base_do_not_hide_a_power() {
        let found = written(tokens("2 ** 3, **config")).to_string();
        assert_eq!(found, tokens("pow(2, 3), **config").to_string());
    }
}
