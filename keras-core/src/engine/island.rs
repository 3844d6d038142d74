//! A layer that has no kernel: its Burn code with a gradient tape of its own, between slices.

use burn::tensor::Tensor;
use keras_kernels::aligned::Aligned;
use keras_shape::CallArgs;

use super::kernel::{Backward, Change, Forward, Kernel, blend};
use crate::context::Context;
use crate::model::AnyLayer;
use crate::param::ParamId;
use crate::tensor::{Raw, Value, bits, integer};
use crate::{Error, Result};

/// Runs a layer's Burn code.
#[derive(Default)]
pub(crate) struct Island {
    gradients: bool,
    may_have_loss: bool,
    /// What the call of the layer says, whether it trains among it.
    call: CallArgs,
    /// Which outputs are of integers.
    whole: Vec<bool>,
    /// The inputs on the tape: all but integers.
    leaves: Vec<Option<Raw>>,
    weights: Vec<(ParamId, Option<Raw>)>,
    /// What the layer has left for weights that it keeps itself.
    changes: Vec<Moved>,
    outputs: Vec<Raw>,
    loss: Option<Tensor<1>>,
    value: f64,
}

/// A new value for a weight.
struct Moved {
    weight: usize,
    value: Vec<f32>,
    /// Where it is a moving average: the momentum, and what it was moved towards.
    blend: Option<(f64, Vec<f32>)>,
}

/// What a pass has added to the context after `before`, by the weights of the layer.
fn changes(layer: &dyn AnyLayer, context: &Context, before: usize) -> Result<Vec<Moved>> {
    let params = layer.params();
    let mut changes = Vec::new();
    for update in &context.updates()[before..] {
        let Some(weight) = params.iter().position(|param| param.id == update.id) else { continue };
        let blend = match &update.blend {
            Some((momentum, new)) => Some((*momentum, new.to_vec()?)),
            None => None,
        };
        changes.push(Moved { weight, value: update.value.to_vec()?, blend });
    }
    Ok(changes)
}

impl Island {
    /// With a tape, if gradients are wanted.
    pub fn new(gradients: bool, may_have_loss: bool, whole: Vec<bool>, call: CallArgs) -> Self {
        Island { gradients, may_have_loss, whole, call, ..Island::default() }
    }
}

impl Kernel for Island {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let Some(context) = io.context else { return Err(Error::layer("no context")) };
        let device = context.device().clone();
        self.leaves.clear();
        self.outputs.clear();
        let mut values = Vec::with_capacity(io.x.len());
        for (i, feed) in io.x.feeds.iter().enumerate() {
            let numbers = io.x.at(i);
            let data = if io.x.whole(i) {
                self.leaves.push(None);
                Raw::from_i32(numbers.iter().map(|x| integer(*x)).collect(), io.x.shape(i), &device)?
            } else {
                let mut data = Raw::from_f32(numbers.to_vec(), io.x.shape(i), &device)?;
                if self.gradients {
                    data = data.tracked()?;
                    self.leaves.push(Some(data.clone()));
                }
                data
            };
            let mask = match io.x.mask_place(i) {
                Some(mask) => Some(Raw::from_bool(mask.counts.clone(), &mask.shape, &device)?),
                None => None,
            };
            values.push(Value { data, mask, role: feed.role });
        }
        if self.gradients {
            // Layers share no tape: each is played back on its own.
            context.new_tape();
        }
        let before = context.updates().len();
        let outputs = context.during(self.call, |context| io.w.0.forward(&values, context))?;
        self.changes = changes(io.w.0, context, before)?;
        self.loss = context.take_losses().into_iter().reduce(|a, b| a + b);
        self.value = match &self.loss {
            Some(loss) => Raw::new(loss.clone()).to_vec()?.first().copied().map_or(0.0, f64::from),
            None => 0.0,
        };
        if self.gradients {
            self.weights =
                io.w.0.params().iter().map(|param| (param.id, context.leaf(param.id).cloned())).collect();
        }
        let whole = self.whole.iter().copied().chain(core::iter::repeat(false));
        for (((output, y), made), whole) in
            outputs.iter().zip(io.y.iter_mut()).zip(io.made.iter_mut()).zip(whole)
        {
            let numbers = match whole {
                true => output.data.to_integers()?.into_iter().map(bits).collect(),
                false => output.data.to_vec()?,
            };
            if numbers.len() != y.len() {
                let shape = output.data.shape();
                return Err(Error::layer(format!(
                    "the output has shape {shape:?}, which its rule does not say"
                )));
            }
            y.copy_from_slice(&numbers);
            made.present = output.mask.is_some();
            if let Some(mask) = &output.mask {
                made.shape = mask.shape();
                made.counts.clear();
                made.counts.extend(mask.to_vec()?.iter().map(|x| *x != 0.0));
            }
        }
        if outputs.len() < io.y.len() {
            return Err(Error::layer("a layer gave fewer tensors than its rule says"));
        }
        if self.gradients {
            self.outputs = outputs.into_iter().map(|value| value.data).collect();
        }
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let mut root = self.loss.take();
        for (i, output) in self.outputs.drain(..).enumerate() {
            let Some(dy) = io.y.dy(i) else { continue };
            if !output.is_float() {
                continue;
            }
            let y = output.flat()?;
            let dy: Tensor<1> =
                Raw::from_f32(dy.to_vec(), &[dy.len()], &output.inner()?.device()?)?.float()?;
            // The sum of y * dy has dy as its gradient.
            let dy = if y.is_tracked() { Tensor::from_inner(dy) } else { dy };
            let part = (y * dy).sum();
            root = Some(match root {
                Some(root) => root + part,
                None => part,
            });
        }
        let mut gradients = match root {
            Some(root) if root.is_tracked() => Some(root.backward()),
            _ => None,
        };
        let mut fill = |leaf: Option<&Raw>, to: &mut Aligned| -> Result<()> {
            if to.is_empty() {
                return Ok(());
            }
            let gradient = match (leaf, gradients.as_mut()) {
                (Some(leaf), Some(gradients)) => leaf.grad(gradients)?,
                _ => None,
            };
            match gradient {
                Some(gradient) => to.copy_from_slice(&gradient.to_vec()?),
                None => to.fill(0.0),
            }
            Ok(())
        };
        for (leaf, dx) in self.leaves.iter().zip(io.dx) {
            fill(leaf.as_ref(), dx)?;
        }
        for ((_, leaf), dw) in self.weights.iter().zip(io.dw) {
            fill(leaf.as_ref(), dw)?;
        }
        self.leaves.clear();
        self.weights.clear();
        Ok(())
    }

    fn updates(&self, change: &mut dyn FnMut(usize, Change<'_>)) {
        for own in &self.changes {
            change(own.weight, &|weight| match &own.blend {
                // The weight may have moved since: another application of the layer may have a kernel.
                Some((momentum, new)) => blend(weight, new, *momentum),
                None => weight.copy_from_slice(&own.value),
            });
        }
    }

    fn loss(&self) -> f64 {
        self.value
    }

    fn needs_context(&self) -> bool {
        true
    }

    fn islands(&self, layer: &dyn AnyLayer, names: &mut Vec<String>) {
        names.push(layer.name().to_string());
    }

    fn may_have_loss(&self) -> bool {
        self.may_have_loss
    }
}
