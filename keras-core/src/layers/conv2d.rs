use super::images::convolved;
use super::lora;
use crate::engine::{Choice, kernels};

convolved!(
    Conv2D by conv of |layer, cx| lora::kernel(lora::factor(layer.lora_rank, layer.lora_alpha), cx),
    run by |layer, site| match layer.lora_rank {
        None => kernels::conv::choose(&kernels::conv::arguments!(layer), site),
        Some(_) => Choice::Operations,
    },
    linked by |layer, site| match layer.lora_rank {
        None => kernels::conv::link(&kernels::conv::arguments!(layer), layer.use_bias, site),
        Some(_) => None,
    }
);
