//! Lists that grow: `let mut outs = [];` and `outs.append(x => Dense(1));`, in loops and choices too. What is appended is bound
//! to a name of its own, so that it stays what it is, and the list is a constant that stands where it is named.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;

use super::Reader;
use super::ast::{Binding, Chain, Made, Pattern, Statement};
use super::binding::{binding, setting};
use super::comprehension::{self, is_loop};
use super::eval::{from_end, nth};
use super::flow::{self, is_punct};
use super::function::is_closure;
use super::pasted::{bound, listed, pieces_of};
use super::pythonic::mentions;
use super::split::{at_arrow, at_char, only_group};
use super::tokens::replaced;
use super::{args, operations};
use crate::error::Errors;

/// The methods by which a list grows: of Python and of Rust.
pub const GROWS: &[&str] = &["append", "extend", "insert", "push", "pop"];

/// Reads a line that begins such a list, or by which it grows; nothing of other lines. Whether the list is `made` by a loop.
pub fn line(
    piece: &TokenStream,
    rest: &[TokenStream],
    made: bool,
    reader: &mut Reader,
    errors: &mut Errors,
) -> Option<Vec<Statement>> {
    begin(piece, rest, made, reader, errors)
        .or_else(|| dict(piece, reader, errors))
        .or_else(|| grow(piece, reader, errors))
}

/// Reads a dict in which there are tensors or layers: each is bound to a name of its own, so that it is made once however often the
/// dict is asked for it. Settings stay as they are: an expression may be one that the compiler alone knows.
fn dict(piece: &TokenStream, reader: &mut Reader, errors: &mut Errors) -> Option<Vec<Statement>> {
    let (name, value) = bound(&without_mut(piece))?;
    let dict = comprehension::dict(&value)?;
    let is_plain =
        |value: &TokenStream, reader: &Reader| setting_in(value, reader).is_none() && !is_made(value, reader);
    if dict.iter().all(|(_, value)| is_plain(value, reader)) {
        return None;
    }
    let (mut statements, mut all) = (Vec::new(), Vec::new());
    for (key, value) in dict {
        let value = entry(&name, &key, value, &mut statements, reader, errors);
        all.push((key, value));
    }
    reader.env.dict(&name, all);
    Some(statements)
}

/// What a dict holds of a value: a name, if it makes something; a setting, or the value itself.
pub fn entry(
    dict: &Ident,
    key: &TokenStream,
    value: TokenStream,
    statements: &mut Vec<Statement>,
    reader: &mut Reader,
    errors: &mut Errors,
) -> TokenStream {
    match setting_in(&value, reader) {
        Some(setting) => setting,
        None if is_made(&value, reader) => named(dict, Some(key), value, statements, reader, errors),
        None => value,
    }
}

/// A setting in a dict: initializers and classes of layers stand without the module that they are in.
fn setting_in(value: &TokenStream, reader: &Reader) -> Option<TokenStream> {
    let is_word = value.clone().into_iter().nth(1).is_none();
    let filled = reader.env.fill(value.clone());
    (!is_word && flow::constant(&filled).is_none()).then(|| setting(&filled, reader)).flatten()
}

/// Whether a value of a dict makes a tensor, a layer, a function or a model.
fn is_made(value: &TokenStream, reader: &Reader) -> bool {
    let is_value = flow::constant(&reader.env.fill(value.clone())).is_some();
    !is_value && comprehension::dict(value).is_none() && makes(value, reader)
}

/// Whether a tensor, a layer, a function or a model is in this.
fn makes(tokens: &TokenStream, reader: &Reader) -> bool {
    let is_whole = is_closure(tokens) || flow::begins_a_body(tokens);
    if is_whole || at_arrow(tokens.clone()).0.len() > 1 {
        return true;
    }
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is_call = |i: usize| matches!(trees.get(i + 1), Some(TokenTree::Group(args)) if args.delimiter() == Delimiter::Parenthesis);
    let is_of_keras = operations::function(&trees).is_some() || args::modules(&trees) > 0;
    trees.iter().enumerate().any(|(i, tree)| match tree {
        TokenTree::Ident(name) if reader.env.is_tensor(name) => true,
        TokenTree::Ident(name) if is_call(i) => {
            let is_class = name.to_string().starts_with(char::is_uppercase);
            let is_known = reader.env.get_function(name).is_some() || name == "partial";
            (is_class || is_known || is_of_keras) && setting(tokens, reader).is_none()
        }
        TokenTree::Group(group) => makes(&group.stream(), reader),
        _ => false,
    })
}

/// Binds what is no value to a name of its own, and gives that.
fn named(
    list: &Ident,
    key: Option<&TokenStream>,
    element: TokenStream,
    statements: &mut Vec<Statement>,
    reader: &mut Reader,
    errors: &mut Errors,
) -> TokenStream {
    let text = format!("__{}_{}", list.unraw().to_string().to_lowercase(), reader.made.len() + 1);
    let source = key.map_or_else(|| list.to_string(), |key| format!("{list}[{key}]"));
    reader.made.insert(text.clone(), Made { source, key: key.map(comprehension::key_of) });
    let name = Ident::new(&text, element.clone().into_iter().next().map_or(list.span(), |tree| tree.span()));
    statements.extend(binding(quote_spanned! { list.span()=> let #name = #element }, reader, errors));
    if reader.env.is_tensor(&name) {
        reader.env.outlives(&name);
    }
    quote! { #name }
}

fn begin(
    piece: &TokenStream,
    rest: &[TokenStream],
    made: bool,
    reader: &mut Reader,
    errors: &mut Errors,
) -> Option<Vec<Statement>> {
    let (name, value) = bound(&without_mut(piece))?;
    let elements = match only_group(&value, Delimiter::Bracket) {
        _ if let Some(all) = sum(&value, reader) => {
            reader.env.list(&name, reader.open.len());
            reader.env.change(&name, group(&all, name.span()));
            return Some(Vec::new());
        }
        Some(list) if is_loop(&list.stream()) => {
            comprehension::unread(&list.stream(), list.span(), &reader.env, errors);
            // Of several tensors of which nothing is known nothing more is said.
            let tensor = Ident::new(&format!("__{}", name.unraw().to_string().to_lowercase()), name.span());
            reader.env.tensor(&tensor, true);
            reader.env.list(&name, reader.open.len());
            reader.env.change(&name, quote! { [#tensor, #tensor] });
            let chain = Chain::broken(name.span());
            return Some(vec![Statement::Let(Binding {
                names: vec![tensor],
                pattern: Pattern::Name,
                chain,
            })]);
        }
        Some(list) => pieces_of(&list),
        None => is_empty_list(&value).then(Vec::new)?,
    };
    // A list of layers alone is put where it is named.
    let is_chain = |element: &TokenStream| {
        let tensor = syn::parse2::<Ident>(element.clone()).is_ok_and(|name| reader.env.is_tensor(&name));
        let trees: Vec<TokenTree> = element.clone().into_iter().collect();
        // What a function makes: a tensor, a layer or a block, as in `[downsample(64, 4), downsample(128, 4)]`.
        let is_made = args::called(&trees).is_some_and(|(name, _)| {
            reader.env.get_function(name).is_some()
                && flow::constant(&reader.env.fill(element.clone())).is_none()
        });
        tensor || is_made || is_closure(element) || at_arrow(element.clone()).0.len() > 1
    };
    if !rest.iter().any(|piece| grows(piece, &name)) && !made && !elements.iter().any(is_chain) {
        return None;
    }
    reader.env.list(&name, reader.open.len());
    let statements = elements.into_iter().filter_map(|element| push(&name, None, element, reader, errors));
    Some(statements.collect())
}

/// The elements of `outs + more` or `outs[::-1]`, where one of these is a list that grows.
fn sum(value: &TokenStream, reader: &Reader) -> Option<Vec<TokenStream>> {
    if !reader.env.has_lists() {
        return None;
    }
    let parts = at_char(value.clone(), '+');
    let is_listed = |part: &TokenStream| {
        let first = part.clone().into_iter().next();
        matches!(first, Some(TokenTree::Ident(name)) if reader.env.list_depth(&name).is_some())
    };
    if !parts.iter().any(is_listed) {
        return None;
    }
    listed(value, &reader.env)
}

/// Takes elements out of lists where `outs.pop()` stands, and puts them there, but for what stands in braces, which is read later.
/// Nothing is left of a line that is this alone.
pub fn pops(tokens: TokenStream, reader: &mut Reader, errors: &mut Errors) -> TokenStream {
    // Tokens that are put together anew are printed with other spaces.
    if !mentions(&tokens, "pop") {
        return tokens;
    }
    let mut popped = |trees: &[TokenTree]| {
        let (name, place) = pop(trees.get(..4)?, reader)?;
        let mut all = elements(&name, reader);
        let Some(place) = nth(place, all.len()) else {
            errors.at(name.span(), format!("`{name}` has no element here that `pop` could take"));
            return Some((TokenStream::new(), 4));
        };
        let element = all.remove(place);
        reader.env.change(&name, group(&all, name.span()));
        Some((element, 4))
    };
    replaced(tokens, |group| group.delimiter() != Delimiter::Brace, &mut popped)
}

/// Whether a line takes an element out of a list, and gives it to nothing.
pub fn is_pop(piece: &TokenStream, reader: &Reader) -> bool {
    let trees: Vec<TokenTree> = piece.clone().into_iter().collect();
    pop(&trees, reader).is_some()
}

/// Whether this is a whole line by which a list or a model grows: `outs.append(x)`, `model.add(Dense(4))`.
pub fn is_growth(trees: &[TokenTree]) -> bool {
    matches!(trees, [TokenTree::Ident(_), TokenTree::Punct(dot), TokenTree::Ident(method), TokenTree::Group(_)]
        if dot.as_char() == '.' && GROWS.iter().chain(&["add"]).any(|known| method == known))
}

/// `outs.pop()` or `outs.pop(0)`, of a list that is made here.
fn pop(trees: &[TokenTree], reader: &Reader) -> Option<(Ident, i128)> {
    let [TokenTree::Ident(name), TokenTree::Punct(dot), TokenTree::Ident(method), TokenTree::Group(given)] =
        trees
    else {
        return None;
    };
    if dot.as_char() != '.' || method != "pop" || reader.env.list_depth(name) != Some(reader.open.len()) {
        return None;
    }
    if given.stream().is_empty() {
        return Some((name.clone(), -1));
    }
    Some((name.clone(), reader.env.integer(given.stream())?))
}

/// `let name` without the `mut`.
pub fn without_mut(piece: &TokenStream) -> TokenStream {
    let is_mut = |tree: &TokenTree| matches!(tree, TokenTree::Ident(word) if word == "mut");
    let trees = piece.clone().into_iter().enumerate();
    trees.filter(|(i, tree)| *i != 1 || !is_mut(tree)).map(|(_, tree)| tree).collect()
}

/// `list()` or `Vec::new()`, which tell nothing else here.
fn is_empty_list(value: &TokenStream) -> bool {
    // `Vec::new()` is five tokens: longer values are not printed.
    value.clone().into_iter().nth(5).is_none()
        && matches!(value.to_string().replace(' ', "").as_str(), "list()" | "Vec::new()" | "vec![]")
}

/// `outs.append(x)` or `outs += [x]`: the name, what is done, and what is given.
fn growth(trees: &[TokenTree]) -> Option<(&Ident, String, TokenStream)> {
    match trees {
        [
            TokenTree::Ident(name),
            TokenTree::Punct(dot),
            TokenTree::Ident(method),
            TokenTree::Group(given),
        ] if dot.as_char() == '.' && given.delimiter() == Delimiter::Parenthesis => {
            GROWS.iter().any(|grows| method == grows).then(|| (name, method.to_string(), given.stream()))
        }
        [TokenTree::Ident(name), TokenTree::Punct(plus), TokenTree::Punct(equals), value @ ..]
            if plus.as_char() == '+' && equals.as_char() == '=' && !value.is_empty() =>
        {
            Some((name, "extend".into(), value.iter().cloned().collect()))
        }
        _ => None,
    }
}

/// Whether `name` grows somewhere in this.
pub fn grows(tokens: &TokenStream, name: &Ident) -> bool {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is_growth = |i: usize| {
        let method = [i + 4, trees.len()]
            .iter()
            .filter_map(|end| trees.get(i..*end))
            .any(|trees| growth(trees).is_some_and(|(list, ..)| list == name));
        method && !is_punct(i.checked_sub(1).and_then(|before| trees.get(before)), '.')
    };
    (0..trees.len()).any(is_growth)
        || trees.iter().any(|tree| matches!(tree, TokenTree::Group(group) if grows(&group.stream(), name)))
}

fn grow(piece: &TokenStream, reader: &mut Reader, errors: &mut Errors) -> Option<Vec<Statement>> {
    let trees: Vec<TokenTree> = piece.clone().into_iter().collect();
    let (name, method, given) = growth(&trees)?;
    let depth = reader.env.list_depth(name)?;
    if depth != reader.open.len() {
        errors.at(
            name.span(),
            format!("`{name}` is a list of the body around this function: a list grows where it is made; let the function give the tensor, and append that"),
        );
        return Some(Vec::new());
    }
    let mut elements: Vec<TokenStream> =
        super::split::at_comma(given.clone()).into_iter().filter(|piece| !piece.is_empty()).collect();
    let mut place = None;
    match (method.as_str(), elements.len()) {
        ("append" | "push", 1) => {}
        ("insert", 2) => {
            let Some(at) = reader.env.integer(elements.remove(0)) else {
                errors.over(&given, "expected a place that is known here, as in `outs.insert(0, x)`");
                return Some(Vec::new());
            };
            place = Some(at);
        }
        ("extend", 1) => match listed(&elements[0], &reader.env) {
            Some(list) => elements = list,
            None => {
                errors.over(&given, format!("expected a list, as in `{name}.extend([a, b])`"));
                return Some(Vec::new());
            }
        },
        // Nothing more is said of the list.
        _ => {
            errors.over(&given, format!("`{method}` takes one tensor, as in `{name}.append(x => Dense(1))`"))
        }
    }
    let name = name.clone();
    let push = |element| push(&name, place, element, reader, errors);
    Some(elements.into_iter().filter_map(push).collect())
}

/// Puts an element into a list: a value as it is, anything else by a name of its own.
fn push(
    list: &Ident,
    place: Option<i128>,
    element: TokenStream,
    reader: &mut Reader,
    errors: &mut Errors,
) -> Option<Statement> {
    let filled = reader.env.fill(element.clone());
    let (value, statement) = match flow::constant(&filled) {
        Some(value) => (value, None),
        None => {
            let mut statements = Vec::new();
            let name = named(list, None, element, &mut statements, reader, errors);
            (name, statements.pop())
        }
    };
    let mut all = elements(list, reader);
    let at = place.map_or(all.len() as i128, |at| from_end(at, all.len()));
    all.insert(at.clamp(0, all.len() as i128) as usize, value);
    if let Err(message) = crate::limits::value(&quote! { [#(#all),*] }) {
        errors.at(list.span(), message);
        return statement;
    }
    reader.env.change(list, group(&all, list.span()));
    statement
}

fn elements(list: &Ident, reader: &Reader) -> Vec<TokenStream> {
    let all = reader.env.fill(quote! { #list });
    only_group(&all, Delimiter::Bracket).map(|list| pieces_of(&list)).unwrap_or_default()
}

fn group(all: &[TokenStream], span: Span) -> TokenStream {
    let mut list = Group::new(Delimiter::Bracket, quote! { #(#all),* });
    list.set_span(span);
    TokenTree::Group(list).into()
}
