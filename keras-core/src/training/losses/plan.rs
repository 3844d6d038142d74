//! A loss for targets and outputs of given shapes, laid out to be run often.

use keras_ops::{self as ops, DType, OpError, Plan, Symbolic};
use smallvec::SmallVec;

use super::pair::{at_least_one_axis, shaped};
use super::{Loss, Reduction};
use crate::tensor::Raw;
use crate::training::spread::{Spread, share};
use crate::{Error, Result};

/// What a loss is laid out for.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LossKey {
    /// The shape of the targets.
    pub target: Vec<usize>,
    /// The shape of the outputs.
    pub output: Vec<usize>,
    /// The shape of the sample weights; without axes where there are none.
    pub weight: Vec<usize>,
    /// The shape of the mask; without axes where there is none.
    pub mask: Vec<usize>,
    /// Whether the gradient is computed.
    pub gradient: bool,
}

/// A loss traced: its inputs and what it makes of them.
struct Traced {
    target: Symbolic,
    output: Symbolic,
    losses: Symbolic,
    counts: Option<Symbolic>,
}

fn wrong(loss: &str, e: &OpError) -> Error {
    Error::Argument(format!("loss `{loss}`: {e}"))
}

/// The arithmetic of a loss, whatever its type: behind `dyn`, so that what lays a loss out is compiled once.
pub(crate) trait Arithmetic {
    fn name(&self) -> &'static str;
    fn call(&self, y_true: &Symbolic, y_pred: &Symbolic) -> Result<Symbolic>;
    fn counts(&self, y_true: &Symbolic, y_pred: &Symbolic, losses: &Symbolic) -> Result<Option<Symbolic>>;
    fn reduces(&self) -> Reduction;
}

impl<L: Loss> Arithmetic for L {
    fn name(&self) -> &'static str {
        Loss::name(self)
    }

    fn call(&self, y_true: &Symbolic, y_pred: &Symbolic) -> Result<Symbolic> {
        Loss::call(self, y_true, y_pred)
    }

    fn counts(&self, y_true: &Symbolic, y_pred: &Symbolic, losses: &Symbolic) -> Result<Option<Symbolic>> {
        Loss::counts(self, y_true, y_pred, losses)
    }

    fn reduces(&self) -> Reduction {
        Loss::reduces(self)
    }
}

fn trace(loss: &dyn Arithmetic, target: &[usize], output: &[usize]) -> Result<Traced> {
    let (target, output) = (ops::input(target, DType::Float32), ops::input(output, DType::Float32));
    let told = |x: Symbolic| x.check().map_err(|e| wrong(loss.name(), &e));
    let losses = told(loss.call(&target, &output)?)?;
    let losses = told(ops::cast(losses, DType::Float32))?;
    let counts = loss.counts(&target, &output, &losses)?.map(told).transpose()?;
    Ok(Traced { target, output, losses, counts })
}

/// The shape of the losses of targets and outputs of these shapes; no axes for one number for all.
///
/// # Errors
/// What the loss finds wrong with the shapes.
pub(crate) fn losses_shape(loss: &dyn Arithmetic, target: &[usize], output: &[usize]) -> Result<Vec<usize>> {
    Ok(trace(loss, target, output)?.losses.shape().to_vec())
}

/// A loss with its gradient for targets and outputs of given shapes.
#[doc(hidden)]
pub struct LossPlan {
    key: LossKey,
    plan: Plan,
    /// The shape of the losses, and how weights and mask belong to them.
    shape: Vec<usize>,
    weight: Option<(Spread, Vec<f32>)>,
    mask: Option<(Spread, Vec<f32>)>,
}

impl core::fmt::Debug for LossPlan {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("LossPlan").field(&self.key).finish()
    }
}

impl LossPlan {
    /// # Errors
    /// Targets, sample weights or mask do not have the shape that goes with the output.
    pub(crate) fn new(loss: &dyn Arithmetic, key: LossKey) -> Result<Self> {
        let Traced { target, output, mut losses, mut counts } = trace(loss, &key.target, &key.output)?;
        if losses.ndim() == 0 {
            // One number for all is weighted as if it were that of each.
            let numbers = |part: &[usize]| part.iter().product::<usize>();
            let all = if numbers(&key.weight) >= numbers(&key.mask) { &key.weight } else { &key.mask };
            let all = if all.is_empty() { &[1][..] } else { all };
            losses = ops::broadcast_to(losses, all);
            counts = counts.map(|counts| ops::broadcast_to(counts, all));
        }
        let losses = at_least_one_axis(losses);
        let shape = losses.shape().to_vec();
        if shape.iter().product::<usize>() == 0 {
            return Err(Error::shape("target", "a batch without samples"));
        }
        let part = |part: &[usize], what: &str| match part {
            [] => Ok(None),
            part => Spread::new(part, &shape, what).map(|spread| Some((spread, Vec::new()))),
        };
        let one = key.weight.iter().all(|n| *n == 1);
        let weight = match &key.weight[..] {
            // One weight is that of all losses.
            [_, ..] if one => Some((Spread::Runs(shape.iter().product()), Vec::new())),
            weight => part(weight, "sample weight")?,
        };
        let mask = part(&key.mask, "mask")?;
        let given = |is: bool| is.then(|| ops::input(&shape[..], DType::Float32));
        let (w, m) = (given(weight.is_some()), given(mask.is_some()));
        let counts_itself = counts.is_some();
        let counted = match (&m, counts) {
            (Some(m), Some(counts)) => Some(m * shaped(counts, &shape)),
            (m, counts) => m.clone().or(counts),
        };
        // What the loss itself leaves out is said for each of the losses.
        let masks = if counts_itself { &shape } else { &key.mask };
        let share = share(&[&key.weight, masks], &shape);
        let value = loss.reduces().of(&losses, w.as_ref(), counted.as_ref(), share);
        let inputs: Vec<&Symbolic> = [&target, &output].into_iter().chain(&w).chain(&m).collect();
        let mut outputs = Vec::new();
        if key.gradient {
            outputs.extend(ops::gradients(&value, &[&output]));
        }
        outputs.push(value);
        let all: Vec<&Symbolic> = outputs.iter().collect();
        let plan = Plan::with_results(&inputs, &all, usize::from(key.gradient))
            .map_err(|e| wrong(loss.name(), &e))?;
        Ok(LossPlan { key, plan, shape, weight, mask })
    }

    /// What it is laid out for.
    pub fn key(&self) -> &LossKey {
        &self.key
    }

    /// The loss of a batch; `gradient`, of the length of the output, takes its gradient where that is computed. `weight`
    /// and `mask` give the numbers of sample weights and mask by place.
    ///
    /// # Errors
    /// Numbers of another length than the shapes say.
    pub fn run(
        &mut self,
        target: &[f32],
        output: &[f32],
        weight: impl Fn(usize) -> f32,
        mask: impl Fn(usize) -> f32,
        gradient: Option<&mut [f32]>,
    ) -> Result<f64> {
        let numbers = self.shape.iter().product();
        fill(&mut self.weight, numbers, &self.shape, weight);
        fill(&mut self.mask, numbers, &self.shape, mask);
        let mut inputs: SmallVec<[&[f32]; 4]> = SmallVec::from_slice(&[target, output]);
        inputs
            .extend([&self.weight, &self.mask].into_iter().flatten().map(|(_, numbers)| numbers.as_slice()));
        let mut results: SmallVec<[&mut [f32]; 1]> = gradient.into_iter().collect();
        self.plan.run_into(&inputs, &mut results).map_err(|e| Error::Argument(e.to_string()))?;
        let value = self.plan.output(usize::from(self.key.gradient));
        Ok(value.first().copied().map_or(0.0, f64::from))
    }
}

/// Spreads numbers over all losses.
fn fill(part: &mut Option<(Spread, Vec<f32>)>, n: usize, losses: &[usize], number: impl Fn(usize) -> f32) {
    let Some((spread, numbers)) = part else { return };
    numbers.clear();
    numbers.resize(n, 1.0);
    spread.multiply(numbers, losses, number);
}

/// A loss as a metric takes it: the losses one by one, and which of them count.
#[derive(Debug)]
pub(crate) struct EachPlan {
    plan: Plan,
    target: Vec<usize>,
    output: Vec<usize>,
    counts: bool,
}

impl EachPlan {
    /// # Errors
    /// The targets do not have the shape that goes with the output.
    pub fn new(loss: &dyn Arithmetic, target: &[usize], output: &[usize]) -> Result<Self> {
        let traced = trace(loss, target, output)?;
        let outputs: Vec<&Symbolic> = [&traced.losses].into_iter().chain(&traced.counts).collect();
        let plan =
            Plan::new(&[&traced.target, &traced.output], &outputs).map_err(|e| wrong(loss.name(), &e))?;
        Ok(EachPlan { plan, target: target.into(), output: output.into(), counts: traced.counts.is_some() })
    }

    /// Whether it is for targets and outputs of these shapes.
    pub fn fits(&self, target: &[usize], output: &[usize]) -> bool {
        self.target == target && self.output == output
    }

    /// The losses, and as 1 or 0 which of them count where some do not.
    ///
    /// # Errors
    /// Numbers of another length than the shapes say.
    pub fn run(&mut self, target: &[f32], output: &[f32]) -> Result<(&[f32], Option<&[f32]>)> {
        self.plan.run(&[target, output]).map_err(|e| Error::Argument(e.to_string()))?;
        Ok((self.plan.output(0), self.counts.then(|| self.plan.output(1))))
    }

    /// The shape of the losses.
    pub fn shape(&self) -> &[usize] {
        self.plan.shape(0)
    }
}

/// What [`evaluate`] finds.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluated {
    /// The loss of the batch.
    pub loss: f64,
    /// The losses one by one, before weights and mask.
    pub losses: Vec<f32>,
    /// Their shape.
    pub shape: Vec<usize>,
    /// The gradient of the loss by the outputs, in their shape.
    pub gradient: Vec<f32>,
}

/// A loss of numbers without a model, as calling a loss of Keras: `loss(y_true, y_pred, sample_weight)`, with its gradient.
/// `mask` says which losses count, as truth values or 1 and 0.
///
/// ```
/// use keras_core::prelude::*;
/// use keras_core::training::losses;
///
/// let (t, p) = (Tensor::from([[0.0, 1.0], [0.0, 0.0]]), Tensor::from([[1.0, 1.0], [1.0, 0.0]]));
/// let found = losses::evaluate(&MeanSquaredError, t.raw(), p.raw(), None, None)?;
/// assert_eq!((found.loss, &found.losses[..]), (0.5, &[0.5, 0.5][..]));
/// # Ok::<(), keras_core::Error>(())
/// ```
///
/// # Errors
/// Targets, sample weights or mask do not have the shape that goes with the output; an argument of the loss that cannot be.
pub fn evaluate<L: Loss>(
    loss: &L,
    y_true: &Raw,
    y_pred: &Raw,
    sample_weight: Option<&Raw>,
    mask: Option<&Raw>,
) -> Result<Evaluated> {
    let (target, output) = (y_true.to_vec()?, y_pred.to_vec()?);
    loss.check(&[], &y_pred.shape())?;
    let mut each = EachPlan::new(loss, &y_true.shape(), &y_pred.shape())?;
    let losses = each.run(&target, &output)?.0.to_vec();
    // A single weight is that of all losses.
    let single = match sample_weight {
        Some(weight) if weight.shape().is_empty() => Some(weight.to_vec()?),
        _ => None,
    };
    // Where there is one number for all, nothing is summed or divided.
    let factor = single
        .as_ref()
        .filter(|_| matches!(each.shape(), [] | [1]) && mask.is_none())
        .map(|weight| weight[0]);
    let all = single.map(|weight| Raw::from_f32(weight, &[1])).transpose()?;
    let sample_weight = all.as_ref().or(sample_weight).filter(|_| factor.is_none());
    let shape = |raw: Option<&Raw>| raw.map_or_else(Vec::new, Raw::shape);
    let numbers = |raw: Option<&Raw>| raw.map_or(Ok(Vec::new()), Raw::to_vec);
    let key = LossKey {
        target: y_true.shape(),
        output: y_pred.shape(),
        weight: shape(sample_weight),
        mask: shape(mask),
        gradient: true,
    };
    let (weight, mask) = (numbers(sample_weight)?, numbers(mask)?);
    let mut plan = LossPlan::new(loss, key)?;
    let mut gradient = vec![0.0; output.len()];
    let mut loss = plan.run(&target, &output, |i| weight[i], |i| mask[i], Some(&mut gradient))?;
    if let Some(factor) = factor {
        loss *= f64::from(factor);
        gradient.iter_mut().for_each(|g| *g *= factor);
    }
    Ok(Evaluated { loss, losses, shape: each.shape().to_vec(), gradient })
}
