//! Whole models as Python writes them: `keras.Sequential([Input(4), Dense(1)])`, layers that are added to one, and
//! `keras.Model(inputs, outputs)` behind what makes the outputs. They become the chain and the outputs that stand here otherwise.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::spanned::Spanned;

use super::args::{called, modules, named_value};
use super::begins::begun;
use super::comprehension::{self, Entry};
use super::env::Env;
use super::eval::Value;
use super::pythonic::is_called_later;
use super::split::{at_char, at_comma, only_group};
use super::{Reader, named_lists, parts};
use crate::error::Errors;

/// A model in the form that is read here.
pub struct Body {
    /// The statements.
    pub pieces: Vec<TokenStream>,
    /// The output, or several.
    pub tail: TokenStream,
    /// What names the model.
    pub name: Option<TokenStream>,
    /// Its inputs, where it says them.
    pub inputs: Option<TokenStream>,
    /// Whether several outputs may stand in brackets.
    pub listed: bool,
}

/// The statements and the output of a model, in the form that is read here.
pub fn body(mut pieces: Vec<TokenStream>, mut tail: TokenStream, errors: &mut Errors) -> Body {
    if super::added::is_addition(&tail) || is_called_later(&tail) || parts::says_trainable(&tail) {
        pieces.push(std::mem::take(&mut tail));
    }
    end(&mut pieces, &mut tail, errors);
    named_lists::layers(&mut pieces, &mut tail);
    named_lists::names(&mut pieces, &mut tail);
    named_lists::inputs(&mut pieces, &mut tail);
    // `let model = keras.Model(...);`, with or without `model` behind it. Of what is called on it there is something to say.
    let follows = |piece: &TokenStream| is_called_later(piece) || parts::says_trainable(piece);
    if let Some(at) = pieces.iter().rposition(|piece| !follows(piece))
        && let Some((name, value)) = bound(&pieces[at])
        && (tail.is_empty() || is_word(&tail, &name))
        && is_whole(&value)
    {
        // What says which of its layers are trained goes by its name.
        if pieces[at + 1..].iter().any(parts::says_trainable) {
            tail = TokenTree::Ident(name).into();
        } else {
            pieces.remove(at);
            tail = value;
        }
    }
    // Of one that layers are added to, too.
    if let Some(at) = pieces.iter().rposition(|piece| !follows(piece))
        && let Some(name) = super::added::name_in(&pieces[at]).filter(|_| tail.is_empty())
        && pieces[at + 1..].iter().any(parts::says_trainable)
    {
        tail = TokenTree::Ident(name).into();
    }
    let trees: Vec<TokenTree> = tail.clone().into_iter().collect();
    let (mut outputs, mut inputs, mut name): (Option<TokenStream>, _, _) = (None, None, None);
    if let Some((class, args)) = call(&trees)
        && class == "Model"
    {
        (outputs, inputs) = functional(&args).unzip();
        name = name_in(pieces_of(&args));
    }
    let listed = outputs.is_some();
    Body { pieces, tail: outputs.unwrap_or(tail), name, inputs, listed }
}

/// Says what is wrong with a last line that is `return x;` or `Sequential([...]).compile(...)`, which is read without that.
fn end(pieces: &mut Vec<TokenStream>, tail: &mut TokenStream, errors: &mut Errors) {
    let is_return = |piece: &TokenStream| {
        let mut trees = piece.clone().into_iter();
        matches!(trees.next(), Some(TokenTree::Ident(word)) if word == "return") && trees.next().is_some()
    };
    if tail.is_empty() && pieces.last().is_some_and(is_return) {
        *tail = pieces.pop().unwrap_or_default();
    }
    if is_return(tail) {
        errors.over(tail.clone().into_iter().next(), super::pythonic::RETURN);
        *tail = tail.clone().into_iter().skip(1).collect();
    }
    let trees: Vec<TokenTree> = tail.clone().into_iter().collect();
    let Some(at) =
        trees.iter().rposition(|tree| matches!(tree, TokenTree::Punct(dot) if dot.as_char() == '.'))
    else {
        return;
    };
    if let [TokenTree::Ident(name), TokenTree::Group(_)] = &trees[at + 1..]
        && let Some(message) = super::pythonic::called_later(&name.to_string(), "model")
        && call(&trees[..at]).is_some_and(|(class, _)| class == "Model" || class == "Sequential")
    {
        errors.at(name.span(), message);
        *tail = trees[..at].iter().cloned().collect();
    }
}

/// The value of `name = ...` among arguments.
fn name_in(args: Vec<TokenStream>) -> Option<TokenStream> {
    args.iter()
        .map(named)
        .find(|(name, _)| name.as_ref().is_some_and(|name| name == "name"))
        .map(|(_, name)| name)
}

/// The name of a model, if this is one.
pub fn name(tokens: TokenStream, reader: &Reader, errors: &mut Errors) -> Option<String> {
    let value = reader.env.eval(tokens.clone());
    match value {
        Some(Value::None) => None,
        Some(Value::Word(name, _)) => match keras_shape::check_name(&name) {
            Ok(()) => Some(name),
            Err(message) => {
                errors.over(tokens, message);
                None
            }
        },
        _ => {
            errors.over(tokens, "expected `name`: a text, as `\"encoder\"`");
            None
        }
    }
}

/// Whether this is a block or a model.
pub fn is_whole(tokens: &TokenStream) -> bool {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    call(&trees).is_some_and(|(class, _)| class == "Model" || class == "Sequential")
}

pub fn is_word(tokens: &TokenStream, name: &Ident) -> bool {
    let mut trees = tokens.clone().into_iter();
    matches!((trees.next(), trees.next()), (Some(TokenTree::Ident(word)), None) if word == *name)
}

/// `let name = value`.
pub fn bound(piece: &TokenStream) -> Option<(Ident, TokenStream)> {
    let trees: Vec<TokenTree> = piece.clone().into_iter().collect();
    let [TokenTree::Ident(word), rest @ ..] = trees.as_slice() else { return None };
    let (name, value) = named_value(rest).filter(|_| word == "let")?;
    Some((name.clone(), value.iter().cloned().collect()))
}

/// The class and the arguments of a call with nothing behind it, the modules of Keras left out.
pub fn call(trees: &[TokenTree]) -> Option<(Ident, Group)> {
    called(&trees[modules(trees)..]).map(|(class, args)| (class.clone(), args.clone()))
}

pub fn pieces_of(group: &Group) -> Vec<TokenStream> {
    at_comma(group.stream()).into_iter().filter(|piece| !piece.is_empty()).collect()
}

/// The name and the value of an argument.
pub fn named(piece: &TokenStream) -> (Option<Ident>, TokenStream) {
    let trees: Vec<TokenTree> = piece.clone().into_iter().collect();
    match named_value(&trees) {
        Some((name, value)) => (Some(name.clone()), value.iter().cloned().collect()),
        None => (None, piece.clone()),
    }
}

/// The chain of a whole model that is `Sequential([...])`, or layers [added](super::added) to one; what names it; and the
/// number of one that layers are added to.
pub fn sequential(tail: &TokenStream, reader: &Reader) -> Option<Whole> {
    let (layers, other, number) = match super::added::whole(tail, reader) {
        Some((layers, other, number)) => (layers, other, Some(number)),
        None => {
            let (layers, other) = layers_of(tail, &reader.env).filter(|(layers, _)| !layers.is_empty())?;
            (layers, other, None)
        }
    };
    let mut chain = TokenStream::new();
    for (i, layer) in begun(layers, &reader.env).into_iter().enumerate() {
        if i > 0 {
            chain.extend(quote_spanned! { layer.span()=> => });
        }
        chain.extend(layer);
    }
    Some((chain, name_in(other), number))
}

/// A chain, what names it, and its number.
type Whole = (TokenStream, Option<TokenStream>, Option<usize>);

/// The layers of `Sequential([...])`, and what else stands between its parentheses.
pub fn layers_of(tokens: &TokenStream, env: &Env) -> Option<(Vec<TokenStream>, Vec<TokenStream>)> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let (_, args) = call(&trees).filter(|(class, _)| class == "Sequential")?;
    layers_among(pieces_of(&args), env)
}

/// The layers among the arguments of a `Sequential`, and the others.
pub fn layers_among(args: Vec<TokenStream>, env: &Env) -> Option<(Vec<TokenStream>, Vec<TokenStream>)> {
    let (mut layers, mut other) = (None, Vec::new());
    for piece in args {
        match named(&piece) {
            (None, list) if layers.is_none() && other.is_empty() => layers = Some(listed(&list, env)?),
            (Some(key), list) if key == "layers" => layers = Some(listed(&list, env)?),
            _ => other.push(piece),
        }
    }
    Some((layers.unwrap_or_default(), other))
}

/// Whether a list stands between the parentheses of `Sequential(...)`.
pub fn has_list(tokens: &TokenStream) -> bool {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    call(&trees).is_some_and(|(_, args)| {
        pieces_of(&args).iter().map(named).any(|(name, _)| name.is_none_or(|name| name == "layers"))
    })
}

/// The elements of `[a, b]`, `(a, b)` or `[a] + [b]`.
pub fn listed(tokens: &TokenStream, env: &Env) -> Option<Vec<TokenStream>> {
    let mut all = Vec::new();
    for part in at_char(env.fill(tokens.clone()), '+') {
        if let Some(group) = only_group(&part, Delimiter::None) {
            all.extend(listed(&group.stream(), env)?);
            continue;
        }
        let list =
            only_group(&part, Delimiter::Bracket).or_else(|| only_group(&part, Delimiter::Parenthesis))?;
        all.extend(pieces_of(&list));
    }
    Some(all)
}

/// The outputs of `Model(inputs, outputs)`, and its inputs.
fn functional(args: &Group) -> Option<(TokenStream, TokenStream)> {
    let (inputs, outputs, _) = ends(args)?;
    // A list that a loop makes is written out later.
    let outputs = match list_in(&outputs).filter(|list| !comprehension::is_loop(&list.stream())) {
        Some(list) => {
            let mut all = Group::new(Delimiter::Parenthesis, list.stream());
            all.set_span(list.span());
            TokenTree::from(all).into()
        }
        None => outputs,
    };
    Some((outputs, inputs))
}

/// The outputs of `{"b": y, "a": x}` with their names, in whose order Keras counts them.
pub fn named_outputs(
    tail: &TokenStream,
    env: &Env,
    errors: &mut Errors,
) -> Option<Vec<(String, TokenStream)>> {
    let mut named: Vec<(String, TokenStream)> = Vec::new();
    for Entry { name, key, value } in env.entries(tail)? {
        if let Err(message) = keras_shape::check_name(&name) {
            errors.over(&key, message);
        } else if named.iter().any(|(other, _)| *other == name) {
            errors.over(&key, format!("two outputs are called `{name}`"));
        }
        named.push((name, value));
    }
    Some(named)
}

/// What a model begins and ends with, by the arguments of `Model(inputs, outputs, name = "encoder")`, and the others.
pub fn ends(args: &Group) -> Option<(TokenStream, TokenStream, Vec<TokenStream>)> {
    let (mut inputs, mut outputs, mut other) = (None, None, Vec::new());
    for piece in pieces_of(args) {
        let (name, value) = named(&piece);
        match name.map(|name| name.to_string()).as_deref() {
            Some("inputs") => inputs = Some(value),
            Some("outputs") => outputs = Some(value),
            None if inputs.is_none() => inputs = Some(value),
            None if outputs.is_none() => outputs = Some(value),
            _ => other.push(piece),
        }
    }
    Some((inputs?, outputs?, other))
}

/// The tensors of `[a, b]`, of a dict in the order of its keys, or of `a` alone.
pub fn tensors_of(tokens: &TokenStream, env: &Env) -> Vec<TokenStream> {
    match (env.entries(tokens), list_in(tokens)) {
        (Some(entries), _) => entries.into_iter().map(|entry| entry.value).collect(),
        (None, Some(list)) if !comprehension::is_loop(&list.stream()) => pieces_of(&list),
        (None, _) => vec![tokens.clone()],
    }
}

/// `[a, b]` or `(a, b)`.
fn list_in(tokens: &TokenStream) -> Option<Group> {
    only_group(tokens, Delimiter::Bracket).or_else(|| only_group(tokens, Delimiter::Parenthesis))
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::super::flow;
    use super::*;

    fn read(tokens: TokenStream) -> String {
        let (pieces, tail) = flow::statements(tokens);
        let mut errors = Errors::default();
        let Body { pieces, tail, .. } = body(pieces, tail, &mut errors);
        let mut reader = Reader::default();
        flow::read(pieces.clone(), &mut reader, &mut errors);
        let text = match sequential(&flow::fill(tail.clone(), &reader), &reader) {
            Some((chain, ..)) => chain.to_string(),
            None => {
                let pieces: Vec<String> = pieces.iter().map(|piece| format!("{piece};")).collect();
                format!("{} {tail}", pieces.concat())
            }
        };
        text.trim().replace(' ', "")
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
