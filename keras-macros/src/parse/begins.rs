//! What a model that Python writes begins with, where a layer or a model says it: `Dense(8, input_shape = (4,))`.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::spanned::Spanned;

use super::Reader;
use super::env::Env;
use super::function::known;
use super::pasted::{bound, call, ends, layers_of, named, pieces_of, tensors_of};
use super::split::only_group;

/// Whether a layer of this class said the shape of its input by this argument in older Keras: without the batch, its only axis,
/// with the batch, or how many ids there are.
fn is_shape(name: &Ident, class: &Ident) -> bool {
    let embeds = class == "Embedding" || class == "ReversibleEmbedding";
    match name.to_string().as_str() {
        "input_shape" | "batch_input_shape" => true,
        "input_dim" => !embeds,
        "input_length" => embeds,
        _ => false,
    }
}

/// Layers of which the first says the shape of its input, with that input before them. Of the others Keras does not look
/// at it.
pub fn begun(mut layers: Vec<TokenStream>, env: &Env) -> Vec<TokenStream> {
    for layer in layers.iter_mut().skip(1) {
        if let Some((_, rest)) = shape_in(layer, env) {
            *layer = rest;
        }
    }
    let Some(first) = layers.first().cloned() else { return layers };
    if let Some((input, layer)) = shape_in(&first, env) {
        layers.splice(..1, [input, layer]);
    } else if let Some(input) = input_at(&first, env).filter(|_| !is_input(&first)) {
        layers.insert(0, input);
    }
    layers
}

/// What a name that stands at the beginning of a model says of its input.
#[derive(Clone)]
pub enum Begin {
    /// It is this input.
    Input(TokenStream),
    /// It is a layer, a block or a model that takes this input.
    Layers(TokenStream),
}

impl Begin {
    fn of_layers(self) -> Option<TokenStream> {
        if let Begin::Layers(input) = self { Some(input) } else { None }
    }
}

/// The input of `Model(inputs, outputs)` that is one.
fn input_of_model(tokens: &TokenStream, env: &Env) -> Option<TokenStream> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let (_, args) = call(&trees).filter(|(class, _)| class == "Model")?;
    let (inputs, ..) = ends(&args)?;
    let inputs: Vec<TokenTree> = match tensors_of(&inputs, env).as_slice() {
        [one] => one.clone().into_iter().collect(),
        _ => return None,
    };
    let [TokenTree::Ident(name)] = inputs.as_slice() else { return None };
    match env.shape_of(name)? {
        Begin::Input(input) => Some(input),
        Begin::Layers(_) => None,
    }
}

/// The input that stands at the beginning of a layer or a block: `Input(4)` itself, or what is inside of it.
fn input_at(tokens: &TokenStream, env: &Env) -> Option<TokenStream> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    if let [TokenTree::Ident(name)] = trees.as_slice() {
        return env.shape_of(name).and_then(Begin::of_layers);
    }
    if is_input(tokens) {
        return Some(tokens.clone());
    }
    let (layers, _) = layers_of(tokens, env)?;
    let first = layers.first()?;
    shape_in(first, env).map(|(input, _)| input).or_else(|| input_at(first, env))
}

fn is_input(tokens: &TokenStream) -> bool {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    call(&trees).is_some_and(|(class, _)| class == "Input" || class == "InputLayer")
}

/// The input and the rest of a layer that says the shape of its input.
fn shape_in(layer: &TokenStream, env: &Env) -> Option<(TokenStream, TokenStream)> {
    let trees: Vec<TokenTree> = layer.clone().into_iter().collect();
    // A function may have a parameter of such a name.
    let is_layer = |class: &Ident| {
        class != "InputLayer" && class != "Input" && class.to_string().starts_with(char::is_uppercase)
    };
    let (class, args) = call(&trees).filter(|(class, _)| is_layer(class))?;
    input_of(&class, &trees, &args, env)
}

/// A line that binds an input, a layer, a block or a model, without the shape of the input that it says; and that, with the
/// name.
pub fn shaped(piece: TokenStream, reader: &Reader) -> (TokenStream, Option<(Ident, Begin)>) {
    let Some((name, value)) = bound(&piece) else { return (piece, None) };
    let env = &reader.env;
    if let Some((input, layer)) = shape_in(&env.fill(value.clone()), env) {
        return (quote_spanned! { name.span()=> let #name = #layer }, Some((name, Begin::Layers(input))));
    }
    let begin = if is_input(&value) {
        Some(Begin::Input(env.fill(value)))
    } else if layers_of(&value, env).is_some() {
        input_at(&env.fill(value), env).map(Begin::Layers)
    } else {
        input_of_model(&value, env).map(Begin::Layers)
    };
    (piece, begin.map(|begin| (name, begin)))
}

/// `Input(28, 28)` and `Flatten()` of `Flatten(input_shape = (28, 28))`.
fn input_of(
    class: &Ident,
    layer: &[TokenTree],
    args: &Group,
    env: &Env,
) -> Option<(TokenStream, TokenStream)> {
    let (mut input, mut begins, mut rest) = (None, None, Vec::new());
    for piece in pieces_of(args) {
        match named(&piece) {
            (Some(name), value) if input.is_none() && is_shape(&name, class) => {
                input = Some((name, value));
            }
            // The sequences of both directions are those of the layer: `Bidirectional(LSTM(8, input_shape = (5, 3)))`.
            (name, value)
                if class == "Bidirectional"
                    && name.as_ref().is_none_or(|name| name == "layer")
                    && let Some((shape, inner)) = shape_in(&value, env) =>
            {
                let key = name.map(|name| quote_spanned! { name.span()=> #name = });
                begins.get_or_insert(shape);
                rest.push(quote_spanned! { value.span()=> #key #inner });
            }
            _ => rest.push(piece),
        }
    }
    let before: TokenStream = layer[..layer.len() - 1].iter().cloned().collect();
    let mut inside = Group::new(Delimiter::Parenthesis, quote_spanned! { args.span()=> #(#rest),* });
    inside.set_span(args.span());
    let layer = quote_spanned! { args.span()=> #before #inside };
    let Some((name, value)) = input else { return begins.map(|input| (input, layer)) };
    // `input_shape = size + (3,)`
    let plain = known(&env.fill(value.clone())).unwrap_or_else(|| value.clone());
    let axes = only_group(&plain, Delimiter::Parenthesis).or_else(|| only_group(&plain, Delimiter::Bracket));
    let axes = match (name.to_string().as_str(), axes) {
        ("input_shape", Some(axes)) => {
            let axes = pieces_of(&axes);
            quote_spanned! { value.span()=> #(#axes),* }
        }
        ("input_dim" | "input_length", None) => value.clone(),
        ("batch_input_shape", Some(axes)) => {
            let mut axes = pieces_of(&axes).into_iter();
            let (batch, axes) = (axes.next()?, axes.collect::<Vec<_>>());
            quote_spanned! { value.span()=> #(#axes,)* batch = #batch }
        }
        _ => return None,
    };
    let name = Ident::new("Input", name.span());
    Some((quote_spanned! { value.span()=> #name(#axes) }, layer))
}
