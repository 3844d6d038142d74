//! What runs a model on the CPU: a plan made once for the lengths of a batch, on buffers that are kept.
//!
//! A plan knows every tensor of a model for inputs of given lengths, so it owns a buffer for each and a
//! kernel for each layer: slices in, slices out, forward and backward, from `keras-kernels`. Nothing is
//! allocated after the first step, nothing is recorded on a tape, and no gradient is computed that nobody asks for.
//! A layer without a kernel runs as the Burn code that it is (an island), between kernels; a model whose weights lie
//! on another device runs as Burn code altogether.

mod build;
mod cache;
mod cast;
mod external;
mod fuse;
mod island;
mod kernel;
mod kernels;
mod nested;
mod parts;
mod plan;
mod program;
mod traced;
mod weights;
mod wrapped;

pub(crate) use build::takes_integers;
pub(crate) use cache::{InUse, take};
pub(crate) use plan::{Mode, Plan, Trained};
pub(crate) use program::Program;
pub(crate) use weights::regularize;

pub use cache::{clear, without};

use crate::Result;
use crate::context::Context;
use crate::model::AnyModel;
use crate::tensor::bits;

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

/// What a plan gives for inputs, each with its lengths: the outputs, the masks of those that have one, and the
/// gradients of all weights (none for weights that are not trained) when the loss is the sum of the squares of all
/// outputs. For tests on models that no macro wrote; nothing if there is no plan.
///
/// # Errors
/// What a layer finds wrong with a tensor.
#[doc(hidden)]
pub fn squares(model: &dyn AnyModel, inputs: &[(Vec<f32>, Vec<usize>)]) -> Result<Option<Squares>> {
    once(model, Mode::TRAIN, inputs, |_, y, dy| dy.iter_mut().zip(y).for_each(|(dy, y)| *dy = 2.0 * y))
}

/// [`squares`] of a pass that does not train, when the loss is the mean of the squared differences from targets.
///
/// # Errors
/// As [`squares`].
#[doc(hidden)]
pub fn differences(
    model: &dyn AnyModel,
    inputs: &[(Vec<f32>, Vec<usize>)],
    targets: &[Vec<f32>],
) -> Result<Option<Squares>> {
    once(model, Mode::GRADIENTS, inputs, |i, y, dy| {
        let n = y.len() as f32;
        dy.iter_mut().zip(y).zip(&targets[i]).for_each(|((dy, y), t)| *dy = 2.0 * (y - t) / n);
    })
}

/// As [`squares`], for the loss that is the sum of each output times its factors; updates of weights are not made.
///
/// # Errors
/// As [`squares`].
#[doc(hidden)]
pub fn weighted(
    model: &dyn AnyModel,
    inputs: &[(Vec<f32>, Vec<usize>)],
    factors: &[Vec<f32>],
    training: bool,
) -> Result<Option<Squares>> {
    let mode = if training { Mode::TRAIN } else { Mode::GRADIENTS };
    once(model, mode, inputs, |i, _, dy| dy.copy_from_slice(&factors[i]))
}

/// Runs a plan once; `loss(i, y, dy)` fills the gradient of output `i`.
fn once(
    model: &dyn AnyModel,
    mode: Mode,
    inputs: &[(Vec<f32>, Vec<usize>)],
    loss: impl Fn(usize, &[f32], &mut [f32]),
) -> Result<Option<Squares>> {
    let lengths: Vec<&[usize]> = inputs.iter().map(|(_, lengths)| lengths.as_slice()).collect();
    let Some(mut plan) = take(model, mode, &lengths)? else { return Ok(None) };
    for (i, (numbers, _)) in inputs.iter().enumerate() {
        let whole = plan.takes_whole(i);
        let number = |x: &f32| if whole { bits(*x as i32) } else { *x };
        plan.input_mut(i).iter_mut().zip(numbers).for_each(|(to, x)| *to = number(x));
    }
    let mut context = match mode.training {
        true => Context::training(model.device(), 1, 0),
        false => Context::gradients(model.device()),
    };
    plan.forward(model, Some(&mut context))?;
    let mut squares = Squares::default();
    for i in 0..model.structure().outputs.len() {
        squares.outputs.push(plan.output(i).0.to_vec());
        squares.masks.push(plan.output_mask(i).map(|mask| mask.counts.clone()));
        if let (y, Some(dy)) = plan.output_grad(i) {
            loss(i, y, dy);
        }
    }
    plan.backward(model, false)?;
    squares.gradients = plan
        .gradients()
        .map(|gradient| match gradient {
            Trained::Yes(gradient) => gradient.map(|g| g.to_vec()),
            Trained::Late(gradient) => Some(gradient.whole()),
            Trained::No => None,
        })
        .collect();
    Ok(Some(squares))
}

/// See [`squares`].
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Squares {
    /// The numbers of each output.
    pub outputs: Vec<Vec<f32>>,
    /// The mask of each output.
    pub masks: Vec<Option<Vec<bool>>>,
    /// The gradient of each weight, layer by layer.
    pub gradients: Vec<Option<Vec<f32>>>,
}
