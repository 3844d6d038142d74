//! LoRA as archives of Keras have it: added to the kernel.

use keras_files::{Array, with_product};
use keras_shape::{LayerConfig, Size};

use super::super::parts::each_layer;
use crate::model::{AnyLayer, AnyModel};

/// Adds the narrow matrices of all layers that have them to the kernels, among the arrays of all weights.
///
/// # Errors
/// A layer does not say how much they count, or shapes do not fit.
pub(super) fn add(model: &dyn AnyModel, arrays: &mut [Array]) -> Result<(), String> {
    let mut done = Ok(());
    each_layer(model, &mut |layer, first| {
        if done.is_ok() {
            done = of_layer(layer, first, arrays);
        }
    });
    done
}

fn of_layer(layer: &dyn AnyLayer, first: usize, arrays: &mut [Array]) -> Result<(), String> {
    let params = layer.named_params();
    let place = |of: &str| params.iter().position(|(path, _)| path == of).map(|at| first + at);
    for (path, _) in &params {
        // Of a layer in a wrapper its name stands before: `dense/lora_kernel_a`.
        let (inside, name) =
            path.rsplit_once('/').map_or(("", path.as_str()), |(inside, name)| (inside, name));
        let Some(base) = name.strip_prefix("lora_").and_then(|name| name.strip_suffix("_a")) else {
            continue;
        };
        let of = |name: String| place(&if inside.is_empty() { name } else { format!("{inside}/{name}") });
        let wrong = || format!("layer `{}`: its LoRA cannot be added to the kernel", layer.name());
        let kernel = of(base.to_string()).ok_or_else(wrong)?;
        let (a, b) =
            (of(name.to_string()).ok_or_else(wrong)?, of(format!("lora_{base}_b")).ok_or_else(wrong)?);
        let scale = layer.config().and_then(scale).ok_or_else(wrong)?;
        arrays[kernel] = with_product(&arrays[kernel], &arrays[a], &arrays[b], scale).ok_or_else(wrong)?;
    }
    Ok(())
}

/// How much the product of the matrices of a layer counts, also of one in a wrapper.
fn scale(config: &LayerConfig) -> Option<f64> {
    own_scale(config).or_else(|| config.wrapped().iter().find_map(|inner| scale(inner.config)))
}

fn own_scale(config: &LayerConfig) -> Option<f64> {
    let values = config.values();
    let of = |name: &str| values.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let rank = (*of("lora_rank")?.downcast_ref::<Option<Size>>()?)?.known()? as f64;
    let alpha = of("lora_alpha")?.downcast_ref::<Option<f64>>().copied().flatten();
    Some(alpha.unwrap_or(rank) / rank)
}
