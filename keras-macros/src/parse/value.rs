//! Functions of numbers and words: `let depth = |v| (v / 8).ceil() * 8;`, applied wherever a value stands, as in
//! `Conv2D(depth(24 * alpha), 3)`. Nothing of them is left when a model is read: each application is its value.

use std::cell::Cell;
use std::rc::Rc;

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

use super::binding::is_setting;
use super::choice::branches;
use super::env::Env;
use super::eval::{Value, value_of};
use super::flow::{assignment, begins_a_body, statements, word};
use super::function::{Function, key};
use super::split::{at_comma, only_group};

/// More applications than any model has; functions that apply each other twice grow fast.
const MOST_CALLS: usize = 5_000;
/// How deep they may stand in each other.
const MOST_DEPTH: usize = 32;

/// How much functions of values have computed in a model.
#[derive(Clone, Default)]
pub struct Budget(Rc<(Cell<usize>, Cell<usize>)>);

impl Budget {
    fn enter(&self) -> bool {
        let (calls, depth) = &*self.0;
        calls.set(calls.get() + 1);
        let fits = calls.get() <= MOST_CALLS && depth.get() < MOST_DEPTH;
        if fits {
            depth.set(depth.get() + 1);
        }
        fits
    }

    fn leave(&self) {
        let depth = &self.0.1;
        depth.set(depth.get() - 1);
    }
}

/// Whether a function may have a value: no arrow stands in it.
pub fn may_have(body: &TokenStream) -> bool {
    let trees: Vec<TokenTree> = body.clone().into_iter().collect();
    trees.iter().enumerate().all(|(i, tree)| match tree {
        TokenTree::Group(group) => may_have(&group.stream()),
        TokenTree::Punct(p) if p.as_char() == '=' => {
            !matches!(trees.get(i + 1), Some(TokenTree::Punct(next)) if next.as_char() == '>')
        }
        _ => true,
    })
}

/// The value of a function for these arguments; nothing if it has none: it makes a tensor, or is wrong.
pub fn apply(function: &Function, args: TokenStream, budget: &Budget) -> Option<Value> {
    if !budget.enter() {
        return None;
    }
    let value = bound(function, args).and_then(|env| body(&function.body, &env)).filter(is_value);
    budget.leave();
    let value = value?;
    crate::limits::value(&value.tokens(proc_macro2::Span::call_site())).ok()?;
    Some(value)
}

/// The `L2(0.01)` that a function makes of these arguments; nothing if it makes something else.
pub fn setting(function: &Function, args: TokenStream, budget: &Budget) -> Option<TokenStream> {
    let tail = match only_group(&function.body, Delimiter::Brace) {
        Some(group) => Some(statements(group.stream())).filter(|(pieces, _)| pieces.is_empty())?.1,
        None => function.body.clone(),
    };
    if !is_setting(&tail) || !budget.enter() {
        return None;
    }
    let made = bound(function, args).map(|env| super::args::without_modules(&env.fill(tail)));
    budget.leave();
    made
}

/// Whether it is no name of a tensor or a layer, nor holds one.
fn is_value(value: &Value) -> bool {
    match value {
        Value::Word(_, quoted) => *quoted,
        Value::List(list, _) => list.iter().all(is_value),
        _ => true,
    }
}

/// What the names in a function stand for where it is given these arguments.
fn bound(function: &Function, args: TokenStream) -> Option<Env> {
    let params = &function.params;
    let mut given: Vec<Option<Value>> = params.iter().map(|_| None).collect();
    let mut named = false;
    for (next, piece) in at_comma(args).into_iter().filter(|piece| !piece.is_empty()).enumerate() {
        let (key, value) = key(piece);
        named |= key.is_some();
        let at = match &key {
            Some(key) => params.iter().position(|param| param.name == *key)?,
            None if named => return None,
            None => next,
        };
        let value = value_of(value).filter(is_value)?;
        if given.get_mut(at)?.replace(value).is_some() {
            return None;
        }
    }
    let mut env = function.env.inner();
    for (param, given) in params.iter().zip(given) {
        let value = match given {
            Some(value) => value,
            None => env.eval(param.default.clone()?)?,
        };
        env.constant(&param.name, param.mutable, value.tokens(param.name.span()));
    }
    Some(env)
}

/// The value of a body: an expression, or statements and a result in braces.
fn body(tokens: &TokenStream, env: &Env) -> Option<Value> {
    match only_group(tokens, Delimiter::Brace) {
        Some(group) => block(group.stream(), env),
        None => result(tokens.clone(), env),
    }
}

fn block(tokens: TokenStream, env: &Env) -> Option<Value> {
    let mut env = env.inner();
    let (pieces, tail) = statements(tokens);
    for piece in pieces {
        statement(piece, &mut env)?;
    }
    result(tail, &env)
}

/// The value of what stands behind `=` or at the end.
fn result(tokens: TokenStream, env: &Env) -> Option<Value> {
    if !begins_a_body(&tokens) {
        return env.eval(tokens);
    }
    if let Some(group) = only_group(&tokens, Delimiter::Brace) {
        return block(group.stream(), env);
    }
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    block(taken(&trees, env)??, env)
}

/// What stands in the branch that is taken, if one is.
fn taken(trees: &[TokenTree], env: &Env) -> Option<Option<TokenStream>> {
    let branches = branches(trees).filter(|branches| branches.end == trees.len())?;
    for (condition, group) in branches.list {
        let holds = match condition {
            None => true,
            Some(condition) => env.eval(condition)?.truth()?,
        };
        if holds {
            return Some(Some(group.stream()));
        }
    }
    Some(None)
}

fn statement(piece: TokenStream, env: &mut Env) -> Option<()> {
    let trees: Vec<TokenTree> = piece.into_iter().collect();
    match (word(&trees).as_deref(), trees.get(1)) {
        (Some("if"), _) => {
            if let Some(branch) = taken(&trees, env)? {
                let mut inner = env.inner();
                let (pieces, tail) = statements(branch);
                for piece in pieces.into_iter().chain((!tail.is_empty()).then_some(tail)) {
                    statement(piece, &mut inner)?;
                }
                env.close(inner);
            }
        }
        (Some("let"), Some(TokenTree::Ident(first))) => {
            let mutable = first == "mut";
            let at = if mutable { 2 } else { 1 };
            let TokenTree::Ident(name) = trees.get(at)? else { return None };
            let TokenTree::Punct(equals) = trees.get(at + 1)? else { return None };
            if equals.as_char() != '=' {
                return None;
            }
            let value = result(trees.get(at + 2..)?.iter().cloned().collect(), env)?;
            env.constant(name, mutable, value.tokens(name.span()));
        }
        _ => {
            let (name, operator, value) = assignment(&trees)?;
            assign(name, operator, value, env)?;
        }
    }
    Some(())
}

fn assign(name: &Ident, operator: Option<TokenTree>, value: TokenStream, env: &mut Env) -> Option<()> {
    if !env.is_constant(name) || !env.is_mutable(name) {
        return None;
    }
    let value = match operator {
        None => result(value, env)?,
        Some(operator) => result(quote::quote! { #name #operator (#value) }, env)?,
    };
    env.change(name, value.tokens(name.span()));
    Some(())
}
