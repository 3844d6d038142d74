//! What Keras writes around layers: `a + b`, `concatenate([a, b])`.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use syn::Path;
use syn::spanned::Spanned;

use super::ast::{Call, Chain, Item};
use super::split::{at_comma, only_group};
use super::{Reader, bracket, chain};
use crate::error::Errors;

/// The functions of `keras.layers` that merge, with their layers.
pub(super) const FUNCTIONS: &[(&str, &str)] = &[
    ("add", "Add"),
    ("average", "Average"),
    ("concatenate", "Concatenate"),
    ("dot", "Dot"),
    ("maximum", "Maximum"),
    ("minimum", "Minimum"),
    ("multiply", "Multiply"),
    ("subtract", "Subtract"),
];

/// `concatenate([a, b], axis = 1)` as `[a, b] => Concatenate(axis = 1)`: the list, and the call without it.
pub fn function(
    path: &Path,
    args: &TokenStream,
    reader: &mut Reader,
    errors: &mut Errors,
) -> Option<(Item, Path, TokenStream)> {
    let name = path.get_ident()?;
    let (_, class) = FUNCTIONS.iter().find(|(function, _)| name == function)?;
    let mut pieces = at_comma(args.clone()).into_iter();
    let group = list(pieces.next()?, "inputs")?;
    let list = bracket(group.stream(), group.span(), reader, errors);
    let rest = pieces.filter(|piece| !piece.is_empty());
    let comma = || TokenTree::Punct(proc_macro2::Punct::new(',', proc_macro2::Spacing::Alone));
    let rest = rest.flat_map(|piece| piece.into_iter().chain([comma()])).collect();
    Some((list, Path::from(Ident::new(class, name.span())), rest))
}

/// `[a, b]`, or `key = [a, b]` as it may stand too.
fn list(first: TokenStream, key: &str) -> Option<Group> {
    let trees: Vec<TokenTree> = first.into_iter().collect();
    let list: TokenStream = match trees.as_slice() {
        [TokenTree::Ident(name), TokenTree::Punct(eq), list] if name == key && eq.as_char() == '=' => {
            list.clone().into()
        }
        _ => trees.into_iter().collect(),
    };
    only_group(&list, Delimiter::Bracket)
}

/// `Sequential([Flatten(), Dense(32)], name = "encoder")`, from what stands between its parentheses.
pub fn sequential(args: &TokenStream, reader: &mut Reader, errors: &mut Errors) -> Option<Item> {
    let mut pieces = at_comma(args.clone()).into_iter().filter(|piece| !piece.is_empty());
    let list = list(pieces.next()?, "layers")?;
    let mut items = Vec::new();
    for piece in at_comma(list.stream()).into_iter().filter(|piece| !piece.is_empty()) {
        super::read_items(piece, reader, errors, &mut items);
    }
    let mut name = None;
    for piece in pieces {
        for arg in super::args::arguments(piece, reader, errors) {
            match &arg.name {
                Some(key) if key == "name" && !arg.axis => name = Some(arg),
                _ => errors.over(&arg.tokens, "`Sequential` takes a list of layers and a `name`: `Sequential([Flatten(), Dense(32)], name = \"encoder\")`"),
            }
        }
    }
    Some(Item::Block(Chain { items, span: list.span() }, name))
}

/// `a + b`, `a - b` and `a * b` as the layers that Keras makes of them; `None` if no such sign stands between tensors.
pub fn arithmetic(trees: &[TokenTree], reader: &mut Reader, errors: &mut Errors) -> Option<Chain> {
    let at = operators(trees, "+-");
    let at = if at.is_empty() { operators(trees, "*/") } else { at };
    let mut ends = at.iter().map(|(at, _)| *at).chain([trees.len()]);
    let mut result = operand(&trees[..ends.next().filter(|_| !at.is_empty())?], reader, errors);
    for ((start, sign), end) in at.iter().copied().zip(ends) {
        let right = &trees[start + 1..end];
        let span = trees[start].span();
        if let Some(message) = with_number(&trees[..start], sign, right) {
            errors.at(span, message);
            return Some(Chain { items: vec![Item::Broken(span)], span });
        }
        let class = match sign {
            '+' => "Add",
            '-' => "Subtract",
            '*' => "Multiply",
            _ => {
                errors.at(span, "tensors are added, subtracted and multiplied here\nhelp: `Lambda(|x| ...)` or an own layer divides");
                return Some(Chain { items: vec![Item::Broken(span)], span });
            }
        };
        let right = operand(right, reader, errors);
        let call = Call {
            path: Path::from(Ident::new(class, span)),
            args: Vec::new(),
            application: Vec::new(),
            broken: false,
        };
        let list = Item::List(vec![result, right], span);
        result = Chain { items: vec![list, Item::Call(call)], span };
    }
    Some(result)
}

/// Where these signs stand between two things.
fn operators(trees: &[TokenTree], signs: &str) -> Vec<(usize, char)> {
    let is_thing = |at: usize| {
        matches!(trees.get(at), Some(TokenTree::Ident(_) | TokenTree::Group(_) | TokenTree::Literal(_)))
    };
    let sign = |(at, tree): (usize, &TokenTree)| match tree {
        TokenTree::Punct(p)
            if signs.contains(p.as_char()) && at > 0 && is_thing(at - 1) && is_thing(at + 1) =>
        {
            Some((at, p.as_char()))
        }
        _ => None,
    };
    trees.iter().enumerate().filter_map(sign).collect()
}

fn operand(trees: &[TokenTree], reader: &mut Reader, errors: &mut Errors) -> Chain {
    let tokens: TokenStream = trees.iter().cloned().collect();
    let span = if trees.is_empty() { Span::call_site() } else { tokens.span() };
    match only_group(&tokens, Delimiter::Parenthesis) {
        Some(group) => chain(group.stream(), span, reader, errors),
        None => chain(tokens, span, reader, errors),
    }
}

/// What to write where a number stands beside a tensor.
fn with_number(left: &[TokenTree], sign: char, right: &[TokenTree]) -> Option<String> {
    let ([TokenTree::Literal(number)], tensor) = (right, left) else { return None };
    let tensor: TokenStream = tensor.iter().cloned().collect();
    let layer = match sign {
        '+' => format!("Rescaling(1, {number})"),
        '-' => format!("Rescaling(1, -{number})"),
        '*' => format!("Rescaling({number})"),
        _ => format!("Rescaling(1 / {number})"),
    };
    Some(format!("a tensor and a number: write `{tensor} => {layer}`"))
}
