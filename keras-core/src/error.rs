//! What can go wrong at run time.

use core::fmt;

use keras_shape::{Dim, ErrorKind};

/// The result of everything that can fail at run time.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// An error that names the axis, the layer or the file.
///
/// What is wrong with a shape can be asked as well as read:
///
/// ```
/// use keras_core::prelude::*;
/// use keras_core::{Error, shape::{Dim, ErrorKind}};
/// use ndarray::ArrayD;
///
/// let model = model!(Input(4) => Dense(1));
/// let x = ArrayD::<f32>::zeros(vec![8, 3]);
/// let Err(Error::Shape { what, kind, .. }) = model.predict(&x) else { panic!("an error") };
/// assert_eq!(what, "input_layer");
/// assert_eq!(*kind, ErrorKind::Length { axis: 1, expected: Dim::Fixed(4), found: Dim::Fixed(3) });
/// ```
///
/// `{:?}` is the same sentence as `{}`: a `main` that returns an error shows it so.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Data of another shape than the model takes.
    #[error("{what}: {message}")]
    Shape {
        /// The input, target or weight.
        what: String,
        /// What came and what is expected, by axis, in words.
        message: String,
        /// The same as values.
        kind: Box<ErrorKind>,
    },
    /// A layer met tensors that it cannot work on.
    #[error("layer `{layer}`: {message}")]
    Layer {
        /// The layer's name.
        layer: String,
        /// What is wrong.
        message: String,
    },
    /// A data set that cannot be read.
    #[error(transparent)]
    Data(#[from] crate::data::DataError),
    /// An argument that cannot be.
    #[error("{0}")]
    Argument(String),
    /// A file that cannot be read or written, or that holds something else.
    #[error("{path}: {message}")]
    File {
        /// The file.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// A callback that ends the training with an error; callbacks of your own may use it too.
    #[error("{0}")]
    Callback(String),
    /// A process of a [training on several](crate::distribution) fails, does not answer, or does something else than the others.
    #[error("rank {rank}: {message}")]
    Rank {
        /// The number of the process.
        rank: usize,
        /// What is wrong.
        message: String,
    },
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error {
    /// Data of another shape, of which the message alone says what is wrong.
    pub(crate) fn shape(what: impl Into<String>, message: impl Into<String>) -> Self {
        Error::Shape { what: what.into(), message: message.into(), kind: Box::new(ErrorKind::Other) }
    }

    /// Data of another shape than is expected, axis by axis: the first that differs is the kind of the error.
    pub(crate) fn shapes(
        what: impl Into<String>,
        message: impl Into<String>,
        expected: &[usize],
        found: &[usize],
    ) -> Self {
        let differs = || expected.iter().zip(found).position(|(e, f)| e != f);
        let kind = match (expected.len() == found.len()).then(differs) {
            None => ErrorKind::Rank { expected: expected.len(), found: found.len() },
            Some(Some(axis)) => ErrorKind::Length {
                axis: axis as isize,
                expected: Dim::Fixed(expected[axis]),
                found: Dim::Fixed(found[axis]),
            },
            Some(None) => ErrorKind::Other,
        };
        Error::Shape { what: what.into(), message: message.into(), kind: Box::new(kind) }
    }

    /// A layer's error; the model adds the layer's name.
    pub fn layer(message: impl Into<String>) -> Self {
        Error::Layer { layer: String::new(), message: message.into() }
    }

    /// The same error with the layer's name, if it has none yet.
    #[must_use]
    pub fn in_layer(self, name: &str) -> Self {
        match self {
            Error::Layer { layer, message } if layer.is_empty() => {
                Error::Layer { layer: name.to_string(), message }
            }
            other => other,
        }
    }
}
