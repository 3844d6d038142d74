//! The kernels of the layers that have one. A layer that is not here runs as Burn code.

mod activation;
mod dense;
mod views;

use keras_shape::LayerConfig;

use super::kernel::{Choice, Site};

/// How a layer is run where it stands.
pub(crate) fn choose(config: &LayerConfig, site: &Site<'_>) -> Choice {
    match config {
        LayerConfig::Activation(layer) => activation::choose(layer.activation, site),
        LayerConfig::Dense(layer) => dense::choose(layer, site),
        LayerConfig::Dropout(layer) => views::dropout(layer, site),
        LayerConfig::Flatten(layer) => views::flatten(layer, site),
        LayerConfig::Identity(_) | LayerConfig::Reshape(_) => views::same(site),
        _ => Choice::Island,
    }
}
