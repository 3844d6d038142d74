use super::images::convolved;
use super::lora;
use crate::engine::{Choice, kernels};

convolved!(
    Conv3D by conv of |layer, cx| lora::kernel(layer.lora_rank, layer.lora_alpha, cx),
    run by |layer, site| lora::unless(layer.lora_rank, Choice::Operations, || {
        kernels::conv3d::choose(&kernels::conv::arguments!(layer), site)
    })
);
