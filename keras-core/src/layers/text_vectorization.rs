use keras_ops::Symbolic;
use keras_shape::LayerConfig;
use keras_shape::layers::TextVectorization;

use super::Operations;
use super::string_lookup::of_strings;
use crate::Result;
use crate::model::{Trace, WithVocabulary};
use crate::preprocessing::Reader;

impl Operations for TextVectorization {
    fn operations(&self, _: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        of_strings("TextVectorization")
    }

    fn reader(&self) -> Option<Result<Reader>> {
        Some(Reader::of_words(self))
    }
}

impl WithVocabulary for TextVectorization {
    fn of(config: &LayerConfig) -> Option<Self> {
        if let LayerConfig::TextVectorization(layer) = config { Some(*layer) } else { None }
    }

    fn into_config(self) -> LayerConfig {
        LayerConfig::TextVectorization(self)
    }
}
