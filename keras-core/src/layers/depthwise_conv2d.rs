use super::images::{by_channel, convolved};
use crate::engine::kernels::depthwise;

convolved!(
    DepthwiseConv2D by depthwise_conv,
    run by |layer, site| depthwise::choose(&by_channel!(layer), site),
    linked by |layer, site| depthwise::link(&by_channel!(layer), layer.use_bias, site)
);
