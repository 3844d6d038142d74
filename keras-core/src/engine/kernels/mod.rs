//! The kernels of the layers that have one. A layer that is not here runs as Burn code.

mod activation;
mod dense;
mod direction;
mod dropout;
mod recurrent;
mod views;

use keras_shape::LayerConfig;

use super::kernel::{Choice, Site};

/// How a layer is run where it stands.
pub(crate) fn choose(config: &LayerConfig, site: &Site<'_>) -> Choice {
    match config {
        LayerConfig::Activation(layer) => activation::choose(layer.activation, site),
        LayerConfig::Dense(layer) => dense::choose(layer, site),
        LayerConfig::Dropout(layer) => dropout::choose(layer, site),
        LayerConfig::Flatten(layer) => views::flatten(layer, site),
        LayerConfig::Identity(_) | LayerConfig::Reshape(_) => views::same(site),
        LayerConfig::LSTM(_) | LayerConfig::GRU(_) | LayerConfig::SimpleRNN(_) => recurrent::choose(config, site),
        LayerConfig::SpatialDropout1D(layer) => dropout::spatial1d(layer, site),
        LayerConfig::SpatialDropout2D(layer) => dropout::spatial2d(layer, site),
        _ => Choice::Island,
    }
}
