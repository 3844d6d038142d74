//! What runs a model on the CPU: a plan made once for the lengths of a batch, on buffers that are kept.
//!
//! A [`Plan`] knows every tensor of a model for inputs of given lengths, so it owns a buffer for each and a
//! [`Kernel`] for each layer: slices in, slices out, forward and backward, from `keras-kernels`. Nothing is
//! allocated after the first step, nothing is recorded on a tape, and no gradient is computed that nobody asks for.
//! A layer without a kernel runs as the Burn code that it is ([`island`]), between kernels; a model whose weights lie
//! on another device runs as Burn code altogether.

mod cache;
mod island;
mod kernel;
mod kernels;
mod nested;
mod parts;
mod plan;
mod weights;

pub(crate) use cache::{InUse, take};
pub(crate) use plan::{Mode, Plan, Trained};
pub(crate) use weights::regularize;

pub use cache::without;

use crate::model::AnyModel;

/// The names of the layers that run as Burn code for inputs of these lengths, all of them where there is no plan: for
/// tests of the kernels.
#[doc(hidden)]
pub fn islands(model: &dyn AnyModel, lengths: &[&[usize]], training: bool) -> Vec<String> {
    let mode = if training { Mode::TRAIN } else { Mode::PREDICT };
    let mut names = Vec::new();
    match take(model, mode, lengths) {
        Ok(Some(plan)) => plan.islands(model, &mut names),
        _ => names.extend((0..model.structure().layers.len()).map(|i| model.layer_at(i).name().to_string())),
    }
    names
}
