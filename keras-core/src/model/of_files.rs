//! What layers compute only in models of files: quantized layers, and recurrent layers of Keras 2. Without the feature `files` no
//! program contains it.

use keras_ops::Symbolic;
#[cfg(feature = "files")]
use keras_ops::{self as ops, DType};
use keras_shape::ComputePolicy;
#[cfg(feature = "files")]
use keras_shape::QuantizedInputs;
use keras_shape::layers::Pass;

/// The inputs of a quantized layer that rounds them; nothing for other layers. Its weights are whole multiples of scales
/// already.
#[cfg(feature = "files")]
pub(super) fn quantized_inputs(policy: ComputePolicy, inputs: &[Symbolic]) -> Option<Vec<Symbolic>> {
    policy.quantized.map(|how| inputs.iter().map(|x| quantized(how, x)).collect())
}

#[cfg(not(feature = "files"))]
pub(super) fn quantized_inputs(_: ComputePolicy, _: &[Symbolic]) -> Option<Vec<Symbolic>> {
    None
}

/// What Keras adds to the largest magnitude.
#[cfg(feature = "files")]
const EPSILON: f32 = 1e-7;

/// A tensor as a quantized layer multiplies it, on its own scale again. Gradients pass as if nothing was rounded, as Keras has it.
#[cfg(feature = "files")]
fn quantized(how: QuantizedInputs, x: &Symbolic) -> Symbolic {
    if !x.dtype().is_float() {
        return x.clone();
    }
    let axes: Vec<usize> = (0..x.ndim()).filter(|axis| how.axes >> axis & 1 == 1).collect();
    let (low, high) = (f32::from(how.low), f32::from(how.high));
    let scale = high / (ops::max(ops::absolute(x), axes).keepdims(true).build() + EPSILON);
    let whole = ops::clip(ops::round(x * &scale, 0), low, high);
    x + ops::stop_gradient(whole / scale - x)
}

/// What a recurrent layer gives, with zeros at steps that are masked before the first that counts.
#[cfg(feature = "files")]
pub(super) fn zeros_first(y: &Symbolic, mask: Symbolic, pass: Pass) -> Symbolic {
    let mask = ops::cast(mask, DType::Float32);
    let mask = if pass.go_backwards { ops::flip(mask, 1) } else { mask };
    let seen = if pass.return_sequences { ops::cumsum(mask, 1) } else { ops::max(mask, 1).build() };
    let mut shape: Vec<isize> = seen.shape().iter().map(|n| *n as isize).collect();
    shape.resize(y.ndim(), 1);
    ops::where_(ops::greater(ops::reshape(seen, shape), 0.0), y, 0.0)
}

#[cfg(not(feature = "files"))]
pub(super) fn zeros_first(y: &Symbolic, _: Symbolic, _: Pass) -> Symbolic {
    y.clone()
}
