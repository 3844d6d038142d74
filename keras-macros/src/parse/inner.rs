//! Models inside of the model, as Python writes them: `let encoder = keras.Model(inputs, z, name = "encoder");`, applied as a
//! layer is.

use proc_macro2::{Group, TokenStream, TokenTree};
use syn::spanned::Spanned;

use super::ast::{Body, Chain, Inner, Item, Statement};
use super::{Reader, args, chain, flow, pasted};
use crate::error::Errors;

/// Reads `Model(inputs, outputs)`, of which `args` are the arguments and `whole` all tokens; nothing if these are not there.
pub fn read(args: &Group, whole: &[TokenTree], reader: &mut Reader, errors: &mut Errors) -> Option<Item> {
    let (inputs, outputs, other) = pasted::ends(args)?;
    let tokens: TokenStream = whole.iter().cloned().collect();
    let span = tokens.span();
    let inputs = pasted::tensors_of(&inputs, &reader.env);
    let (keys, outputs) = match pasted::named_outputs(&outputs, &reader.env, errors) {
        Some(named) => {
            let (keys, outputs): (Vec<String>, Vec<TokenStream>) = named.into_iter().unzip();
            (Some(keys), outputs)
        }
        None => (None, pasted::tensors_of(&outputs, &reader.env)),
    };
    // Values of a dict that has a name are put where they are named.
    let mut chains = |pieces: Vec<TokenStream>| -> Vec<Chain> {
        let read = |piece| chain(flow::fill(piece, reader), span, reader, errors);
        pieces.into_iter().map(read).collect()
    };
    let (inputs, outputs) = (chains(inputs), chains(outputs));
    let mut name = None;
    for piece in other {
        for arg in args::arguments(piece, reader, errors) {
            match &arg.name {
                Some(key) if key == "name" && !arg.axis => name = Some(arg),
                _ => errors.over(
                    &arg.tokens,
                    "`Model` takes `inputs`, `outputs` and a `name`: `Model(x, y, name = \"encoder\")`",
                ),
            }
        }
    }
    Some(Item::Model(Box::new(Inner { inputs, outputs, keys, name, tokens, span })))
}

/// Whether a chain is a model alone: one that stands there, or that a function makes.
pub fn is_model(chain: &Chain) -> bool {
    match chain.items.as_slice() {
        [Item::Model(_)] => true,
        [Item::Body(body)] => makes_a_model(body),
        _ => false,
    }
}

/// Whether a body gives a model alone, or a `Sequential`.
pub fn makes_a_model(body: &Body) -> bool {
    match body.tail.chains.as_slice() {
        [one] => {
            is_model(one)
                || names_a_model(one, &body.statements)
                || matches!(one.items.as_slice(), [Item::Block(..)])
        }
        _ => false,
    }
}

/// Whether a chain is the name of a model that these statements bind: `let model = keras.Model(x, y); model`.
fn names_a_model(chain: &Chain, statements: &[Statement]) -> bool {
    let [Item::Name(path)] = chain.items.as_slice() else { return false };
    let last = statements.iter().rev().find_map(|statement| match statement {
        Statement::Let(binding) if binding.names.iter().any(|name| path.is_ident(name)) => {
            Some(&binding.chain)
        }
        _ => None,
    });
    last.is_some_and(is_model)
}
