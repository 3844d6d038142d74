use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::IntegerLookup;

use super::Operations;
use super::categories::{encode, key};
use crate::engine::Reading;
use crate::model::{Built, Trace};
use crate::preprocessing::Reader;
use crate::{Error, Result};

use keras_shape::{Integers, LayerClass, OovMethod, OutputMode, kept};

impl Operations for IntegerLookup {
    fn reader(&self) -> Option<Result<Reader>> {
        Some(Reader::of_integers(self))
    }

    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        if self.waits() {
            let text = "without a `vocabulary` integers are read before the operations of a model: only `predict`, `evaluate` and training on the CPU do so; save and load the model, and it has the vocabulary as an argument";
            return Err(Error::layer(text));
        }
        let x = ops::cast(&inputs[0], ops::DType::Int32);
        let (masks, start, tokens) = (self.masks() as i32, self.start() as i32, self.tokens());
        let places = tokens.iter().zip(start..).map(|(token, place)| (*token as i32, place));
        let oov = self.oov_token as i32;
        if self.invert {
            let pairs: Vec<(i32, i32)> = places.map(|(token, place)| (place, token)).collect();
            let y = ops::look_up(&x, &pairs, oov);
            return Ok(vec![match self.mask_token {
                Some(mask) => ops::where_(ops::equal(x, 0), mask as i32, y),
                None => y,
            }]);
        }
        let pairs: Vec<(i32, i32)> = places.collect();
        let mut y = ops::look_up(&x, &pairs, -1);
        let several = self.num_oov_indices.or(1);
        let unknown = match self.oov_method {
            _ if several <= 1 => ops::zeros_like(&x),
            OovMethod::Floormod => ops::mod_(&x, several as i32),
            OovMethod::Farmhash => ops::hash_buckets(&x, several, key(self.salt)),
        };
        y = ops::where_(ops::equal(&y, -1), unknown + masks, y);
        if let Some(mask) = self.mask_token {
            // Of padding no category counts.
            let place = if matches!(self.output_mode, OutputMode::Int) { 0 } else { -1 };
            y = ops::where_(ops::equal(x, mask as i32), place, y);
        }
        let y = encode(y, self.output_mode, self.depth());
        Ok(vec![match self.weights_of_places() {
            Some(weights) => y * ops::array(&weights, [weights.len()]),
            None => y,
        }])
    }
}

trait Weights {
    fn weights_of_places(&self) -> Option<Vec<f32>>;
}

impl Weights for IntegerLookup {
    /// The weight of each place: of those kept for the unknown the mean of all; of those that pad the result 0.
    fn weights_of_places(&self) -> Option<Vec<f32>> {
        if !matches!(self.output_mode, OutputMode::TfIdf) {
            return None;
        }
        let given = self.idf_weights?.0;
        let before = if self.has_special() { 0 } else { self.start() };
        let mean = given.iter().sum::<f64>() / given.len().max(1) as f64;
        let mut all: Vec<f32> = vec![mean as f32; before];
        all.extend(given.iter().map(|x| *x as f32));
        all.resize(self.depth(), 0.0);
        Some(all)
    }
}

impl Built<IntegerLookup> {
    /// Takes these integers as vocabulary, the most frequent first, as
    /// [Keras's `adapt`](https://keras.io/api/layers/preprocessing_layers/categorical/integer_lookup/) does. The vocabulary is
    /// that of the layer from now on, and goes into files with the model.
    ///
    /// # Errors
    /// A vocabulary is given by an argument.
    pub fn adapt(&mut self, data: &[i64]) -> Result<()> {
        let wrong = self.wrong();
        let layer = self.empty()?;
        let Reader::Integers(mut lookup) = Reader::of_integers(&layer).map_err(&wrong)? else { return Ok(()) };
        lookup.adapt(&data.iter().map(|x| vec![*x]).collect::<Vec<_>>()).map_err(&wrong)?;
        self.take(layer, &lookup.vocabulary(true))
    }

    /// Sets the vocabulary, each integer once; those kept for padding and the unknown may stand before it.
    ///
    /// # Errors
    /// An integer stands there twice; there are more than `max_tokens`; the vocabulary is given by an argument.
    pub fn set_vocabulary(&mut self, integers: &[i64]) -> Result<()> {
        let layer = self.empty()?;
        self.take(layer, integers)
    }

    /// All integers in the order of their places, those kept for padding and the unknown first.
    ///
    /// # Errors
    /// The vocabulary that was given has an integer twice, and the like.
    pub fn get_vocabulary(&self) -> Result<Vec<i64>> {
        let Some(layer) = IntegerLookup::of(self.config()) else { return Ok(Vec::new()) };
        match Reader::of_integers(layer).map_err(self.wrong())? {
            Reader::Integers(lookup) => Ok(lookup.vocabulary(true)),
            _ => Ok(Vec::new()),
        }
    }

    fn wrong(&self) -> impl Fn(Error) -> Error + use<> {
        let name = self.name().to_string();
        move |e| Error::Argument(format!("layer `{name}`: {e}"))
    }

    /// The layer without a vocabulary.
    fn empty(&self) -> Result<IntegerLookup> {
        match IntegerLookup::of(self.config()) {
            Some(layer) if layer.vocabulary.is_none() || self.is_adapted() => {
                Ok(IntegerLookup { vocabulary: None, ..*layer })
            }
            _ => Err(self.wrong()(Error::Argument(
                "`vocabulary` is given as an argument, so none is taken from data".to_string(),
            ))),
        }
    }

    fn take(&mut self, layer: IntegerLookup, integers: &[i64]) -> Result<()> {
        let list: Vec<isize> = integers.iter().map(|x| *x as isize).collect();
        let changed = IntegerLookup { vocabulary: Some(Integers(kept(list))), ..layer };
        // What is wrong with it is told now.
        Reader::of_integers(&changed).map_err(self.wrong())?;
        let (reading, config) = self.reading_mut();
        *reading = Reading::adapted();
        *config = changed.config();
        Ok(())
    }
}
