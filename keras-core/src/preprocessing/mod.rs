//! Words, texts and numbers as integers, before a model: [Keras's preprocessing
//! layers](https://keras.io/api/layers/preprocessing_layers/) on their own, of which those for strings stand in models, too,
//! behind `Input(1, dtype = string)`. What a value has learnt of data by `adapt` it keeps.
//!
//! ```
//! use keras_core::preprocessing::TextVectorization;
//!
//! let mut words = TextVectorization::new().output_sequence_length(4);
//! words.adapt(&["the cat sat", "the dog"])?;
//! assert_eq!(words.call(&["The dog!", "a cat"])?, ndarray::array![[2, 4, 0, 0], [1, 5, 0, 0]]);
//! # Ok::<(), keras_core::Error>(())
//! ```

mod discretization;
mod hashing;
mod integer_lookup;
mod lookup;
mod reader;
mod string_lookup;
mod text_vectorization;
mod tokens;

pub use discretization::Discretization;
pub use hashing::Hashing;
pub use integer_lookup::IntegerLookup;
pub use keras_shape::OutputMode;
pub(crate) use reader::{Column, HasLookup, Reader};
pub use string_lookup::StringLookup;
pub use text_vectorization::{Split, Standardize, TextVectorization};
pub use tokens::{Row, Tokens};

#[cfg(test)]
mod tests;
