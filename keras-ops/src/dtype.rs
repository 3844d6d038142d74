//! Types of elements.

use core::fmt;

/// The type of a tensor's elements.
///
/// Where two types meet in one operation, the later of `bool`, `int32` and `float32` is taken, as Keras does with these
/// three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DType {
    /// Truth values.
    Bool,
    /// Integers of 32 bits.
    Int32,
    /// Floating-point numbers of 32 bits.
    Float32,
}

impl DType {
    /// Whether it is [`DType::Float32`].
    pub const fn is_float(self) -> bool {
        matches!(self, DType::Float32)
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DType::Bool => "bool",
            DType::Int32 => "int32",
            DType::Float32 => "float32",
        })
    }
}
