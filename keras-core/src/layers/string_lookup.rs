use keras_ops::Symbolic;
use keras_shape::layers::StringLookup;

use super::Operations;
use crate::model::Trace;
use crate::preprocessing::Reader;
use crate::{Error, Result};

impl Operations for StringLookup {
    fn operations(&self, _: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        of_strings("StringLookup")
    }

    fn reader(&self) -> Option<Result<Reader>> {
        Some(Reader::of_lookup(self))
    }
}

/// Strings are read before operations run: of a graph of operations alone they are no part.
pub(super) fn of_strings(class: &str) -> Result<Vec<Symbolic>> {
    Err(Error::layer(format!(
        "`{class}` reads strings, which is done before the operations of a model: only `predict`, `evaluate` and training on the CPU do so; elsewhere give a model that begins behind it what `keras_core::preprocessing::{class}` makes of them"
    )))
}
