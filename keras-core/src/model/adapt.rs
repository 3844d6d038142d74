//! What layers learn of data before a training: mean and variance for `Normalization`, a vocabulary for those that read
//! strings.

use keras_shape::layers::{Normalization, StringLookup, TextVectorization};
use keras_shape::{LayerConfig, OutputMode, Shape, Vocabulary, kept, kept_text};
use ndarray::{ArrayBase, Data, Dimension};

use super::Built;
use crate::engine::Reading;
use crate::preprocessing::Reader;
use crate::{Error, Result};

impl Built<Normalization> {
    /// Sets the mean and the variance to those of `data`, a batch as the layer is given, as
    /// [Keras's `adapt`](https://keras.io/api/layers/preprocessing_layers/numerical/normalization/#adapt-method) does.
    ///
    /// # Errors
    /// The layer has its mean and variance from its arguments; `data` has other lengths than the layer's input, or no
    /// samples.
    pub fn adapt<S: Data<Elem = f32>, D: Dimension>(&mut self, data: &ArrayBase<S, D>) -> Result<()> {
        let LayerConfig::Normalization(layer) = *self.config() else {
            return Err(Error::layer("the layer is no `Normalization`"));
        };
        let wrong = |text: String| Err(Error::Argument(format!("layer `{}`: {text}", self.name())));
        let Some(places) = self.weight("mean").map(|mean| mean.value.shape().iter().product::<usize>())
        else {
            return wrong("`mean` and `variance` are given, so none are taken from data".to_string());
        };
        let lengths = data.shape();
        let kept = layer.kept(&Shape::fixed(lengths)).map_err(|e| Error::Argument(e.to_string()))?;
        let own: usize = lengths.iter().zip(kept).filter(|(_, kept)| *kept).map(|(n, _)| n).product();
        if own != places {
            return wrong(format!("data of the shape {lengths:?} has {own} means, and the layer {places}"));
        }
        if data.is_empty() {
            return wrong(format!("data of the shape {lengths:?} has no numbers"));
        }
        // Each number with its place along the axes that are kept.
        let mut numbers: Vec<(usize, f64)> = Vec::with_capacity(data.len());
        let mut index = vec![0usize; lengths.len()];
        // Row by row, as `iter` goes.
        for x in data {
            let at = index.iter().zip(lengths).zip(kept).filter(|(_, kept)| *kept);
            numbers.push((at.fold(0, |at, ((i, n), _)| at * n + i), f64::from(*x)));
            for (i, n) in index.iter_mut().zip(lengths).rev() {
                *i += 1;
                if *i < *n {
                    break;
                }
                *i = 0;
            }
        }
        let count = (data.len() / places) as f64;
        let mut mean = vec![0.0; places];
        numbers.iter().for_each(|(at, x)| mean[*at] += x / count);
        let mut variance = vec![0.0; places];
        numbers.iter().for_each(|(at, x)| variance[*at] += (x - mean[*at]).powi(2) / count);
        let floats = |all: &[f64]| all.iter().map(|x| *x as f32).collect::<Vec<f32>>();
        self.set_weight("mean", &floats(&mean))?;
        self.set_weight("variance", &floats(&variance))
    }
}

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
                match Reader::of(self.config()) {
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
                let LayerConfig::$class(layer) = *self.config() else {
                    return Err(Error::layer(concat!("the layer is no `", stringify!($class), "`")));
                };
                if layer.output_mode == OutputMode::TfIdf {
                    return Err(self.wrong()(Error::Argument(
                        "with `output_mode = tf_idf` the vocabulary and `idf_weights` are arguments; `keras_core::preprocessing` finds them in data".to_string(),
                    )));
                }
                let empty = LayerConfig::$class($class { vocabulary: None, ..layer });
                match (layer.vocabulary.filter(|_| !self.is_adapted()), Reader::of(&empty)) {
                    (None, Some(reader)) => reader.map_err(self.wrong()),
                    _ => Err(self.wrong()(Error::Argument(
                        "`vocabulary` is given as an argument, so none is taken from data".to_string(),
                    ))),
                }
            }

            fn take_vocabulary(&mut self, words: &[String]) -> Result<()> {
                let wrong = self.wrong();
                let LayerConfig::$class(layer) = *self.config() else { return Ok(()) };
                let words: Vec<&'static str> = words.iter().map(|word| kept_text(word)).collect();
                let changed = LayerConfig::$class($class { vocabulary: Some(Vocabulary(kept(words))), ..layer });
                // What is wrong with it is told now.
                if let Some(reader) = Reader::of(&changed) {
                    reader.map_err(wrong)?;
                }
                let (reading, config) = self.reading_mut();
                *reading = Reading::adapted();
                *config = changed;
                Ok(())
            }
        }
    )* };
}
vocabularies! {
    StringLookup: "strings";
    TextVectorization: "words";
}
