//! What tokens are, and how they are written, on the way through a model.

use keras_shape::LayerConfig;
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::{format_ident, quote};

use crate::parse::plain;

/// What rust-analyzer, of now and of before 2026, puts at the cursor.
const MARKERS: [&str; 2] = ["raCompletionMarker", "intellijRulezz"];

/// Source as it is shown in documentation.
pub fn shown(tokens: &TokenStream) -> String {
    plain(tokens).replace(" (", "(").replace(")=>", ") =>")
}

/// Whether a name is the beginning of a layer's name.
pub fn is_half_a_layer(name: &Ident) -> bool {
    let text = name.to_string();
    let typed = MARKERS.iter().find_map(|marker| text.strip_suffix(marker)).unwrap_or(&text).to_lowercase();
    let mut layers = LayerConfig::CLASSES.iter().copied().chain(["Input", "Lambda"]);
    layers.any(|layer| layer.to_lowercase().starts_with(&typed)) || LayerConfig::is_class(&text)
}

/// What is said of a function.
pub fn function_doc(of: &str, params: &TokenStream) -> String {
    format!("A function of {of}, applied as a layer is.\n\n```text\n|{}|\n```", shown(params))
}

/// Parameters as fields.
pub fn fields(fields: &[(Ident, String)]) -> TokenStream {
    let fields = fields.iter().map(|(name, doc)| {
        quote! { #[doc = #doc] pub #name: ::keras_core::shape::vocabulary::Value, }
    });
    fields.collect()
}

/// A name that is none of the model's: a layer, perhaps half written, or a type in scope.
pub fn unbound(name: &Ident) -> TokenStream {
    let module = module_name(0);
    if is_half_a_layer(name) {
        quote! { let _: #module::#name; }
    } else {
        quote! { let _: #name; }
    }
}

/// Whether a path is one of a function, by its last name.
pub fn ends_small(path: &[TokenTree]) -> bool {
    matches!(path.last(), Some(TokenTree::Ident(name)) if name.to_string().starts_with(char::is_lowercase))
}

/// The module of functions and layers.
pub fn module_name(module: usize) -> Ident {
    if module == 0 { format_ident!("model") } else { format_ident!("model_{}", module) }
}

/// A value of which nothing is known.
pub fn any() -> TokenStream {
    quote! { ::keras_core::shape::vocabulary::Value }
}

/// A word of a path as Rust has it: `where` is a keyword there, and the function is `where_`.
pub fn worded(tree: &TokenTree) -> TokenTree {
    match tree {
        TokenTree::Ident(word) if word == "where" => Ident::new("where_", word.span()).into(),
        other => other.clone(),
    }
}

pub fn is_layer(name: &Ident) -> bool {
    let name = name.to_string();
    LayerConfig::is_class(&name) || name == "Lambda"
}

pub fn is(tree: Option<&TokenTree>, c: char) -> bool {
    matches!(tree, Some(TokenTree::Punct(p)) if p.as_char() == c)
}

pub fn is_parenthesis(tree: &TokenTree) -> bool {
    matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis)
}

pub fn is_brace(tree: &TokenTree) -> bool {
    matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

/// The names of a pattern.
pub fn names(trees: &[TokenTree]) -> Vec<Ident> {
    let names = trees.iter().flat_map(|tree| match tree {
        TokenTree::Ident(name) if name != "mut" => vec![name.clone()],
        TokenTree::Group(group) => names(&group.stream().into_iter().collect::<Vec<_>>()),
        _ => Vec::new(),
    });
    names.collect()
}

/// The parameters and the body of `|x, n| ...`.
pub fn closure(tokens: &TokenStream) -> Option<(TokenStream, TokenStream)> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let close = trees.iter().skip(1).position(|tree| is(Some(tree), '|'))? + 1;
    if !is(trees.first(), '|') {
        return None;
    }
    let body = match trees.get(close + 1) {
        Some(TokenTree::Group(group))
            if trees.len() == close + 2 && group.delimiter() == Delimiter::Brace =>
        {
            group.stream()
        }
        _ => trees[close + 1..].iter().cloned().collect(),
    };
    Some((trees[1..close].iter().cloned().collect(), body))
}

/// How many tokens are a path: `blocks::residual`, `Own::<A>`.
pub fn path_length(trees: &[TokenTree]) -> usize {
    let (mut at, mut depth) = (1, 0usize);
    while at < trees.len() {
        match &trees[at] {
            TokenTree::Punct(p) if p.as_char() == ':' => {}
            TokenTree::Punct(p) if p.as_char() == '<' => depth += 1,
            TokenTree::Punct(p) if p.as_char() == '>' && depth > 0 => depth -= 1,
            TokenTree::Ident(_) if depth > 0 || is(trees.get(at - 1), ':') => {}
            _ if depth > 0 => {}
            _ => break,
        }
        at += 1;
    }
    at
}
