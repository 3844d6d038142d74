//! Images as the convolutions and poolings of `keras-kernels` take them: two spatial axes, channels last.

use keras_shape::{Ints, Padding};

/// The batch, the height and width, and the channels of a tensor; one spatial axis is an image of height 1.
pub(super) fn image(shape: &[usize]) -> Option<(usize, [usize; 2], usize)> {
    match *shape {
        [batch, steps, channels] => Some((batch, [1, steps], channels)),
        [batch, height, width, channels] => Some((batch, [height, width], channels)),
        _ => None,
    }
}

/// The numbers for height and width; one number is that of the width.
pub(super) fn pair<const N: usize>(ints: &Ints<N>) -> [usize; 2] {
    match ints.0.map(|size| size.or(1))[..] {
        [height, width] => [height, width],
        [width] => [1, width],
        _ => [1, 1],
    }
}

/// What is added before and after height and width, for a window of the image's own two axes or of the width alone.
pub(super) fn borders<const N: usize>(
    padding: Padding,
    image: [usize; 2],
    reach: [usize; 2],
    stride: [usize; 2],
) -> [[usize; 2]; 2] {
    core::array::from_fn(|i| {
        if i + N < 2 {
            return [0, 0];
        }
        let (before, after) = border(padding, image[i], reach[i], stride[i]);
        [before, after]
    })
}

/// How many steps are padded before and after an axis of `length`, for a window that covers `reach` steps.
/// What does not divide by two goes to the end, as in TensorFlow and Keras.
pub(super) fn border(padding: Padding, length: usize, reach: usize, stride: usize) -> (usize, usize) {
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
