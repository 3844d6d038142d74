//! One row of numbers moved along another.

use crate::error::Problem;
use crate::operand::Operand;
use crate::symbolic::{mistaken, settled};
use crate::{DType, Symbolic, cast, conv, flip, pad, reshape};

/// Which sums [`correlate`] gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CorrelateMode {
    /// Those where the shorter row lies within the longer one.
    #[default]
    Valid,
    /// As many as the longer row has elements: those in the middle of all.
    Same,
    /// All where both rows meet.
    Full,
}

/// The sums of the products of two rows of numbers, as floats, at every place of one along the other.
/// [Keras](https://keras.io/api/ops/numpy/#correlate-function).
#[track_caller]
pub fn correlate(x1: impl Operand, x2: impl Operand, mode: CorrelateMode) -> Symbolic {
    let (a, b) = (x1.symbolic(), x2.symbolic());
    if let Some(mistake) = mistaken(&[&a, &b]) {
        return mistake;
    }
    for (of, x) in [("x1", &a), ("x2", &b)] {
        if x.ndim() != 1 || x.shape()[0] == 0 {
            let (shape, expected) = (x.shape().clone(), "1 axis, which is not empty");
            return settled("correlate", Err(Problem::Rank { of, shape, expected }));
        }
    }
    let turned = a.shape()[0] < b.shape()[0];
    let (long, short) = if turned { (b, a) } else { (a, b) };
    let n = short.shape()[0];
    let (before, after) = match mode {
        CorrelateMode::Valid => (0, 0),
        CorrelateMode::Same => (n / 2, n - n / 2 - 1),
        CorrelateMode::Full => (n - 1, n - 1),
    };
    let long = pad(cast(long, DType::Float32), (before, after));
    let kernel = reshape(cast(short, DType::Float32), [-1, 1, 1]);
    let sums = reshape(conv(reshape(long, [1, -1, 1]), kernel), [-1]);
    if turned { flip(sums, 0) } else { sums }
}
