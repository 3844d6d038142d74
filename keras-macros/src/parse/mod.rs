//! From tokens to a syntax tree.

mod args;
mod ast;
mod split;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Attribute, Expr, Ident, Path, Token, Visibility};

pub use ast::{Argument, Binding, Call, Chain, Head, Item, Model, Tail};
use split::{at_arrow, at_char, at_comma, only_group, without_angles};

use crate::error::Errors;

/// Reads a whole `model!`. What cannot be read is noted and left out; the rest is still there.
pub fn model(tokens: TokenStream, errors: &mut Errors) -> Model {
    let (head, body) = head(tokens, errors);
    let span = head.as_ref().map_or_else(Span::call_site, |head| head.name.span());
    let mut exprs = Vec::new();
    let mut statements = at_char(without_angles(body), ';');
    let tail = statements.pop().unwrap_or_default();
    let bindings =
        statements.into_iter().filter_map(|tokens| binding(tokens, &mut exprs, errors)).collect::<Vec<_>>();
    let tail = parse_tail(tail, span, &mut exprs, errors);
    Model { head, bindings, tail, exprs }
}

/// `#[..] pub struct Name { body }`, or just a body.
fn head(tokens: TokenStream, errors: &mut Errors) -> (Option<Head>, TokenStream) {
    let parser = |input: ParseStream| -> syn::Result<Option<(Head, TokenStream)>> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis: Visibility = input.parse()?;
        if !input.peek(Token![struct]) {
            if attrs.is_empty() && matches!(vis, Visibility::Inherited) {
                TokenStream::parse(input)?;
                return Ok(None);
            }
            return Err(input.error("expected `struct Name { ... }`"));
        }
        input.parse::<Token![struct]>()?;
        let name: Ident = input.parse()?;
        let body;
        syn::braced!(body in input);
        let body = TokenStream::parse(&body)?;
        if !input.is_empty() {
            return Err(input.error("a model ends with its closing brace"));
        }
        Ok(Some((Head { attrs, vis, name }, body)))
    };
    match parser.parse2(tokens.clone()) {
        Ok(Some((head, body))) => (Some(head), body),
        Ok(None) => (None, tokens),
        Err(error) => {
            errors.push(error);
            (None, TokenStream::new())
        }
    }
}

/// `let name = chain` or `let (a, b) = chain`.
fn binding(tokens: TokenStream, exprs: &mut Vec<Expr>, errors: &mut Errors) -> Option<Binding> {
    if tokens.is_empty() {
        return None;
    }
    let parser = |input: ParseStream| -> syn::Result<(Vec<Ident>, bool, TokenStream)> {
        if !input.peek(Token![let]) {
            return Err(input.error(
                "expected `let name = ...;`: only the last line of a model, its output, stands without `let` and `;`",
            ));
        }
        input.parse::<Token![let]>()?;
        let tuple = input.peek(syn::token::Paren);
        let names = if tuple {
            let inner;
            syn::parenthesized!(inner in input);
            inner.parse_terminated(name_or_underscore, Token![,])?.into_iter().collect()
        } else {
            vec![name_or_underscore(input)?]
        };
        input.parse::<Token![=]>()?;
        Ok((names, tuple, TokenStream::parse(input)?))
    };
    match parser.parse2(tokens) {
        Ok((names, tuple, rest)) => {
            let span = names.first().map_or_else(Span::call_site, Ident::span);
            let chain = chain(rest, span, exprs, errors);
            Some(Binding { names, tuple, chain })
        }
        Err(error) => {
            errors.push(error);
            None
        }
    }
}

fn name_or_underscore(input: ParseStream) -> syn::Result<Ident> {
    use syn::ext::IdentExt;
    input.call(Ident::parse_any)
}

fn parse_tail(tokens: TokenStream, span: Span, exprs: &mut Vec<Expr>, errors: &mut Errors) -> Tail {
    if let Some(group) = only_group(&tokens, Delimiter::Parenthesis) {
        let pieces = at_comma(group.stream());
        let chains = pieces
            .into_iter()
            .filter(|piece| !piece.is_empty())
            .map(|piece| chain(piece, span, exprs, errors))
            .collect();
        return Tail { chains, tuple: true, span: group.span() };
    }
    if tokens.is_empty() {
        errors.at(span, "a model ends with its output: a chain such as `Input(4) => Dense(1)`, without `;`");
        return Tail { chains: Vec::new(), tuple: false, span };
    }
    let chain = chain(tokens, span, exprs, errors);
    let span = chain.span;
    Tail { chains: vec![chain], tuple: false, span }
}

/// `source => layer => layer`.
fn chain(tokens: TokenStream, fallback: Span, exprs: &mut Vec<Expr>, errors: &mut Errors) -> Chain {
    let span = if tokens.is_empty() { fallback } else { tokens.span() };
    let mut before = fallback;
    let mut items = Vec::new();
    for piece in at_arrow(tokens) {
        if piece.is_empty() {
            errors.at(before, "expected a layer, as in `Input(4) => Dense(1)`");
            items.push(Item::Broken(before));
            continue;
        }
        before = piece.span();
        items.push(item(piece, exprs, errors));
    }
    Chain { items, span }
}

fn item(tokens: TokenStream, exprs: &mut Vec<Expr>, errors: &mut Errors) -> Item {
    let span = tokens.span();
    if let Some(group) = only_group(&tokens, Delimiter::Bracket) {
        return bracket(group.stream(), group.span(), exprs, errors);
    }
    if let Some(group) = only_group(&tokens, Delimiter::Parenthesis) {
        return Item::Block(chain(group.stream(), span, exprs, errors));
    }
    match split_call(&tokens) {
        Ok((path, None)) => Item::Name(path),
        // Python's way to write a block.
        Ok((path, Some(args)))
            if path.is_ident("Sequential") && only_group(&args, Delimiter::Bracket).is_some() =>
        {
            let list = only_group(&args, Delimiter::Bracket).map(|group| group.stream()).unwrap_or_default();
            let pieces = at_comma(list).into_iter().filter(|piece| !piece.is_empty());
            Item::Block(Chain { items: pieces.map(|piece| item(piece, exprs, errors)).collect(), span })
        }
        Ok((path, Some(args))) => {
            let call = Call { path, args: args_of(args, exprs, errors) };
            if call.path.is_ident("Input") { Item::Input(call) } else { Item::Call(call) }
        }
        Err(error) => {
            errors.push(error);
            Item::Broken(span)
        }
    }
}

fn args_of(tokens: TokenStream, exprs: &mut Vec<Expr>, errors: &mut Errors) -> Vec<Argument> {
    args::arguments(tokens, exprs, errors)
}

/// `[layer; N]` or `[a, b]`.
fn bracket(tokens: TokenStream, span: Span, exprs: &mut Vec<Expr>, errors: &mut Errors) -> Item {
    let mut halves = at_char(tokens.clone(), ';').into_iter();
    let (first, count) = (halves.next().unwrap_or_default(), halves.next());
    match count {
        Some(count) => match syn::parse2::<Expr>(count) {
            Ok(count) if !first.is_empty() => Item::Repeat(Box::new(item(first, exprs, errors)), count, span),
            Ok(_) => {
                errors.at(span, "expected a layer and a number, as in `[Dense(8); 3]`");
                Item::Broken(span)
            }
            Err(error) => {
                errors.push(error);
                Item::Broken(span)
            }
        },
        None => {
            let chains = at_comma(tokens)
                .into_iter()
                .filter(|piece| !piece.is_empty())
                .map(|piece| chain(piece, span, exprs, errors))
                .collect();
            Item::List(chains, span)
        }
    }
}

/// A path and, if there are parentheses, what is between them.
fn split_call(tokens: &TokenStream) -> syn::Result<(Path, Option<TokenStream>)> {
    let mut trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let args = match trees.last() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
            let stream = group.stream();
            trees.pop();
            Some(stream)
        }
        _ => None,
    };
    let path: TokenStream = trees.into_iter().collect();
    let parser = |input: ParseStream| {
        let path = input.parse::<Path>()?;
        if input.is_empty() {
            Ok(path)
        } else {
            Err(input
                .error("expected `=>` or the end of the model: layers are joined as `Dense(8) => Dense(1)`"))
        }
    };
    let path = parser.parse2(path).map_err(|error| {
        if tokens.is_empty() {
            error
        } else {
            syn::Error::new(error.span(), format!("expected a layer, such as `Dense(8)`: {error}"))
        }
    })?;
    Ok((path, args))
}
