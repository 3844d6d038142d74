//! Signs between tensors and numbers, as Python has them: `a + b`, `0.5 * x`, `-x`, `x ** 2`, `x > 0`, `x[.., -1, ..]`.

use keras_shape::Arg;
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use syn::spanned::Spanned;

use super::ast::{Argument, Chain};
use super::operations::{self, Operand};
use super::split::at_comma;
use super::{Reader, args, number};
use crate::error::Errors;

/// What the signs in these tokens make of tensors; nothing if there is none between tensors.
pub fn read(trees: &[TokenTree], reader: &mut Reader, errors: &mut Errors) -> Option<Chain> {
    if let Some((at, length, name)) = comparison(trees) {
        let right = operand(&trees[at + length..], reader, errors);
        let operands = vec![operand(&trees[..at], reader, errors), right];
        return Some(operations::node(name, operands, Vec::new(), trees[at].span(), errors));
    }
    for signs in ["|", "&", "+-", "*/%@"] {
        let at = operators(trees, signs);
        if !at.is_empty() {
            return Some(folded(trees, &at, reader, errors));
        }
    }
    if let [TokenTree::Punct(sign), rest @ ..] = trees
        && sign.as_char() == '~'
        && !rest.is_empty()
    {
        let operand = operand(rest, reader, errors);
        return Some(operations::node("logical_not", vec![operand], Vec::new(), sign.span(), errors));
    }
    if let [TokenTree::Punct(sign), rest @ ..] = trees
        && sign.as_char() == '-'
        && !rest.is_empty()
    {
        let operand = operand(rest, reader, errors);
        if let Operand::Number(..) = operand {
            return None;
        }
        return Some(operations::node("negative", vec![operand], Vec::new(), sign.span(), errors));
    }
    if let Some(at) = power(trees) {
        let operands = vec![operand(&trees[..at], reader, errors), operand(&trees[at + 2..], reader, errors)];
        return Some(operations::node("power", operands, Vec::new(), trees[at].span(), errors));
    }
    match trees {
        [tensor @ .., TokenTree::Group(key)] if !tensor.is_empty() && is_index(key) => {
            let operand = operand(tensor, reader, errors);
            let key = index(key, reader, errors)?;
            let span = key.span;
            Some(operations::node("get_item", vec![operand], vec![key], span, errors))
        }
        _ => None,
    }
}

/// From the left on, with signs of one strength.
fn folded(trees: &[TokenTree], at: &[(usize, char)], reader: &mut Reader, errors: &mut Errors) -> Chain {
    let mut ends = at.iter().map(|(at, _)| *at).chain([trees.len()]);
    let mut result = operand(&trees[..ends.next().unwrap_or_default()], reader, errors);
    for ((start, sign), end) in at.iter().copied().zip(ends) {
        let span = trees[start].span();
        let right = operand(&trees[start + 1..end], reader, errors);
        result = match (result, right) {
            (Operand::Number(left, tokens), Operand::Number(right, _)) => {
                match number::arithmetic(left.clone(), sign, right) {
                    Some(number) => Operand::Number(number, tokens),
                    None => Operand::Number(left, tokens),
                }
            }
            (left, right) => {
                let name = match sign {
                    '+' => "add",
                    '-' => "subtract",
                    '*' => "multiply",
                    '%' => "mod",
                    '@' => "matmul",
                    '|' => "logical_or",
                    '&' => "logical_and",
                    _ => "true_divide",
                };
                Operand::Tensor(operations::node(name, vec![left, right], Vec::new(), span, errors))
            }
        };
    }
    match result {
        Operand::Tensor(chain) => chain,
        Operand::Number(_, tokens) => {
            errors.over(&tokens, "a tensor stands here, and this is a number");
            Chain::broken(Span::call_site())
        }
        Operand::Array(_, tokens) => {
            errors.over(&tokens, "a tensor stands here, and this is an array");
            Chain::broken(Span::call_site())
        }
    }
}

fn operand(trees: &[TokenTree], reader: &mut Reader, errors: &mut Errors) -> Operand {
    operations::operand(trees.iter().cloned().collect(), false, reader, errors)
}

/// Where these signs stand between two things; the second may have a sign of its own.
fn operators(trees: &[TokenTree], signs: &str) -> Vec<(usize, char)> {
    let sign = |(at, tree): (usize, &TokenTree)| match tree {
        TokenTree::Punct(p) if signs.contains(p.as_char()) && is_between(trees, at, 1) => {
            Some((at, p.as_char()))
        }
        _ => None,
    };
    trees.iter().enumerate().filter_map(sign).collect()
}

/// Whether the `length` tokens at a place stand between two things, of which the second may have a sign of its own.
fn is_between(trees: &[TokenTree], at: usize, length: usize) -> bool {
    let is_thing = |at: usize| {
        matches!(trees.get(at), Some(TokenTree::Ident(_) | TokenTree::Group(_) | TokenTree::Literal(_)))
    };
    let behind = at + length;
    at > 0 && is_thing(at - 1) && (is_thing(behind) || (is(trees, behind, '-') && is_thing(behind + 1)))
}

fn is(trees: &[TokenTree], at: usize, sign: char) -> bool {
    matches!(trees.get(at), Some(TokenTree::Punct(p)) if p.as_char() == sign)
}

/// The first comparison: where it stands, of how many tokens it is, and its function. None where types stand between `::<`
/// and `>`, or before the body of a loop of Python.
fn comparison(trees: &[TokenTree]) -> Option<(usize, usize, &'static str)> {
    let is_body = |tree: &TokenTree| matches!(tree, TokenTree::Group(g) if g.delimiter() == Delimiter::Brace);
    if (1..trees.len()).any(|at| is(trees, at - 1, ':') && is(trees, at, '<')) || trees.iter().any(is_body) {
        return None;
    }
    let of = |at: usize| {
        let (length, name) = match (&trees[at], is(trees, at + 1, '=')) {
            (TokenTree::Punct(p), false) if p.as_char() == '<' => (1, "less"),
            (TokenTree::Punct(p), true) if p.as_char() == '<' => (2, "less_equal"),
            (TokenTree::Punct(p), false) if p.as_char() == '>' => (1, "greater"),
            (TokenTree::Punct(p), true) if p.as_char() == '>' => (2, "greater_equal"),
            (TokenTree::Punct(p), true) if p.as_char() == '!' => (2, "not_equal"),
            _ => return None,
        };
        is_between(trees, at, length).then_some((at, length, name))
    };
    (0..trees.len()).find_map(of)
}

/// Where the first `**` stands.
fn power(trees: &[TokenTree]) -> Option<usize> {
    let is_star = |tree: &TokenTree| matches!(tree, TokenTree::Punct(p) if p.as_char() == '*');
    let at = trees.windows(2).position(|pair| pair.iter().all(is_star))?;
    (at > 0 && at + 2 < trees.len()).then_some(at)
}

/// Whether brackets behind a tensor hold an index, and not layers.
fn is_index(group: &Group) -> bool {
    let is_part = |tree: &TokenTree| match tree {
        TokenTree::Literal(_) => true,
        TokenTree::Punct(sign) => "-.:".contains(sign.as_char()),
        TokenTree::Ident(name) => name == "None" || name == "newaxis" || name == "Ellipsis",
        TokenTree::Group(group) => group.delimiter() == Delimiter::None,
    };
    let pieces = at_comma(group.stream());
    group.delimiter() == Delimiter::Bracket
        && !group.stream().is_empty()
        && pieces.into_iter().all(|piece| piece.into_iter().all(|tree| is_part(&tree)))
}

/// The index in brackets as an argument.
fn index(group: &Group, reader: &mut Reader, errors: &mut Errors) -> Option<Argument> {
    let mut key = Vec::new();
    for piece in at_comma(group.stream()).into_iter().filter(|piece| !piece.is_empty()) {
        match place(&piece, reader) {
            Ok(place) => key.push(place),
            Err(error) => {
                errors.push(error);
                return None;
            }
        }
    }
    Some(Argument {
        name: Some(Ident::new("key", group.span())),
        axis: false,
        value: Arg::List(key),
        tokens: TokenTree::Group(group.clone()).into(),
        span: group.span(),
        chain: None,
    })
}

/// One place of an index: `-1`, `1:`, `1..3`, `::2`, `..`, `...`, `None`.
fn place(piece: &TokenStream, reader: &mut Reader) -> syn::Result<Arg> {
    let text = piece.to_string().replace(' ', "");
    match text.as_str() {
        "..." | "Ellipsis" => return Ok(Arg::Word("Ellipsis".into())),
        "None" | "newaxis" => return Ok(Arg::None),
        _ => {}
    }
    let trees: Vec<TokenTree> = piece.clone().into_iter().collect();
    let is = |tree: &TokenTree, c: char| matches!(tree, TokenTree::Punct(p) if p.as_char() == c);
    let mut bounds: Vec<TokenStream> = vec![TokenStream::new()];
    let mut at = 0;
    while at < trees.len() {
        if is(&trees[at], '.') && trees.get(at + 1).is_some_and(|next| is(next, '.')) {
            bounds.push(TokenStream::new());
            at += 2;
            continue;
        }
        if is(&trees[at], ':') {
            bounds.push(TokenStream::new());
        } else if let Some(bound) = bounds.last_mut() {
            bound.extend([trees[at].clone()]);
        }
        at += 1;
    }
    if bounds.len() == 1 {
        return args::value(piece, reader);
    }
    if bounds.len() > 3 {
        return Err(syn::Error::new(piece.span(), "an index is `start:stop:step`, and this has more"));
    }
    let mut parts = Vec::new();
    for bound in bounds {
        let value = if bound.is_empty() { Arg::None } else { args::value(&bound, reader)? };
        parts.push((None, value));
    }
    parts.resize(3, (None, Arg::None));
    Ok(Arg::Call("slice".into(), parts))
}
