//! The numbers in which a layer computes, where they are not simply those of 32 bits.

use crate::Precision;

/// How a layer rounds what it is given to small integers before it multiplies, as Keras's `AbsMaxQuantizer` does: along some axes
/// the largest magnitude becomes `high`, and every number the nearest integer from `low` to `high` on that scale.
///
/// [Keras](https://keras.io/api/quantizers/). Files say it of layers that were quantized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuantizedInputs {
    /// The least integer.
    pub low: i16,
    /// The integer that the largest magnitude becomes.
    pub high: i16,
    /// The axes that have one scale together, one bit each.
    pub axes: u32,
}

/// The numbers in which a layer computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ComputePolicy {
    /// Those of 16 bits, if its `dtype` says so.
    pub precision: Option<Precision>,
    /// How it rounds what it multiplies, if it is quantized.
    pub quantized: Option<QuantizedInputs>,
}

impl ComputePolicy {
    /// Numbers of 32 bits.
    pub const FLOAT32: ComputePolicy = ComputePolicy { precision: None, quantized: None };

    /// Whether the numbers are those of 32 bits, which kernels compute in.
    pub fn is_float32(&self) -> bool {
        *self == ComputePolicy::FLOAT32
    }
}
