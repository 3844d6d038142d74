//! Python's `*sizes` and `**config` among arguments and elements of lists: what they stand for is written out.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use super::comprehension;
use super::env::Env;
use super::pasted::listed;

/// The arguments that the stars at `i` stand for, and of how many tokens these are. A product has something before its star.
pub fn arguments(trees: &[TokenTree], i: usize, env: &Env) -> Option<(TokenStream, usize)> {
    let begins = match i.checked_sub(1).and_then(|before| trees.get(before)) {
        Some(TokenTree::Punct(comma)) => comma.as_char() == ',',
        Some(_) => false,
        None => true,
    };
    match &trees[i..] {
        [_, TokenTree::Punct(star), TokenTree::Ident(name), ..] if star.as_char() == '*' => {
            Some((comprehension::arguments(env.dict_of(name)?, name.span())?, 3))
        }
        [_, TokenTree::Ident(name), ..] if begins => {
            let all = listed(env.value_of(name)?, env)?;
            Some((quote! { #(#all),* }, 2))
        }
        _ => None,
    }
}
