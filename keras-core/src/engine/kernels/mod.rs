//! The kernels of the layers that have one. A layer that is not here runs as Burn code.

mod activation;
mod axes;
mod bidirectional;
mod dense;
mod direction;
mod dropout;
mod embedding;
mod global_pooling1d;
mod layer_normalization;
mod masking;
mod permute;
mod rectifiers;
mod recurrent;
mod repeat_vector;
mod time_distributed;
mod views;

use keras_shape::LayerConfig;

use super::kernel::{Choice, Site};

/// How a layer is run where it stands.
pub(crate) fn choose(config: &LayerConfig, site: &Site<'_>) -> Choice {
    match config {
        LayerConfig::Activation(layer) => activation::choose(layer.activation, site),
        LayerConfig::Bidirectional(layer) => bidirectional::choose(layer, site),
        LayerConfig::Dense(layer) => dense::choose(layer, site),
        LayerConfig::Dropout(layer) => dropout::choose(layer, site),
        LayerConfig::ELU(layer) => rectifiers::elu(layer, site),
        LayerConfig::Embedding(layer) => embedding::choose(layer, site),
        LayerConfig::Flatten(layer) => views::flatten(layer, site),
        LayerConfig::GlobalAveragePooling1D(layer) => global_pooling1d::average(layer.data_format, site),
        LayerConfig::GlobalMaxPooling1D(layer) => global_pooling1d::max(layer.data_format, site),
        LayerConfig::Identity(_) | LayerConfig::Reshape(_) => views::same(site),
        LayerConfig::LSTM(_) | LayerConfig::GRU(_) | LayerConfig::SimpleRNN(_) => {
            recurrent::choose(config, site)
        }
        LayerConfig::LayerNormalization(layer) => layer_normalization::choose(layer, site),
        LayerConfig::LeakyReLU(layer) => rectifiers::leaky_relu(layer, site),
        LayerConfig::Masking(layer) => masking::choose(layer, site),
        LayerConfig::PReLU(layer) => rectifiers::prelu(layer, site),
        LayerConfig::Permute(layer) => permute::choose(layer, site),
        LayerConfig::ReLU(layer) => rectifiers::relu(layer, site),
        LayerConfig::RepeatVector(_) => repeat_vector::choose(site),
        LayerConfig::Softmax(layer) => rectifiers::softmax(layer, site),
        LayerConfig::SpatialDropout1D(layer) => dropout::spatial1d(layer, site),
        LayerConfig::SpatialDropout2D(layer) => dropout::spatial2d(layer, site),
        LayerConfig::TimeDistributed(layer) => time_distributed::choose(layer, site),
        _ => Choice::Island,
    }
}
