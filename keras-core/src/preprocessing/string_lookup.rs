use keras_ops::fingerprint::{fingerprint, sip_hash};
use keras_shape::OutputMode;
use ndarray::{Array1, Array2};

use super::lookup::{Lookup, Token};
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

        /// How many places there are.
        pub fn vocabulary_size(&self) -> usize {
            self.0.size()
        }

        /// Sets the vocabulary, each token once; those kept for padding and the unknown may stand before it.
        ///
        /// # Errors
        /// A token stands there twice; there are more than `max_tokens`; `tf_idf` needs weights.
        pub fn set_vocabulary<T: Into<$token>>(&mut self, tokens: impl IntoIterator<Item = T>) -> Result<()> {
            self.0.set(tokens.into_iter().map(Into::into).collect(), None)
        }

        /// As [`set_vocabulary`](Self::set_vocabulary), with a weight for each token for `OutputMode::TfIdf`.
        ///
        /// # Errors
        /// As there; there are not as many weights.
        pub fn set_weighted_vocabulary<T: Into<$token>>(
            &mut self,
            tokens: impl IntoIterator<Item = T>,
            idf_weights: &[f32],
        ) -> Result<()> {
            self.0.set(tokens.into_iter().map(Into::into).collect(), Some(idf_weights))
        }

        /// All tokens in the order of their places, those kept for padding and the unknown first.
        pub fn get_vocabulary(&self) -> Vec<$token> {
            self.0.vocabulary(true)
        }

        /// The token at each place, Keras's `invert = True`.
        pub fn invert(&self, places: &[i32]) -> Vec<$token> {
            self.0.tokens_at(places)
        }
    };
}
pub(super) use setters;

fn owned<S: AsRef<str>>(words: &[S]) -> Vec<String> {
    words.iter().map(|word| word.as_ref().to_string()).collect()
}

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

    /// Takes these words as vocabulary, the most frequent first; each is a sample of its own.
    ///
    /// # Errors
    /// A vocabulary is set.
    pub fn adapt<S: AsRef<str>>(&mut self, words: &[S]) -> Result<()> {
        self.0.adapt(&words.iter().map(|word| vec![word.as_ref().to_string()]).collect::<Vec<_>>())
    }

    /// As [`adapt`](Self::adapt), for samples of several words.
    ///
    /// # Errors
    /// A vocabulary is set.
    pub fn adapt_samples<S: AsRef<str>>(&mut self, samples: &[Vec<S>]) -> Result<()> {
        self.0.adapt(&samples.iter().map(|sample| owned(sample)).collect::<Vec<_>>())
    }

    /// The place of each word.
    ///
    /// # Errors
    /// There is no vocabulary; a word is not in it, and no place is kept for such.
    pub fn call<S: AsRef<str>>(&self, words: &[S]) -> Result<Array1<i32>> {
        self.0.places(&owned(words)).map(Array1::from)
    }

    /// Each sample of words as [`output_mode`](Self::output_mode) has it: `(samples, places)`.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub fn encode<S: AsRef<str>>(&self, samples: &[Vec<S>]) -> Result<Array2<f32>> {
        self.0.encode(&samples.iter().map(|sample| owned(sample)).collect::<Vec<_>>())
    }
}
