use super::images::convolved;
use crate::engine::kernels;

convolved!(
    Conv2D by conv,
    run by |layer, site| kernels::conv::choose(&kernels::conv::arguments!(layer), site),
    linked by |layer, site| kernels::conv::link(&kernels::conv::arguments!(layer), layer.use_bias, site)
);
