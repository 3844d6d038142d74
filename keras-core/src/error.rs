//! What can go wrong at run time.

use core::fmt;

/// The result of everything that can fail at run time.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// An error that names the axis, the layer or the file.
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
        /// What came and what is expected, by axis.
        message: String,
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
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error {
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
