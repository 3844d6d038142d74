//! How large a model grows: repetitions and blocks make a few tokens many layers.

use proc_macro2::Span;

use super::Resolver;
use crate::limits::STEPS;

/// What is left of [`STEPS`].
pub(super) struct Room {
    left: usize,
    told: bool,
}

impl Room {
    /// Whether something had no room: then the rest of the model need not be made either.
    pub(super) fn is_exceeded(&self) -> bool {
        self.told
    }

    pub(super) fn new() -> Self {
        Room { left: STEPS, told: false }
    }
}

impl Resolver<'_> {
    /// Takes room for `count` more layers; where there is none, that is told once, here.
    pub(super) fn has_room(&mut self, count: usize, span: Span) -> bool {
        match self.room.left.checked_sub(count) {
            Some(left) => self.room.left = left,
            None => {
                self.room.left = 0;
                if !std::mem::replace(&mut self.room.told, true) {
                    self.errors.at(
                        span,
                        format!(
                            "a model has at most {STEPS} inputs and layers, those of a repetition and each use of a block counted\nhelp: parts of it can be models of their own, which stand in it as one layer each"
                        ),
                    );
                }
                return false;
            }
        }
        true
    }
}
