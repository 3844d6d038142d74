use keras_shape::Size;

use super::images::transposed;
use crate::engine::kernels::{conv::arguments, transposed3d};

transposed!(
    Conv3DTranspose,
    run by |layer, site| transposed3d::choose(&arguments!(layer, Size::Known(1)), layer.output_padding, site)
);
