use super::images::pooled;
use crate::engine::kernels::{self, Pooling};

pooled!(
    MaxPooling2D by max_pool,
    run by |layer, site| kernels::pool::choose(Pooling::Max, &kernels::pool::arguments!(layer), site),
    linked by |layer, site| kernels::pool::largest(&kernels::pool::arguments!(layer), site)
);
