use super::images::pooled_whole;
use crate::engine::kernels::{self, Pooling};

pooled_whole!(
    GlobalAveragePooling2D over 2 by mean,
    run by |layer, site| kernels::pool::global(Pooling::Average, layer.data_format, site),
    linked by |layer, site| kernels::pool::mean(layer.data_format, site)
);
