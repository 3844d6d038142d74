//! Operations of neural networks.

mod activations;
mod attention;
mod conv;
mod layer_norm;
mod losses;
mod normalization;
mod pool;
mod sizes;
mod softmax;
mod sparsemax;

pub use activations::*;
pub use attention::{AttentionCall, dot_product_attention};
pub use conv::*;
pub use losses::*;
pub use normalization::*;
pub use pool::*;
pub use sizes::{DataFormat, Padding, PerAxis};
pub use softmax::{log_softmax, softmax};
