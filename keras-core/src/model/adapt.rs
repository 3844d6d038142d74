//! Mean and variance of data, for `Normalization`.

use keras_shape::layers::Normalization;
use keras_shape::{LayerConfig, Shape};
use ndarray::{ArrayBase, Data, Dimension};

use super::Built;
use crate::{Error, Result};

impl Built<Normalization> {
    /// Sets the mean and the variance to those of `data`, a batch as the layer is given, as
    /// [Keras's `adapt`](https://keras.io/api/layers/preprocessing_layers/numerical/normalization/#adapt-method) does.
    ///
    /// # Errors
    /// The layer has its mean and variance from its arguments; `data` has other lengths than the layer's input, or no
    /// samples.
    pub fn adapt<S: Data<Elem = f32>, D: Dimension>(&mut self, data: &ArrayBase<S, D>) -> Result<()> {
        let LayerConfig::Normalization(layer) = *self.config() else {
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
