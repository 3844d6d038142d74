//! Operations of neural networks.

mod activations;
mod attention;
mod blocks;
pub(crate) mod conv;
mod ctc;
mod layer_norm;
mod losses;
mod normalization;
pub(crate) mod pool;
mod sizes;
mod softmax;
mod sparsemax;
mod unfold;

pub use activations::*;
pub use attention::{AttentionCall, dot_product_attention};
pub use blocks::{BlocksCall, depth_to_space, space_to_depth};
pub use conv::*;
pub use ctc::{CtcLossCall, ctc_loss};
pub use losses::*;
pub use normalization::*;
pub use pool::*;
pub use sizes::{DataFormat, Padding, PerAxis};
pub use softmax::{log_softmax, softmax};
pub use unfold::{UnfoldCall, fold, unfold};
