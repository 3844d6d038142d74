//! A model that is defined elsewhere, in `model!` of its own: `model!(Residual::<64>)` is a value, and
//! `model! { pub type Small = Residual<64>; }` a name for it. Both let the compiler check it for its parameters, which
//! it does not where only a function names the type.

use keras_shape::LayerConfig;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{ItemType, Path, Type};

/// The Rust of such a use, if it is one.
pub fn of(tokens: &TokenStream) -> Option<TokenStream> {
    alias(tokens).or_else(|| value(tokens))
}

fn alias(tokens: &TokenStream) -> Option<TokenStream> {
    let is_type = |tree: TokenTree| matches!(tree, TokenTree::Ident(word) if word == "type");
    if !tokens.clone().into_iter().any(is_type) {
        return None;
    }
    let item = syn::parse2::<ItemType>(tokens.clone())
        .or_else(|_| syn::parse2::<ItemType>(quote! { #tokens ; }))
        .ok()?;
    let check = check(&item.ty);
    Some(quote! { #item #check })
}

fn value(tokens: &TokenStream) -> Option<TokenStream> {
    let mut trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    if let Some(TokenTree::Group(group)) = trees.last()
        && group.delimiter() == Delimiter::Parenthesis
        && group.stream().is_empty()
    {
        trees.pop();
    }
    let path: Path = syn::parse2(trees.into_iter().collect()).ok()?;
    let name = path.segments.last()?.ident.to_string();
    let is_layer = LayerConfig::is_class(&name) || ["Input", "Lambda", "Sequential"].contains(&&*name);
    if !name.starts_with(char::is_uppercase) || (is_layer && path.get_ident().is_some()) {
        return None;
    }
    let ty: Type = syn::parse_quote!(#path);
    let check = check(&ty);
    let value = quote_spanned! { ty.span()=> let model: #ty = ::core::default::Default::default(); };
    Some(quote! {{ #check #value model }})
}

/// A constant that panics where the model is wrong for its parameters.
fn check(ty: &Type) -> TokenStream {
    quote_spanned! { ty.span()=>
        const _: () = {
            let problem = ::keras_core::model::problem_of::<#ty>();
            if !problem.is_empty() { ::core::panic!("{}", problem.as_str()) }
        };
    }
}
