//! Names that stand for values among tokens, and the values in their place.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};

/// Whether the name at `i` is no value: an argument's name, a path, a field.
pub fn is_key(trees: &[TokenTree], i: usize) -> bool {
    let is = |at: Option<&TokenTree>, c: char| matches!(at, Some(TokenTree::Punct(p)) if p.as_char() == c);
    let (next, after) = (trees.get(i + 1), trees.get(i + 2));
    let starts = i == 0 || is(trees.get(i - 1), ',');
    let before = i.checked_sub(1).and_then(|i| trees.get(i));
    let key = starts && is(next, '=') && !is(after, '=') && !is(after, '>');
    let axis = starts && is(next, ':') && !is(after, ':');
    let path = is(before, ':') && i > 1 && is(trees.get(i - 2), ':') || is(next, ':') && is(after, ':');
    key || axis || path || is(before, '.') && !is(i.checked_sub(2).and_then(|i| trees.get(i)), '.')
}

/// A value at another place. Several tokens are one value: `2 * n` with `n = 1 + 1` is 4.
pub fn placed(value: TokenStream, span: Span) -> TokenStream {
    fn at(tokens: TokenStream, span: Span) -> TokenStream {
        let moved = tokens.into_iter().map(|tree| match tree {
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), at(group.stream(), span));
                inner.set_span(group.span().located_at(span));
                TokenTree::Group(inner)
            }
            mut tree => {
                tree.set_span(tree.span().located_at(span));
                tree
            }
        });
        moved.collect()
    }
    let value = at(value, span);
    if value.clone().into_iter().nth(1).is_none() {
        return value;
    }
    let mut group = Group::new(Delimiter::None, value);
    group.set_span(span);
    TokenTree::Group(group).into()
}

/// What stands in the place of tokens at the beginning, and how many these are.
type Asked<'a> = dyn FnMut(&[TokenTree]) -> Option<(TokenStream, usize)> + 'a;

/// Puts something in the place of what `asked` finds at the beginning of tokens, with how many these are; also in groups that are
/// open, but not behind a point.
pub fn replaced(tokens: TokenStream, is_open: fn(&Group) -> bool, asked: &mut Asked) -> TokenStream {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let (mut out, mut at) = (TokenStream::new(), 0);
    while at < trees.len() {
        let is_field = at > 0 && matches!(&trees[at - 1], TokenTree::Punct(dot) if dot.as_char() == '.');
        if !is_field && let Some((value, taken)) = asked(&trees[at..]) {
            out.extend(value);
            at += taken;
            continue;
        }
        match &trees[at] {
            TokenTree::Group(group) if is_open(group) => {
                let mut inner = Group::new(group.delimiter(), replaced(group.stream(), is_open, asked));
                inner.set_span(group.span());
                out.extend([TokenTree::Group(inner)]);
            }
            tree => out.extend([tree.clone()]),
        }
        at += 1;
    }
    out
}
