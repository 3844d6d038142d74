use super::images::convolved;
use super::lora;
use crate::engine::{Choice, kernels};

convolved!(
    Conv3D by conv of |layer, cx| lora::kernel(lora::factor(layer.lora_rank, layer.lora_alpha), cx),
    run by |layer, site| match layer.lora_rank {
        None => kernels::conv3d::choose(&kernels::conv::arguments!(layer), site),
        Some(_) => Choice::Operations,
    }
);
