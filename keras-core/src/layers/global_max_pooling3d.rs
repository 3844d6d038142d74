use super::images::pooled_whole;
use crate::engine::kernels::{self, Pooling};

pooled_whole!(
    GlobalMaxPooling3D over 3 by max,
    run by |layer, site| kernels::pool::global(Pooling::Max, layer.data_format, site)
);
