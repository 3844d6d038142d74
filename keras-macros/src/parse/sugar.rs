//! What Keras writes around layers: `concatenate([a, b])`, `Sequential([...])`.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use syn::Path;
use syn::spanned::Spanned;

use super::ast::{Call, Chain, Item};
use super::split::{at_comma, only_group};
use super::{Reader, bracket};
use crate::error::Errors;

/// The functions of `keras.layers` that merge, with their layers.
pub(super) const FUNCTIONS: &[(&str, &str)] = &[
    ("add", "Add"),
    ("average", "Average"),
    ("concatenate", "Concatenate"),
    ("dot", "Dot"),
    ("maximum", "Maximum"),
    ("minimum", "Minimum"),
    ("multiply", "Multiply"),
    ("subtract", "Subtract"),
];

/// `concatenate([a, b], axis = 1)` as `[a, b] => Concatenate(axis = 1)`: the list, and the call without it.
pub fn function(
    path: &Path,
    args: &TokenStream,
    reader: &mut Reader,
    errors: &mut Errors,
) -> Option<(Item, Path, TokenStream)> {
    let name = path.get_ident()?;
    let (_, class) = FUNCTIONS.iter().find(|(function, _)| name == function)?;
    let mut pieces = at_comma(args.clone()).into_iter();
    let group = list(pieces.next()?, "inputs")?;
    let list = bracket(group.stream(), group.span(), reader, errors);
    let rest = pieces.filter(|piece| !piece.is_empty());
    let comma = || TokenTree::Punct(proc_macro2::Punct::new(',', proc_macro2::Spacing::Alone));
    let rest = rest.flat_map(|piece| piece.into_iter().chain([comma()])).collect();
    Some((list, Path::from(Ident::new(class, name.span())), rest))
}

/// `[a, b]`, or `key = [a, b]` as it may stand too.
fn list(first: TokenStream, key: &str) -> Option<Group> {
    let trees: Vec<TokenTree> = first.into_iter().collect();
    let list: TokenStream = match trees.as_slice() {
        [TokenTree::Ident(name), TokenTree::Punct(eq), list] if name == key && eq.as_char() == '=' => {
            list.clone().into()
        }
        _ => trees.into_iter().collect(),
    };
    only_group(&list, Delimiter::Bracket)
}

/// `Sequential([Flatten(), Dense(32)], name = "encoder")`, from what stands between its parentheses.
pub fn sequential(args: &TokenStream, reader: &mut Reader, errors: &mut Errors) -> Option<Item> {
    let span = args.span();
    let begun = reader.beginning.take();
    if args.is_empty() {
        return None;
    }
    let args = at_comma(args.clone()).into_iter().filter(|piece| !piece.is_empty()).collect();
    let (layers, other) = super::pasted::layers_among(args, &reader.env)?;
    let mut items = Vec::new();
    for piece in super::begins::begun(layers, &reader.env) {
        super::read_items(piece, reader, errors, &mut items);
    }
    let mut name = None;
    for piece in other {
        for arg in super::args::arguments(piece, reader, errors) {
            match &arg.name {
                Some(key) if key == "name" && !arg.axis => name = Some(arg),
                _ => errors.over(&arg.tokens, "`Sequential` takes a list of layers and a `name`: `Sequential([Flatten(), Dense(32)], name = \"encoder\")`"),
            }
        }
    }
    Some(Item::Block(Chain { items, span }, name, begun))
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
