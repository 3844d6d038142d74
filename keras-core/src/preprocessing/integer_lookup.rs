use keras_shape::OutputMode;
use ndarray::{Array, Array2};

use super::lookup::{Lookup, Token};
use super::string_lookup::{bucket, setters};
use super::tokens::Tokens;
use crate::Result;

impl Token for i64 {
    type Borrowed = i64;

    fn unknown(token: &i64, n: usize, key: Option<[u64; 2]>) -> usize {
        match key {
            // FarmHash is told by a key of zeros, which SipHash never has here.
            Some([0, 0]) => bucket(&token.to_string(), n as u64, None) as usize,
            Some(key) => bucket(&token.to_string(), n as u64, Some(key)) as usize,
            None => token.rem_euclid(n as i64) as usize,
        }
    }
}

/// Integers as their places in a vocabulary:
/// [Keras's `IntegerLookup`](https://keras.io/api/layers/preprocessing_layers/categorical/integer_lookup/).
///
/// Place 0 is kept for padding, if there is a `mask_token`, and the next for integers that are not in the vocabulary.
#[derive(Clone, Debug)]
pub struct IntegerLookup(Lookup<i64>);

impl Default for IntegerLookup {
    fn default() -> Self {
        IntegerLookup::new()
    }
}

impl IntegerLookup {
    /// One with Keras's arguments, without a vocabulary.
    pub fn new() -> Self {
        IntegerLookup(Lookup::new(-1))
    }

    setters!(i64);

    /// Puts what is not in the vocabulary to one of several places by the hash of its digits, and not modulo their
    /// number: `oov_method = "farmhash"`.
    #[must_use]
    pub fn farmhash(mut self) -> Self {
        self.0.key = Some([0, 0]);
        self
    }
}
