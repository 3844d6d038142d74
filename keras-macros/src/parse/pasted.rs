//! Whole models as Python writes them: `keras.Sequential([Input(4), Dense(1)])`, layers that are added to one, and
//! `keras.Model(inputs, outputs)` behind what makes the outputs. They become the chain and the outputs that stand here otherwise.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::spanned::Spanned;

use super::args::{called, modules, named_value};
use super::ast::Call;
use super::split::{at_comma, only_group};
use crate::error::Errors;

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

/// `InputLayer(...)` is `Input(...)`, with the arguments of older Keras by their names of today.
pub fn input_layer(call: &mut Call) {
    if !call.path.is_ident("InputLayer") {
        return;
    }
    call.path = Ident::new("Input", call.path.span()).into();
    for arg in &mut call.args {
        let Some(name) = &mut arg.name else { continue };
        match name.to_string().as_str() {
            "input_shape" => *name = Ident::new("shape", name.span()),
            "batch_input_shape" => *name = Ident::new("batch_shape", name.span()),
            _ => {}
        }
    }
}

/// The statements and the output of a model, in the form that is read here.
pub fn body(
    mut pieces: Vec<TokenStream>,
    mut tail: TokenStream,
    errors: &mut Errors,
) -> (Vec<TokenStream>, TokenStream) {
    if let Some(list) = added(&pieces, &tail) {
        return match chained(list) {
            Some(chain) => (Vec::new(), chain),
            None => (pieces, tail),
        };
    }
    // `let model = keras.Model(...);`, with or without `model` behind it.
    if let Some((name, value)) = pieces.last().and_then(bound)
        && (tail.is_empty() || is_word(&tail, &name))
        && is_model(&value)
    {
        pieces.pop();
        tail = value;
    }
    let trees: Vec<TokenTree> = tail.clone().into_iter().collect();
    let read = match call(&trees) {
        Some((class, args)) if class == "Sequential" => sequential(&args, errors),
        Some((class, args)) if class == "Model" => functional(&args, &pieces, errors),
        _ => None,
    };
    (pieces, read.unwrap_or(tail))
}

fn is_model(tokens: &TokenStream) -> bool {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    call(&trees).is_some_and(|(class, _)| class == "Model" || class == "Sequential")
}

fn is_word(tokens: &TokenStream, name: &Ident) -> bool {
    let mut trees = tokens.clone().into_iter();
    matches!((trees.next(), trees.next()), (Some(TokenTree::Ident(word)), None) if word == *name)
}

/// `let name = value`.
fn bound(piece: &TokenStream) -> Option<(Ident, TokenStream)> {
    let trees: Vec<TokenTree> = piece.clone().into_iter().collect();
    let [TokenTree::Ident(word), rest @ ..] = trees.as_slice() else { return None };
    let (name, value) = named_value(rest).filter(|_| word == "let")?;
    Some((name.clone(), value.iter().cloned().collect()))
}

/// The class and the arguments of a call with nothing behind it, the modules of Keras left out.
fn call(trees: &[TokenTree]) -> Option<(Ident, Group)> {
    called(&trees[modules(trees)..]).map(|(class, args)| (class.clone(), args.clone()))
}

fn pieces_of(group: &Group) -> Vec<TokenStream> {
    at_comma(group.stream()).into_iter().filter(|piece| !piece.is_empty()).collect()
}

/// The name and the value of an argument.
fn named(piece: &TokenStream) -> (Option<Ident>, TokenStream) {
    let trees: Vec<TokenTree> = piece.clone().into_iter().collect();
    match named_value(&trees) {
        Some((name, value)) => (Some(name.clone()), value.iter().cloned().collect()),
        None => (None, piece.clone()),
    }
}

/// Says that a model has the name of its struct, if an argument gives it one.
fn refuse_name(args: &[(Option<Ident>, TokenStream)], errors: &mut Errors) {
    for (name, value) in args {
        if name.as_ref().is_some_and(|name| name == "name")
            && !is_word(value, &Ident::new("None", Span::call_site()))
        {
            errors.over(
                value,
                "a model is called as its struct is: `pub struct Mnist { ... }`; leave `name` out",
            );
        }
    }
}

/// The layers of `let model = Sequential(); model.add(...); model.add(...);`, with or without `model` behind it.
fn added(pieces: &[TokenStream], tail: &TokenStream) -> Option<Vec<TokenStream>> {
    let (name, value) = pieces.first().and_then(bound)?;
    let trees: Vec<TokenTree> = value.into_iter().collect();
    let (_, args) = call(&trees).filter(|(class, _)| class == "Sequential")?;
    let mut layers = match pieces_of(&args).as_slice() {
        [] => Vec::new(),
        [list] => pieces_of(&only_group(list, Delimiter::Bracket)?),
        _ => return None,
    };
    let last = Some(tail).filter(|tail| !tail.is_empty() && !is_word(tail, &name));
    for piece in pieces[1..].iter().chain(last) {
        let trees: Vec<TokenTree> = piece.clone().into_iter().collect();
        match trees.as_slice() {
            [
                TokenTree::Ident(model),
                TokenTree::Punct(_),
                TokenTree::Ident(add),
                TokenTree::Group(layer),
            ] if *model == name && add == "add" => {
                layers.extend(pieces_of(layer));
            }
            _ => return None,
        }
    }
    (pieces.len() > 1 || last.is_some()).then_some(layers)
}

/// The chain of `Sequential([...])` whose first layer says the shape of the input.
fn sequential(args: &Group, errors: &mut Errors) -> Option<TokenStream> {
    let args: Vec<_> = pieces_of(args).iter().map(named).collect();
    let of_layers =
        |(name, _): &&(Option<Ident>, TokenStream)| name.as_ref().is_none_or(|name| name == "layers");
    let list = only_group(&args.iter().find(of_layers)?.1, Delimiter::Bracket)?;
    let chain = chained(pieces_of(&list))?;
    refuse_name(&args, errors);
    Some(chain)
}

/// The chain of these layers, of which the first is an input or says its shape.
fn chained(mut layers: Vec<TokenStream>) -> Option<TokenStream> {
    let first: Vec<TokenTree> = layers.first()?.clone().into_iter().collect();
    if let Some((class, args)) = call(&first)
        && class != "InputLayer"
        && let Some((input, layer)) = input_of(&class, &first, &args)
    {
        layers.splice(..1, [input, layer]);
    }
    let mut chain = TokenStream::new();
    for (i, layer) in layers.into_iter().enumerate() {
        if i > 0 {
            chain.extend(quote_spanned! { layer.span()=> => });
        }
        chain.extend(layer);
    }
    Some(chain)
}

/// `Input(28, 28)` and `Flatten()` of `Flatten(input_shape = (28, 28))`.
fn input_of(class: &Ident, layer: &[TokenTree], args: &Group) -> Option<(TokenStream, TokenStream)> {
    let (mut input, mut rest) = (None, Vec::new());
    for piece in pieces_of(args) {
        match named(&piece) {
            (Some(name), value) if input.is_none() && is_shape(&name, class) => {
                input = Some((name, value));
            }
            _ => rest.push(piece),
        }
    }
    let (name, value) = input?;
    let axes = only_group(&value, Delimiter::Parenthesis).or_else(|| only_group(&value, Delimiter::Bracket));
    let axes = match (name.to_string().as_str(), axes) {
        ("input_shape", Some(axes)) => axes.stream(),
        ("input_dim" | "input_length", None) => value.clone(),
        ("batch_input_shape", Some(axes)) => {
            let mut axes = pieces_of(&axes).into_iter();
            let (batch, axes) = (axes.next()?, axes.collect::<Vec<_>>());
            quote_spanned! { value.span()=> #(#axes,)* batch = #batch }
        }
        _ => return None,
    };
    let mut inside = Group::new(Delimiter::Parenthesis, quote_spanned! { args.span()=> #(#rest),* });
    inside.set_span(args.span());
    let before: TokenStream = layer[..layer.len() - 1].iter().cloned().collect();
    let name = Ident::new("Input", name.span());
    Some((quote_spanned! { value.span()=> #name(#axes) }, quote_spanned! { args.span()=> #before #inside }))
}

/// The outputs of `Model(inputs, outputs)`, whose inputs have to be all that there are, in their order.
fn functional(args: &Group, pieces: &[TokenStream], errors: &mut Errors) -> Option<TokenStream> {
    let args: Vec<_> = pieces_of(args).iter().map(named).collect();
    let mut nameless = args.iter().filter(|(name, _)| name.is_none()).map(|(_, value)| value);
    let mut given = |wanted: &str| {
        let by_name = args.iter().find(|(name, _)| name.as_ref().is_some_and(|name| name == wanted));
        by_name.map(|(_, value)| value).or_else(|| nameless.next())
    };
    let (inputs, outputs) = (given("inputs")?, given("outputs")?);
    refuse_name(&args, errors);
    let listed = |tokens: &TokenStream| match only_group(tokens, Delimiter::Bracket) {
        Some(list) => pieces_of(&list),
        None => vec![tokens.clone()],
    };
    let words =
        |pieces: Vec<TokenStream>| -> Vec<String> { pieces.iter().map(ToString::to_string).collect() };
    let is_input = |value: &TokenStream| {
        let trees: Vec<TokenTree> = value.clone().into_iter().collect();
        call(&trees).is_some_and(|(class, _)| class == "Input")
    };
    let there: Vec<String> = pieces
        .iter()
        .filter_map(bound)
        .filter(|(_, value)| is_input(value))
        .map(|(name, _)| name.to_string())
        .collect();
    if words(listed(inputs)) != there {
        let order = there.join(", ");
        errors.over(
            inputs,
            format!("the inputs of a model are all its `Input(...)`, in their order, which is `[{order}]` here: bind them in the order that you want"),
        );
    }
    Some(match only_group(outputs, Delimiter::Bracket) {
        Some(list) => {
            let mut all = Group::new(Delimiter::Parenthesis, list.stream());
            all.set_span(list.span());
            TokenTree::from(all).into()
        }
        None => outputs.clone(),
    })
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn read(tokens: TokenStream) -> String {
        let (pieces, tail) = super::super::flow::statements(tokens);
        let mut errors = Errors::default();
        let (pieces, tail) = body(pieces, tail, &mut errors);
        let pieces: Vec<String> = pieces.iter().map(|piece| format!("{piece};")).collect();
        format!("{} {tail}", pieces.concat()).trim().replace(' ', "")
    }

    #[test]
    fn lists_of_layers_are_chains() {
        let wanted = "Input(4)=>layers.Dense(8)=>Dense(1)";
        assert_eq!(read(quote! { keras.Sequential([Input(4), layers.Dense(8), Dense(1),]) }), wanted);
        assert_eq!(
            read(
                quote! { let m = tf.keras.models.Sequential(layers = [Input(4), layers.Dense(8), Dense(1)]); m }
            ),
            wanted
        );
        assert_eq!(
            read(
                quote! { let m = Sequential(); m.add(Input(4)); m.add(layers.Dense(8)); m.add(Dense(1)); m }
            ),
            wanted
        );
        assert_eq!(
            read(quote! { let m = Sequential([Input(4)]); m.add(layers.Dense(8)); m.add(Dense(1)) }),
            wanted
        );
        // What is missing there is said of the chain.
        assert_eq!(read(quote! { Sequential([Dense(8), Dense(1)]) }), "Dense(8)=>Dense(1)");
    }

    #[test]
    fn the_shape_at_the_first_layer_is_an_input() {
        let wanted = "Input(28,28)=>Flatten(name=\"f\")=>Dense(1)";
        assert_eq!(
            read(quote! { Sequential([Flatten(input_shape = (28, 28), name = "f"), Dense(1)]) }),
            wanted
        );
        assert_eq!(read(quote! { Sequential([Dense(8, input_dim = 4)]) }), "Input(4)=>Dense(8)");
        let ids = quote! { Sequential([Embedding(input_dim = 100, output_dim = 8, input_length = 10)]) };
        assert_eq!(read(ids), "Input(10)=>Embedding(input_dim=100,output_dim=8)");
        let batch = quote! { Sequential([LSTM(8, batch_input_shape = (2, None, 3), stateful = True)]) };
        assert_eq!(read(batch), "Input(None,3,batch=2)=>LSTM(8,stateful=True)");
    }

    #[test]
    fn the_outputs_of_a_model_are_its_last_line() {
        let before = quote! { let a = Input(4); let b = keras.Input(shape = (4,)); let y = [a, b] => Add(); };
        let start = before.to_string().replace(' ', "");
        for (model, outputs) in [
            (quote! { keras.Model(inputs = [a, b], outputs = y) }, "y"),
            (quote! { Model([a, b], [y, a]) }, "(y,a)"),
            (quote! { let model = tf.keras.Model([a, b], y); }, "y"),
        ] {
            assert_eq!(read(quote! { #before #model }), format!("{start}{outputs}"));
        }
    }
}
