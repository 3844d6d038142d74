//! Where in a layer that is an argument of another a mistake stands: `TimeDistributed(Dense(8, activtion = relu))`.

use keras_shape::{Build, LayerConfig};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;

use super::Reader;
use super::args::{called, named_value, value, without_modules};
use super::split::{at_comma, only_group};

/// The part of a layer with arguments, or of a list of such layers, that cannot be read; nothing where that is no part of
/// it, or what is written is no layer.
pub fn at_fault(tokens: &TokenStream) -> Option<TokenStream> {
    if let Some(list) = only_group(tokens, Delimiter::Bracket) {
        return at_comma(list.stream()).iter().find_map(at_fault);
    }
    let (class, config, args) = layer(tokens)?;
    let mut build = Build::new(config);
    let mut dtype = None;
    for (name, tokens) in arguments(&args) {
        let arg = value(&tokens, &mut Reader::default()).ok()?;
        let text = name.as_ref().map(ToString::to_string);
        if build.set(text.as_deref(), &arg).is_err() {
            let is_known = |text: &str| {
                ["name", "trainable", "dtype"].contains(&text)
                    || build.config.args().iter().any(|info| info.name == text)
            };
            return match (name, text) {
                (Some(name), Some(text)) if !is_known(&text) => Some(name),
                _ => Some(at_fault(&tokens).unwrap_or(tokens)),
            };
        }
        if text.as_deref() == Some("dtype") {
            dtype = Some(tokens);
        }
    }
    // A layer inside another has no type of its own.
    dtype.filter(|_| build.precision.is_some()).or_else(|| build.missing().map(|_| class))
}

/// The argument of a layer that is meant by a way of names from the outermost layer in `tokens` on, as far as it is
/// written there.
pub fn argument_in(tokens: &TokenStream, names: &[Option<&'static str>]) -> TokenStream {
    let mut found = tokens.clone();
    for name in names.iter().flatten() {
        match argument(&found, name) {
            Some(inner) => found = inner,
            None => break,
        }
    }
    found
}

fn argument(tokens: &TokenStream, wanted: &str) -> Option<TokenStream> {
    let (_, config, args) = layer(tokens)?;
    let mut position = 0;
    for (name, tokens) in arguments(&args) {
        let known = match name {
            Some(name) => name.to_string() == wanted,
            None => {
                position += 1;
                config.args().get(position - 1).is_some_and(|info| info.name == wanted)
            }
        };
        if known {
            return Some(tokens);
        }
    }
    None
}

/// A layer of Keras with its arguments.
fn layer(tokens: &TokenStream) -> Option<(TokenStream, LayerConfig, Group)> {
    if let Some(group) = only_group(tokens, Delimiter::None) {
        return layer(&group.stream());
    }
    let trees: Vec<TokenTree> = without_modules(tokens).into_iter().collect();
    let (class, args) = called(&trees)?;
    let config = LayerConfig::default_of(&class.to_string())?;
    Some((class.to_token_stream(), config, args.clone()))
}

/// The arguments of a call, each with its name if it has one.
fn arguments(args: &Group) -> Vec<(Option<TokenStream>, TokenStream)> {
    let pieces = at_comma(args.stream()).into_iter().filter(|piece| !piece.is_empty());
    let argument = |piece: TokenStream| {
        let trees: Vec<TokenTree> = piece.clone().into_iter().collect();
        match named_value(&trees) {
            Some((name, rest)) if !rest.is_empty() => {
                (Some(name.to_token_stream()), rest.iter().cloned().collect())
            }
            _ => (None, piece),
        }
    };
    pieces.map(argument).collect()
}
