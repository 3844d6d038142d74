//! Layers of Keras 1 and 2 that Keras 3 has no more: they compute here as they did there.

mod local;

use std::sync::Arc;

use keras_files::{Layer, OldKind, OldLayer, Writer, old_layer};
use keras_ops::{self as ops, Symbolic};
use keras_shape::{Dim, Shape as Dims, TensorSpec, Text, WeightSpec};

use self::local::Place;
use super::custom::{CustomLayer, Customs};
use crate::layers::activate::activate;
use crate::model::Trace;
use crate::{Error, Result};

/// A layer that computes, and what is to be said of it.
type Read = (Arc<dyn CustomLayer>, Vec<String>);

/// The layer of the caller's that a layer of a file is, or the one of old.
pub(super) fn or_own(
    layer: &Layer,
    writer: &Writer,
    customs: &Customs,
) -> Option<std::result::Result<Read, String>> {
    let own = customs.of(layer).map(|made| made.map(|layer| (layer, Vec::new())));
    own.or_else(|| of(layer, writer))
}

/// The layer that a layer of a file is, if it is one of those.
fn of(layer: &Layer, writer: &Writer) -> Option<std::result::Result<Read, String>> {
    let old = old_layer(layer, writer)?;
    Some(old.map(|mut old| {
        let notes = std::mem::take(&mut old.notes);
        (Arc::new(Old(old)) as Arc<dyn CustomLayer>, notes)
    }))
}

struct Old(OldLayer);

impl Old {
    /// A weight of another name and another shape than that of the layer whose arguments these are.
    fn weight(spec: &WeightSpec, name: &str, lengths: &[usize]) -> WeightSpec {
        WeightSpec { path: Text::new().s(name), shape: Dims::fixed(lengths), ..*spec }
    }

    /// The features of a batch of vectors.
    fn features(&self, input: &Dims) -> Result<usize> {
        match input.dims() {
            [_, Dim::Fixed(features)] => Ok(*features),
            _ => Err(Error::layer(format!("it takes vectors, `(batch, features)`; found {input}"))),
        }
    }
}

/// The one input of a layer.
fn one<T>(inputs: &[T]) -> Result<&T> {
    match inputs {
        [one] => Ok(one),
        all => Err(Error::layer(format!("it takes one tensor; found {}", all.len()))),
    }
}

impl CustomLayer for Old {
    fn output(&self, inputs: &[Dims]) -> Result<Dims> {
        let input = one(inputs)?;
        match &self.0.kind {
            OldKind::Local(local) => Ok(Place::new(local, input)?.output(input.dim(0))),
            OldKind::Highway => self.features(input).map(|_| *input),
            OldKind::Maxout { units, .. } => {
                self.features(input)?;
                Ok(input.with_last(Dim::Fixed(*units)))
            }
            OldKind::SampleNorm(_) => {
                let outputs = self.0.like.output(&[TensorSpec::float(*input)]);
                let outputs = outputs.map_err(|error| Error::layer(error.to_string()))?;
                let gamma = self.0.like.weights(&[TensorSpec::float(*input)]);
                let length = gamma.as_slice().first().map_or(input.last(), |gamma| gamma.shape.last());
                if length != input.last() {
                    return Err(Error::layer("it normalizes each sample along another axis than the last"));
                }
                Ok(outputs.get(0).shape)
            }
        }
    }

    fn weights(&self, inputs: &[Dims]) -> Vec<WeightSpec> {
        let Some(input) = inputs.first() else { return Vec::new() };
        let all = self.0.like.weights(&[TensorSpec::float(*input)]);
        let [kernel, rest @ ..] = all.as_slice() else { return Vec::new() };
        let bias = rest.first();
        match &self.0.kind {
            OldKind::Local(local) => {
                let Ok(place) = Place::new(local, input) else { return Vec::new() };
                let kernel = Self::weight(kernel, "kernel", &place.kernel_shape());
                let bias = bias.map(|bias| Self::weight(bias, "bias", &place.bias_shape()));
                [Some(kernel), bias].into_iter().flatten().collect()
            }
            OldKind::Highway => {
                let Ok(n) = self.features(input) else { return Vec::new() };
                let plain = |spec: &WeightSpec, name: &str, lengths: &[usize]| {
                    WeightSpec::new(name, Dims::fixed(lengths), spec.initializer)
                };
                let mut all =
                    vec![Self::weight(kernel, "kernel", &[n, n]), plain(kernel, "carry_kernel", &[n, n])];
                all.extend(bias.map(|bias| Self::weight(bias, "bias", &[n])));
                all.extend(bias.map(|bias| plain(bias, "carry_bias", &[n])));
                all
            }
            OldKind::Maxout { features, units } => {
                let Ok(n) = self.features(input) else { return Vec::new() };
                let bias = bias.map(|bias| Self::weight(bias, "bias", &[*features, *units]));
                let kernel = Self::weight(kernel, "kernel", &[*features, n, *units]);
                [Some(kernel), bias].into_iter().flatten().collect()
            }
            OldKind::SampleNorm(_) => all.as_slice().to_vec(),
        }
    }

    fn trace(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Symbolic> {
        let x = one(inputs)?;
        let use_bias = self
            .0
            .like
            .values()
            .iter()
            .any(|(key, value)| *key == "use_bias" && value.downcast_ref::<bool>() == Some(&true));
        let activated = |y: Symbolic| activate(self.0.activation, y);
        let y = match &self.0.kind {
            OldKind::Local(local) => {
                let dims: Vec<Dim> = x.shape().iter().map(|n| Dim::Fixed(*n)).collect();
                let place = Place::new(local, &Dims::new(&dims))?;
                let bias = use_bias.then(|| cx.weight("bias"));
                activated(place.trace(x, &cx.weight("kernel"), bias))
            }
            OldKind::Highway => {
                let linear = |kernel: &str, bias: &str, cx: &Trace<'_>| {
                    let y = ops::matmul(x, cx.weight(kernel));
                    if use_bias { y + cx.weight(bias) } else { y }
                };
                let gate = ops::sigmoid(linear("carry_kernel", "carry_bias", cx));
                let y = activated(linear("kernel", "bias", cx));
                &gate * y + (1.0 - &gate) * x
            }
            OldKind::Maxout { .. } => {
                // (features, batch, units)
                let mut y = ops::matmul(ops::expand_dims(x, 0), cx.weight("kernel"));
                if use_bias {
                    y = y + ops::expand_dims(cx.weight("bias"), 1);
                }
                ops::max(y, 0).build()
            }
            OldKind::SampleNorm(epsilon) => {
                let mean = ops::mean(x, -1).keepdims(true).build();
                let variance = ops::var(x, -1).keepdims(true).build();
                let normed = (x - mean) / (ops::sqrt(variance + *epsilon) + *epsilon);
                normed * cx.weight("gamma") + cx.weight("beta")
            }
        };
        cx.regularize(&self.0.like.activity_regularizer(), &y);
        Ok(y)
    }
}
