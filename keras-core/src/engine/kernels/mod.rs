//! The kernels of the layers. Every layer has one, but not for all arguments and places: `choose` decides, and what no
//! kernel does is left to the layer's operations.

mod activation;
mod attend;
mod attention;
mod axes;
mod batch_normalization;
mod bidirectional;
mod conv;
mod conv_dense;
mod conv_norm;
mod conv_pool;
mod dense;
mod direction;
mod dot;
mod dropout;
mod embedding;
mod global_pooling1d;
mod layer_normalization;
mod masking;
mod merge;
mod merge_integers;
mod multi_head_attention;
mod permute;
mod pool;
mod rearrange;
mod rectifiers;
mod recurrent;
mod repeat_vector;
mod rescaling;
mod stretch;
mod time_distributed;
mod views;
mod window;

use keras_shape::LayerConfig;

pub(super) use self::time_distributed::folded;

use self::merge::Pairwise;
use self::pool::Kind;
use super::kernel::{Choice, Kernel, Site};
use super::traced::Traced;
use crate::Result;

/// One kernel for layers of which each is the only one to see what the one before it gives, if there is such a kernel.
pub(crate) fn fused(chain: &[(&LayerConfig, Site<'_>)]) -> Option<Box<dyn Kernel>> {
    conv_norm::fused(chain).or_else(|| conv_dense::fused(chain)).or_else(|| conv_pool::fused(chain))
}

/// How a layer is run where it stands: by a kernel that is written for it where there is one, else by its operations.
///
/// # Errors
/// Inputs that its operations do not take.
pub(crate) fn choose(config: &LayerConfig, site: &Site<'_>) -> Result<Choice> {
    match written(config, site)? {
        Choice::Operations => Traced::choose(config, site),
        choice => Ok(choice),
    }
}

/// The kernel that is written for a layer where it stands.
fn written(config: &LayerConfig, site: &Site<'_>) -> Result<Choice> {
    Ok(match config {
        LayerConfig::Activation(layer) => activation::choose(layer.activation, site),
        LayerConfig::Add(_) => merge::choose(Pairwise::Add, site),
        LayerConfig::AdditiveAttention(layer) => attention::additive(layer, site),
        LayerConfig::Attention(layer) => attention::attention(layer, site),
        LayerConfig::Average(_) => merge::choose(Pairwise::Average, site),
        LayerConfig::AveragePooling1D(layer) => pool::choose(Kind::Average, &pool::arguments!(layer), site),
        LayerConfig::AveragePooling2D(layer) => pool::choose(Kind::Average, &pool::arguments!(layer), site),
        LayerConfig::BatchNormalization(layer) => batch_normalization::choose(layer, site),
        LayerConfig::Bidirectional(layer) => bidirectional::choose(layer, site),
        LayerConfig::Concatenate(layer) => rearrange::concatenate(layer, site),
        LayerConfig::Conv1D(layer) => conv::conv1d(layer, site),
        LayerConfig::Conv2D(layer) => conv::conv2d(layer, site),
        LayerConfig::Dense(layer) => dense::choose(layer, site),
        LayerConfig::Dot(layer) => dot::choose(layer, site),
        LayerConfig::Dropout(layer) => dropout::choose(layer, site),
        LayerConfig::ELU(layer) => rectifiers::elu(layer, site),
        LayerConfig::Embedding(layer) => embedding::choose(layer, site),
        LayerConfig::Flatten(layer) => views::flatten(layer, site),
        LayerConfig::GlobalAveragePooling1D(layer) => global_pooling1d::average(layer.data_format, site),
        LayerConfig::GlobalAveragePooling2D(layer) => pool::global(Kind::Average, layer.data_format, site),
        LayerConfig::GlobalMaxPooling1D(layer) => global_pooling1d::max(layer.data_format, site),
        LayerConfig::GlobalMaxPooling2D(layer) => pool::global(Kind::Max, layer.data_format, site),
        LayerConfig::Identity(_) | LayerConfig::Reshape(_) => views::same(site),
        LayerConfig::LSTM(_) | LayerConfig::GRU(_) | LayerConfig::SimpleRNN(_) => {
            recurrent::choose(config, site)
        }
        LayerConfig::LayerNormalization(layer) => layer_normalization::choose(layer, site),
        LayerConfig::LeakyReLU(layer) => rectifiers::leaky_relu(layer, site),
        LayerConfig::Masking(layer) => masking::choose(layer, site),
        LayerConfig::MaxPooling1D(layer) => pool::choose(Kind::Max, &pool::arguments!(layer), site),
        LayerConfig::MaxPooling2D(layer) => pool::choose(Kind::Max, &pool::arguments!(layer), site),
        LayerConfig::Maximum(_) => merge::choose(Pairwise::Maximum, site),
        LayerConfig::Minimum(_) => merge::choose(Pairwise::Minimum, site),
        LayerConfig::MultiHeadAttention(layer) => multi_head_attention::choose(layer, site),
        LayerConfig::Multiply(_) => merge::choose(Pairwise::Multiply, site),
        LayerConfig::PReLU(layer) => rectifiers::prelu(layer, site),
        LayerConfig::Permute(layer) => permute::choose(layer, site),
        LayerConfig::ReLU(layer) => rectifiers::relu(layer, site),
        LayerConfig::RepeatVector(_) => repeat_vector::choose(site),
        LayerConfig::Rescaling(layer) => rescaling::choose(layer, site),
        LayerConfig::Softmax(layer) => rectifiers::softmax(layer, site),
        LayerConfig::ReversibleEmbedding(layer) if !layer.reverse => {
            embedding::choose(&layer.embedding(), site)
        }
        LayerConfig::SpatialDropout1D(layer) => dropout::spatial1d(layer, site),
        LayerConfig::SpatialDropout2D(layer) => dropout::spatial2d(layer, site),
        LayerConfig::Subtract(_) => merge::choose(Pairwise::Subtract, site),
        LayerConfig::TimeDistributed(layer) => return time_distributed::choose(layer, site),
        LayerConfig::UpSampling2D(layer) => rearrange::up_sampling2d(layer, site),
        LayerConfig::ZeroPadding2D(layer) => rearrange::zero_padding2d(layer, site),
        _ => Choice::Operations,
    })
}
