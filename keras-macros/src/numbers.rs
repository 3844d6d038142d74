//! Arithmetic of typenum: a number as a type, as a value, and tried for values of the parameters.

use proc_macro2::{Ident, Literal, Punct, Spacing, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use syn::{Expr, Lit};

use crate::parse::{Params, sign};

/// A number of typenum.
#[derive(Clone)]
pub struct Number {
    /// The type.
    pub ty: TokenStream,
    /// The value, of type `usize`.
    pub value: TokenStream,
    /// What has to hold so that the type is there: `U2: Mul<H>`.
    bounds: Vec<TokenStream>,
    form: Form,
}

/// The largest literal in arithmetic of typenum. A type has one more type inside it for each of its bits, and compilers
/// nest types only so deep.
const LARGEST: i128 = u32::MAX as i128;
/// The most `+`, `-`, `*`, `/` and `%` of one number, each of which nests types one deeper.
const OPERATIONS: usize = 16;

#[derive(Clone)]
enum Form {
    Literal(i128),
    Parameter(Ident),
    Binary(char, Box<Form>, Box<Form>),
}

impl Number {
    /// A parameter.
    pub fn parameter(name: &Ident) -> Self {
        Number {
            ty: quote! { #name },
            value: quote! { <#name as ::keras_core::typenum::Unsigned>::USIZE },
            bounds: Vec::new(),
            form: Form::Parameter(name.clone()),
        }
    }

    fn literal(n: i128) -> Option<Self> {
        let n = u32::try_from(n).ok()?;
        let ty = literal_type(n);
        let value = Literal::u32_unsuffixed(n);
        let n = i128::from(n);
        Some(Number { ty, value: quote! { #value }, bounds: Vec::new(), form: Form::Literal(n) })
    }

    /// Arithmetic of two numbers.
    pub fn binary(operator: char, left: &Number, right: &Number) -> Self {
        let name = match operator {
            '+' => "Add",
            '-' => "Sub",
            '*' => "Mul",
            '/' => "Div",
            _ => "Rem",
        };
        let name = format_ident!("{name}");
        let (l, r) = (&left.ty, &right.ty);
        let bound = quote! { #l: ::core::ops::#name<#r> };
        let bounds = left.bounds.iter().chain(&right.bounds).cloned().chain([bound]).collect();
        let sign = Punct::new(operator, Spacing::Alone);
        let (a, b) = (&left.value, &right.value);
        Number {
            ty: quote! { <#l as ::core::ops::#name<#r>>::Output },
            value: quote! { (#a #sign #b) },
            bounds,
            form: Form::Binary(operator, Box::new(left.form.clone()), Box::new(right.form.clone())),
        }
    }

    /// `times * name + plus`.
    pub fn line(name: &Ident, times: i128, plus: i128) -> Option<Self> {
        let mut number = Self::parameter(name);
        if times < 1 {
            return None;
        }
        if times > 1 {
            number = Self::binary('*', &Self::literal(times)?, &number);
        }
        Some(match plus {
            0 => number,
            n if n < 0 => Self::binary('-', &number, &Self::literal(-n)?),
            n => Self::binary('+', &number, &Self::literal(n)?),
        })
    }

    /// An expression of parameters that are numbers of typenum, and literals; nothing if anything else is in it.
    ///
    /// # Errors
    /// What no type of typenum can be: a division by zero, literals and arithmetic that are too large.
    pub fn of(expr: &Expr, params: &Params) -> syn::Result<Option<Self>> {
        let mut reading = Reading { params, operations: 0, wrong: None };
        match (reading.form(expr), reading.wrong) {
            (Some(form), _) if !form.has_parameter() => Ok(None),
            (Some(_), Some(wrong)) => Err(wrong),
            (form, _) => Ok(form.and_then(|form| Self::from(&form))),
        }
    }

    fn from(form: &Form) -> Option<Self> {
        match form {
            Form::Literal(n) => Self::literal(*n),
            Form::Parameter(name) => Some(Self::parameter(name)),
            Form::Binary(operator, left, right) => {
                Some(Self::binary(*operator, &Self::from(left)?, &Self::from(right)?))
            }
        }
    }

    /// As it is written: `2 * H + 1`.
    pub fn text(&self) -> String {
        self.form.text()
    }

    /// Whether the type is a parameter, without arithmetic.
    pub fn is_plain(&self) -> bool {
        matches!(self.form, Form::Parameter(_))
    }

    /// What has to hold so that the type is there and is a number.
    pub fn all_bounds(&self) -> Vec<TokenStream> {
        if self.is_plain() {
            return Vec::new();
        }
        let ty = &self.ty;
        let number = quote! {
            #ty: ::keras_core::typenum::Unsigned + ::core::marker::Send + ::core::marker::Sync
        };
        self.bounds.iter().cloned().chain([number]).collect()
    }

    /// The number for these values of the parameters.
    pub fn at(&self, value: &dyn Fn(&Ident) -> Option<i128>) -> Option<i128> {
        self.form.at(value)
    }
}

/// Reads arithmetic of typenum, and notes the first thing that no type can be.
struct Reading<'a> {
    params: &'a Params,
    operations: usize,
    wrong: Option<syn::Error>,
}

impl Reading<'_> {
    fn form(&mut self, expr: &Expr) -> Option<Form> {
        match expr {
            Expr::Paren(paren) => self.form(&paren.expr),
            Expr::Group(group) => self.form(&group.expr),
            Expr::Path(path) => {
                let name = path.path.get_ident().filter(|name| self.params.is_number(name))?;
                Some(Form::Parameter(name.clone()))
            }
            Expr::Lit(lit) => match &lit.lit {
                Lit::Int(n) => {
                    let value = n.base10_parse().ok()?;
                    if value > LARGEST {
                        self.refuse(
                            lit,
                            format!("a number in arithmetic of parameters is at most {LARGEST}"),
                        );
                    }
                    Some(Form::Literal(value))
                }
                _ => None,
            },
            Expr::Block(block) => match block.block.stmts.as_slice() {
                [syn::Stmt::Expr(expr, None)] => self.form(expr),
                _ => None,
            },
            Expr::Binary(binary) => {
                let operator = sign(&binary.op)?;
                let left = self.form(&binary.left)?;
                let right = self.form(&binary.right)?;
                if matches!((operator, &right), ('/' | '%', Form::Literal(0))) {
                    self.refuse(&binary.right, "division by zero".to_string());
                }
                self.operations += 1;
                if self.operations == OPERATIONS + 1 {
                    self.refuse(
                        &binary.op,
                        format!(
                            "arithmetic of parameters has at most {OPERATIONS} operations\nhelp: give the result a parameter of its own"
                        ),
                    );
                }
                Some(Form::Binary(operator, Box::new(left), Box::new(right)))
            }
            _ => None,
        }
    }

    fn refuse(&mut self, at: &impl quote::ToTokens, message: String) {
        self.wrong.get_or_insert_with(|| syn::Error::new_spanned(at, message));
    }
}

impl Form {
    fn has_parameter(&self) -> bool {
        match self {
            Form::Literal(_) => false,
            Form::Parameter(_) => true,
            Form::Binary(_, left, right) => left.has_parameter() || right.has_parameter(),
        }
    }

    fn text(&self) -> String {
        match self {
            Form::Literal(n) => n.to_string(),
            Form::Parameter(name) => name.to_string(),
            Form::Binary(operator, left, right) => {
                let weak = |form: &Form| matches!(form, Form::Binary('+' | '-', ..));
                let close = |form: &Form, strong: bool| {
                    if strong && weak(form) { format!("({})", form.text()) } else { form.text() }
                };
                let strong = !matches!(operator, '+' | '-');
                let right_strong = *operator != '+' && (strong || weak(right));
                let right_text = match **right {
                    Form::Binary(..) if strong => format!("({})", right.text()),
                    _ => close(right, right_strong),
                };
                format!("{} {operator} {right_text}", close(left, strong))
            }
        }
    }

    fn at(&self, value: &dyn Fn(&Ident) -> Option<i128>) -> Option<i128> {
        match self {
            Form::Literal(n) => Some(*n),
            Form::Parameter(name) => value(name),
            Form::Binary(operator, left, right) => {
                let (a, b) = (left.at(value)?, right.at(value)?);
                let result = match operator {
                    '+' => a.checked_add(b),
                    '-' => a.checked_sub(b),
                    '*' => a.checked_mul(b),
                    '/' => a.checked_div(b),
                    _ => a.checked_rem(b),
                };
                result.filter(|n| *n >= 0)
            }
        }
    }
}

/// Arithmetic as typenum writes it, `Prod<U2, H>`, as an expression, `(2 * H)`; and how many tokens it has.
pub fn arithmetic(trees: &[TokenTree]) -> Option<(TokenStream, usize)> {
    let is = |i: usize, c: char| matches!(trees.get(i), Some(TokenTree::Punct(p)) if p.as_char() == c);
    let TokenTree::Ident(name) = trees.first()? else { return None };
    let span = name.span();
    let operator = match name.to_string().as_str() {
        "Sum" => '+',
        "Diff" => '-',
        "Prod" => '*',
        "Quot" => '/',
        "Mod" => '%',
        number => {
            let n = number.strip_prefix('U')?.parse().ok()?;
            let mut literal = Literal::u64_unsuffixed(n);
            literal.set_span(span);
            return Some((TokenTree::Literal(literal).into(), 1));
        }
    };
    if !is(1, '<') {
        return None;
    }
    let operand = |at: usize| -> Option<(TokenStream, usize)> {
        arithmetic(&trees[at..]).or_else(|| match trees.get(at)? {
            TokenTree::Ident(name) => Some((quote! { #name }, 1)),
            _ => None,
        })
    };
    let (left, length) = operand(2)?;
    let comma = 2 + length;
    if !is(comma, ',') {
        return None;
    }
    let (right, length) = operand(comma + 1)?;
    let end = comma + 1 + length;
    let mut sign = Punct::new(operator, Spacing::Alone);
    sign.set_span(span);
    is(end, '>').then(|| (quote_spanned! { span=> (#left #sign #right) }, end + 1))
}

/// The type of a number: up to 1023 by name, and further bits around that.
fn literal_type(n: u32) -> TokenStream {
    let further = (32 - n.leading_zeros()).saturating_sub(10);
    let name = format_ident!("U{}", n >> further);
    let mut ty = quote! { ::keras_core::typenum::#name };
    for bit in (0..further).rev() {
        let digit = format_ident!("B{}", (n >> bit) & 1);
        ty = quote! { ::keras_core::typenum::UInt<#ty, ::keras_core::typenum::#digit> };
    }
    ty
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Errors;

    fn read(source: &str) -> Option<syn::Result<Option<Number>>> {
        let generics = syn::parse_str("<H: Unsigned, const N: usize>").ok()?;
        let params = Params::new(generics, &mut Errors::default());
        Some(Number::of(&syn::parse_str(source).ok()?, &params))
    }

    fn message(source: &str) -> String {
        match read(source) {
            Some(Err(error)) => error.to_string(),
            Some(Ok(_)) => "it is taken".to_string(),
            None => "it is no expression".to_string(),
        }
    }

    #[test]
    fn what_no_type_can_be_is_refused() {
        let large = "a number in arithmetic of parameters is at most 4294967295";
        for n in ["4294967296", "9223372036854775807", "18446744073709551615", "18446744073709551616"] {
            for source in
                [format!("{n} * H"), format!("H + {n}"), format!("2 * (H - ({n}))"), format!("{{ {n} % H }}")]
            {
                assert_eq!(message(&source), large, "{source}");
            }
        }
        assert_eq!(message("H / 0"), "division by zero");
        assert_eq!(message("1 + H % (0)"), "division by zero");
        let most = format!("{}H", "H + ".repeat(OPERATIONS));
        assert!(matches!(read(&most), Some(Ok(Some(_)))));
        assert!(
            message(&format!("{most} * 2")).starts_with("arithmetic of parameters has at most 16 operations")
        );
        // Without a parameter of typenum it is not arithmetic of types.
        for source in
            ["9223372036854775807 * N", "9223372036854775807 * WIDTH", "1 / 0", "9223372036854775807"]
        {
            assert!(matches!(read(source), Some(Ok(None))), "{source}");
        }
    }

    #[test]
    fn a_type_is_the_number_of_the_literal() {
        // The type is read back bit by bit, from the outside in.
        fn value(text: &str) -> Option<u64> {
            if let Some(name) = text.strip_prefix('U').filter(|name| !name.starts_with("Int")) {
                return name.parse().ok();
            }
            let inner = text.strip_prefix("UInt<")?.strip_suffix('>')?;
            let (inner, bit) = inner.rsplit_once(",B")?;
            Some(2 * value(inner)? + bit.parse::<u64>().ok()?)
        }
        let numbers = (0..=70_000).chain([u32::MAX, u32::MAX - 1, 1 << 31, 0x1234_5678]);
        for n in numbers {
            let text = literal_type(n).to_string().replace(' ', "").replace("::keras_core::typenum::", "");
            assert_eq!(value(&text), Some(u64::from(n)), "{text}");
        }
    }
}
