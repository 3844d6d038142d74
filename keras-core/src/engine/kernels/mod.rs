//! The kernels that are written for layers. A layer says which one it has, for its arguments and its place, beside its
//! operations (`crate::layers`), which run it where there is none.

pub(crate) mod activation;
mod attend;
pub(crate) mod attention;
mod axes;
pub(crate) mod batch_normalization;
pub(crate) mod bidirectional;
pub(crate) mod conv;
pub(crate) mod conv3d;
mod conv_dense;
pub(crate) mod conv_lstm;
mod conv_norm;
mod conv_pool;
pub(crate) mod dense;
pub(crate) mod depthwise;
mod direction;
pub(crate) mod dot;
pub(crate) mod dropout;
pub(crate) mod embedding;
pub(crate) mod global_pooling1d;
pub(crate) mod group_normalization;
pub(crate) mod group_query_attention;
mod heads;
pub(crate) mod layer_normalization;
mod link;
pub(crate) mod masking;
pub(crate) mod merge;
mod merge_integers;
pub(crate) mod multi_head_attention;
pub(crate) mod permute;
pub(crate) mod pool;
pub(crate) mod pool3d;
pub(crate) mod rearrange;
pub(crate) mod rectifiers;
pub(crate) mod recurrent;
pub(crate) mod repeat_vector;
pub(crate) mod rescaling;
pub(crate) mod resizing;
pub(crate) mod rms_normalization;
pub(crate) mod rnn;
pub(crate) mod separable;
mod stretch;
mod sum;
pub(crate) mod synchronized;
pub(crate) mod time_distributed;
pub(crate) mod transposed;
pub(crate) mod transposed3d;
pub(crate) mod up_sampling;
pub(crate) mod views;
mod window;

use smallvec::SmallVec;

pub(crate) use self::link::Link;
pub(crate) use self::merge::Pairwise;
pub(crate) use self::pool::Kind as Pooling;
pub(super) use self::time_distributed::folded;

use super::kernel::{Choice, Kernel, Site};
use super::traced::Traced;
use crate::Result;
use crate::layers::Arithmetic;

/// One kernel for layers of which each is the only one to see what the one before it gives, if there is such a kernel.
pub(crate) fn fused(chain: &[(Arithmetic<'_>, Site<'_>)]) -> Option<Box<dyn Kernel>> {
    let links: Option<SmallVec<[(Link<'_>, &Site<'_>); 5]>> =
        chain.iter().map(|(keras, site)| Some((keras.link(site)?, site))).collect();
    let links = links?;
    links.first()?.0.fused()?(&links)
}

/// How a layer is run where it stands: by a kernel that is written for it where there is one, else by its operations.
///
/// # Errors
/// Inputs that its operations do not take.
pub(crate) fn choose(keras: Arithmetic<'_>, site: &Site<'_>) -> Result<Choice> {
    match keras.kernel(site)? {
        Choice::Operations => Traced::choose(keras, site),
        choice => Ok(choice),
    }
}
