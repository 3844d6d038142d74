use super::images::{arguments, convolved};
use crate::engine::kernels::depthwise;

convolved!(
    DepthwiseConv2D by depthwise_conv,
    run by |layer, site| depthwise::choose(&arguments!(layer), site),
    linked by |layer, site| depthwise::link(&arguments!(layer), layer.use_bias, site)
);
