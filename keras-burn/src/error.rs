//! What can go wrong.

use core::fmt;

use keras_ops::OpError;

/// Why something cannot be run on a device.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// A mistake in a graph, or an operation that failed.
    Op(OpError),
    /// Something that was given does not fit.
    Argument(String),
    /// The device failed.
    Device(String),
    /// A mistake in a model or its data.
    Model(String),
}

impl Error {
    pub(crate) fn argument(text: String) -> Error {
        Error::Argument(text)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Op(e) => e.fmt(f),
            Error::Argument(text) | Error::Model(text) => f.write_str(text),
            Error::Device(text) => write!(f, "the device: {text}"),
        }
    }
}

impl core::error::Error for Error {}

impl From<OpError> for Error {
    fn from(e: OpError) -> Error {
        Error::Op(e)
    }
}
