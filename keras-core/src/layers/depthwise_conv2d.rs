use keras_shape::Size;

use super::images::convolved;
use crate::engine::kernels::{conv::arguments, depthwise};

convolved!(
    DepthwiseConv2D by depthwise_conv of |_, cx| cx.weight("kernel"),
    run by |layer, site| depthwise::choose(&arguments!(layer, Size::Known(1)), site),
    linked by |layer, site| depthwise::link(&arguments!(layer, Size::Known(1)), layer.use_bias, site)
);
