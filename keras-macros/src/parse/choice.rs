//! Choices: `if strides > 1 { ... } else { ... }`, as a statement or at the start of a chain.

use std::rc::Rc;

use proc_macro2::{Group, Ident, TokenStream, TokenTree};

use super::Reader;
use super::ast::{Item, Scope, Statement};
use super::eval::Value;
use super::flow::{body, is_brace, is_punct, no_result, undecided, word};
use super::split::at_comma;
use super::tokens::replaced;
use crate::error::Errors;

/// `if a { .. } else if b { .. } else { .. }`: conditions with what they guard.
pub struct Branches {
    pub list: Vec<(Option<TokenStream>, Group)>,
    pub end: usize,
}

/// Reads them.
pub fn branches(trees: &[TokenTree]) -> Option<Branches> {
    let mut list = Vec::new();
    let mut at = 0;
    loop {
        let condition = word(&trees[at..]).as_deref() == Some("if");
        let brace = at + trees[at..].iter().position(is_brace)?;
        let TokenTree::Group(group) = &trees[brace] else { return None };
        let tokens = condition.then(|| trees[at + 1..brace].iter().cloned().collect());
        list.push((tokens, group.clone()));
        at = brace + 1;
        if !condition || word(&trees[at..]).as_deref() != Some("else") {
            return Some(Branches { list, end: at });
        }
        at += 1;
    }
}

/// The branch that is taken, and what is in the others.
fn take(branches: Branches, reader: &Reader, errors: &mut Errors) -> (Option<Group>, TokenStream) {
    let (mut taken, mut skipped) = (None, TokenStream::new());
    for (condition, group) in branches.list {
        let holds = taken.is_none()
            && match &condition {
                None => true,
                Some(tokens) => holds(tokens, reader, errors),
            };
        skipped.extend(condition);
        if holds {
            taken = Some(group);
        } else {
            skipped.extend(group.stream());
        }
    }
    (taken, skipped)
}

/// Truth values in the place of names of functions, and of tensors and layers that are compared with `None`: of an argument that
/// may be `None`, `if activation` and `activation != None` ask whether it is given. Elsewhere a tensor alone is no condition, as in Keras.
/// Functions are equal where they are the same one.
fn of_given(condition: &TokenStream, reader: &Reader) -> TokenStream {
    let mut given = |trees: &[TokenTree]| {
        let TokenTree::Ident(name) = trees.first()? else { return None };
        // A part or a call of what has the name is not that itself.
        if is_punct(trees.get(1), '.') || matches!(trees.get(1), Some(TokenTree::Group(_))) {
            return None;
        }
        let (truth, taken) = truth(name, &trees[1..], reader)?;
        let word = if truth { "true" } else { "false" };
        Some((TokenTree::Ident(Ident::new(word, name.span())).into(), taken))
    };
    replaced(condition.clone(), |_| false, &mut given)
}

/// The truth value of the name of a tensor, a layer or a function with what stands `behind` it, and of how many tokens it is that.
fn truth(name: &Ident, behind: &[TokenTree], reader: &Reader) -> Option<(bool, usize)> {
    let function = reader.env.get_function(name);
    let is_tensor = reader.env.is_tensor(name);
    if function.is_none() && !is_tensor {
        return None;
    }
    let equal = match behind {
        [sign, equals, ..] if is_punct(Some(equals), '=') && is_punct(Some(sign), '=') => true,
        [sign, equals, ..] if is_punct(Some(equals), '=') && is_punct(Some(sign), '!') => false,
        // Inside a function it may be an argument that is given.
        _ => return (!is_tensor || !reader.open.is_empty()).then_some((true, 1)),
    };
    let Some(TokenTree::Ident(other)) = behind.get(2) else { return None };
    if other == "None" {
        return Some((!equal, 4));
    }
    let same = Rc::ptr_eq(&function?, &reader.env.get_function(other)?);
    Some((same == equal, 4))
}

/// Whether tensors or layers are compared, of which only their names are known here.
fn compares_tensors(condition: &TokenStream, reader: &Reader) -> bool {
    let trees: Vec<TokenTree> = condition.clone().into_iter().collect();
    let is_bound = |tree: Option<&TokenTree>| matches!(tree, Some(TokenTree::Ident(name)) if reader.env.is_tensor(name) || reader.env.get_function(name).is_some());
    let is_compared = |at: &usize| {
        is_punct(trees.get(at + 1), '=') && (is_punct(trees.get(*at), '=') || is_punct(trees.get(*at), '!'))
    };
    (1..trees.len()).filter(is_compared).any(|at| is_bound(trees.get(at - 1)) || is_bound(trees.get(at + 2)))
}

fn holds(condition: &TokenStream, reader: &Reader, errors: &mut Errors) -> bool {
    let condition = &of_given(condition, reader);
    if compares_tensors(condition, reader) {
        errors.over(
            condition,
            "whether two tensors or layers are the same is not known here\nhelp: hand on a word with them and compare that: `if kind == \"bottleneck\"`",
        );
        return true;
    }
    let value = reader.env.eval(condition.clone());
    match value.as_ref().map(Value::truth) {
        Some(Some(truth)) => truth,
        // A word or a number is no condition; in Python a given name is one.
        Some(None) if is_filled(condition, reader) => value.is_none_or(|value| value.is_something()),
        // A layer, an initializer or a function of Keras.
        None if is_filled(condition, reader) => true,
        _ if assigns(condition) => {
            errors.over(condition, "`=` gives a value to a name; a comparison is written `==`");
            true
        }
        _ => {
            if let Some(message) = undecided(condition, reader, "no choice can depend on it") {
                errors.over(condition, message);
                return true;
            }
            let of_python = |tree: TokenTree| matches!(tree, TokenTree::Ident(word) if ["and", "or", "not", "is", "in"].iter().any(|known| word == known));
            if condition.clone().into_iter().any(of_python) {
                errors.over(condition, "a condition has the signs of Rust: `&&` for `and`, `||` for `or`, `!` for `not`, `== None` for `is None`, `n == 1 || n == 2` for `n in [1, 2]`");
                return false;
            }
            errors.over(
                condition,
                "a condition in a model is one of what is known here: parameters, loop variables, numbers and words, as in `if strides > 1`",
            );
            true
        }
    }
}

/// Whether a single `=` stands in a condition.
fn assigns(condition: &TokenStream) -> bool {
    let trees: Vec<TokenTree> = condition.clone().into_iter().collect();
    let is_sign =
        |tree: Option<&TokenTree>| matches!(tree, Some(TokenTree::Punct(p)) if "=<>!".contains(p.as_char()));
    (0..trees.len()).any(|i| {
        is_punct(trees.get(i), '=')
            && !is_sign(trees.get(i + 1))
            && !is_sign(i.checked_sub(1).and_then(|i| trees.get(i)))
    })
}

fn is_filled(condition: &TokenStream, reader: &Reader) -> bool {
    let trees: Vec<TokenTree> = condition.clone().into_iter().collect();
    matches!(trees.as_slice(), [TokenTree::Ident(name)] if reader.env.is_constant(name))
}

/// An `if` that stands as a statement.
pub fn choice(trees: &[TokenTree], reader: &mut Reader, errors: &mut Errors) -> Vec<Statement> {
    let Some(branches) = branches(trees) else {
        errors.over(trees.first(), "a choice is written `if strides > 1 { ... } else { ... }`");
        return Vec::new();
    };
    let (taken, skipped) = take(branches, reader, errors);
    let mut all = vec![Statement::Skipped(skipped)];
    if let Some(group) = taken
        && reader.enter(&group.stream(), group.span(), errors)
    {
        let outer = reader.env.clone();
        reader.env = outer.inner();
        let statements = no_result(group.stream(), reader, errors);
        let inner = std::mem::replace(&mut reader.env, outer);
        let exports = reader.env.close(inner);
        all.push(Statement::Scope(Scope { params: Vec::new(), statements, exports, context: None }));
        reader.leave();
    }
    all
}

/// `assert!(condition, "what to say")`: what Python says with `raise`.
pub fn assertion(trees: &[TokenTree], reader: &mut Reader, errors: &mut Errors) -> Option<Statement> {
    let how = "an assertion is written `assert!(filters > 0, \"what is wrong\");`";
    let [_, _, TokenTree::Group(group)] = trees else {
        errors.over(trees.first(), how);
        return None;
    };
    let pieces = at_comma(group.stream());
    let [condition, message, rest @ ..] = pieces.as_slice() else {
        errors.over(trees.first(), how);
        return None;
    };
    let Ok(message) = syn::parse2::<syn::LitStr>(reader.env.fill(message.clone())) else {
        errors.over(message, how);
        return None;
    };
    if rest.iter().any(|piece| !piece.is_empty()) {
        errors.over(trees.first(), how);
    } else if !holds(condition, reader, errors) {
        errors.over(condition, message.value());
    }
    Some(Statement::Skipped(group.stream()))
}

/// A chain that begins with a choice or a block: `if strides > 1 { x => Conv2D(...) } else { x } => ReLU()`. Gives it as
/// one item, and the tokens after it.
pub fn item(tokens: &TokenStream, reader: &mut Reader, errors: &mut Errors) -> Option<(Item, TokenStream)> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let (taken, skipped, end) = if is_brace(trees.first()?) {
        let TokenTree::Group(group) = trees.first()? else { return None };
        (Some(group.clone()), TokenStream::new(), 1)
    } else {
        let branches = branches(&trees)?;
        let end = branches.end;
        let no_else = branches.list.last().is_some_and(|(condition, _)| condition.is_some());
        let (taken, skipped) = take(branches, reader, errors);
        if taken.is_none() && no_else {
            errors.over(&trees[0], "without `else` there is no result where the condition does not hold");
        }
        (taken, skipped, end)
    };
    let rest: TokenStream = trees[end..].iter().cloned().collect();
    let span = trees[0].span();
    let Some(group) = taken.filter(|group| reader.enter(&group.stream(), span, errors)) else {
        return Some((Item::Broken(span), rest));
    };
    let outer = reader.env.clone();
    reader.env = outer.inner();
    let mut read = body(group.stream(), group.span_close(), reader, errors);
    let inner = std::mem::replace(&mut reader.env, outer);
    read.exports = reader.env.close(inner);
    read.statements.insert(0, Statement::Skipped(skipped));
    reader.leave();
    Some((Item::Body(Box::new(read)), rest))
}
