//! Windows that slide over an axis: how much padding `same` and `causal` need.

use keras_shape::{Ints, Padding};

/// The numbers of an argument with one for each axis.
pub(crate) fn sizes<const N: usize>(ints: &Ints<N>) -> [usize; N] {
    ints.0.map(|size| size.or(1))
}

/// How many steps are padded before and after an axis of `length`, for a window that covers `reach` steps.
/// What does not divide by two goes to the end, as in TensorFlow and Keras.
pub(crate) fn border(padding: Padding, length: usize, reach: usize, stride: usize) -> (usize, usize) {
    match padding {
        Padding::Valid => (0, 0),
        Padding::Causal => (reach.saturating_sub(1), 0),
        Padding::Same => {
            let covered = (length.div_ceil(stride).max(1) - 1) * stride + reach;
            let all = covered.saturating_sub(length);
            (all / 2, all - all / 2)
        }
    }
}
