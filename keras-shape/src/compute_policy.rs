//! What a call computes otherwise than the arguments of its layer say: in other numbers, or as Keras did once.

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

/// The numbers in which a layer computes, and what it does as Keras did once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ComputePolicy {
    /// Those of 16 bits, if its `dtype` says so.
    pub precision: Option<Precision>,
    /// How it rounds what it multiplies, if it is quantized.
    pub quantized: Option<QuantizedInputs>,
    /// Whether a recurrent layer gives zeros at steps that are masked before the first that counts, as Keras did until 2. Otherwise
    /// it gives there what it begins with.
    pub zeros_first: bool,
}

impl ComputePolicy {
    /// Numbers of 32 bits, and nothing else.
    pub const FLOAT32: ComputePolicy = ComputePolicy { precision: None, quantized: None, zeros_first: false };

    /// Whether the numbers are those of 32 bits, which kernels compute in.
    pub fn is_float32(&self) -> bool {
        *self == ComputePolicy::FLOAT32
    }
}
