use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::Normalization;
use keras_shape::{LayerClass, Numbers, Shape};
use ndarray::{ArrayBase, Data, Dimension};

use super::Operations;
use crate::model::{Built, Trace};
use crate::{Error, Result};

impl Operations for Normalization {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = ops::cast(&inputs[0], ops::DType::Float32);
        let shape = Shape::fixed(x.shape());
        let kept = self.kept(&shape).map_err(|e| Error::layer(e.to_string()))?;
        let mut along: Vec<isize> =
            x.shape().iter().zip(kept).map(|(n, kept)| if kept { *n as isize } else { 1 }).collect();
        let (mean, variance) = match (self.mean, self.variance) {
            (Some(Numbers(mean)), Some(Numbers(variance))) => {
                // One for each place of the last axis, or one for all.
                let last = kept.iter().rposition(|kept| *kept).filter(|_| mean.len() > 1);
                along
                    .iter_mut()
                    .enumerate()
                    .filter(|(axis, _)| Some(*axis) != last)
                    .for_each(|(_, n)| *n = 1);
                let numbers = |list: &[f64]| {
                    let list: Vec<f32> = list.iter().map(|x| *x as f32).collect();
                    ops::array(&list, [list.len()])
                };
                (numbers(mean), numbers(variance))
            }
            _ => (cx.weight("mean"), cx.weight("variance")),
        };
        let (mean, variance) = (ops::reshape(mean, &along), ops::reshape(variance, &along));
        let deviation = ops::maximum(ops::sqrt(variance), 1e-7);
        Ok(vec![if self.invert { mean + x * deviation } else { (x - mean) / deviation }])
    }
}

impl Built<Normalization> {
    /// Sets the mean and the variance to those of `data`, a batch as the layer is given, as
    /// [Keras's `adapt`](https://keras.io/api/layers/preprocessing_layers/numerical/normalization/#adapt-method) does.
    ///
    /// # Errors
    /// The layer has its mean and variance from its arguments; `data` has other lengths than the layer's input, or no
    /// samples.
    pub fn adapt<S: Data<Elem = f32>, D: Dimension>(&mut self, data: &ArrayBase<S, D>) -> Result<()> {
        let Some(layer) = Normalization::of(self.config()) else {
            return Err(Error::layer("the layer is no `Normalization`"));
        };
        let wrong = |text: String| Err(Error::Argument(format!("layer `{}`: {text}", self.name())));
        let Some(places) = self.weight("mean").map(|mean| mean.value.shape().iter().product::<usize>())
        else {
            return wrong("`mean` and `variance` are given, so none are taken from data".to_string());
        };
        let lengths = data.shape();
        let kept = layer.kept(&Shape::fixed(lengths)).map_err(|e| Error::Argument(e.to_string()))?;
        let own: usize = lengths.iter().zip(kept).filter(|(_, kept)| *kept).map(|(n, _)| n).product();
        if own != places {
            return wrong(format!("data of the shape {lengths:?} has {own} means, and the layer {places}"));
        }
        if data.is_empty() {
            return wrong(format!("data of the shape {lengths:?} has no numbers"));
        }
        // Each number with its place along the axes that are kept.
        let mut numbers: Vec<(usize, f64)> = Vec::with_capacity(data.len());
        let mut index = vec![0usize; lengths.len()];
        // Row by row, as `iter` goes.
        for x in data {
            let at = index.iter().zip(lengths).zip(kept).filter(|(_, kept)| *kept);
            numbers.push((at.fold(0, |at, ((i, n), _)| at * n + i), f64::from(*x)));
            for (i, n) in index.iter_mut().zip(lengths).rev() {
                *i += 1;
                if *i < *n {
                    break;
                }
                *i = 0;
            }
        }
        let count = (data.len() / places) as f64;
        let mut mean = vec![0.0; places];
        numbers.iter().for_each(|(at, x)| mean[*at] += x / count);
        let mut variance = vec![0.0; places];
        numbers.iter().for_each(|(at, x)| variance[*at] += (x - mean[*at]).powi(2) / count);
        let floats = |all: &[f64]| all.iter().map(|x| *x as f32).collect::<Vec<f32>>();
        self.set_weight("mean", &floats(&mean))?;
        self.set_weight("variance", &floats(&variance))
    }
}
