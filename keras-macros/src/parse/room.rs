//! How much functions and loops may write out.

use proc_macro2::{Span, TokenStream, TokenTree};

use super::Reader;
use crate::error::Errors;

/// Deeper than any model is written by hand: a function cannot apply itself.
const MOST_DEPTH: usize = 32;
/// Applications, rounds and branches of one model.
const MOST_BODIES: usize = 10_000;
/// The tokens of all of them.
const MOST_TOKENS: usize = 300_000;

impl Reader {
    /// Begins a body of these tokens; an error where there are too many, or one in another too often.
    pub fn enter(&mut self, tokens: &TokenStream, span: Span, errors: &mut Errors) -> bool {
        self.bodies += 1;
        self.tokens += count(tokens);
        if self.depth >= MOST_DEPTH {
            errors.at(span, format!("functions and loops stand in each other more than {MOST_DEPTH} deep"));
            return false;
        }
        if self.bodies > MOST_BODIES || self.tokens > MOST_TOKENS {
            if !self.full {
                let what = if self.bodies > MOST_BODIES {
                    format!("functions are applied and loops run more than {MOST_BODIES} times")
                } else {
                    format!("functions and loops, written out, have more than {MOST_TOKENS} tokens")
                };
                errors.at(span, what);
            }
            self.full = true;
            return false;
        }
        self.depth += 1;
        true
    }

    /// Ends it.
    pub fn leave(&mut self) {
        self.depth -= 1;
    }
}

fn count(tokens: &TokenStream) -> usize {
    let inside = |tree: TokenTree| match tree {
        TokenTree::Group(group) => 1 + count(&group.stream()),
        _ => 1,
    };
    tokens.clone().into_iter().map(inside).sum()
}
