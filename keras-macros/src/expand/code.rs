//! The values of arguments as tokens.

use keras_shape::Code;
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::Expansion;

impl Expansion<'_> {
    /// What makes a value again; expressions are constants of their type, at their place in the model.
    pub fn code(&self, code: &Code) -> TokenStream {
        let all = |items: &[Code]| items.iter().map(|item| self.code(item)).collect::<Vec<_>>();
        match code {
            Code::Bool(value) => quote! { #value },
            Code::Whole(value, ty) => whole(*value, *ty),
            Code::Float(value) => signed(*value < 0.0, Literal::f64_suffixed(value.abs())),
            Code::Text(text) => quote! { #text },
            Code::Expression(ty, id) => self.expression(ty, *id),
            Code::Option(None) => quote! { ::core::option::Option::None },
            Code::Option(Some(inner)) => {
                let inner = self.code(inner);
                quote! { ::core::option::Option::Some(#inner) }
            }
            Code::Name(name) => path(name),
            Code::Tuple(name, fields) => {
                let (name, fields) = (path(name), all(fields));
                quote! { #name(#(#fields),*) }
            }
            Code::Struct { name, fields, others } => {
                let (name, others) = (path(name), others.as_deref().map(path));
                let names = fields.iter().map(|(name, _)| Ident::new(name, Span::call_site()));
                let values = fields.iter().map(|(_, value)| self.code(value));
                let others = others.map(|others| quote! { ..#others });
                quote! { #name { #(#names: #values,)* #others } }
            }
            Code::Array(items) => {
                let items = all(items);
                quote! { [#(#items),*] }
            }
            Code::Repeat(item, n) => {
                let (item, n) = (self.code(item), Literal::usize_unsuffixed(*n));
                quote! { [#item; #n] }
            }
            Code::Reference(inner) => {
                let layer = matches!(&**inner, Code::Tuple(name, _) if name.first() == Some(&"LayerConfig"));
                let inner = self.code(inner);
                // What a function makes lives as long as the program only if a constant says so.
                if layer {
                    quote! { const { &#inner } }
                } else {
                    quote! { &#inner }
                }
            }
        }
    }

    fn expression(&self, ty: &str, id: usize) -> TokenStream {
        let Some(expr) = self.model.exprs.get(id) else { return TokenStream::new() };
        let ty = Ident::new(ty, Span::call_site());
        let span = expr.span();
        let tokens = quote! { #expr };
        if self.params.named_in(&tokens).is_empty() {
            return quote_spanned! { span=> { const __VALUE: #ty = #expr; __VALUE } };
        }
        // An item sees no parameters.
        let value = self.params.values(tokens);
        quote_spanned! { span=> { let __value: #ty = #value; __value } }
    }
}

/// A path in the crate of the shape rules.
fn path(segments: &[&'static str]) -> TokenStream {
    let segments = segments.iter().map(|segment| Ident::new(segment, Span::call_site()));
    quote! { ::keras_core::shape::#(#segments)::* }
}

fn whole(value: i128, ty: Option<&str>) -> TokenStream {
    // The suffix, where there is one, is the type of an argument, which holds the number.
    let digits = format!("{}{}", value.unsigned_abs(), ty.unwrap_or_default());
    signed(value < 0, digits.parse::<Literal>().ok())
}

fn signed(negative: bool, literal: impl ToTokens) -> TokenStream {
    if negative {
        quote! { (-#literal) }
    } else {
        quote! { #literal }
    }
}
