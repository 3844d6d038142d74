use keras_shape::Size;

use super::images::transposed;
use crate::engine::kernels::{conv::arguments, transposed};

transposed!(
    Conv2DTranspose,
    run by |layer, site| transposed::choose(&arguments!(layer, Size::Known(1)), layer.output_padding, site)
);
