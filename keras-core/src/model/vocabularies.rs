//! Vocabularies that layers learn of data before a training.

use keras_shape::layers::{StringLookup, TextVectorization};
use keras_shape::{LayerClass, OutputMode, Vocabulary, kept, kept_text};

use super::Built;
use crate::engine::Reading;
use crate::layers::Operations;
use crate::preprocessing::Reader;
use crate::{Error, Result};

/// What layers with a vocabulary of strings have in common.
macro_rules! vocabularies {
    ($($class:ident: $what:literal;)*) => { $(
        impl Built<$class> {
            #[doc = concat!("Takes the ", $what, " of these samples as vocabulary, the most frequent first. The vocabulary is")]
            /// that of the layer from now on, and goes into files with the model.
            ///
            /// # Errors
            /// A vocabulary is given; the output is as wide as the vocabulary, and so known before.
            pub fn adapt<S: AsRef<str>>(&mut self, data: &[S]) -> Result<()> {
                let samples: Vec<Vec<&str>> = data.iter().map(|text| vec![text.as_ref()]).collect();
                let wrong = self.wrong();
                let mut reader = self.empty()?;
                reader.adapt(&samples).map_err(&wrong)?;
                self.take_vocabulary(&reader.vocabulary())
            }

            /// Sets the vocabulary, each string once; those kept for padding and the unknown may stand before it.
            ///
            /// # Errors
            /// A string stands there twice; there are more than `max_tokens`; the vocabulary is given by an argument.
            pub fn set_vocabulary<S: AsRef<str>>(&mut self, words: &[S]) -> Result<()> {
                self.empty()?;
                let words: Vec<String> = words.iter().map(|word| word.as_ref().to_string()).collect();
                self.take_vocabulary(&words)
            }

            /// All tokens in the order of their places, those kept for padding and the unknown first.
            ///
            /// # Errors
            /// The vocabulary that was given has a string twice, and the like.
            pub fn get_vocabulary(&self) -> Result<Vec<String>> {
                match $class::of(self.config()).and_then(|layer| layer.reader()) {
                    Some(reader) => Ok(reader.map_err(self.wrong())?.vocabulary()),
                    None => Ok(Vec::new()),
                }
            }

            fn wrong(&self) -> impl Fn(Error) -> Error + use<> {
                let name = self.name().to_string();
                move |e| Error::Argument(format!("layer `{name}`: {e}"))
            }

            /// A reader without a vocabulary.
            fn empty(&self) -> Result<Reader> {
                let Some(layer) = $class::of(self.config()).copied() else {
                    return Err(Error::layer(concat!("the layer is no `", stringify!($class), "`")));
                };
                if layer.output_mode == OutputMode::TfIdf {
                    return Err(self.wrong()(Error::Argument(
                        "with `output_mode = tf_idf` the vocabulary and `idf_weights` are arguments; `keras_core::preprocessing` finds them in data".to_string(),
                    )));
                }
                let empty = $class { vocabulary: None, ..layer };
                match (layer.vocabulary.filter(|_| !self.is_adapted()), empty.reader()) {
                    (None, Some(reader)) => reader.map_err(self.wrong()),
                    _ => Err(self.wrong()(Error::Argument(
                        "`vocabulary` is given as an argument, so none is taken from data".to_string(),
                    ))),
                }
            }

            fn take_vocabulary(&mut self, words: &[String]) -> Result<()> {
                let wrong = self.wrong();
                let Some(layer) = $class::of(self.config()).copied() else { return Ok(()) };
                let words: Vec<&'static str> = words.iter().map(|word| kept_text(word)).collect();
                let changed = $class { vocabulary: Some(Vocabulary(kept(words))), ..layer };
                // What is wrong with it is told now.
                if let Some(reader) = changed.reader() {
                    reader.map_err(wrong)?;
                }
                let (reading, config) = self.reading_mut();
                *reading = Reading::adapted();
                *config = changed.config();
                Ok(())
            }
        }
    )* };
}
vocabularies! {
    StringLookup: "strings";
    TextVectorization: "words";
}
