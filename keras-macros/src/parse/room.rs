//! How much functions and loops may write out.

use proc_macro2::{Span, TokenStream, TokenTree};

use super::Reader;
use crate::error::Errors;
use crate::limits::STEPS;

/// Deeper than any model is written by hand: a function cannot apply itself.
const MOST_DEPTH: usize = 32;
/// Applications, rounds and branches of one model.
const MOST_BODIES: usize = 10_000;
/// The tokens of all of them; the largest models of keras.applications have 75,000.
const MOST_TOKENS: usize = 200_000;
/// Layers, names of tensors and applications that are read, in all of them. A model has at most [`STEPS`] layers, so what
/// has more is refused later anyway, and need not be read to its end.
const MOST_ITEMS: usize = 8 * STEPS;

impl Reader {
    /// Begins a body of these tokens; an error where there are too many, or one in another too often.
    pub fn enter(&mut self, tokens: &TokenStream, span: Span, errors: &mut Errors) -> bool {
        self.bodies += 1;
        self.tokens += count(tokens);
        if self.depth >= MOST_DEPTH {
            errors.at(span, format!("functions and loops stand in each other more than {MOST_DEPTH} deep"));
            return false;
        }
        let what = if self.bodies > MOST_BODIES {
            Some(format!("functions are applied and loops run more than {MOST_BODIES} times"))
        } else if self.tokens > MOST_TOKENS {
            Some(format!("functions and loops, written out, have more than {MOST_TOKENS} tokens"))
        } else if self.read_items > MOST_ITEMS {
            Some(format!("functions and loops, written out, have more than {MOST_ITEMS} layers and names"))
        } else {
            None
        };
        if let Some(what) = what {
            if !self.full {
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
