//! Arithmetic of literals, as Python reads it: `1./255`, `28 * 28`, `2**3`, `.5`.

use keras_shape::Arg;
use proc_macro2::{Delimiter, Literal, Spacing, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Lit;

/// What arithmetic in a model's source comes to.
pub enum Number {
    /// A number that is known here.
    Known(Arg),
    /// Rust, in which Python's `**` is a call of `pow`: constants stand in it.
    Rust(TokenStream),
}

/// How deep parentheses and signs may be nested.
const DEPTH: usize = 64;

/// Reads arithmetic; `None` if the tokens are something else, which may be Rust.
///
/// # Errors
/// A division by zero, or a result that is too large.
pub fn number(tokens: &TokenStream) -> Option<syn::Result<Number>> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut reader = Reader { trees: &trees, at: 0, powers: false, depth: 0 };
    let value = reader.sum()?;
    if reader.at < trees.len() {
        return None;
    }
    let span = syn::spanned::Spanned::span(tokens);
    match value {
        Value::Known(number) => Some(Ok(Number::Known(number))),
        Value::Wrong(message) => Some(Err(syn::Error::new(span, message))),
        // Without Python's powers it is Rust as it stands.
        Value::Rust(_) if !reader.powers => None,
        Value::Rust(tokens) => Some(Ok(Number::Rust(tokens))),
    }
}

/// A part of an expression: its value, or the Rust that computes it.
enum Value {
    Known(Arg),
    Rust(TokenStream),
    Wrong(String),
}

struct Reader<'a> {
    trees: &'a [TokenTree],
    at: usize,
    powers: bool,
    depth: usize,
}

impl Reader<'_> {
    fn sum(&mut self) -> Option<Value> {
        let mut left = self.product()?;
        while let Some(sign @ ('+' | '-')) = self.operator() {
            self.at += 1;
            left = binary(left, sign, self.product()?);
        }
        Some(left)
    }

    fn product(&mut self) -> Option<Value> {
        let mut left = self.signed()?;
        while let Some(sign @ ('*' | '/' | '%')) = self.operator() {
            self.at += 1;
            left = binary(left, sign, self.signed()?);
        }
        Some(left)
    }

    /// A sign binds looser than a power on its right: `-2**2` is -4.
    fn signed(&mut self) -> Option<Value> {
        let sign = match self.operator() {
            Some(sign @ ('+' | '-')) => sign,
            _ => return self.power(),
        };
        self.at += 1;
        self.nested(|this| {
            let value = this.signed()?;
            Some(if sign == '-' { negative(value) } else { value })
        })
    }

    fn power(&mut self) -> Option<Value> {
        let base = self.atom()?;
        if !(self.joined(self.at, '*') && self.is(self.at + 1, '*')) {
            return Some(base);
        }
        self.at += 2;
        self.powers = true;
        self.nested(|this| Some(raise(base, this.signed()?)))
    }

    fn atom(&mut self) -> Option<Value> {
        match self.trees.get(self.at)? {
            TokenTree::Literal(literal) => {
                self.at += 1;
                let value = self.with_exponent(literal).or_else(|| known(&literal.to_string()))?;
                Some(Value::Known(value))
            }
            // `.5`, as Python writes a half.
            TokenTree::Punct(dot) if dot.as_char() == '.' => {
                let Some(TokenTree::Literal(digits)) = self.trees.get(self.at + 1) else { return None };
                let digits = digits.to_string();
                if !digits.starts_with(|c: char| c.is_ascii_digit()) || digits.contains('.') {
                    return None;
                }
                self.at += 2;
                known(&format!("0.{digits}")).map(Value::Known)
            }
            TokenTree::Group(group)
                if matches!(group.delimiter(), Delimiter::Parenthesis | Delimiter::None) =>
            {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                self.at += 1;
                let mut reader = Reader { trees: &inner, at: 0, powers: false, depth: self.depth + 1 };
                if reader.depth > DEPTH {
                    return None;
                }
                let value = reader.sum()?;
                if reader.at < inner.len() {
                    return None;
                }
                self.powers |= reader.powers;
                Some(match value {
                    Value::Rust(tokens) => Value::Rust(quote! { (#tokens) }),
                    other => other,
                })
            }
            TokenTree::Ident(_) => self.path(),
            _ => None,
        }
    }

    /// A constant: `N`, `sizes::HIDDEN`.
    fn path(&mut self) -> Option<Value> {
        let start = self.at;
        loop {
            let TokenTree::Ident(_) = self.trees.get(self.at)? else { return None };
            self.at += 1;
            if !(self.joined(self.at, ':') && self.is(self.at + 1, ':')) {
                break;
            }
            self.at += 2;
        }
        // A call, a field or generic arguments are Rust's.
        match self.trees.get(self.at) {
            None => {}
            Some(TokenTree::Punct(next)) if "+-*/%".contains(next.as_char()) => {}
            Some(_) => return None,
        }
        Some(Value::Rust(self.trees[start..self.at].iter().cloned().collect()))
    }

    /// `1.e-3`, which Rust cuts into five tokens.
    fn with_exponent(&mut self, literal: &Literal) -> Option<Arg> {
        let whole = literal.to_string();
        let Some(TokenTree::Ident(exponent)) = self.trees.get(self.at + 1) else { return None };
        if !self.is(self.at, '.') || !whole.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let exponent = exponent.to_string();
        let mut text = format!("{whole}.0{exponent}");
        let mut next = self.at + 2;
        if exponent.eq_ignore_ascii_case("e") {
            let sign = ['+', '-'].into_iter().find(|sign| self.is(next, *sign))?;
            let TokenTree::Literal(digits) = self.trees.get(next + 1)? else { return None };
            text += &format!("{sign}{digits}");
            next += 2;
        }
        let value = text.parse::<f64>().ok().filter(|x| x.is_finite())?;
        self.at = next;
        Some(Arg::Float(value))
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Option<Value>) -> Option<Value> {
        self.depth += 1;
        let value = if self.depth > DEPTH { None } else { read(self) };
        self.depth -= 1;
        value
    }

    /// The operator of one character that comes next.
    fn operator(&self) -> Option<char> {
        match self.trees.get(self.at)? {
            TokenTree::Punct(sign) => Some(sign.as_char()),
            _ => None,
        }
    }

    fn is(&self, at: usize, sign: char) -> bool {
        matches!(self.trees.get(at), Some(TokenTree::Punct(p)) if p.as_char() == sign)
    }

    fn joined(&self, at: usize, sign: char) -> bool {
        matches!(self.trees.get(at), Some(TokenTree::Punct(p)) if p.as_char() == sign && p.spacing() == Spacing::Joint)
    }
}

/// The number of a literal.
fn known(text: &str) -> Option<Arg> {
    match syn::parse_str::<Lit>(text).ok()? {
        Lit::Int(n) => n.base10_parse().ok().map(Arg::Int),
        // No number that is infinite can be written in Rust.
        Lit::Float(x) => x.base10_parse().ok().filter(|x: &f64| x.is_finite()).map(Arg::Float),
        _ => None,
    }
}

/// A number as Rust.
fn rust(value: &Arg) -> TokenStream {
    match value {
        Arg::Float(x) => quote! { (#x) },
        Arg::Int(n) => {
            let n = Literal::i128_unsuffixed(*n);
            quote! { (#n) }
        }
        _ => TokenStream::new(),
    }
}

/// A side of an expression as Rust.
fn side(value: Value) -> TokenStream {
    match value {
        Value::Known(number) => rust(&number),
        Value::Rust(tokens) => tokens,
        Value::Wrong(_) => TokenStream::new(),
    }
}

fn negative(value: Value) -> Value {
    match value {
        Value::Known(Arg::Int(n)) => n.checked_neg().map_or_else(too_large, |n| Value::Known(Arg::Int(n))),
        Value::Known(Arg::Float(x)) => Value::Known(Arg::Float(-x)),
        Value::Rust(tokens) => Value::Rust(quote! { -#tokens }),
        other => other,
    }
}

fn too_large() -> Value {
    Value::Wrong("this number is too large".into())
}

fn float(value: &Arg) -> f64 {
    match value {
        Arg::Int(n) => *n as f64,
        Arg::Float(x) => *x,
        _ => f64::NAN,
    }
}

fn finite(x: f64) -> Value {
    if x.is_finite() { Value::Known(Arg::Float(x)) } else { too_large() }
}

/// Python's arithmetic on two numbers; nothing where there is no result, or one that is too large.
pub fn arithmetic(left: Arg, sign: char, right: Arg) -> Option<Arg> {
    match binary(Value::Known(left), sign, Value::Known(right)) {
        Value::Known(result) => Some(result),
        _ => None,
    }
}

fn binary(left: Value, sign: char, right: Value) -> Value {
    let (a, b) = match (left, right) {
        (Value::Wrong(message), _) | (_, Value::Wrong(message)) => return Value::Wrong(message),
        (Value::Known(a), Value::Known(b)) => (a, b),
        (a, b) => {
            let (a, b, sign) = (side(a), side(b), proc_macro2::Punct::new(sign, Spacing::Alone));
            return Value::Rust(quote! { #a #sign #b });
        }
    };
    if matches!(sign, '/' | '%') && float(&b) == 0.0 {
        return Value::Wrong("division by zero".into());
    }
    if let (Arg::Int(a), Arg::Int(b)) = (&a, &b) {
        let whole = match sign {
            '+' => a.checked_add(*b),
            '-' => a.checked_sub(*b),
            '*' => a.checked_mul(*b),
            // Python's remainder has the sign of the divisor.
            '%' => a.checked_rem(*b).map(|r| if r != 0 && (r < 0) != (*b < 0) { r + b } else { r }),
            // A quotient without a remainder may stand where a whole number is expected.
            _ if a.checked_rem(*b) == Some(0) => a.checked_div(*b),
            _ => return finite(*a as f64 / *b as f64),
        };
        return whole.map_or_else(too_large, |n| Value::Known(Arg::Int(n)));
    }
    let (a, b) = (float(&a), float(&b));
    finite(match sign {
        '+' => a + b,
        '-' => a - b,
        '*' => a * b,
        '%' => match a % b {
            r if r != 0.0 && (r < 0.0) != (b < 0.0) => r + b,
            r => r,
        },
        _ => a / b,
    })
}

/// Python's `base ** exponent`; nothing where there is no real result, or one that is too large.
pub fn power(base: Arg, exponent: Arg) -> Option<Arg> {
    match raise(Value::Known(base), Value::Known(exponent)) {
        Value::Known(result) => Some(result),
        _ => None,
    }
}

fn raise(base: Value, exponent: Value) -> Value {
    match (base, exponent) {
        (Value::Wrong(message), _) | (_, Value::Wrong(message)) => Value::Wrong(message),
        (Value::Known(Arg::Int(base)), Value::Known(Arg::Int(n))) if n >= 0 => {
            let power = u32::try_from(n).ok().and_then(|n| base.checked_pow(n));
            power.map_or_else(too_large, |n| Value::Known(Arg::Int(n)))
        }
        (Value::Known(base), Value::Known(n)) if float(&base) == 0.0 && float(&n) < 0.0 => {
            Value::Wrong("division by zero".into())
        }
        (Value::Known(base), Value::Known(n)) => match float(&base).powf(float(&n)) {
            x if x.is_nan() => Value::Wrong("a power of a negative number is not a real number".into()),
            x => finite(x),
        },
        (base, exponent) => {
            let base = match base {
                // A number alone has no type that `pow` could be looked up in.
                Value::Known(Arg::Int(n)) => match usize::try_from(n) {
                    Ok(n) => n.to_token_stream(),
                    Err(_) => return too_large(),
                },
                base => side(base),
            };
            let exponent = side(exponent);
            Value::Rust(quote! { (#base).pow(#exponent as u32) })
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, clippy::approx_constant, clippy::excessive_precision)]
    use super::*;

    fn read(source: &str) -> Option<syn::Result<Number>> {
        number(&source.parse().unwrap_or_default())
    }

    #[test]
    fn arithmetic_is_that_of_python() {
        let cases: &[(&str, f64, bool)] = include!("number_cases.rs");
        for (source, value, whole) in cases {
            let Some(Ok(Number::Known(found))) = read(source) else { panic!("{source} is not read") };
            let error = (float(&found) - value).abs();
            assert!(error <= 4.0 * f64::EPSILON * value.abs(), "{source}: {found:?} for {value}");
            // A quotient without a remainder is whole here, and a float in Python.
            assert!(!whole || matches!(found, Arg::Int(_)), "{source}: {found:?} is whole in Python");
        }
    }

    #[test]
    fn what_has_no_value_is_told() {
        for (source, message) in [
            ("1/0", "division by zero"),
            ("1.5 % 0", "division by zero"),
            ("0 ** -1", "division by zero"),
            ("(-8) ** 0.5", "a power of a negative number is not a real number"),
            ("10 ** 400", "this number is too large"),
            ("1e300 * 1e300", "this number is too large"),
        ] {
            match read(source) {
                Some(Err(error)) => assert_eq!(error.to_string(), message, "{source}"),
                _ => panic!("{source} is taken"),
            }
        }
    }

    #[test]
    fn rust_stays_rust() {
        for source in [
            "N",
            "2 * N",
            "N / 2",
            "sizes::N + 1",
            "f(2) * 3",
            "x.len()",
            "1 << 3",
            "\"a\"",
            "true",
            "[1]",
            "1, 2",
            "",
            "1 +",
            "N as usize",
        ] {
            assert!(read(source).is_none(), "{source} is no arithmetic of literals");
        }
        for (source, rust) in
            [("N ** 2", "(N) . pow ((2) as u32)"), ("3 * N**2", "(3) * (N) . pow ((2) as u32)")]
        {
            let Some(Ok(Number::Rust(tokens))) = read(source) else { panic!("{source} is no power") };
            assert_eq!(tokens.to_string(), rust);
        }
    }

    #[test]
    fn deep_nesting_is_left_to_the_compiler() {
        let deep = format!("{}1{}", "(".repeat(200), ")".repeat(200));
        assert!(read(&deep).is_none());
        assert!(read(&format!("{}1", "-".repeat(10_000))).is_none());
    }
}
