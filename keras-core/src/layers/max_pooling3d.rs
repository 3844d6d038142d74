use super::images::pooled;
use crate::engine::kernels::{self, Pooling};

pooled!(
    MaxPooling3D by max_pool,
    run by |layer, site| kernels::pool3d::choose(Pooling::Max, &kernels::pool::arguments!(layer), site)
);
