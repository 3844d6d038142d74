//! Plans that are run once: for tests of kernels, and of models that no macro wrote.

use super::build::Wish;
use super::cache::{self, take};
use super::plan::{Mode, Plan, Trained};
use crate::Result;
use crate::context::Context;
use crate::model::{AnyModel, Samples, check_lengths};
use crate::tensor::{Raw, bits};
use crate::training::regularizers::PenaltyPlan;

/// The names of the layers that are run by their operations for inputs of these lengths, not by a kernel that is written
/// for them: for tests of the kernels.
///
/// # Errors
/// Lengths that no layer could work on.
pub fn by_operations(model: &dyn AnyModel, lengths: &[&[usize]], training: bool) -> Result<Vec<String>> {
    let mode = if training { Mode::TRAIN } else { Mode::PREDICT };
    let mut names = Vec::new();
    take(model, mode, lengths)?.by_operations(model, &mut names);
    Ok(names)
}

/// What a plan gives for inputs, each with its lengths: the outputs, the masks of those that have one, and the
/// gradients of all weights (none for weights that are not trained) when the loss is the sum of the squares of all
/// outputs. For tests on models that no macro wrote.
///
/// # Errors
/// What a layer finds wrong with a tensor.
pub fn squares(model: &dyn AnyModel, inputs: &[(Vec<f32>, Vec<usize>)]) -> Result<Squares> {
    once(model, Mode::TRAIN, inputs, |_, y, dy| dy.iter_mut().zip(y).for_each(|(dy, y)| *dy = 2.0 * y))
}

/// As [`squares`], for the loss that is the sum of each output times its factors; updates of weights are not made.
///
/// # Errors
/// As [`squares`].
pub fn weighted(
    model: &dyn AnyModel,
    inputs: &[(Vec<f32>, Vec<usize>)],
    factors: &[Vec<f32>],
    training: bool,
) -> Result<Squares> {
    let mode = if training { Mode::TRAIN } else { Mode::GRADIENTS };
    once(model, mode, inputs, |i, _, dy| dy.copy_from_slice(&factors[i]))
}

/// [`squares`] for any loss, which `loss(i, y, dy)` says by filling the gradient of output `i`; with what weights add to
/// the loss, and the gradients of the inputs. As in a pass of `training`, or of one that predicts.
///
/// # Errors
/// As [`squares`].
pub fn pass(
    model: &dyn AnyModel,
    inputs: &[(Vec<f32>, Vec<usize>)],
    training: bool,
    loss: impl Fn(usize, &[f32], &mut [f32]),
) -> Result<Squares> {
    let mode = if training { Mode::TRAIN } else { Mode::GRADIENTS };
    let mut found = once(model, mode, inputs, loss)?;
    let params = model.layers().into_iter().flat_map(|layer| layer.params());
    let trained = found.gradients.iter_mut().zip(&found.trained);
    for (param, (gradient, _)) in params.zip(trained).filter(|(_, (_, trained))| **trained) {
        if let Some(mut plan) = PenaltyPlan::new(&param.regularizer, &param.value.shape())? {
            let (penalty, own) = plan.run(param.value.as_f32().unwrap_or_default())?;
            found.added += f64::from(penalty);
            if let Some(gradient) = gradient {
                gradient.iter_mut().zip(own).for_each(|(sum, g)| *sum += g);
            }
        }
    }
    Ok(found)
}

/// Runs a plan once; `loss(i, y, dy)` fills the gradient of output `i`.
fn once(
    model: &dyn AnyModel,
    mode: Mode,
    inputs: &[(Vec<f32>, Vec<usize>)],
    loss: impl Fn(usize, &[f32], &mut [f32]),
) -> Result<Squares> {
    let lengths: Vec<&[usize]> = inputs.iter().map(|(_, lengths)| lengths.as_slice()).collect();
    check_lengths(model, &lengths)?;
    let input_grads = vec![true; inputs.len()];
    let kernels = cache::kernels();
    let executor = model.core().executor();
    let wish = Wish {
        mode,
        lengths: &lengths,
        input_grads: &input_grads,
        masks: &[],
        kernels,
        again: false,
        samples: Samples::Batch,
        executor,
    };
    let mut plan = Plan::new(model, &wish)?;
    for (i, (numbers, _)) in inputs.iter().enumerate() {
        let whole = plan.takes_whole(i);
        let number = |x: &f32| if whole { bits(*x as i32) } else { *x };
        plan.input_mut(i).iter_mut().zip(numbers).for_each(|(to, x)| *to = number(x));
    }
    let mut context = if mode.training { Context::training(1, 0) } else { Context::inference() };
    plan.forward(model, Some(&mut context))?;
    let mut found = Squares { added: plan.extra_loss(), ..Squares::default() };
    for i in 0..model.structure().outputs.len() {
        let (y, shape) = plan.output(i);
        found.outputs.push(y.to_vec());
        found.shapes.push(shape.to_vec());
        found.masks.push(plan.output_mask(i).map(|mask| mask.counts.clone()));
        found.mask_ranks.push(plan.output_mask(i).map_or(0, |mask| mask.shape.len()));
        if let (y, Some(dy)) = plan.output_grad(i) {
            loss(i, y, dy);
        }
    }
    plan.backward(model, false)?;
    found.input_gradients = (0..inputs.len()).map(|i| plan.input_grad(i).map(<[f32]>::to_vec)).collect();
    found.weights = model.layers().iter().flat_map(|layer| layer.params()).map(|p| p.value.clone()).collect();
    plan.updates(&mut |layer, weight, how| {
        if let Some(to) = found.weights[plan.starts()[layer] + weight].as_f32_mut() {
            how(to);
        }
    });
    for gradient in plan.gradients() {
        found.trained.push(!matches!(gradient, Trained::No));
        found.gradients.push(match gradient {
            Trained::Yes(gradient) => gradient.map(|g| g.to_vec()),
            Trained::Late(gradient) => Some(gradient.whole()),
            Trained::No => None,
        });
    }
    Ok(found)
}

/// See [`squares`].
#[derive(Debug, Default)]
pub struct Squares {
    /// The numbers of each output.
    pub outputs: Vec<Vec<f32>>,
    /// The lengths of each output.
    pub shapes: Vec<Vec<usize>>,
    /// The mask of each output.
    pub masks: Vec<Option<Vec<bool>>>,
    /// How many axes each mask has; 0 where there is none.
    pub mask_ranks: Vec<usize>,
    /// What layers add to the loss.
    pub added: f64,
    /// The gradient of each weight, layer by layer.
    pub gradients: Vec<Option<Vec<f32>>>,
    /// Which weights are trained.
    pub trained: Vec<bool>,
    /// The gradient of each input of floats.
    pub input_gradients: Vec<Option<Vec<f32>>>,
    /// Each weight as the pass leaves it: moving averages have moved.
    pub weights: Vec<Raw>,
}
