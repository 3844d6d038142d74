use super::images::pooled_whole;
use crate::engine::kernels::{self, Pooling};

pooled_whole!(
    GlobalAveragePooling3D over 3 by mean,
    run by |layer, site| kernels::pool::global(Pooling::Average, layer.data_format, site)
);
