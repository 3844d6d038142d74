//! Activation functions: as a layer, and at the end of another.

use keras_kernels::activation::Act;
use keras_kernels::conv_norm::Rectify;
use keras_kernels::rare::Rare;
use keras_kernels::scratch;
use keras_kernels::softmax::{log_softmax, log_softmax_backward, softmax, softmax_backward};
use keras_shape::{Activates, Activation};

use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, wanted};

/// An activation that there is a kernel for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Activated {
    /// Each number on its own.
    Each(Act),
    /// Each number on its own, behind what the layer does.
    Rare(Rare),
    /// The last axis together.
    Softmax,
    /// The logarithm of that.
    LogSoftmax,
}

/// Gives `f` the gradient of what stood before an activation in place, from its output `y` and the gradient `dy` of that.
pub(super) fn gradient_before(act: Act, y: &[f32], dy: &[f32], f: impl FnOnce(&[f32])) {
    if act == Act::Linear {
        return f(dy);
    }
    scratch::with(dy.len(), |dz| {
        act.backward(y, dy, dz);
        f(dz);
    });
}

/// The kernel of an activation, if there is one.
pub(crate) fn activated(activation: Activation) -> Option<Activated> {
    Some(Activated::Each(match activation {
        Activation::Linear => Act::Linear,
        Activation::Relu => Act::Relu,
        Activation::Relu6 => Act::Relu6,
        Activation::LeakyRelu => Act::LeakyRelu(0.2),
        Activation::Elu | Activation::Celu => Act::Elu(1.0),
        Activation::Selu => Act::Selu,
        Activation::Sigmoid => Act::Sigmoid,
        Activation::HardSigmoid => Act::HardSigmoid,
        Activation::HardSigmoidKeras2 => Act::HardSigmoidKeras2,
        Activation::Tanh => Act::Tanh,
        Activation::HardTanh => return Some(Activated::Rare(Rare::HardTanh)),
        Activation::Softplus => Act::Softplus,
        Activation::Softsign => Act::Softsign,
        Activation::Exponential => Act::Exponential,
        Activation::Gelu => Act::Gelu,
        Activation::Mish => Act::Mish,
        Activation::Silu => Act::Silu,
        Activation::HardSilu => Act::HardSilu,
        Activation::HardShrink => return Some(Activated::Rare(Rare::HardShrink)),
        Activation::SoftShrink => return Some(Activated::Rare(Rare::SoftShrink)),
        Activation::TanhShrink => return Some(Activated::Rare(Rare::TanhShrink)),
        Activation::Squareplus => return Some(Activated::Rare(Rare::Squareplus)),
        Activation::SparsePlus => return Some(Activated::Rare(Rare::SparsePlus)),
        Activation::SparseSigmoid => return Some(Activated::Rare(Rare::SparseSigmoid)),
        Activation::LogSigmoid => return Some(Activated::Rare(Rare::LogSigmoid)),
        Activation::Softmax => return Some(Activated::Softmax),
        Activation::LogSoftmax => return Some(Activated::LogSoftmax),
        // One has another shape, one no formula that is worth a loop, and one says nothing without its argument.
        Activation::Glu | Activation::Sparsemax | Activation::Threshold => return None,
        Activation::Layer(inner) => match inner.config.facts().activates? {
            Activates::Function(function) => return activated(function),
            Activates::Softmax(layer) if layer.axis.list == [-1] => return Some(Activated::Softmax),
            layer => super::rectifiers::act(&layer)?,
        },
    }))
}

impl Activated {
    /// The gradient of what goes in. `saved` is the output, or the input where [`Activated::needs_input`] says so.
    pub fn backward(self, saved: &[f32], dy: &[f32], dx: &mut [f32], last: usize) {
        match self {
            Activated::Each(act) => act.backward(saved, dy, dx),
            Activated::Rare(act) => act.backward(saved, dy, dx),
            Activated::Softmax => softmax_backward(saved, dy, dx, last),
            Activated::LogSoftmax => log_softmax_backward(saved, dy, dx, last),
        }
    }

    /// The function, if a kernel can do it as it writes its results: one of each number, whose gradient goes by its output.
    pub fn in_place(self) -> Option<Act> {
        match self {
            Activated::Each(act) if !act.needs_input() => Some(act),
            _ => None,
        }
    }

    pub fn needs_input(self) -> bool {
        match self {
            Activated::Each(act) => act.needs_input(),
            Activated::Rare(_) => true,
            Activated::Softmax | Activated::LogSoftmax => false,
        }
    }

    pub fn forward(self, x: &mut [f32], last: usize) {
        match self {
            Activated::Each(act) => act.forward(x),
            Activated::Rare(act) => act.forward(x),
            Activated::Softmax => softmax(x, last),
            Activated::LogSoftmax => log_softmax(x, last),
        }
    }
}

/// What an activation is to a kernel for several layers.
pub(crate) fn rectify(activation: Activation) -> Option<Rectify> {
    match activated(activation)? {
        Activated::Each(Act::Relu) => Some(Rectify::Relu),
        Activated::Each(Act::Relu6) => Some(Rectify::Relu6),
        _ => None,
    }
}

/// An activation as a layer.
pub(crate) fn choose(activation: Activation, site: &Site<'_>) -> Choice {
    match activated(activation) {
        Some(Activated::Each(Act::Linear)) if site.one_input() => Choice::Same,
        Some(act) => apply(act, site),
        None => Choice::Operations,
    }
}

/// A kernel that activates.
pub(crate) fn apply(act: Activated, site: &Site<'_>) -> Choice {
    if site.one_input() { Choice::native(Apply { act, last: site.rows(0).1 }) } else { Choice::Operations }
}

/// An activation alone.
pub(super) struct Apply {
    pub act: Activated,
    /// The numbers that a softmax takes together.
    pub last: usize,
}

impl Kernel for Apply {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        io.y[0].copy_from_slice(io.x.at(0));
        self.act.forward(&mut io.y[0], self.last);
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let (Some(dy), Some(dx)) = (io.y.dy(0), wanted(io.dx, 0)) else { return Ok(()) };
        let saved = if self.act.needs_input() { io.x.at(0) } else { io.y.y(0) };
        self.act.backward(saved, dy, dx, self.last);
        Ok(())
    }
}
