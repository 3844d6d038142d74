use keras_ops::fingerprint::{fingerprint, sip_hash};
use keras_shape::OutputMode;
use ndarray::{Array, Array2};

use super::lookup::{Lookup, Token};
use super::tokens::Tokens;
use crate::Result;

impl Token for String {
    type Borrowed = str;

    fn unknown(token: &str, n: usize, key: Option<[u64; 2]>) -> usize {
        bucket(token, n as u64, key) as usize
    }
}

/// The bucket of a word.
pub(super) fn bucket(word: &str, buckets: u64, key: Option<[u64; 2]>) -> u64 {
    let hash = key.map_or_else(|| fingerprint(word.as_bytes()), |key| sip_hash(key, word.as_bytes()));
    hash % buckets
}

/// Words as their places in a vocabulary:
/// [Keras's `StringLookup`](https://keras.io/api/layers/preprocessing_layers/categorical/string_lookup/).
///
/// Place 0 is kept for padding, if there is a `mask_token`, and the next for words that are not in the vocabulary.
#[derive(Clone, Debug)]
pub struct StringLookup(Lookup<String>);

impl Default for StringLookup {
    fn default() -> Self {
        StringLookup::new()
    }
}

/// What lookups of words and of integers have in common.
macro_rules! setters {
    ($token:ty) => {
        /// The most places that there may be, those kept for padding and the unknown included; any number unless set.
        #[must_use]
        pub fn max_tokens(mut self, most: usize) -> Self {
            self.0.max_tokens = Some(most);
            self
        }

        /// How many places are kept for what is not in the vocabulary; 1 unless set. With 0 it is an error.
        #[must_use]
        pub fn num_oov_indices(mut self, n: usize) -> Self {
            self.0.num_oov_indices = n;
            self
        }

        /// What stands for padding; nothing unless set.
        #[must_use]
        pub fn mask_token(mut self, token: impl Into<$token>) -> Self {
            self.0.mask_token = Some(token.into());
            self
        }

        /// What stands for all that is not in the vocabulary.
        #[must_use]
        pub fn oov_token(mut self, token: impl Into<$token>) -> Self {
            self.0.oov_token = token.into();
            self
        }

        /// What [`encode`](Self::encode) gives; `OutputMode::Int`, for [`call`](Self::call), unless set.
        #[must_use]
        pub fn output_mode(mut self, mode: OutputMode) -> Self {
            self.0.output_mode = mode;
            self
        }

        /// Whether what `encode` gives is as wide as if there were `max_tokens` places; false unless set.
        #[must_use]
        pub fn pad_to_max_tokens(mut self, pad: bool) -> Self {
            self.0.pad_to_max_tokens = pad;
            self
        }

        /// The weight of each token of the [`vocabulary`](Self::vocabulary) that is given next, for `OutputMode::TfIdf`.
        #[must_use]
        pub fn idf_weights(mut self, weights: &[f32]) -> Self {
            self.0.idf_weights = Some(weights.to_vec());
            self
        }

        /// With this vocabulary, each token once; those kept for padding and the unknown may stand before it. It is the last
        /// argument: the others say how it is read. Then none is taken from data.
        ///
        /// # Errors
        /// A token stands there twice; there are more than `max_tokens`; `tf_idf` needs `idf_weights`.
        pub fn vocabulary<T: Into<$token>>(mut self, tokens: impl IntoIterator<Item = T>) -> Result<Self> {
            self.0.give(tokens.into_iter().map(Into::into).collect())?;
            Ok(self)
        }

        $crate::preprocessing::string_lookup::methods!($token, 0);

        /// Takes the tokens of this data as vocabulary, the most frequent first. For `OutputMode::TfIdf` each row is a
        /// sample; of data without rows each token.
        ///
        /// # Errors
        /// A vocabulary is given as an argument.
        pub fn adapt<X: Tokens<$token> + ?Sized>(&mut self, data: &X) -> Result<()> {
            self.0.adapt(&data.rows())
        }

        /// The token at each place, Keras's `invert = True`.
        ///
        /// # Errors
        /// The rows are of different lengths.
        pub fn invert<X: Tokens<i64> + ?Sized>(&self, places: &X) -> Result<Array<$token, X::Dim>> {
            self.0.tokens_at(places)
        }

        /// The place of each token.
        ///
        /// # Errors
        /// There is no vocabulary; a token is not in it, and no place is kept for such; the rows are of different lengths.
        pub fn call<X: Tokens<$token> + ?Sized>(&self, data: &X) -> Result<Array<i32, X::Dim>> {
            self.0.places(data)
        }

        /// Each row of tokens as [`output_mode`](Self::output_mode) has it: `(samples, places)`. Data without rows is one
        /// sample, with `OutputMode::OneHot` one for each token.
        ///
        /// # Errors
        /// As [`call`](Self::call).
        pub fn encode<X: Tokens<$token> + ?Sized>(&self, data: &X) -> Result<Array2<f32>> {
            self.0.encode(data)
        }
    };
}
pub(super) use setters;

/// What all that have a vocabulary have in common; it is in the field `$lookup`.
macro_rules! methods {
    ($token:ty, $lookup:tt) => {
        /// How many places there are, those kept for padding and the unknown included.
        pub fn vocabulary_size(&self) -> usize {
            self.$lookup.size()
        }

        /// Sets the vocabulary, each token once; those kept for padding and the unknown may stand before it. It takes the
        /// place of the one that there was.
        ///
        /// # Errors
        /// A token stands there twice; there are more than `max_tokens`; `tf_idf` needs weights.
        pub fn set_vocabulary<T: Into<$token>>(&mut self, tokens: impl IntoIterator<Item = T>) -> Result<()> {
            self.$lookup.set(tokens.into_iter().map(Into::into).collect(), None)
        }

        /// As [`set_vocabulary`](Self::set_vocabulary), with a weight for each token for `OutputMode::TfIdf`: Keras's
        /// `set_vocabulary(tokens, idf_weights)`. The unknown weigh the mean of all, unless they stand among the tokens.
        ///
        /// # Errors
        /// As there; there are not as many weights.
        pub fn set_weighted_vocabulary<T: Into<$token>>(
            &mut self,
            tokens: impl IntoIterator<Item = T>,
            idf_weights: &[f32],
        ) -> Result<()> {
            self.$lookup.set(tokens.into_iter().map(Into::into).collect(), Some(idf_weights))
        }

        /// All tokens in the order of their places, those kept for padding and the unknown first.
        pub fn get_vocabulary(&self) -> Vec<$token> {
            self.$lookup.vocabulary(true)
        }

        /// The tokens of the vocabulary alone: Keras's `get_vocabulary(include_special_tokens=False)`.
        pub fn get_vocabulary_without_special_tokens(&self) -> Vec<$token> {
            self.$lookup.vocabulary(false)
        }
    };
}
pub(super) use methods;

impl StringLookup {
    /// One with Keras's arguments, without a vocabulary.
    pub fn new() -> Self {
        StringLookup(Lookup::new("[UNK]".to_string()))
    }

    setters!(String);

    /// A key with which SipHash, and not FarmHash, puts what is not in the vocabulary to one of several places.
    #[must_use]
    pub fn salt(mut self, first: u64, second: u64) -> Self {
        self.0.key = Some([first, second]);
        self
    }
}
