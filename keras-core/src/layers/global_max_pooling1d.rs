use super::images::pooled_whole;
use crate::engine::kernels;

pooled_whole!(
    GlobalMaxPooling1D over 1 by max,
    run by |layer, site| kernels::global_pooling1d::max(layer.data_format, site)
);
