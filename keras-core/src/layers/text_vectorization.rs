use keras_ops::Symbolic;
use keras_shape::layers::TextVectorization;

use super::Operations;
use super::string_lookup::of_strings;
use crate::Result;
use crate::model::Trace;
use crate::preprocessing::Reader;

impl Operations for TextVectorization {
    fn operations(&self, _: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        of_strings("TextVectorization")
    }

    fn reader(&self) -> Option<Result<Reader>> {
        Some(Reader::of_words(self))
    }
}
