//! Images that are turned, moved and stretched.

use keras_ops::{self as ops, Symbolic};
use keras_shape::{DataFormat, FillMode, Interpolation};

use super::{beyond, channels_last};

/// A layer that looks images up at places that follow from theirs by a matrix.
pub(in crate::layers) trait Affine {
    /// The matrices `(batch, 8)`, as [`ops::image::affine_transform`] has them, for images of this height and width.
    fn transforms(&self, n: usize, size: [usize; 2], seed: &Symbolic) -> Symbolic;
}

/// Matrices of the numbers `[a0, a1, a2, b0, b1, b2]`, each a tensor with one for each image.
pub(in crate::layers) fn transforms_of(numbers: [Symbolic; 6]) -> Symbolic {
    let none = ops::zeros_like(&numbers[0]);
    ops::stack(numbers.into_iter().chain([none.clone(), none]), -1)
}

/// The order of the lines that pixels are found on.
pub(in crate::layers) fn order(interpolation: Interpolation) -> usize {
    usize::from(!matches!(interpolation, Interpolation::Nearest))
}

/// Images seen through matrices.
pub(in crate::layers) fn seen_through(
    x: &Symbolic,
    transforms: &Symbolic,
    interpolation: Interpolation,
    (fill_mode, fill_value): (FillMode, f64),
    format: Option<DataFormat>,
) -> Symbolic {
    channels_last(x, format, |x| {
        ops::image::affine_transform(x, transforms, order(interpolation), beyond(fill_mode, fill_value))
            .build()
    })
}

/// An augmentation by matrices.
macro_rules! affine {
    ($class:ident) => {
        impl $crate::layers::augment::Augment for keras_shape::layers::$class {
            fn augment(&self, x: &keras_ops::Symbolic, seed: &keras_ops::Symbolic) -> keras_ops::Symbolic {
                use $crate::layers::augment::{Affine, count, lengths, seen_through};
                let by = self.transforms(count(x), lengths(x, self.data_format), seed);
                let fill = (self.fill_mode, self.fill_value);
                seen_through(x, &by, self.interpolation, fill, self.data_format)
            }
        }

        $crate::layers::augment::augmentation!($class);
    };
}
pub(in crate::layers) use affine;
