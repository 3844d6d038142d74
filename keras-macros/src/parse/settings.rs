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

/// The policy of `keras.mixed_precision.set_global_policy("mixed_bfloat16")` or `config.set_dtype_policy(...)`.
pub fn policy(piece: &TokenStream) -> Option<keras_shape::Arg> {
    use keras_shape::Arg;
    let (mut words, mut trees) = (Vec::new(), piece.clone().into_iter());
    let inside = loop {
        match trees.next()? {
            TokenTree::Ident(word) => words.push(word.to_string()),
            TokenTree::Punct(point) if point.as_char() == '.' => {}
            TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => break group.stream(),
            _ => return None,
        }
    };
    let says = matches!(words.last()?.as_str(), "set_dtype_policy" | "set_global_policy" | "set_policy");
    let path = words.iter().rev().skip(1);
    let of_keras =
        path.clone().all(|word| matches!(word.as_str(), "keras" | "tf" | "config" | "mixed_precision"));
    if !says || !of_keras || trees.next().is_some() {
        return None;
    }
    let mut inside = inside.into_iter();
    Some(match (inside.next(), inside.next()) {
        (Some(TokenTree::Literal(text)), None) => match syn::parse_str::<syn::LitStr>(&text.to_string()) {
            Ok(text) => Arg::Str(text.value()),
            Err(_) => Arg::Word(text.to_string()),
        },
        (Some(tree), _) => Arg::Word(tree.to_string()),
        (None, _) => Arg::None,
    })
}
