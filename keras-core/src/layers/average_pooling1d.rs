use super::images::pooled;
use crate::engine::kernels::{self, Pooling};

pooled!(
    AveragePooling1D by average_pool,
    run by |layer, site| kernels::pool::choose(Pooling::Average, &kernels::pool::arguments!(layer), site)
);
