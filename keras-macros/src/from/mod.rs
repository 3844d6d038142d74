//! Models of files: `model!(pub struct Classifier from "models/classifier.keras")`. What the file says of its layers is
//! written as a person would have written it, and goes on as that does.

#[cfg(feature = "from")]
mod expand;
#[cfg(feature = "from")]
mod read;
#[cfg(test)]
mod tests;

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::quote;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, LitBool, LitStr, Token, Visibility};

use crate::parse::With;

/// `#[..] pub struct Name from "path", embed = true`.
struct From {
    attrs: Vec<Attribute>,
    vis: Visibility,
    name: Ident,
    path: LitStr,
    #[cfg_attr(not(feature = "from"), expect(dead_code, reason = "nothing is read"))]
    embed: bool,
}

/// The Rust of a model that stands in a file, if that is what the macro is given.
pub fn model(with: &With) -> Option<TokenStream> {
    if !is_one(&with.body) {
        return None;
    }
    Some(match parse.parse2(with.body.clone()) {
        Ok(from) => from.expand(with),
        Err(error) => match hollow(&with.body) {
            Some((name, hollow)) => broken(with, &name, hollow, error),
            None => error.into_compile_error(),
        },
    })
}

/// Whether a `from` stands behind the name of a struct.
fn is_one(tokens: &TokenStream) -> bool {
    let words: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is = |at: usize, word: &str| matches!(words.get(at), Some(TokenTree::Ident(ident)) if ident == word);
    let keyword = (0..words.len()).find(|at| is(*at, "struct"));
    let value = is(0, "from") && matches!(words.get(1), Some(TokenTree::Literal(_)));
    value || keyword.is_some_and(|at| (at + 2..words.len()).any(|at| is(at, "from")))
}

fn parse(input: ParseStream) -> syn::Result<From> {
    let attrs = input.call(Attribute::parse_outer)?;
    let vis = input.parse()?;
    if !input.peek(Token![struct]) {
        return Err(input.error("a model of a file has a name: `struct Classifier from \"model.keras\"`"));
    }
    input.parse::<Token![struct]>()?;
    let name: Ident = input.parse()?;
    if input.peek(Token![<]) {
        return Err(input.error("a model of a file has no parameters: its file says all sizes"));
    }
    input.parse::<Ident>()?;
    if !input.peek(LitStr) {
        return Err(input.error("the path of the file stands in quotes: `from \"models/classifier.keras\"`"));
    }
    let path = input.parse()?;
    let mut embed = None;
    while !input.is_empty() {
        input.parse::<Token![,]>().map_err(|error| syn::Error::new(error.span(), OPTIONS))?;
        if input.is_empty() {
            break;
        }
        let option = input.call(<Ident as syn::ext::IdentExt>::parse_any)?;
        if option != "embed" {
            return Err(syn::Error::new(option.span(), format!("`{option}` is no option here: {OPTIONS}")));
        }
        if embed.is_some() {
            return Err(syn::Error::new(option.span(), "`embed` is given twice"));
        }
        input.parse::<Token![=]>().map_err(|error| syn::Error::new(error.span(), OPTIONS))?;
        let value: LitBool = input.parse().map_err(|error| syn::Error::new(error.span(), OPTIONS))?;
        embed = Some(value.value);
    }
    Ok(From { attrs, vis, name, path, embed: embed.unwrap_or(false) })
}

/// What may stand behind the path.
const OPTIONS: &str =
    "behind the path stands nothing, or `, embed = true`, which puts the file into the program";

/// The name of the type and `pub struct Name {}`, if the name can be read; with its attributes, if nothing else stands in front.
fn hollow(tokens: &TokenStream) -> Option<(Ident, TokenStream)> {
    let front = |input: ParseStream| -> syn::Result<(Ident, TokenStream)> {
        let (attrs, vis) = (input.call(Attribute::parse_outer)?, input.parse::<Visibility>()?);
        input.parse::<Token![struct]>()?;
        let name: Ident = input.parse()?;
        input.parse::<TokenStream>()?;
        let hollow = quote! { #(#attrs)* #vis struct #name {} };
        Ok((name, hollow))
    };
    if let Ok(hollow) = front.parse2(tokens.clone()) {
        return Some(hollow);
    }
    let mut trees = tokens.clone().into_iter();
    trees.find(|tree| matches!(tree, TokenTree::Ident(word) if *word == "struct"))?;
    let name = syn::parse2::<Ident>(trees.next()?.into()).ok()?;
    let hollow = quote! { struct #name {} };
    Some((name, hollow))
}

/// The type without a model, so that its uses are not mistakes too.
fn broken(with: &With, name: &Ident, hollow: TokenStream, error: syn::Error) -> TokenStream {
    let mut stub = With::nothing(hollow);
    stub.krate = with.krate.as_ref().and_then(|path| path.as_ref().ok().cloned().map(Ok));
    let model = crate::expanded(&stub, Some(error));
    let pretrained = stub.placed(quote! {
        const _: () = {
            impl #name {
                /// The model does not compile.
                pub fn pretrained() -> ::keras_core::Result<Self> { ::core::unreachable!() }
            }
        };
    });
    quote! { #model #pretrained }
}

/// What is wrong, at the path.
fn wrong(path: &LitStr, message: impl core::fmt::Display) -> syn::Error {
    syn::Error::new(path.span(), message)
}

#[cfg(not(feature = "from"))]
impl From {
    /// Nothing can be read without the readers of files.
    fn expand(self, with: &With) -> TokenStream {
        let From { attrs, vis, name, path, embed: _ } = self;
        let error = wrong(
            &path,
            "models are read from files by the feature `files`\nhelp: in Cargo.toml, `keras-core = { ..., features = [\"files\"] }`",
        );
        broken(with, &name, quote! { #(#attrs)* #vis struct #name {} }, error)
    }
}
