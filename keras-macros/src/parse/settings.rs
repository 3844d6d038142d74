//! What Keras is set to, in the place of the calls that ask for it.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote_spanned;

use super::eval::Value;
use super::pythonic::mentions;

/// Where the channels are, in an expression that asks for it: `K.image_data_format() == "channels_first"`.
pub fn asks_for_channels(words: &[String]) -> Option<Value> {
    let (function, path) = words.split_last()?;
    // `config` alone may be a value of Rust.
    let of_keras = path.first().is_none_or(|first| first != "config" && first != "backend_config")
        && path.iter().all(|word| {
            matches!(word.as_str(), "keras" | "tf" | "K" | "backend" | "config" | "backend_config")
        });
    match function.as_str() {
        "image_data_format" if of_keras => Some(Value::Word("channels_last".into(), true)),
        "image_dim_ordering" if of_keras => Some(Value::Word("tf".into(), true)),
        _ => None,
    }
}

/// The numbers and words in the place of `keras.backend.epsilon()`, `keras.config.floatx()` and their like, which Keras is set to.
pub fn settings(tokens: TokenStream) -> TokenStream {
    if !mentions(&tokens, "epsilon") && !mentions(&tokens, "floatx") {
        return tokens;
    }
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let (mut out, mut at) = (TokenStream::new(), 0);
    while at < trees.len() {
        if let Some((value, taken)) = setting_at(&trees[at..]) {
            out.extend(value);
            at += taken;
            continue;
        }
        match &trees[at] {
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), settings(group.stream()));
                inner.set_span(group.span());
                out.extend([TokenTree::Group(inner)]);
            }
            tree => out.extend([tree.clone()]),
        }
        at += 1;
    }
    out
}

/// What stands for `keras.backend.epsilon()` at the beginning, and of how many tokens that is. `K.epsilon()` may be a method of a
/// constant of Rust: without `keras` or `tf` before it, nothing stands for it.
fn setting_at(trees: &[TokenTree]) -> Option<(TokenStream, usize)> {
    let mut at = 0;
    if !matches!(trees.first(), Some(TokenTree::Ident(module)) if module == "keras" || module == "tf") {
        return None;
    }
    while let [TokenTree::Ident(module), TokenTree::Punct(dot), ..] = &trees[at..]
        && dot.as_char() == '.'
        && ["keras", "tf", "backend", "config"].iter().any(|known| module == known)
    {
        at += 2;
    }
    let [TokenTree::Ident(name), TokenTree::Group(none), ..] = &trees[at..] else { return None };
    if at == 0 || !none.stream().is_empty() || none.delimiter() != Delimiter::Parenthesis {
        return None;
    }
    let value = match name.to_string().as_str() {
        "epsilon" => quote_spanned! { name.span()=> 1e-7 },
        "floatx" => quote_spanned! { name.span()=> "float32" },
        _ => return None,
    };
    Some((value, at + 2))
}
