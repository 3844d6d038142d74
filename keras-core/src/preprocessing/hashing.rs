use ndarray::Array1;

use super::string_lookup::bucket;
use crate::{Error, Result};

/// For each word a bucket, by its hash; the numbers are those of Keras:
/// [Keras's `Hashing`](https://keras.io/api/layers/preprocessing_layers/categorical/hashing/).
#[derive(Clone, Debug)]
pub struct Hashing {
    num_bins: u32,
    mask_value: Option<String>,
    key: Option<[u64; 2]>,
}

impl Hashing {
    /// One of `num_bins` buckets, at least 1.
    pub fn new(num_bins: u32) -> Self {
        Hashing { num_bins, mask_value: None, key: None }
    }

    /// The word that bucket 0 is kept for; none unless set.
    #[must_use]
    pub fn mask_value(mut self, word: impl Into<String>) -> Self {
        self.mask_value = Some(word.into());
        self
    }

    /// A key with which SipHash, and not FarmHash, is the hash.
    #[must_use]
    pub fn salt(mut self, first: u64, second: u64) -> Self {
        self.key = Some([first, second]);
        self
    }

    /// The bucket of each word.
    ///
    /// # Errors
    /// There are no buckets, or more than integers count.
    pub fn call<S: AsRef<str>>(&self, words: &[S]) -> Result<Array1<i32>> {
        if self.num_bins == 0 || self.num_bins > i32::MAX as u32 {
            return Err(Error::Argument(format!(
                "`num_bins` is from 1 to 2^31 - 1, found {}",
                self.num_bins
            )));
        }
        let bins = u64::from(self.num_bins);
        let mask = self.mask_value.as_deref().filter(|_| bins > 1);
        let number = |word: &S| {
            let word = word.as_ref();
            match mask {
                Some(mask) if mask == word => 0,
                Some(_) => bucket(word, bins - 1, self.key) as i32 + 1,
                None => bucket(word, bins, self.key) as i32,
            }
        };
        Ok(words.iter().map(number).collect())
    }
}
