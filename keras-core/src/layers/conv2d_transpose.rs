use super::images::{arguments, transposed};
use crate::engine::kernels;

transposed!(
    Conv2DTranspose,
    run by |layer, site| kernels::transposed::choose(&arguments!(layer), layer.output_padding, site)
);
