//! Models inside of the model, as Python writes them: `let encoder = keras.Model(inputs, z, name = "encoder");`, applied as a
//! layer is.

use proc_macro2::{Group, TokenStream, TokenTree};
use syn::spanned::Spanned;

use super::ast::{Chain, Inner, Item, Statement};
use super::{Reader, args, chain, pasted};
use crate::error::Errors;

/// Reads `Model(inputs, outputs)`, of which `args` are the arguments and `whole` all tokens; nothing if these are not there.
pub fn read(args: &Group, whole: &[TokenTree], reader: &mut Reader, errors: &mut Errors) -> Option<Item> {
    let (inputs, outputs, other) = pasted::ends(args)?;
    let tokens: TokenStream = whole.iter().cloned().collect();
    let span = tokens.span();
    let mut chains = |tokens: TokenStream| -> Vec<Chain> {
        pasted::tensors_of(&tokens).into_iter().map(|piece| chain(piece, span, reader, errors)).collect()
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
    Some(Item::Model(Box::new(Inner { inputs, outputs, name, tokens, span })))
}

/// Whether a chain is a model alone: one that stands there, or that a function makes.
pub fn is_model(chain: &Chain) -> bool {
    match chain.items.as_slice() {
        [Item::Model(_)] => true,
        [Item::Body(body)] => match body.tail.chains.as_slice() {
            [one] => is_model(one) || names_a_model(one, &body.statements),
            _ => false,
        },
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
