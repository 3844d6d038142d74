use super::images::pooled;
use crate::engine::kernels::{self, Pooling};

pooled!(
    AveragePooling3D by average_pool,
    run by |layer, site| kernels::pool3d::choose(Pooling::Average, &kernels::pool::arguments!(layer), site)
);
