//! `let` statements.

use keras_shape::{LayerConfig, is_call};
use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Ident, Token};

use super::ast::{Binding, Chain, Pattern, Statement};
use super::split::only_group;
use super::{Reader, args, chain, comprehension, flow, function, of_layers, pythonic};
use crate::error::Errors;

/// `let name = chain` or `let (a, b) = chain`.
pub fn binding(tokens: TokenStream, reader: &mut Reader, errors: &mut Errors) -> Option<Statement> {
    if tokens.is_empty() {
        return None;
    }
    if let Some(message) = pythonic::of_python(&tokens) {
        errors.over(tokens.clone().into_iter().next(), message);
        return broken(&tokens, reader);
    }
    let parser = |input: ParseStream| -> syn::Result<(Vec<Ident>, Pattern, bool, TokenStream)> {
        if !input.peek(Token![let]) {
            return Err(input.error(
                "expected `let name = ...;`: only the last line of a model, its output, stands without `let` and `;`",
            ));
        }
        input.parse::<Token![let]>()?;
        let mutable = input.parse::<Option<Token![mut]>>()?.is_some();
        let (names, pattern) = if input.peek(syn::token::Paren) || input.peek(syn::token::Bracket) {
            several(input)?
        } else {
            (vec![name_or_underscore(input)?], Pattern::Name)
        };
        input.parse::<Token![=]>()?;
        Ok((names, pattern, mutable, TokenStream::parse(input)?))
    };
    match parser.parse2(tokens.clone()) {
        Ok((names, pattern, mutable, rest)) => bound(names, pattern, mutable, rest, reader, errors),
        Err(error) => {
            errors.push(error);
            broken(&tokens, reader)
        }
    }
}

/// Binds the names of a line with a mistake, of which nothing more is said.
pub fn broken(line: &TokenStream, reader: &mut Reader) -> Option<Statement> {
    let trees: Vec<TokenTree> = line.clone().into_iter().collect();
    let names = match trees.as_slice() {
        [TokenTree::Ident(word), TokenTree::Group(names), ..] if word == "let" => identifiers(names),
        [TokenTree::Ident(word), TokenTree::Ident(name), ..] if word == "let" && name != "mut" => {
            vec![name.clone()]
        }
        _ => return None,
    };
    let span = names.first()?.span();
    names.iter().for_each(|name| reader.env.tensor(name, true));
    Some(Statement::Let(Binding { names, pattern: Pattern::First, chain: Chain::broken(span) }))
}

/// All names in a pattern.
fn identifiers(pattern: &Group) -> Vec<Ident> {
    let all = pattern.stream().into_iter().flat_map(|tree| match tree {
        TokenTree::Ident(name) => vec![name],
        TokenTree::Group(group) => identifiers(&group),
        _ => Vec::new(),
    });
    all.collect()
}

/// Binds names to what stands behind the `=`: a function, a value, or a chain.
fn bound(
    names: Vec<Ident>,
    pattern: Pattern,
    mutable: bool,
    rest: TokenStream,
    reader: &mut Reader,
    errors: &mut Errors,
) -> Option<Statement> {
    names.iter().for_each(|name| not_reserved(name, errors));
    for name in names.iter().filter(|name| reader.params.get(name).is_some()) {
        errors.at(name.span(), format!("`{name}` is a parameter of the model: call this otherwise"));
    }
    if let ([name], Pattern::Name) = (names.as_slice(), pattern) {
        if function::is_closure(&rest) {
            return function::define(name, rest, reader, errors);
        }
        if let Some(dict) = comprehension::dict(&rest) {
            reader.env.dict(name, dict);
            return None;
        }
        // No tensor and no list that grows: `*name` stands for nothing.
        if only_group(&rest, Delimiter::Parenthesis).is_some_and(|group| group.stream().is_empty()) {
            reader.env.constant(name, mutable, rest);
            return None;
        }
        if let Some(mut value) = flow::constant(&reader.env.fill(rest.clone())) {
            if let Err(message) = crate::limits::value(&value) {
                errors.at(name.span(), message);
                // Nothing more is said of it.
                value = quote::quote! { 1 };
            }
            reader.env.constant(name, mutable, value);
            return None;
        }
        if let Some(partial) = of_layers::partial(&rest, &reader.env) {
            reader.env.partial(name, partial);
            return None;
        }
        if let Some(value) = setting(&reader.env.fill(rest.clone()), reader) {
            reader.env.constant(name, mutable, value);
            return None;
        }
    }
    if pattern == Pattern::All && values(&names, mutable, &rest, reader) {
        return None;
    }
    let span = names.first().map_or_else(Span::call_site, Ident::span);
    let chain = chain(flow::fill(rest, reader), span, reader, errors);
    names.iter().for_each(|name| reader.env.tensor(name, mutable));
    Some(Statement::Let(Binding { names, pattern, chain }))
}

/// Binds each name to an element of a list of values: `let (a, b, c) = filters;`. Whether it is one, of as many as there are names.
fn values(names: &[Ident], mutable: bool, rest: &TokenStream, reader: &mut Reader) -> bool {
    let filled = reader.env.fill(rest.clone());
    let list = flow::constant(&filled).and_then(|list| super::eval::elements(&syn::parse2(list).ok()?));
    let Some(list) = list.filter(|list| list.len() == names.len()) else { return false };
    for (name, value) in names.iter().zip(list) {
        reader.env.constant(name, mutable, value);
    }
    true
}

/// What is no number and goes to layers: `regularizers.l2(0.01)`, `HeNormal()`, `keras.activations.relu`, and a class of
/// layers, `layers.LSTM`.
pub fn setting(tokens: &TokenStream, reader: &Reader) -> Option<TokenStream> {
    let known = args::without_modules(tokens);
    let in_module = known.clone().into_iter().count() < tokens.clone().into_iter().count();
    let trees: Vec<TokenTree> = known.clone().into_iter().collect();
    let is_known = match trees.as_slice() {
        [TokenTree::Ident(word)] => {
            (in_module || LayerConfig::is_class(&word.to_string())) && !reader.env.is_bound(word)
        }
        [TokenTree::Ident(class), TokenTree::Group(_)] => {
            reader.env.get_function(class).is_none() && is_setting(tokens)
        }
        _ => false,
    };
    is_known.then_some(known)
}

/// Whether this is a call of an initializer, a regularizer or a constraint of Keras.
pub fn is_setting(tokens: &TokenStream) -> bool {
    let trees: Vec<TokenTree> = args::without_modules(tokens).into_iter().collect();
    args::called(&trees).is_some_and(|(class, _)| {
        let name = class.to_string();
        !LayerConfig::is_class(&name) && is_call(&crate::resolve::snake(&name))
    })
}

/// A pattern in parentheses or brackets.
fn several(input: ParseStream) -> syn::Result<(Vec<Ident>, Pattern)> {
    let inner;
    if input.peek(syn::token::Paren) {
        syn::parenthesized!(inner in input);
    } else {
        syn::bracketed!(inner in input);
    }
    names(&inner)
}

/// The names between the parentheses of a pattern, of which `..` may be the last. The states of each cell of a stack may stand in
/// parentheses of their own, as Keras gives them: `(y, (h1, c1), (h2, c2))`.
fn names(inner: ParseStream) -> syn::Result<(Vec<Ident>, Pattern)> {
    let mut names = Vec::new();
    while !inner.is_empty() {
        if inner.peek(Token![..]) {
            inner.parse::<Token![..]>()?;
            if !inner.is_empty() {
                return Err(inner.error("`..` stands last: `let (y, ..) = ...`"));
            }
            return Ok((names, Pattern::First));
        }
        if inner.peek(Token![*]) {
            return Err(inner.error(
                "each tensor has a name of its own: `let (y, h, c) = x => LSTM(...);`, and `[h, c]` where the others are needed",
            ));
        }
        if inner.peek(syn::token::Paren) || inner.peek(syn::token::Bracket) {
            let (inside, pattern) = several(inner)?;
            if pattern == Pattern::First {
                return Err(inner.error("`..` stands last: `let (y, ..) = ...`"));
            }
            if inside.is_empty() {
                return Err(
                    inner.error("the parentheses of a pattern hold a name each: `let (y, (h, c)) = ...`")
                );
            }
            names.extend(inside);
        } else {
            names.push(name_or_underscore(inner)?);
        }
        if !inner.is_empty() {
            inner.parse::<Token![,]>()?;
        }
    }
    Ok((names, Pattern::All))
}

/// A binding is called as a variable in Rust may be.
fn not_reserved(name: &Ident, errors: &mut Errors) {
    let text = name.to_string();
    if text == "_" || syn::parse_str::<Ident>(&text).is_ok() {
        return;
    }
    let raw = match text.as_str() {
        "self" | "Self" | "super" | "crate" => String::new(),
        _ => format!(", or `r#{text}` everywhere"),
    };
    errors.at(
        name.span(),
        format!("`{text}` is a reserved word of Rust\nhelp: write another name, as `{text}_`{raw}"),
    );
}

fn name_or_underscore(input: ParseStream) -> syn::Result<Ident> {
    use syn::ext::IdentExt;
    input.call(Ident::parse_any)
}
