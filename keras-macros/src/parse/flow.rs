//! Bodies: statements and a result, loops and choices.

use std::rc::Rc;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use syn::Expr;
use syn::spanned::Spanned;

use super::ast::{Binding, Body, Chain, Pattern, Scope, Statement, Tail};
use super::axes;
use super::eval::{MOST_ROUNDS, Value, elements, value_of};
use super::function::{bind_element, known, plain, shown};
use super::{
    Reader, added, applications, begins, binding, comprehension, grown, grown_dicts, misplaced, parse_tail,
    parts, pythonic, settings, slips,
};
use crate::error::Errors;

/// Cuts a body into its statements and what stands at its end without a semicolon.
pub fn statements(tokens: TokenStream) -> (Vec<TokenStream>, TokenStream) {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut pieces = Vec::new();
    let mut i = 0;
    while i < trees.len() {
        let start = i;
        let word = word(&trees[i..]);
        if matches!(word.as_deref(), Some("for" | "if"))
            && let Some(end) = end_of_braces(&trees, i)
            && (word.as_deref() == Some("for") || end < trees.len())
            && !is_arrow(&trees[end..])
        {
            pieces.push(trees[start..end].iter().cloned().collect());
            i = end;
            if is_punct(trees.get(i), ';') {
                i += 1;
            }
            continue;
        }
        while i < trees.len() && !is_punct(trees.get(i), ';') {
            i += 1;
        }
        let piece: TokenStream = trees[start..i].iter().cloned().collect();
        if i == trees.len() {
            return (pieces, piece);
        }
        pieces.push(piece);
        i += 1;
    }
    (pieces, TokenStream::new())
}

pub fn is_punct(tree: Option<&TokenTree>, c: char) -> bool {
    matches!(tree, Some(TokenTree::Punct(p)) if p.as_char() == c)
}

fn is_arrow(trees: &[TokenTree]) -> bool {
    is_punct(trees.first(), '=') && is_punct(trees.get(1), '>')
}

pub fn word(trees: &[TokenTree]) -> Option<String> {
    match trees.first() {
        // A layer or a function may not be called so, but an argument may.
        Some(TokenTree::Ident(word)) if !matches!(trees.get(1), Some(TokenTree::Punct(p)) if p.as_char() == '=') => {
            Some(word.to_string())
        }
        _ => None,
    }
}

pub fn is_brace(tree: &TokenTree) -> bool {
    matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

/// Where a `for` or an `if` with all its `else` ends.
fn end_of_braces(trees: &[TokenTree], start: usize) -> Option<usize> {
    let mut end = start + trees[start..].iter().position(is_brace)? + 1;
    while word(&trees[end..]).as_deref() == Some("else") {
        end += trees[end..].iter().position(is_brace)? + 1;
    }
    Some(end)
}

/// Reads a body with a result.
pub fn body(tokens: TokenStream, span: Span, reader: &mut Reader, errors: &mut Errors) -> Body {
    let (pieces, tail) = statements(slips::semicolons(tokens, errors));
    let mut statements = read(pieces, reader, errors);
    statements.extend(added::apply(&tail, &[], reader, errors));
    let tail = prepared(tail, &mut statements, reader, errors);
    let tail = if tail.is_empty() {
        errors.at(span, "this has no result: its last line stands without `let` and `;`");
        Tail::of(Vec::new())
    } else {
        let listed = reader.env.is_list(&tail);
        let tail = fill(tail, reader);
        parse_tail(tail, span, listed, reader, errors)
    };
    Body { statements, tail, ..Body::empty(span) }
}

/// A line, or what stands at the end of a body, with what it takes out of lists, their elements and the lengths of axes in it;
/// what is asked for these goes to the `statements` before it.
pub fn prepared(
    tokens: TokenStream,
    statements: &mut Vec<Statement>,
    reader: &mut Reader,
    errors: &mut Errors,
) -> TokenStream {
    let tokens = grown_dicts::lists(tokens, &reader.env);
    let tokens = parts::fill(tokens, statements, reader, errors);
    let tokens = grown::pops(tokens, reader, errors);
    let tokens = reader.env.elements(tokens, errors);
    axes::fill(tokens, reader, statements, errors)
}

/// Puts values in the place of names, but leaves bodies inside to be read with what is known there.
pub fn fill(tokens: TokenStream, reader: &Reader) -> TokenStream {
    if begins_a_body(&tokens) {
        return tokens;
    }
    comprehension::fill(reader.env.fill(tokens), &reader.env)
}

/// Whether a chain begins with a choice or a block in braces.
pub fn begins_a_body(tokens: &TokenStream) -> bool {
    match tokens.clone().into_iter().next() {
        Some(TokenTree::Ident(word)) => word == "if",
        Some(tree) => is_brace(&tree),
        None => false,
    }
}

/// Reads statements in order.
pub fn read(pieces: Vec<TokenStream>, reader: &mut Reader, errors: &mut Errors) -> Vec<Statement> {
    let mut all = Vec::new();
    let first = reader.added.len();
    for (i, piece) in pieces.iter().enumerate() {
        all.extend(added::finish(first, &pieces[i..], reader, errors));
        if let Some(statements) = other_lines(piece, reader, errors) {
            all.extend(statements);
            continue;
        }
        if let Some(message) = pythonic::of_the_layers(piece) {
            errors.over(piece.clone().into_iter().next(), message);
            continue;
        }
        let rest = &pieces[i + 1..];
        if let Some(grown) = grown_dicts::line(piece, rest, reader, errors) {
            all.extend(grown);
            continue;
        }
        all.extend(added::apply(piece, rest, reader, errors));
        let piece = parts::fill(piece.clone(), &mut all, reader, errors);
        let made = comprehension::mentions(&piece);
        let piece = if made { comprehension::written(piece, &reader.env) } else { piece };
        let is_pop = grown::is_pop(&piece, reader);
        let piece = prepared(piece, &mut all, reader, errors);
        if is_pop {
            continue;
        }
        if let Some(trainable) = parts::trainable(&piece, reader) {
            all.push(trainable);
            continue;
        }
        if let Some((asked, message)) = misplaced::asks_of_a_model(&piece, reader) {
            errors.over(asked, message);
            all.extend(super::binding::broken(&piece, reader));
            continue;
        }
        if let Some(grown) = grown::line(&piece, rest, made, reader, errors) {
            all.extend(grown);
            continue;
        }
        if let Some(begun) = added::begin(&piece, rest, reader) {
            all.extend(begun);
            continue;
        }
        if added::add(&piece, reader, errors) {
            continue;
        }
        let (piece, shape) = begins::shaped(piece, reader);
        let trees: Vec<TokenTree> = piece.clone().into_iter().collect();
        match word(&trees).as_deref() {
            Some("for") => all.extend(for_loop(&trees, reader, errors)),
            Some("if") => all.extend(super::choice::choice(&trees, reader, errors)),
            Some("assert") if is_punct(trees.get(1), '!') => {
                all.extend(super::choice::assertion(&trees, reader, errors));
            }
            _ => match assignment(&trees) {
                Some((name, operator, value)) => all.extend(assign(name, operator, value, reader, errors)),
                None => all.extend(binding(piece, reader, errors)),
            },
        }
        if let Some((name, input)) = shape {
            reader.env.shape(&name, input);
        }
    }
    all.extend(added::finish(first, &[], reader, errors));
    all
}

/// Reads a line that stands for others, or says something of the whole model.
fn other_lines(piece: &TokenStream, reader: &mut Reader, errors: &mut Errors) -> Option<Vec<Statement>> {
    if let Some(lines) = pythonic::several(piece, reader) {
        return Some(read(lines, reader, errors));
    }
    if let Some(policy) = settings::policy(piece) {
        reader.policy = Some((policy, piece.clone()));
        return Some(Vec::new());
    }
    match applications::lines(piece, reader, errors)? {
        applications::Lines::Read(lines) => Some(read(lines, reader, errors)),
        applications::Lines::Broken(statement) => Some(statement.into_iter().collect()),
    }
}

/// `x = ...` or `n *= ...`.
pub fn assignment(trees: &[TokenTree]) -> Option<(&Ident, Option<TokenTree>, TokenStream)> {
    let (TokenTree::Ident(name), rest) = trees.split_first()? else { return None };
    let operator = match rest.first()? {
        TokenTree::Punct(p) if "+-*/%".contains(p.as_char()) && is_punct(rest.get(1), '=') => {
            rest.first().cloned()
        }
        TokenTree::Punct(p) if p.as_char() == '=' && !is_arrow(rest) && !is_punct(rest.get(1), '=') => None,
        _ => return None,
    };
    let after = if operator.is_some() { 2 } else { 1 };
    Some((name, operator, rest[after..].iter().cloned().collect()))
}

fn assign(
    name: &Ident,
    operator: Option<TokenTree>,
    value: TokenStream,
    reader: &mut Reader,
    errors: &mut Errors,
) -> Option<Statement> {
    if !reader.env.is_constant(name) && !reader.env.is_tensor(name) {
        errors.at(name.span(), format!("`{name}` is not bound yet: write `let {name} = ...;`"));
        reader.env.tensor(name, true);
        let chain = Chain::broken(name.span());
        return Some(Statement::Let(Binding { names: vec![name.clone()], pattern: Pattern::Name, chain }));
    }
    if !reader.env.is_mutable(name) {
        errors.at(
            name.span(),
            format!(
                "`{name}` gets another value: bind it with `let mut {name} = ...;` where it is first written"
            ),
        );
    }
    if reader.env.is_constant(name) {
        let mut tokens = TokenStream::new();
        if let Some(operator) = operator {
            tokens.extend([TokenTree::Ident(name.clone()), operator]);
            tokens.extend([TokenTree::Group(Group::new(Delimiter::Parenthesis, value))]);
        } else {
            tokens = value;
        }
        match known(&reader.env.fill(tokens.clone())) {
            Some(value) => match crate::limits::value(&value) {
                Ok(()) => reader.env.change(name, value),
                // Nothing more is said of it.
                Err(message) => {
                    errors.at(name.span(), message);
                    reader.env.change(name, quote::quote! { 1 });
                }
            },
            None => errors
                .over(&tokens, format!("`{name}` is a number or a word; this is none that is known here")),
        }
        return None;
    }
    // `x += y` is `x = x + (y)`.
    let value = match operator {
        Some(sign) => {
            let value = TokenTree::Group(Group::new(Delimiter::Parenthesis, value));
            [TokenTree::Ident(name.clone()), sign, value].into_iter().collect()
        }
        None => value,
    };
    let value = fill(value, reader);
    let span = name.span();
    let chain = super::chain(value, span, reader, errors);
    reader.env.assigned(name);
    Some(Statement::Let(Binding { names: vec![name.clone()], pattern: Pattern::Name, chain }))
}

/// `for filters in [64, 128] { ... }`, each round with what it binds and assigns.
fn for_loop(trees: &[TokenTree], reader: &mut Reader, errors: &mut Errors) -> Vec<Statement> {
    let is_in = |tree: &TokenTree| matches!(tree, TokenTree::Ident(word) if word == "in");
    let inside = trees.last().filter(|tree| is_brace(tree));
    let (Some(at), Some(TokenTree::Group(inside))) = (trees.iter().position(is_in), inside) else {
        errors.over(trees.first(), "a loop is written `for filters in [64, 128] { ... }`");
        return Vec::new();
    };
    let Some(names) = pattern(&comprehension::parenthesized(&trees[1..at])).filter(|names| !names.is_empty())
    else {
        errors.over(trees[1..at].iter().cloned().collect::<TokenStream>(), "expected a name, or `(a, b)`");
        return Vec::new();
    };
    let list: TokenStream = trees[at + 1..trees.len() - 1].iter().cloned().collect();
    let filled = reader.env.fill(list.clone());
    // A list may be computed: `(1, 2, 4, 8) * 2`.
    let computed = || match value_of(filled.clone())? {
        list @ Value::List(..) => elements(&syn::parse2::<Expr>(list.tokens(trees[0].span())).ok()?),
        _ => None,
    };
    let rounds = syn::parse2::<Expr>(filled.clone()).ok().as_ref().and_then(elements).or_else(computed);
    let Some(rounds) = rounds else {
        if let Some(message) = undecided(&list, reader, "how often a loop runs cannot depend on it") {
            errors.over(&list, message);
            return vec![Statement::Skipped(inside.stream())];
        }
        errors.over(
            &list,
            "a loop in a model goes through a list or a range that is known here: `[64, 128]`, `0..4`, `(0..4).rev()`",
        );
        return vec![Statement::Skipped(inside.stream())];
    };
    if rounds.len() > MOST_ROUNDS {
        errors.over(&list, format!("a loop has at most {MOST_ROUNDS} rounds"));
        return vec![Statement::Skipped(inside.stream())];
    }
    let mut all = Vec::new();
    if rounds.is_empty() {
        all.push(Statement::Skipped(inside.stream()));
    }
    for element in rounds {
        if !reader.enter(&inside.stream(), trees[0].span(), errors) {
            break;
        }
        let statements = round(&names, element, inside, reader, errors);
        reader.leave();
        // What one element is not, the next is not either.
        let Some(statements) = statements else {
            all.push(Statement::Skipped(inside.stream()));
            break;
        };
        all.push(statements);
    }
    all
}

/// What stands between `for` and `in`: a name, or several of which each may be several.
pub enum Element {
    Name(Ident),
    Several(Vec<Element>),
}

/// The names of a pattern with their parts of an element of the list.
pub fn matched(
    pattern: &[Element],
    element: TokenStream,
    first: &Ident,
    errors: &mut Errors,
) -> Option<Vec<(Ident, TokenStream)>> {
    let values = match pattern {
        [_] => vec![element],
        pattern => match parts(&element).filter(|parts| parts.len() == pattern.len()) {
            Some(parts) => parts,
            None => {
                let count = pattern.len();
                errors.at(
                    first.span(),
                    format!(
                        "{count} names stand before `in`, and an element of the list is {}\nhelp: write elements of {count} values, as `[(64, 3), (128, 5)]` for `(filters, size)`",
                        shown(&plain(&element))
                    ),
                );
                return None;
            }
        },
    };
    let mut names = Vec::new();
    for (part, value) in pattern.iter().zip(values) {
        match part {
            Element::Name(name) => names.push((name.clone(), value)),
            Element::Several(inner) => names.extend(matched(inner, value, first, errors)?),
        }
    }
    Some(names)
}

/// The first name of a pattern.
pub fn first(pattern: &[Element]) -> Option<&Ident> {
    match pattern.first()? {
        Element::Name(name) => Some(name),
        Element::Several(inner) => first(inner),
    }
}

fn round(
    names: &[Element],
    element: TokenStream,
    inside: &Group,
    reader: &mut Reader,
    errors: &mut Errors,
) -> Option<Statement> {
    let values = matched(names, element, first(names)?, errors)?;
    let what: Vec<String> =
        values.iter().map(|(name, value)| format!("{name} = {}", reader.shown(value))).collect();
    let context: Rc<str> = Rc::from(format!("in the round of the loop with {}", shown(&what.join(", "))));
    let outer = reader.env.clone();
    reader.env = outer.inner();
    let mut params = Vec::new();
    let statements = errors.within(context.clone(), |errors| {
        for (name, value) in &values {
            let fact = reader.env.fact_of(value);
            params.extend(bind_element(name, value.clone(), reader, errors));
            if let Some(fact) = fact {
                reader.env.set_fact(name, fact);
            }
        }
        no_result(inside.stream(), reader, errors)
    });
    let inner = std::mem::replace(&mut reader.env, outer);
    let exports = reader.env.close(inner);
    reader.env.end_rounds(values.iter().map(|(name, _)| name));
    Some(Statement::Scope(Scope { params, statements, exports, context: Some(context) }))
}

/// `a`, `(a, b)` or `(i, (a, b))`.
pub fn pattern(trees: &[TokenTree]) -> Option<Vec<Element>> {
    match trees {
        [TokenTree::Ident(name)] => Some(vec![Element::Name(name.clone())]),
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => {
            let pieces = super::split::at_comma(group.stream()).into_iter().filter(|piece| !piece.is_empty());
            let parts = pieces.map(|piece| {
                let trees: Vec<TokenTree> = piece.into_iter().collect();
                match trees.as_slice() {
                    [TokenTree::Group(_)] => pattern(&trees).map(Element::Several),
                    _ => pattern(&trees)?.pop(),
                }
            });
            parts.collect::<Option<Vec<_>>>().filter(|parts| !parts.is_empty())
        }
        _ => None,
    }
}

/// The parts of `(a, b)` or `[a, b]`.
fn parts(tokens: &TokenStream) -> Option<Vec<TokenStream>> {
    match syn::parse2::<Expr>(tokens.clone()).ok()? {
        expr @ (Expr::Tuple(_) | Expr::Array(_) | Expr::Group(_)) => elements(&expr),
        _ => None,
    }
}

/// The statements of a body that has no result.
pub fn no_result(tokens: TokenStream, reader: &mut Reader, errors: &mut Errors) -> Vec<Statement> {
    let (mut pieces, tail) = statements(tokens);
    // As in Rust, what ends with a brace may be assigned without a semicolon.
    let trees: Vec<TokenTree> = tail.clone().into_iter().collect();
    if begins_a_body(&tail) || assignment(&trees).is_some() || grown::is_growth(&trees) {
        pieces.push(tail);
    } else if !tail.is_empty() {
        errors.over(
            &tail,
            "a `;` is missing: loops and branches give no result, they assign: `x = x => Dense(8);`",
        );
    }
    read(pieces, reader, errors)
}

/// What to say where a parameter of the model decides.
pub fn undecided(tokens: &TokenStream, reader: &Reader, what: &str) -> Option<String> {
    let tokens = reader.env.fill(tokens.clone());
    let param = reader.params.named_in(&tokens).first().map(|param| &param.name)?;
    Some(reader.params.undecided(&reader.name, param, what))
}

impl Body {
    /// A body without statements and result.
    pub fn empty(span: Span) -> Self {
        Body {
            function: None,
            params: Vec::new(),
            statements: Vec::new(),
            tail: Tail::of(Vec::new()),
            exports: Vec::new(),
            context: None,
            span,
        }
    }
}

/// Whether a `let` binds a number or a word: its value. Words alone are tensors or blocks.
pub fn constant(tokens: &TokenStream) -> Option<TokenStream> {
    fn words(value: &Value) -> bool {
        match value {
            Value::Word(_, quoted) => !quoted,
            Value::List(list, _) => list.is_empty() || list.iter().any(words),
            _ => false,
        }
    }
    let value = value_of(tokens.clone())?;
    (!words(&value)).then(|| value.tokens(tokens.span()))
}
