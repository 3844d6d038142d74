use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use keras_shape::layers::BatchNormalization;

use super::Forward;
use super::axes::chosen;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::{Raw, Value};
use crate::{Error, Result};

/// What Keras adds to the number of steps that are not masked.
const EPSILON: f64 = 1e-7;

impl Forward for BatchNormalization {
    fn call(&self, weights: &[Weight], inputs: &[Value], context: &mut Context) -> Result<Vec<Value>> {
        let x = &inputs[0];
        let axis = chosen(&[self.axis], x.data.rank())?[0];
        let view = x.data.around(axis)?.float::<3>()?;
        let weights = Parts::new(self, weights)?;
        let column = |t: Tensor<1>| t.reshape([1, -1, 1]);
        let (mut scale, mut offset) = (weights.gamma.clone().map(column), weights.beta.clone().map(column));
        let (mean, variance) = if context.training && !context.frozen {
            let (mean, variance) = moments(&view, x, axis)?;
            if self.renorm {
                (scale, offset) = correct(self, &weights, &mean, &variance, (scale, offset))?;
            }
            update(self, &weights, &mean, &variance, context)?;
            (mean, variance)
        } else {
            (column(weights.mean.data.float()?), column(weights.variance.data.float()?))
        };
        let inverse = variance.add_scalar(self.epsilon).sqrt().recip();
        let factor = match scale {
            Some(gamma) => inverse * gamma,
            None => inverse,
        };
        // The mean is taken off first: where it is large, a product with it would have lost the digits that count.
        let y = (view - mean) * factor;
        let y = match offset {
            Some(beta) => y + beta,
            None => y,
        };
        let y = Raw::new(y).reshape(&x.data.shape())?;
        Ok(vec![Value::new(y).with_mask(x.mask.clone())])
    }
}

/// The weights by name.
struct Parts<'a> {
    gamma: Option<Tensor<1>>,
    beta: Option<Tensor<1>>,
    mean: &'a Weight,
    variance: &'a Weight,
    /// The moving deviation, and mean and deviation of batch renormalisation.
    renorm: &'a [Weight],
}

impl<'a> Parts<'a> {
    fn new(layer: &BatchNormalization, weights: &'a [Weight]) -> Result<Self> {
        let mut rest = weights;
        let mut next = || {
            let (first, others) = rest.split_first().ok_or_else(|| Error::layer("a weight is missing"))?;
            rest = others;
            Ok::<_, Error>(first)
        };
        let gamma = if layer.scale { Some(next()?.data.float::<1>()?) } else { None };
        let beta = if layer.center { Some(next()?.data.float::<1>()?) } else { None };
        let (mean, variance) = (next()?, next()?);
        Ok(Parts { gamma, beta, mean, variance, renorm: rest })
    }
}

/// Mean and variance of each channel over all else, `(1, channels, 1)`; masked steps do not count.
fn moments(view: &Tensor<3>, x: &Value, axis: usize) -> Result<(Tensor<3>, Tensor<3>)> {
    let Some(mask) = &x.mask else {
        let of = |t: Tensor<3>| over_all(t, |t, axis| t.mean_dim(axis));
        let near = of(view.clone());
        // A mean of large numbers is rounded by more than equal numbers differ; that of their distances is not.
        let distance = view.clone() - near.clone();
        let rest = of(distance.clone());
        return Ok((near + rest.clone(), of((distance - rest).square())));
    };
    let shape = x.data.shape();
    let masked = mask.shape();
    // A mask of (batch, time) tells of all that belongs to a step.
    if masked.len() >= shape.len() || !shape.starts_with(&masked) {
        let message = format!("a mask of shape {:?} does not fit an input of shape {shape:?}", mask.shape());
        return Err(Error::layer(message));
    }
    let rows = masked.iter().product();
    let width = shape[masked.len()..].iter().product();
    let counts = mask.reshape(&[rows, 1])?.repeat(1, width)?.reshape(&shape)?.around(axis)?.float::<3>()?;
    let padding = counts.clone().equal_elem(0.0);
    let sum = |t: Tensor<3>| over_all(t, |t, axis| t.sum_dim(axis));
    let total = sum(counts).add_scalar(EPSILON);
    let mean = sum(view.clone().mask_fill(padding.clone(), 0.0)) / total.clone();
    let difference = (view.clone() - mean.clone()).mask_fill(padding, 0.0);
    Ok((mean, sum(difference.square()) / total))
}

/// Reduces the axes around the channels.
fn over_all(t: Tensor<3>, reduce: fn(Tensor<3>, usize) -> Tensor<3>) -> Tensor<3> {
    let t = if t.dims()[2] == 1 { t } else { reduce(t, 2) };
    reduce(t, 0)
}

/// Leaves new moving averages.
fn update(
    layer: &BatchNormalization,
    weights: &Parts,
    mean: &Tensor<3>,
    variance: &Tensor<3>,
    context: &mut Context,
) -> Result<()> {
    let flat = |t: &Tensor<3>| Raw::new(t.clone()).inner()?.flat();
    let (mean, variance) = (flat(mean)?, flat(variance)?);
    context.move_average(weights.mean, &mean, layer.momentum)?;
    let [moving, renorm_mean, renorm_deviation] = weights.renorm else {
        context.move_average(weights.variance, &variance, layer.momentum)?;
        return Ok(());
    };
    let deviation = variance.add_scalar(layer.epsilon).sqrt();
    context.move_average(renorm_mean, &mean, layer.renorm_momentum)?;
    context.move_average(renorm_deviation, &deviation, layer.renorm_momentum)?;
    let blended = context.move_average(moving, &deviation, layer.momentum)?;
    context.update(weights.variance, Raw::new(relu(blended.square().sub_scalar(layer.epsilon))));
    Ok(())
}

/// Gamma and beta, each if there is one.
type Affine = (Option<Tensor<3>>, Option<Tensor<3>>);

/// Gamma and beta that draw the batch towards the moving averages: batch renormalisation.
fn correct(
    layer: &BatchNormalization,
    weights: &Parts,
    mean: &Tensor<3>,
    variance: &Tensor<3>,
    (gamma, beta): Affine,
) -> Result<Affine> {
    let [_, moving_mean, moving_deviation] = weights.renorm else {
        return Ok((gamma, beta));
    };
    let column = |weight: &Weight| Ok::<_, Error>(weight.data.float::<1>()?.reshape([1, -1, 1]));
    let deviation = variance.clone().detach().add_scalar(layer.epsilon).sqrt();
    let moving = column(moving_deviation)?.clamp_min(layer.epsilon.sqrt());
    let limits = layer.renorm_clipping;
    let mut r = deviation / moving.clone();
    if let Some(rmin) = limits.rmin {
        r = r.clamp_min(rmin);
    }
    if let Some(rmax) = limits.rmax {
        r = r.clamp_max(rmax);
    }
    let mut d = (mean.clone().detach() - column(moving_mean)?) / moving;
    if let Some(dmax) = limits.dmax {
        d = d.clamp(-dmax, dmax);
    }
    let (scale, shift) = match gamma {
        Some(gamma) => (r * gamma.clone(), d * gamma),
        None => (r, d),
    };
    let offset = match beta {
        Some(beta) => shift + beta,
        None => shift,
    };
    Ok((Some(scale), Some(offset)))
}
