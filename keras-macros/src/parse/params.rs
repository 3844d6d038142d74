//! Parameters of a named model: `pub struct Residual<const FILTERS: usize, H: Unsigned>`.

use keras_shape::LayerConfig;
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::quote;
use syn::{GenericParam, Generics, Type, TypeParamBound};

use crate::error::Errors;
use crate::numbers::arithmetic;

/// The parameters of a named model, none for most.
#[derive(Clone, Default)]
pub struct Params {
    /// As Rust has them, with what `model!` adds to their bounds.
    pub generics: Generics,
    /// Those that stand for numbers or truth values.
    pub list: Vec<Parameter>,
}

/// A parameter that stands for a number or a truth value.
#[derive(Clone)]
pub struct Parameter {
    /// Its name.
    pub name: Ident,
    /// What it is.
    pub kind: ParameterKind,
    /// The value that it has where none is given.
    pub default: Option<TokenStream>,
}

/// What a parameter of a model is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// `const N: usize`.
    Size,
    /// `const N: i32`, or another type of whole numbers.
    Const,
    /// `const B: bool`.
    Bool,
    /// `H: Unsigned`, a number of typenum.
    Number,
}

impl Parameter {
    /// Whether it is a number that `Len` takes.
    pub fn is_size(&self) -> bool {
        self.kind == ParameterKind::Size
    }

    /// Whether its name is written as a constant's is not.
    pub fn is_small(&self) -> bool {
        let name = self.name.to_string();
        self.kind != ParameterKind::Number && name.chars().any(char::is_lowercase) && !is_keras(&name)
    }
}

impl Params {
    /// Takes the parameters of a model as they stand in the source.
    pub fn new(mut generics: Generics, errors: &mut Errors) -> Self {
        let mut list = Vec::new();
        for param in &mut generics.params {
            let before = param.clone();
            match parameter(param) {
                Ok(parameter) => {
                    name(&parameter, errors);
                    list.push(parameter);
                }
                Err(message) => errors.over(&before, message),
            }
        }
        // Nothing may be said of them twice.
        generics.params =
            generics.params.into_iter().filter(|param| !matches!(param, GenericParam::Lifetime(_))).collect();
        Params { generics, list }
    }

    /// What to say where a value has to be known that a parameter decides: `what` cannot be so.
    pub fn undecided(&self, model: &str, param: &Ident, what: &str) -> String {
        let function = crate::resolve::snake(model);
        let params: Vec<String> =
            self.list.iter().map(|param| param.name.to_string().to_lowercase()).collect();
        format!(
            "`{param}` is a parameter of the model, and a model has the same layers whatever its parameters are: {what}\nhelp: as a function it knows them where it is applied: `model! {{ pub fn {function}(x, {}) {{ ... }} }}`",
            params.join(", ")
        )
    }

    /// Whether there are any.
    pub fn is_empty(&self) -> bool {
        self.generics.params.is_empty()
    }

    /// The parameter of this name.
    pub fn get(&self, name: &Ident) -> Option<&Parameter> {
        self.list.iter().find(|param| param.name == *name)
    }

    /// The parameters that tokens name, each once.
    pub fn named_in(&self, tokens: &TokenStream) -> Vec<&Parameter> {
        self.list.iter().filter(|param| names(tokens, &param.name)).collect()
    }

    /// Numbers of typenum as values: `H` is `H::USIZE`.
    pub fn values(&self, tokens: TokenStream) -> TokenStream {
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        let is = |i: Option<usize>, c: char| matches!(i.and_then(|i| trees.get(i)), Some(TokenTree::Punct(p)) if p.as_char() == c);
        // In `sizes::H` and `sizes.H` it is another name; in `0..H` it is this one.
        let is_within = |i: usize| {
            let (last, before) = (i.checked_sub(1), i.checked_sub(2));
            (is(last, ':') && is(before, ':')) || (is(last, '.') && !is(before, '.'))
        };
        let mut filled = TokenStream::new();
        for (i, tree) in trees.iter().enumerate() {
            match tree {
                // `H::USIZE` is a value already, and in `Prod<U2, H>` it stands for a type.
                TokenTree::Ident(name) if !is(Some(i + 1), ':') && !is_within(i) && self.is_number(name) => {
                    let number = quote::quote_spanned! { name.span()=> <#name as ::keras_core::typenum::Unsigned>::USIZE };
                    filled.extend(number);
                }
                TokenTree::Group(group) => {
                    let mut inner = proc_macro2::Group::new(group.delimiter(), self.values(group.stream()));
                    inner.set_span(group.span());
                    filled.extend([TokenTree::Group(inner)]);
                }
                other => filled.extend([other.clone()]),
            }
        }
        filled
    }

    /// `H::USIZE` as it may stand alone, `H`, and `Prod<U2, H>` as `(2 * H)`.
    pub fn plain(&self, tokens: TokenStream) -> TokenStream {
        if self.types().is_empty() {
            return tokens;
        }
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        let is_colon = |i: usize| matches!(trees.get(i), Some(TokenTree::Punct(p)) if p.as_char() == ':');
        let mut out = TokenStream::new();
        let mut i = 0;
        while i < trees.len() {
            let mut next = i + 1;
            match &trees[i] {
                TokenTree::Ident(_) if let Some((value, length)) = arithmetic(&trees[i..]) => {
                    out.extend(value);
                    next = i + length;
                }
                TokenTree::Ident(name) if self.is_number(name) && is_colon(i + 1) && is_colon(i + 2) => {
                    if matches!(trees.get(i + 3), Some(TokenTree::Ident(size)) if size == "USIZE") {
                        next = i + 4;
                    }
                    out.extend([trees[i].clone()]);
                }
                TokenTree::Group(group) => {
                    let mut inner = proc_macro2::Group::new(group.delimiter(), self.plain(group.stream()));
                    inner.set_span(group.span());
                    out.extend([TokenTree::Group(inner)]);
                }
                other => out.extend([other.clone()]),
            }
            i = next;
        }
        out
    }

    /// Whether a name is that of a number of typenum.
    pub fn is_number(&self, name: &Ident) -> bool {
        self.get(name).is_some_and(|param| param.kind == ParameterKind::Number)
    }

    /// The parameters as the type declares them, with their defaults.
    pub fn declaration(&self) -> TokenStream {
        let generics = &self.generics;
        quote! { #generics }
    }

    /// The types among the parameters.
    pub fn types(&self) -> Vec<&Ident> {
        self.generics.type_params().map(|param| &param.ident).collect()
    }
}

/// Whether tokens have this name in them.
pub fn names(tokens: &TokenStream, name: &Ident) -> bool {
    tokens.clone().into_iter().any(|tree| match tree {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => names(&group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// The types of whole numbers.
const INTEGERS: [&str; 11] = ["u8", "u16", "u32", "u64", "u128", "i8", "i16", "i32", "i64", "i128", "isize"];

fn parameter(param: &mut GenericParam) -> Result<Parameter, String> {
    match param {
        GenericParam::Const(param) => {
            let is = |name: &str| matches!(&param.ty, Type::Path(path) if path.path.is_ident(name));
            let kind = match () {
                () if is("usize") => ParameterKind::Size,
                () if is("bool") => ParameterKind::Bool,
                () if INTEGERS.iter().any(|name| is(name)) => ParameterKind::Const,
                () => {
                    return Err(format!(
                        "a parameter of a model is a whole number or a truth value: `const {}: usize` or `: bool`",
                        param.ident
                    ));
                }
            };
            let default = param.default.as_ref().map(|(_, default)| quote! { #default });
            Ok(Parameter { name: param.ident.clone(), kind, default })
        }
        GenericParam::Type(param) => {
            let is_number = param.bounds.iter().any(|bound| match bound {
                TypeParamBound::Trait(bound) => {
                    bound.path.segments.last().is_some_and(|last| last.ident == "Unsigned")
                }
                _ => false,
            });
            let name = &param.ident;
            param.bounds.push(syn::parse_quote!(::core::marker::Send));
            param.bounds.push(syn::parse_quote!(::core::marker::Sync));
            if !is_number {
                // Nothing may be said of it twice.
                param.bounds.push(syn::parse_quote!('static));
                return Err(format!(
                    "a parameter of a model is a number or a truth value: `const {name}: usize`, `const {name}: bool`, or a number of typenum, `{name}: Unsigned`"
                ));
            }
            let default = param.default.as_ref().map(|(_, default)| quote! { #default });
            Ok(Parameter { name: name.clone(), kind: ParameterKind::Number, default })
        }
        GenericParam::Lifetime(_) => {
            Err("a model borrows nothing: its parameters are numbers, as `const FILTERS: usize`".to_string())
        }
    }
}

/// A parameter is called so that nothing else in a model can be meant.
fn name(param: &Parameter, errors: &mut Errors) {
    let name = param.name.to_string();
    if is_keras(&name) {
        errors.at(param.name.span(), format!("`{name}` is a word of Keras: call the parameter otherwise"));
    } else if param.is_small() {
        let upper = keras_upper(&name);
        errors.at(
            param.name.span(),
            format!("a constant parameter is written in capitals, `{upper}`: in a model, words in small letters are Keras's, as `relu`"),
        );
    }
}

fn is_keras(name: &str) -> bool {
    LayerConfig::is_class(name) || ["Input", "Lambda", "Sequential", "In"].contains(&name)
}

/// `kernelSize` as `KERNEL_SIZE`.
fn keras_upper(name: &str) -> String {
    crate::resolve::snake(name).to_uppercase()
}
