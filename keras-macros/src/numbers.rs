//! Arithmetic of typenum: a number as a type, as a value, and tried for values of the parameters.

use proc_macro2::{Ident, Literal, Punct, Spacing, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use syn::{BinOp, Expr, Lit};

use crate::parse::Params;

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
        let ty = literal_type(u64::try_from(n).ok()?);
        let value = Literal::usize_unsuffixed(usize::try_from(n).ok()?);
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

    /// An expression of parameters that are numbers of typenum, and literals.
    pub fn of(expr: &Expr, params: &Params) -> Option<Self> {
        Self::part(expr, params).filter(|number| !matches!(number.form, Form::Literal(_)))
    }

    fn part(expr: &Expr, params: &Params) -> Option<Self> {
        match expr {
            Expr::Paren(paren) => Self::part(&paren.expr, params),
            Expr::Group(group) => Self::part(&group.expr, params),
            Expr::Path(path) => {
                let name = path.path.get_ident().filter(|name| params.is_number(name))?;
                Some(Self::parameter(name))
            }
            Expr::Lit(lit) => match &lit.lit {
                Lit::Int(n) => Self::literal(n.base10_parse().ok()?),
                _ => None,
            },
            Expr::Block(block) => match block.block.stmts.as_slice() {
                [syn::Stmt::Expr(expr, None)] => Self::part(expr, params),
                _ => None,
            },
            Expr::Binary(binary) => {
                let operator = match binary.op {
                    BinOp::Add(_) => '+',
                    BinOp::Sub(_) => '-',
                    BinOp::Mul(_) => '*',
                    BinOp::Div(_) => '/',
                    BinOp::Rem(_) => '%',
                    _ => return None,
                };
                let (left, right) = (Self::part(&binary.left, params)?, Self::part(&binary.right, params)?);
                Some(Self::binary(operator, &left, &right))
            }
            _ => None,
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

impl Form {
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

/// The type of a number, up to 1024 by name.
fn literal_type(n: u64) -> TokenStream {
    if n <= 1024 {
        let name = format_ident!("U{n}");
        return quote! { ::keras_core::typenum::#name };
    }
    let mut ty = quote! { ::keras_core::typenum::UTerm };
    for bit in (0..64 - n.leading_zeros()).rev() {
        let digit = format_ident!("B{}", (n >> bit) & 1);
        ty = quote! { ::keras_core::typenum::UInt<#ty, ::keras_core::typenum::#digit> };
    }
    ty
}
