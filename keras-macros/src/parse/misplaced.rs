//! What stands in chains as Python or another library writes it: said how it is written here.

use keras_shape::{LayerConfig, closest};
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use syn::Path;

use super::ast::{Call, Item};
use super::split::{at_comma, only_group};
use super::{Reader, args, function, operations, pythonic, sugar};
use crate::error::Errors;

/// Says how a layer is applied that stands before a tensor in parentheses.
pub fn applied_in_parentheses(
    name: &str,
    has_arguments: bool,
    given: &Group,
    reader: &Reader,
    errors: &mut Errors,
) {
    let (written, plain) = (pythonic::applied(name, has_arguments, given), function::plain(&given.stream()));
    let dots = if has_arguments { "..." } else { "" };
    let text = format!("a layer is applied with an arrow: `{written}`, not `{name}({dots})({plain})`");
    errors.over(given, reader.in_words(text));
}

/// Whether tensors are given by name behind the layer `name`, `(query = x, value = y)`; then says how it is applied.
pub fn names_tensors(
    name: &str,
    has_arguments: bool,
    behind: Option<&TokenTree>,
    reader: &Reader,
    errors: &mut Errors,
    items: &mut Vec<Item>,
) -> bool {
    let Some(TokenTree::Group(given)) = behind else { return false };
    if given.delimiter() != Delimiter::Parenthesis || !pythonic::gives_tensors(given) {
        return false;
    }
    applied_in_parentheses(name, has_arguments, given, reader, errors);
    items.push(Item::Broken(given.span()));
    true
}

/// Says that a function of TensorFlow or of Keras's old backend is one of `ops` here, if one stands there.
pub fn of_backend(trees: &[TokenTree], errors: &mut Errors, items: &mut Vec<Item>) -> bool {
    let Some((name, here)) = pythonic::of_backend(trees).filter(|(name, _)| !is_merge(name, items)) else {
        return false;
    };
    let arrow = if items.is_empty() { "" } else { "=> " };
    errors.at(
            name.span(),
            match operations::is_known(&here) {
                _ if name == "epsilon" || name == "floatx" => format!("what Keras is set to stands with its module: `keras.backend.{name}()`"),
                true => format!("operations stand in a model as those of `keras.ops`: `{arrow}ops.{here}(...)`"),
                false => format!("no operation `{name}` stands in a model; those of `keras.ops` do: `ops.mean(x, axis = 1)`\nhelp: a layer of your own computes with all of `keras_core::ops`"),
            },
        );
    items.push(Item::Broken(name.span()));
    true
}

/// Whether `dense(x)` applies a layer that is bound to a name, as in Python; then says how it is written.
pub fn applies_a_name(
    path: &Path,
    args: &Group,
    whole: &[TokenTree],
    reader: &Reader,
    errors: &mut Errors,
) -> bool {
    let first = at_comma(args.stream()).into_iter().next().unwrap_or_default();
    let trees: Vec<TokenTree> = first.into_iter().collect();
    let Some(name) = path.get_ident().filter(|name| reader.env.is_tensor(name)) else { return false };
    if trees.is_empty() || args::named_value(&trees).is_some() {
        return false;
    }
    let given = function::plain(&args.stream());
    let written = pythonic::applied(&name.to_string(), false, args);
    errors.over(
        whole.iter().cloned().collect::<TokenStream>(),
        reader.in_words(format!("a layer is applied with an arrow: `{written}`, not `{name}({given})`")),
    );
    true
}

/// What a line asks of a model inside of the model that only a model that has been made answers, `base.count_params()`: the tokens,
/// and what to write.
pub fn asks_of_a_model(tokens: &TokenStream, reader: &Reader) -> Option<(TokenStream, String)> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    (0..trees.len()).find_map(|i| match &trees[i..] {
        [TokenTree::Group(group), ..] if group.delimiter() != Delimiter::Brace => {
            asks_of_a_model(&group.stream(), reader)
        }
        [TokenTree::Ident(of), TokenTree::Punct(dot), TokenTree::Ident(asked), ..]
            if dot.as_char() == '.' && reader.env.is_tensor(of) =>
        {
            let message = asked_of_a_model(of, &asked.to_string())?;
            Some((trees[i..i + 3].iter().cloned().collect(), message))
        }
        _ => None,
    })
}

fn asked_of_a_model(of: &Ident, asked: &str) -> Option<String> {
    Some(match asked {
        "get_layer" => format!(
            "a layer of `{of}` is asked for by a name or a place that is known here: `{of}.get_layer(\"a\")`, `{of}.layers[-2]`; variables of Rust are not seen by `model!`"
        ),
        "count_params"
        | "get_weights"
        | "set_weights"
        | "weights"
        | "trainable_weights"
        | "non_trainable_weights" => {
            let call = match asked {
                "count_params" => "count_params()",
                "set_weights" => "set_weights(&weights)?",
                _ => "weights()",
            };
            format!(
                "a model is made of layers here; `{asked}` is asked of it when it has been made: `model.{call}`"
            )
        }
        _ => return None,
    })
}

/// What to say of `y.relu()`: a tensor has no methods.
pub fn method(of: &str, method: &str) -> String {
    let written = match method {
        _ if operations::is_known(method) => format!("write `ops::{method}({of})`"),
        _ if LayerConfig::is_class(method) => format!("write `{of} => {method}(...)`"),
        _ => {
            return format!(
                "`{of}.{method}` is not known here: operations are those of `keras.ops`, as `ops::mean(y, axis = 1)`, layers stand behind an arrow, `y => Dense(8)`, and parts of a model are `base.output`, `base.layers`, `base.get_layer(\"a\")`\nhelp: numbers are asked for when the model has been made: `model.dense.weights()`"
            );
        }
    };
    format!("`{of}` has no method `{method}` here: {written}")
}

/// Whether a parameter that stands for a layer is applied as in Python, `activation(x)`; then says how it is written.
pub fn applies_a_parameter(trees: &[TokenTree], errors: &mut Errors, items: &mut Vec<Item>) -> bool {
    let [TokenTree::Group(layer), TokenTree::Group(given)] = trees else { return false };
    if (layer.delimiter(), given.delimiter()) != (Delimiter::None, Delimiter::Parenthesis) {
        return false;
    }
    let tensors = pythonic::arrowed(&given.stream());
    // The value stands where its name does.
    let name = layer.span().source_text().filter(|name| syn::parse_str::<Ident>(name).is_ok());
    let name = name.as_deref().unwrap_or("layer");
    errors.over(
        given,
        format!("a layer is applied with an arrow, by its name too: `{tensors} => {name}`, not `{name}({tensors})`"),
    );
    items.push(Item::Broken(given.span()));
    true
}

/// What to say of `Lambda(f)` of a function of the model.
pub fn wraps_a_function(path: &Path, args: &Group, reader: &Reader) -> Option<String> {
    let name = path.segments.last().filter(|last| last.ident == "Lambda")?.ident.to_string();
    let first = at_comma(args.stream()).into_iter().next()?;
    let trees: Vec<TokenTree> = first.clone().into_iter().collect();
    let value = args::named_value(&trees).map_or(trees.as_slice(), |(_, value)| value);
    let [TokenTree::Ident(function)] = value else { return None };
    reader.env.get_function(function)?;
    Some(format!(
        "`{function}` is a function of this model, and `{name}` takes one of Rust\nhelp: a function of the model is applied itself, with a parameter for each tensor: `x => {function}`, `{function}(x, y)`"
    ))
}

/// What to say of `Concatenate([a, b])`, whose tensors stand before an arrow.
pub fn merges_arguments(path: &Path, args: &Group, reader: &Reader) -> Option<String> {
    let name = path.segments.last()?.ident.to_string();
    if !LayerConfig::default_of(&name)?.facts().merges {
        return None;
    }
    let mut pieces = at_comma(args.stream()).into_iter();
    let list = only_group(&pieces.next()?, Delimiter::Bracket)?;
    let is_tensor = |tree: TokenTree| matches!(&tree, TokenTree::Ident(name) if reader.env.is_tensor(name));
    let dots = if pieces.any(|piece| !piece.is_empty()) { "..." } else { "" };
    let tensors = function::plain(&list.stream());
    list.stream()
        .into_iter()
        .any(is_tensor)
        .then(|| format!("tensors stand before an arrow: `[{tensors}] => {name}({dots})`"))
}

/// Whether a function merges, as `tf.keras.layers.add` does.
fn is_merge(name: &Ident, items: &[Item]) -> bool {
    items.is_empty() && sugar::FUNCTIONS.iter().any(|(function, _)| name == function)
}

/// `Input` by a name that is nearly that: then the model goes on as if it were.
pub fn misspelt_input(call: &Call, errors: &mut Errors) -> Option<Path> {
    let (ident, name) = (call.path.get_ident()?, call.name());
    let known = LayerConfig::CLASSES.iter().copied().chain(["Lambda", "Input"]);
    if name == "Input" || LayerConfig::is_class(&name) || closest(&name, known) != Some("Input") {
        return None;
    }
    errors.at(
        ident.span(),
        format!("there is no layer `{name}`; did you mean `Input`?\nhelp: an own layer of that name is written `self::{name}(...)`"),
    );
    Some(Path::from(Ident::new("Input", ident.span())))
}
