use super::images::convolved;
use super::lora;
use crate::engine::{Choice, kernels};

convolved!(
    Conv2D by conv of |layer, cx| lora::kernel(layer.lora_rank, layer.lora_alpha, cx),
    run by |layer, site| lora::unless(layer.lora_rank, Choice::Operations, || {
        kernels::conv::choose(&kernels::conv::arguments!(layer), site)
    }),
    linked by |layer, site| lora::unless(layer.lora_rank, None, || {
        kernels::conv::link(&kernels::conv::arguments!(layer), layer.use_bias, site)
    })
);
