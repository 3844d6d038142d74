//! Vocabularies that layers learn of data before a training, or are told.

use keras_shape::layers::{IntegerLookup, StringLookup, TextVectorization};
use keras_shape::{Integers, LayerClass, Numbers, OutputMode, Vocabulary, kept, kept_text};

use super::Built;
use crate::engine::Reading;
use crate::layers::Operations;
use crate::preprocessing::{HasLookup, Reader, Tokens};
use crate::{Error, Result};

/// What layers with a vocabulary have in common: of what, its tokens, and how the argument of the layer is made of them.
macro_rules! vocabularies {
    ($($class:ident: $what:literal, $token:ty, |$tokens:ident| $kept:expr;)*) => { $(
        impl Built<$class> {
            #[doc = concat!("Takes the ", $what, " of this data as vocabulary, the most frequent first, as Keras's `adapt` does, with")]
            /// their weights for `tf_idf`: each row is a sample, of data without rows each token. The vocabulary is that of the
            /// layer from now on, and goes into files with the model.
            ///
            /// # Errors
            /// A vocabulary is given by an argument.
            pub fn adapt<X: Tokens<$token> + ?Sized>(&mut self, data: &X) -> Result<()> {
                if self.is_given() {
                    return Err(self.wrong()(Error::Argument(
                        "`vocabulary` is given as an argument, so none is taken from data".to_string(),
                    )));
                }
                let wrong = self.wrong();
                let mut reader = self.empty()?;
                let samples = HasLookup::<$token>::samples(&reader, data.rows()).map_err(&wrong)?;
                let Some(lookup) = HasLookup::<$token>::lookup(&mut reader) else { return Ok(()) };
                lookup.adapt(&samples).map_err(&wrong)?;
                let (tokens, weights) = (lookup.vocabulary(true), lookup.weights().to_vec());
                self.take(&tokens, &weights)
            }

            /// Sets the vocabulary, each token once; those kept for padding and the unknown may stand before it. It takes the
            /// place of the one that there was.
            ///
            /// # Errors
            /// A token stands there twice; there are more than `max_tokens`; the output is as wide as the vocabulary that is
            /// given by an argument, and this one is of another length; `tf_idf` needs weights.
            pub fn set_vocabulary<X: Tokens<$token> + ?Sized>(&mut self, tokens: &X) -> Result<()> {
                self.take(&tokens.rows().concat(), &[])
            }

            /// As [`set_vocabulary`](Self::set_vocabulary), with a weight for each token for `tf_idf`: Keras's
            /// `set_vocabulary(tokens, idf_weights)`. The unknown weigh the mean of all, unless they stand among the tokens.
            ///
            /// # Errors
            /// As there; there are not as many weights, or the layer's mode is another.
            pub fn set_weighted_vocabulary<X: Tokens<$token> + ?Sized>(
                &mut self,
                tokens: &X,
                idf_weights: &[f32],
            ) -> Result<()> {
                self.take(&tokens.rows().concat(), idf_weights)
            }

            /// All tokens in the order of their places, those kept for padding and the unknown first.
            ///
            /// # Errors
            /// The vocabulary that was given has a token twice, and the like.
            pub fn get_vocabulary(&self) -> Result<Vec<$token>> {
                self.vocabulary(true)
            }

            /// The tokens of the vocabulary alone: Keras's `get_vocabulary(include_special_tokens=False)`.
            ///
            /// # Errors
            /// As [`get_vocabulary`](Self::get_vocabulary).
            pub fn get_vocabulary_without_special_tokens(&self) -> Result<Vec<$token>> {
                self.vocabulary(false)
            }

            /// How many places there are, those kept for padding and the unknown included.
            ///
            /// # Errors
            /// As [`get_vocabulary`](Self::get_vocabulary).
            pub fn vocabulary_size(&self) -> Result<usize> {
                self.vocabulary(true).map(|all| all.len())
            }

            fn vocabulary(&self, special: bool) -> Result<Vec<$token>> {
                let mut reader = self.reader_of(self.layer()?)?;
                let lookup = HasLookup::<$token>::lookup(&mut reader);
                Ok(lookup.map_or(Vec::new(), |lookup| lookup.vocabulary(special)))
            }

            fn wrong(&self) -> impl Fn(Error) -> Error + use<> {
                let name = self.name().to_string();
                move |e| Error::Argument(format!("layer `{name}`: {e}"))
            }

            fn layer(&self) -> Result<$class> {
                $class::of(self.config())
                    .copied()
                    .ok_or_else(|| Error::layer(concat!("the layer is no `", stringify!($class), "`")))
            }

            /// Whether the vocabulary is given by an argument.
            fn is_given(&self) -> bool {
                !self.is_adapted() && self.layer().is_ok_and(|layer| layer.vocabulary.is_some())
            }

            fn reader_of(&self, layer: $class) -> Result<Reader> {
                layer.reader().ok_or_else(|| Error::layer("it has no vocabulary"))?.map_err(self.wrong())
            }

            /// A reader without a vocabulary.
            fn empty(&self) -> Result<Reader> {
                self.reader_of($class { vocabulary: None, idf_weights: None, ..self.layer()? })
            }

            fn take(&mut self, $tokens: &[$token], weights: &[f32]) -> Result<()> {
                let (wrong, given, layer) = (self.wrong(), self.is_given(), self.layer()?);
                // What is wrong with it is told now.
                let mut reader = self.empty()?;
                let Some(lookup) = HasLookup::<$token>::lookup(&mut reader) else { return Ok(()) };
                let weights = Some(weights).filter(|weights| !weights.is_empty());
                lookup.set($tokens.to_vec(), weights).map_err(&wrong)?;
                let places = lookup.size();
                let fixed = layer.output_mode != OutputMode::Int && !layer.pad_to_max_tokens;
                if given && fixed && self.vocabulary_size()? != places {
                    return Err(wrong(Error::Argument(format!(
                        "the output is as wide as the vocabulary that is given as an argument, {} places; found {places}",
                        self.vocabulary_size()?
                    ))));
                }
                let idf_weights = weights.map(|all| Numbers(kept(all.iter().map(|x| f64::from(*x)).collect())));
                let changed = $class { vocabulary: Some($kept), idf_weights, ..layer };
                let (reading, config) = self.reading_mut();
                *reading = if given { Reading::default() } else { Reading::adapted() };
                *config = changed.config();
                Ok(())
            }
        }
    )* };
}

/// Strings as an argument of a layer.
fn strings(tokens: &[String]) -> Vocabulary {
    Vocabulary(kept(tokens.iter().map(|token| kept_text(token)).collect()))
}

vocabularies! {
    StringLookup: "strings", String, |tokens| strings(tokens);
    TextVectorization: "words", String, |tokens| strings(tokens);
    IntegerLookup: "integers", i64, |tokens| Integers(kept(tokens.iter().map(|x| *x as isize).collect()));
}
