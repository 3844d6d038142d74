//! Layers that are no classes of Keras: a type in scope, and a `Lambda`.

use std::collections::HashMap;

use keras_shape::Arg;
use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Path;
use syn::ext::IdentExt;

use super::input::dim_of;
use super::{Kind, Resolver, snake};
use crate::parse::{Argument, Call};

impl Resolver<'_> {
    pub(super) fn own(
        &mut self,
        path: &Path,
        args: Option<&[Argument]>,
        span: Span,
        group: Option<usize>,
    ) -> usize {
        let class = path.segments.last().map(|s| s.ident.unraw().to_string()).unwrap_or_default();
        if let Some(name) = path.get_ident().filter(|name| self.params.get(name).is_some()) {
            self.errors
                .at(span, format!("`{name}` is a parameter of the model, a number: no layer is called so"));
        }
        let mut name = None;
        let mut rest = Vec::new();
        for arg in args.unwrap_or_default() {
            let tokens = python_number(arg).unwrap_or_else(|| arg.tokens.clone());
            self.own_argument(arg, &tokens);
            match (&arg.name, &arg.value) {
                (Some(n), Arg::Str(s) | Arg::Word(s)) if n == "name" => {
                    name = self.given_name(s, &arg.tokens)
                }
                (Some(n), Arg::None) if n == "name" => {}
                _ => rest.push(Argument {
                    name: arg.name.clone(),
                    axis: arg.axis,
                    value: arg.value.clone(),
                    tokens,
                    span: arg.span,
                    chain: None,
                }),
            }
        }
        let kind = Kind::Own { path: path.clone(), args: args.map(|_| rest) };
        self.push(kind, &snake(&class), name, true, span, HashMap::new(), group)
    }

    /// Arguments of an own layer stand in Rust as they are: the value as an expression, the name as a method.
    fn own_argument(&mut self, arg: &Argument, tokens: &TokenStream) {
        self.expression(tokens);
        let tensor = match &arg.value {
            Arg::Word(word) => {
                matches!(self.scope.get(word.as_str()), Some(super::Bound::Tensor(_))).then_some(word)
            }
            _ => None,
        };
        if let Some(word) = tensor {
            let carried = match &arg.name {
                Some(name) if name == "mask" => "the mask that an input carries goes along by itself; ",
                _ => "",
            };
            self.errors.over(
                &arg.tokens,
                format!(
                    "`{word}` is a tensor, and an argument of a model or of a layer of your own is a value of Rust\nhelp: {carried}a tensor that it needs is one of its inputs: `[x, {word}] => ...`"
                ),
            );
        }
        let Some(name) = &arg.name else { return };
        if arg.axis {
            self.errors
                .at(name.span(), format!("an argument is written with `=`: `{name} = {}`", arg.tokens));
        } else if syn::parse2::<Ident>(name.to_token_stream()).is_err() {
            self.errors.at(
                name.span(),
                format!("`{name}` is a word of Rust and names no argument of a layer of your own: call the method by another name"),
            );
        }
    }

    /// Notes what is no expression of Rust, as Python's dictionaries.
    fn expression(&mut self, tokens: &TokenStream) {
        if let Err(error) = syn::parse2::<syn::Expr>(tokens.clone()) {
            self.errors.over(tokens, format!("an expression of Rust stands here, and this is none: {error}"));
        }
    }

    pub(super) fn lambda(&mut self, call: &Call, group: Option<usize>) -> usize {
        let span = call.span();
        let (mut closure, mut output, mut name) = (None, None, None);
        for (i, arg) in call.args.iter().enumerate() {
            let key = arg.name.as_ref().map(Ident::to_string);
            match (key.as_deref(), i, &arg.value) {
                (Some("function"), ..) | (None, 0, _) => closure = Some(arg.tokens.clone()),
                (Some("output_shape"), _, value) | (None, 1, value) => {
                    let list = match value {
                        Arg::List(list) => list.clone(),
                        one => vec![one.clone()],
                    };
                    let mut dims = Vec::new();
                    for value in &list {
                        match dim_of(value) {
                            Some(dim) => dims.push(dim),
                            None => self.errors.at(
                                arg.span,
                                format!(
                                    "an axis is a number, `None` or a constant, found {}",
                                    value.describe()
                                ),
                            ),
                        }
                    }
                    output = Some(dims);
                }
                (Some("name"), _, Arg::Str(s) | Arg::Word(s)) => name = self.given_name(s, &arg.tokens),
                (Some("name"), _, Arg::None) => {}
                (Some(other), ..) => {
                    let at = arg.name.as_ref().map_or(arg.span, Ident::span);
                    self.errors.at(
                        at,
                        format!("`Lambda` has no argument `{other}`; it has function, output_shape, name"),
                    );
                }
                (None, ..) => self.errors.at(arg.span, "`Lambda` takes a closure and an `output_shape`"),
            }
        }
        if let Some(closure) = &closure {
            self.expression(closure);
        }
        let kind = match closure {
            Some(closure) => Kind::Lambda { closure, output },
            None => {
                // What stands there and is none has been told.
                if !call.broken {
                    self.errors.at(span, "`Lambda` needs a closure in operations: `Lambda(|x| x * 2.0)`");
                }
                Kind::Broken(None)
            }
        };
        self.push(kind, "lambda", name, true, span, HashMap::new(), group)
    }
}

/// The value of arithmetic that only Python has, `1./255` and `2**3`; any other argument of an own layer is Rust.
fn python_number(arg: &Argument) -> Option<TokenStream> {
    let (mut float, mut whole, mut power) = (false, false, false);
    let mut before_was_star = false;
    for tree in arg.tokens.clone() {
        let is_star = matches!(&tree, TokenTree::Punct(p) if p.as_char() == '*');
        power |= is_star && before_was_star;
        before_was_star = is_star;
        if let TokenTree::Literal(literal) = tree {
            let is_float = literal.to_string().contains(['.', 'e']);
            float |= is_float;
            whole |= !is_float;
        }
    }
    let mut literal = match arg.value {
        Arg::Float(x) if power || (float && whole) => Literal::f64_unsuffixed(x),
        Arg::Int(n) if power => Literal::i128_unsuffixed(n),
        _ => return None,
    };
    literal.set_span(arg.span);
    Some(TokenTree::Literal(literal).into())
}
