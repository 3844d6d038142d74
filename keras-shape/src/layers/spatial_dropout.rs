//! What `SpatialDropout2D` and `SpatialDropout3D` share.

/// Declares a layer that drops whole channels of `$n` spatial axes.
macro_rules! spatial_dropout_layer {
    ($(#[$meta:meta])* $class:ident, $n:literal) => {
        layer! {
            $(#[$meta])*
            pub struct $class {
                /// The share that is dropped.
                rate: f64,
                /// Where the channels are; last if not given.
                data_format: Option<$crate::DataFormat> = None,
                /// Makes the choice the same in every run.
                seed: Option<u64> = None,
            }
        }

        impl $class {
            pub(crate) const fn output(&self, inputs: &[$crate::TensorSpec]) -> Result<$crate::Outputs, $crate::ShapeError> {
                use super::check::{share, tri};
                let shape = tri!(super::spatial::spatial(stringify!($class), inputs, $n, self.data_format));
                tri!(share(stringify!($class), "rate", self.rate));
                Ok($crate::Outputs::float(shape))
            }
        }

        super::check::weightless!($class, Pass);
        super::check::free!($class);
    };
}
pub(crate) use spatial_dropout_layer;
