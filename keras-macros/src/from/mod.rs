//! Models of files: `model!(pub struct Classifier from "models/classifier.keras")`. What the file says of its layers is
//! written as a person would have written it, and goes on as that does.

#[cfg(feature = "from")]
mod read;
#[cfg(test)]
mod tests;

use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
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
            Some(hollow) => broken(with, hollow, error),
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

/// `pub struct Name {}`, if the name can be read.
fn hollow(tokens: &TokenStream) -> Option<TokenStream> {
    let mut trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let keyword =
        trees.iter().position(|tree| matches!(tree, TokenTree::Ident(word) if *word == "struct"))?;
    trees.truncate(keyword + 2);
    matches!(trees.last(), Some(TokenTree::Ident(_))).then(|| quote! { #(#trees)* {} })
}

/// The type without a model, so that its uses are not mistakes too.
fn broken(with: &With, hollow: TokenStream, error: syn::Error) -> TokenStream {
    let name = hollow
        .clone()
        .into_iter()
        .skip_while(|tree| !matches!(tree, TokenTree::Ident(word) if *word == "struct"));
    let name = name.take(2).last();
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
        broken(with, quote! { #(#attrs)* #vis struct #name {} }, error)
    }
}

#[cfg(feature = "from")]
impl From {
    /// The types of the model and of those inside, and the weights.
    fn expand(self, with: &With) -> TokenStream {
        let From { attrs, vis, name, path, embed: _ } = &self;
        if let Some(Err(error)) = &with.krate {
            return error.to_compile_error();
        }
        let file = match read::file(&path.value()) {
            Ok(file) => file,
            Err(message) => {
                let hollow = quote! { #(#attrs)* #vis struct #name {} };
                return broken(with, hollow, wrong(path, message));
            }
        };
        let models = match read::models(&file, &name.to_string()) {
            Ok(models) => models,
            Err(message) => {
                let hollow = quote! { #(#attrs)* #vis struct #name {} };
                return broken(with, hollow, wrong(path, format!("`{}`: {message}", path.value())));
            }
        };
        let mut all = TokenStream::new();
        let last = models.len().saturating_sub(1);
        for (at, (inner, body)) in models.into_iter().enumerate() {
            let body = at_place(body, path.span());
            let item = if at == last {
                quote! { #(#attrs)* #vis struct #name { #body } }
            } else {
                let inner = Ident::new(&inner, name.span());
                let derives = attrs.iter().filter(|attr| attr.path().is_ident("derive"));
                let doc = format!("A model inside [`{name}`].");
                quote! { #[doc = #doc] #(#derives)* #vis struct #inner { #body } }
            };
            all.extend(from_file(with, item, &path.value()));
        }
        all.extend(self.weights(with, &file));
        all
    }

    /// `Name::pretrained()`, and what makes the compiler look at the file again when it changes.
    fn weights(&self, with: &With, file: &read::File) -> TokenStream {
        let (name, path) = (&self.name, file.path.to_string_lossy());
        let mut literal = Literal::string(&path);
        literal.set_span(Span::call_site());
        let bytes = if self.embed {
            quote! { ::core::option::Option::Some(::core::include_bytes!(#literal)) }
        } else {
            quote! { ::core::option::Option::None }
        };
        let said = if self.embed { "which are in the program" } else { "which are read from there" };
        let doc = format!(
            "The model with the weights of `{}`, {said}.\n\n# Errors\nThe file cannot be read, or has been changed since the program was built.",
            self.path.value()
        );
        with.placed(quote! {
            const _: () = {
                const _: &[u8] = ::core::include_bytes!(#literal);
                impl #name {
                    #[doc = #doc]
                    pub fn pretrained() -> ::keras_core::Result<Self> {
                        ::keras_core::files::keras::pretrained(#literal, #bytes)
                    }
                }
            };
        })
    }
}

/// The Rust of a model that was written down from a file.
#[cfg(feature = "from")]
fn from_file(with: &With, item: TokenStream, path: &str) -> TokenStream {
    let mut errors = crate::error::Errors::default();
    let mut model = With::nothing(item);
    model.krate = with.krate.as_ref().and_then(|path| path.as_ref().ok().cloned().map(Ok));
    model.from_file = true;
    let context: std::rc::Rc<str> = format!("in the model of `{path}`").into();
    // No function of another place stands in it.
    let Ok(read) = crate::settled(&model, &[], &mut errors) else { return TokenStream::new() };
    errors.set_context(vec![context]);
    crate::finished(&model, &read, errors)
}

/// The same tokens at one place.
#[cfg(feature = "from")]
fn at_place(tokens: TokenStream, place: Span) -> TokenStream {
    let at = |tree| match tree {
        TokenTree::Group(group) => {
            let mut new = proc_macro2::Group::new(group.delimiter(), at_place(group.stream(), place));
            new.set_span(place);
            TokenTree::Group(new)
        }
        mut tree => {
            tree.set_span(place);
            tree
        }
    };
    tokens.into_iter().map(at).collect()
}
