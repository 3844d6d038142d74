//! Values that are known while the macro expands: what conditions, ranges and sizes in functions and loops are made of.

use keras_shape::Arg;
use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use syn::{BinOp, Expr, ExprLit, Lit, RangeLimits, UnOp};

use super::number::{arithmetic, power};
use super::{pythonic, settings};

/// A value that is known while the macro expands.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A whole number.
    Int(i128),
    /// A finite number with a point.
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
    /// A word in quotes, or a bare one: `"same"`, `same`.
    Word(String, bool),
    /// `None`.
    None,
    /// An array or a tuple; whether it is a tuple.
    List(Vec<Value>, bool),
}

impl Value {
    /// The value as Rust tokens, all of them at `span`.
    pub fn tokens(&self, span: Span) -> TokenStream {
        let literal = |mut literal: Literal| {
            literal.set_span(span);
            TokenTree::Literal(literal)
        };
        let minus = || TokenTree::Punct(Punct::new('-', Spacing::Alone));
        let word = |word: &str| TokenTree::Ident(Ident::new(word, span));
        let signed = |negative: bool, tree: TokenTree| {
            if negative { TokenStream::from_iter([minus(), tree]) } else { TokenStream::from(tree) }
        };
        match self {
            // The smallest number has no positive twin: it stays a number of 128 bits, which no argument takes.
            Value::Int(n) => signed(*n < 0, literal(Literal::u128_unsuffixed(n.unsigned_abs()))),
            Value::Float(x) => signed(x.is_sign_negative(), literal(Literal::f64_unsuffixed(x.abs()))),
            Value::Bool(b) => word(if *b { "true" } else { "false" }).into(),
            Value::Word(w, quoted) => match syn::parse_str::<Ident>(w) {
                // It may be a raw one: `r#type`.
                Ok(mut ident) if !quoted => {
                    ident.set_span(span);
                    TokenTree::Ident(ident).into()
                }
                _ => literal(Literal::string(w)).into(),
            },
            Value::None => word("None").into(),
            Value::List(list, tuple) => {
                let mut inner = TokenStream::new();
                for value in list {
                    inner.extend(value.tokens(span));
                    inner.extend([TokenTree::Punct(Punct::new(',', Spacing::Alone))]);
                }
                let delimiter = if *tuple { Delimiter::Parenthesis } else { Delimiter::Bracket };
                let mut group = Group::new(delimiter, inner);
                group.set_span(span);
                TokenTree::Group(group).into()
            }
        }
    }

    /// The value as it stands inside a word: `"block{i}"`.
    pub fn inside_a_word(&self) -> Option<String> {
        match self {
            Value::Int(n) => Some(n.to_string()),
            Value::Float(x) => Some(format!("{x:?}")),
            Value::Bool(b) => Some(b.to_string()),
            Value::Word(w, _) => Some(w.clone()),
            Value::None | Value::List(..) => None,
        }
    }

    /// How many values it holds, those of its lists counted, of which an empty one counts as one.
    fn size(&self) -> usize {
        match self {
            Value::List(list, _) => list.iter().map(Value::size).fold(0, usize::saturating_add).max(1),
            _ => 1,
        }
    }

    /// Whether Python takes it for true.
    pub fn is_something(&self) -> bool {
        match self {
            Value::Int(n) => *n != 0,
            Value::Float(x) => *x != 0.0,
            Value::Word(word, quoted) => !(word.is_empty() && *quoted),
            Value::List(list, _) => !list.is_empty(),
            Value::Bool(_) | Value::None => self.truth() == Some(true),
        }
    }

    /// Whether a condition of this value holds.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Value::Bool(b) => Some(*b),
            // `if name { ... }` of Python: whether there is one.
            Value::None => Some(false),
            _ => None,
        }
    }
}

/// The value of an expression of literals, if these tokens are one.
pub fn value_of(tokens: TokenStream) -> Option<Value> {
    eval(&syn::parse2::<Expr>(super::powers::written(tokens)).ok()?)
}

/// A place in a list of this length, of which negative ones count from its end.
pub fn from_end(at: i128, length: usize) -> i128 {
    if at < 0 { at.saturating_add(length as i128) } else { at }
}

/// The element of a list of this length that is meant by a place, if there is one.
pub fn nth(at: i128, length: usize) -> Option<usize> {
    usize::try_from(from_end(at, length)).ok().filter(|at| *at < length)
}

/// Evaluates an expression of literals; nothing if a part of it is known only to the compiler, or cannot be computed.
pub fn eval(expr: &Expr) -> Option<Value> {
    match expr {
        Expr::Lit(lit) => literal(lit),
        Expr::Group(group) => eval(&group.expr),
        Expr::Paren(paren) => eval(&paren.expr),
        Expr::Path(path) if path.qself.is_none() => word(&path.path.get_ident()?.to_string()),
        Expr::Array(array) => list(array.elems.iter(), false),
        Expr::Tuple(tuple) => list(tuple.elems.iter(), true),
        Expr::Unary(unary) => match (&unary.op, eval(&unary.expr)?) {
            (UnOp::Neg(_), Value::Int(n)) => n.checked_neg().map(Value::Int),
            (UnOp::Neg(_), Value::Float(x)) => Some(Value::Float(-x)),
            (UnOp::Not(_), value) => value.truth().map(|b| Value::Bool(!b)),
            _ => None,
        },
        Expr::Binary(binary) => {
            let left = eval(&binary.left)?;
            match (&binary.op, left.truth()) {
                (BinOp::And(_), Some(false)) => Some(Value::Bool(false)),
                (BinOp::Or(_), Some(true)) => Some(Value::Bool(true)),
                (op, _) => operate(op, left, eval(&binary.right)?),
            }
        }
        Expr::Index(index) => match (eval(&index.expr)?, eval(&index.index)?) {
            (Value::List(list, _), Value::Int(i)) => list.get(nth(i, list.len())?).cloned(),
            _ => None,
        },
        // Python's `a if condition else b`.
        Expr::If(choice) => match eval(&choice.cond)?.truth()? {
            true => result(&choice.then_branch),
            false => eval(&choice.else_branch.as_ref()?.1),
        },
        Expr::Block(block) if block.label.is_none() && block.attrs.is_empty() => result(&block.block),
        Expr::MethodCall(call) => method_call(call),
        Expr::Call(call) => {
            let Expr::Path(path) = &*call.func else { return None };
            if call.args.is_empty() {
                return settings::asks_for_channels(&[path.path.get_ident()?.to_string()]);
            }
            function_of(&path.path.get_ident()?.to_string(), call.args.iter().map(eval).collect())
        }
        _ => None,
    }
}

/// The value of a bare word.
fn word(word: &str) -> Option<Value> {
    match word {
        "None" => Some(Value::None),
        "True" => Some(Value::Bool(true)),
        "False" => Some(Value::Bool(false)),
        // `HIDDEN` is a constant that only the compiler knows, `relu` a word of Keras.
        word => word.chars().any(char::is_lowercase).then(|| Value::Word(word.to_string(), false)),
    }
}

/// The value of `a.b(c)`: of a method, or of a function in a module of Python.
fn method_call(call: &syn::ExprMethodCall) -> Option<Value> {
    let args: Option<Vec<Value>> = call.args.iter().map(eval).collect();
    let name = call.method.to_string();
    let mut words = words(&call.receiver).unwrap_or_default();
    // `np.prod(shape)`, `math.ceil(n / 2)`
    if let [module] = words.as_slice()
        && matches!(module.as_str(), "np" | "numpy" | "math")
    {
        return function_of(&name, args);
    }
    if !words.is_empty() && call.args.is_empty() {
        words.push(name.clone());
        if let Some(channels) = settings::asks_for_channels(&words) {
            return Some(channels);
        }
    }
    match eval(&call.receiver)? {
        Value::Word(text, true) if name == "format" => pythonic::formatted(&text, &args?, false),
        receiver => method(receiver, &name, &args?),
    }
}

/// The value of a function of these arguments.
fn function_of(name: &str, args: Option<Vec<Value>>) -> Option<Value> {
    let mut args = args?.into_iter();
    method(args.next()?, name, args.as_slice())
}

/// The names of `a.b.c`.
fn words(expr: &Expr) -> Option<Vec<String>> {
    match expr {
        Expr::Path(path) => Some(vec![path.path.get_ident()?.to_string()]),
        Expr::Field(field) => {
            let mut words = words(&field.base)?;
            match &field.member {
                syn::Member::Named(name) => words.push(name.to_string()),
                syn::Member::Unnamed(_) => return None,
            }
            Some(words)
        }
        _ => None,
    }
}

/// The value of a block that is only its result.
fn result(block: &syn::Block) -> Option<Value> {
    match block.stmts.as_slice() {
        [syn::Stmt::Expr(expr, None)] => eval(expr),
        _ => None,
    }
}

fn literal(lit: &ExprLit) -> Option<Value> {
    match &lit.lit {
        Lit::Int(n) if n.suffix().is_empty() || n.suffix().starts_with(['u', 'i']) => {
            n.base10_parse().ok().map(Value::Int)
        }
        Lit::Int(n) => n.base10_digits().parse().ok().map(Value::Float),
        Lit::Float(x) => x.base10_parse::<f64>().ok().and_then(finite),
        Lit::Bool(b) => Some(Value::Bool(b.value)),
        Lit::Str(s) => Some(Value::Word(s.value(), true)),
        _ => None,
    }
}

fn list<'a>(elements: impl Iterator<Item = &'a Expr>, tuple: bool) -> Option<Value> {
    elements.map(eval).collect::<Option<Vec<_>>>().map(|list| Value::List(list, tuple))
}

fn finite(x: f64) -> Option<Value> {
    x.is_finite().then_some(Value::Float(x))
}

/// Python's arithmetic: a quotient of whole numbers is one only if nothing is left.
fn operate(op: &BinOp, left: Value, right: Value) -> Option<Value> {
    use std::cmp::Ordering::{Greater, Less};
    match op {
        BinOp::And(_) | BinOp::Or(_) => return right.truth().map(Value::Bool),
        BinOp::Eq(_) => return Some(Value::Bool(equal(&left, &right))),
        BinOp::Ne(_) => return Some(Value::Bool(!equal(&left, &right))),
        _ => {}
    }
    if let (Value::List(a, tuple), Value::List(b, _), BinOp::Add(_)) = (&left, &right, op) {
        return Some(Value::List(a.iter().chain(b).cloned().collect(), *tuple));
    }
    // Of two bare words each may be the name of a tensor: `x + y`.
    if let (Value::Word(a, in_a), Value::Word(b, in_b), BinOp::Add(_)) = (&left, &right, op)
        && (*in_a || *in_b)
    {
        return Some(Value::Word(format!("{a}{b}"), true));
    }
    // `"conv%d" % i`
    if let (Value::Word(text, true), BinOp::Rem(_)) = (&left, &op) {
        let values =
            if let Value::List(list, true) = &right { list.as_slice() } else { std::slice::from_ref(&right) };
        return pythonic::formatted(text, values, true);
    }
    // `[64] * 3`
    if let (Value::List(list, tuple), Value::Int(n), BinOp::Mul(_)) = (&left, &right, op) {
        // What stands in its lists counts too.
        let n = usize::try_from(*n).ok()?;
        n.checked_mul(left.size()).filter(|size| *size <= MOST_ROUNDS)?;
        let length = n.checked_mul(list.len())?;
        return Some(Value::List(list.iter().cycle().take(length).cloned().collect(), *tuple));
    }
    let (a, b) = (number(&left)?, number(&right)?);
    let order = match (&left, &right) {
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        _ => a.partial_cmp(&b)?,
    };
    let sign = match op {
        BinOp::Lt(_) => return Some(Value::Bool(order == Less)),
        BinOp::Le(_) => return Some(Value::Bool(order != Greater)),
        BinOp::Gt(_) => return Some(Value::Bool(order == Greater)),
        BinOp::Ge(_) => return Some(Value::Bool(order != Less)),
        op => sign(op)?,
    };
    of_arg(arithmetic(as_arg(left)?, sign, as_arg(right)?)?)
}

fn of_arg(arg: Arg) -> Option<Value> {
    match arg {
        Arg::Int(n) => Some(Value::Int(n)),
        Arg::Float(x) => finite(x),
        _ => None,
    }
}

/// The sign of one of the five operators of arithmetic.
pub fn sign(op: &BinOp) -> Option<char> {
    Some(match op {
        BinOp::Add(_) => '+',
        BinOp::Sub(_) => '-',
        BinOp::Mul(_) => '*',
        BinOp::Div(_) => '/',
        BinOp::Rem(_) => '%',
        _ => return None,
    })
}

fn as_arg(value: Value) -> Option<Arg> {
    match value {
        Value::Int(n) => Some(Arg::Int(n)),
        Value::Float(x) => Some(Arg::Float(x)),
        _ => None,
    }
}

fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        // `relu` and `"relu"` are one word.
        (Value::Word(a, _), Value::Word(b, _)) => a == b,
        (Value::List(a, _), Value::List(b, _)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Int(_), Value::Float(_)) | (Value::Float(_), Value::Int(_)) => number(left) == number(right),
        _ => left == right,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(n) => Some(*n as f64),
        Value::Float(x) => Some(*x),
        _ => None,
    }
}

/// A method of Rust or a function of Python, on its first argument.
fn method(of: Value, name: &str, args: &[Value]) -> Option<Value> {
    let whole = |x: f64| (x.abs() < 1e18).then_some(Value::Int(x as i128));
    match (of, name, args) {
        (Value::List(list, _), "len", []) => i128::try_from(list.len()).ok().map(Value::Int),
        (Value::Word(text, true), "len", []) => i128::try_from(text.chars().count()).ok().map(Value::Int),
        (Value::List(list, _), "tuple", []) => Some(Value::List(list, true)),
        (Value::List(list, _), "list", []) => Some(Value::List(list, false)),
        (Value::List(list, _), name @ ("sum" | "prod" | "max" | "min"), []) => {
            let mut numbers = list.into_iter();
            let first = match name {
                "sum" => Value::Int(0),
                "prod" => Value::Int(1),
                _ => numbers.next()?,
            };
            numbers.try_fold(first, |a, b| match (name, as_arg(a.clone())?, as_arg(b.clone())?) {
                ("sum", a, b) => arithmetic(a, '+', b).and_then(of_arg),
                ("prod", a, b) => arithmetic(a, '*', b).and_then(of_arg),
                _ => method(a, name, &[b]),
            })
        }
        (value, "sqrt", []) => finite(number(&value)?.sqrt()),
        (value, "log2", []) => finite(number(&value)?.log2()),
        (value, "log", []) => finite(number(&value)?.ln()),
        (value @ Value::Int(_), "int" | "round" | "floor" | "ceil" | "trunc", []) => Some(value),
        (Value::Float(x), "int" | "trunc", []) => whole(x.trunc()),
        (Value::Float(x), "floor", []) => whole(x.floor()),
        (Value::Float(x), "ceil", []) => whole(x.ceil()),
        // Python rounds halves to even.
        (Value::Float(x), "round", []) => whole(x.round_ties_even()),
        (value, "float", []) => number(&value).and_then(finite),
        (value, "str", []) => value.inside_a_word().map(|word| Value::Word(word, true)),
        (Value::Int(n), "chr", []) => {
            let letter = u32::try_from(n).ok().and_then(char::from_u32)?;
            Some(Value::Word(letter.to_string(), true))
        }
        (Value::Int(n), "abs", []) => n.checked_abs().map(Value::Int),
        (Value::Float(x), "abs", []) => Some(Value::Float(x.abs())),
        (a, "pow", [b]) => of_arg(power(as_arg(a)?, as_arg(b.clone())?)?),
        (a, "max", [b]) => Some(if number(&a)? >= number(b)? { a } else { b.clone() }),
        (a, "min", [b]) => Some(if number(&a)? <= number(b)? { a } else { b.clone() }),
        _ => None,
    }
}

/// The elements that a loop goes through, each as tokens; nothing if they are not known here.
pub fn elements(expr: &Expr) -> Option<Vec<TokenStream>> {
    use quote::ToTokens;
    match expr {
        Expr::Group(group) => elements(&group.expr),
        Expr::Paren(paren) => elements(&paren.expr),
        Expr::Reference(reference) => elements(&reference.expr),
        // An element may be anything: a layer, a tensor, a constant.
        Expr::Array(array) => Some(array.elems.iter().map(ToTokens::to_token_stream).collect()),
        Expr::Tuple(tuple) => Some(tuple.elems.iter().map(ToTokens::to_token_stream).collect()),
        Expr::Range(range) => {
            let start = range.start.as_deref().map_or(Some(Value::Int(0)), eval)?;
            let (Value::Int(start), Value::Int(end)) = (start, eval(range.end.as_deref()?)?) else {
                return None;
            };
            let end = if matches!(range.limits, RangeLimits::Closed(_)) { end.checked_add(1)? } else { end };
            numbers(start, end, 1)
        }
        Expr::MethodCall(call) => {
            let mut list = elements(&call.receiver)?;
            match (call.method.to_string().as_str(), call.args.first()) {
                ("iter" | "into_iter", None) => Some(list),
                ("rev", None) => {
                    list.reverse();
                    Some(list)
                }
                ("enumerate", None) => Some(enumerated(list)),
                ("zip", Some(other)) => Some(zipped(list, elements(other)?)),
                ("skip", Some(n)) => Some(list.into_iter().skip(count(n)?).collect()),
                ("take", Some(n)) => Some(list.into_iter().take(count(n)?).collect()),
                ("step_by", Some(n)) => {
                    Some(list.into_iter().step_by(count(n).filter(|n| *n > 0)?).collect())
                }
                _ => None,
            }
        }
        Expr::Call(call) => {
            let Expr::Path(path) = &*call.func else { return None };
            let args: Vec<&Expr> = call.args.iter().collect();
            match (path.path.get_ident()?.to_string().as_str(), args.as_slice()) {
                ("enumerate", [list]) => Some(enumerated(elements(list)?)),
                ("reversed", [list]) => Some(elements(list)?.into_iter().rev().collect()),
                ("zip", [a, b]) => Some(zipped(elements(a)?, elements(b)?)),
                ("range", args) => {
                    match args.iter().map(|arg| eval(arg)).collect::<Option<Vec<_>>>()?.as_slice() {
                        [Value::Int(end)] => numbers(0, *end, 1),
                        [Value::Int(start), Value::Int(end)] => numbers(*start, *end, 1),
                        [Value::Int(start), Value::Int(end), Value::Int(step)] => {
                            numbers(*start, *end, *step)
                        }
                        _ => None,
                    }
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// More rounds than any model has, so that a slip does not fill the memory.
pub const MOST_ROUNDS: usize = 10_000;

fn numbers(start: i128, end: i128, step: i128) -> Option<Vec<TokenStream>> {
    let mut list = Vec::new();
    let mut at = start;
    while step != 0 && (if step > 0 { at < end } else { at > end }) && list.len() <= MOST_ROUNDS {
        list.push(Value::Int(at).tokens(Span::call_site()));
        at = at.checked_add(step)?;
    }
    (step != 0).then_some(list)
}

fn count(expr: &Expr) -> Option<usize> {
    match eval(expr)? {
        Value::Int(n) => usize::try_from(n).ok(),
        _ => None,
    }
}

fn enumerated(list: Vec<TokenStream>) -> Vec<TokenStream> {
    let indices = (0..).map(|i| Value::Int(i).tokens(Span::call_site()));
    zipped(indices.take(list.len()).collect(), list)
}

fn zipped(a: Vec<TokenStream>, b: Vec<TokenStream>) -> Vec<TokenStream> {
    a.into_iter().zip(b).map(|(a, b)| quote::quote! { (#a, #b) }).collect()
}
