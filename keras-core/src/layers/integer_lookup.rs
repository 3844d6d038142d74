use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::IntegerLookup;

use super::Operations;
use super::categories::{encode, key};
use crate::model::Trace;
use crate::preprocessing::Reader;
use crate::{Error, Result};

use keras_shape::{OovMethod, OutputMode};

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
