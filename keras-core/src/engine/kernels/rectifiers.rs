//! `ReLU`, `LeakyReLU`, `ELU`, `PReLU` and `Softmax`: activations that are layers.

use keras_kernels::activation::Act;
use keras_kernels::conv_norm::Rectify;
use keras_shape::Activates;
use keras_shape::layers::{ELU, LeakyReLU, PReLU, ReLU, Softmax};

use super::activation::{Activated, apply};
use super::axes::last;
use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, wanted};
use crate::engine::parts::count;

/// The kernel of a layer that is a function of each number, if there is one.
pub(super) fn act(layer: &Activates) -> Option<Act> {
    match layer {
        Activates::ReLU(layer) => match (layer.max_value, layer.negative_slope, layer.threshold) {
            (None, 0.0, 0.0) => Some(Act::Relu),
            (None, slope, 0.0) => Some(Act::LeakyRelu(slope as f32)),
            (Some(6.0), 0.0, 0.0) => Some(Act::Relu6),
            _ => None,
        },
        Activates::LeakyReLU(layer) => {
            let slope = layer.negative_slope as f32;
            (slope > 0.0).then_some(Act::LeakyRelu(slope))
        }
        Activates::ELU(layer) => {
            let alpha = layer.alpha as f32;
            (alpha > 0.0).then_some(Act::Elu(alpha))
        }
        Activates::Function(_) | Activates::Softmax(_) => None,
    }
}

/// Such a layer where it stands.
fn each(layer: &Activates, site: &Site<'_>) -> Choice {
    act(layer).map_or(Choice::Operations, |act| apply(Activated::Each(act), site))
}

/// `ReLU`, if it is one of those that activation functions are.
pub(crate) fn relu(layer: &ReLU, site: &Site<'_>) -> Choice {
    each(&Activates::ReLU(*layer), site)
}

/// What `ReLU` is to a kernel for several layers.
pub(crate) fn rectify(layer: &ReLU) -> Option<Rectify> {
    match (layer.max_value, layer.negative_slope, layer.threshold) {
        (None, 0.0, 0.0) => Some(Rectify::Relu),
        (Some(6.0), 0.0, 0.0) => Some(Rectify::Relu6),
        _ => None,
    }
}

/// `LeakyReLU`.
pub(crate) fn leaky_relu(layer: &LeakyReLU, site: &Site<'_>) -> Choice {
    each(&Activates::LeakyReLU(*layer), site)
}

/// `ELU`.
pub(crate) fn elu(layer: &ELU, site: &Site<'_>) -> Choice {
    each(&Activates::ELU(*layer), site)
}

/// `Softmax` over the last axes. Masks are left to the operations.
pub(crate) fn softmax(layer: &Softmax, site: &Site<'_>) -> Choice {
    match last(layer.axis.list, site.x(0).len()) {
        Some(first) if !site.masked() && site.one_input() => Choice::native(super::activation::Apply {
            act: Activated::Softmax,
            last: count(&site.x(0)[first..]),
        }),
        _ => Choice::Operations,
    }
}

/// `PReLU` whose shared axes, if there are any, come first.
pub(crate) fn prelu(layer: &PReLU, site: &Site<'_>) -> Choice {
    let shape = site.x(0);
    let shared = |axis: &usize| layer.shared_axes.is_some_and(|axes| axes.list.contains(&(*axis as isize)));
    let own: Vec<usize> = (1..shape.len()).filter(|axis| !shared(axis) && shape[*axis] != 1).collect();
    let width = count(own.first().map_or(&[], |first| &shape[*first..]));
    if !site.one_input() || own.iter().map(|axis| shape[*axis]).product::<usize>() != width || width == 0 {
        return Choice::Operations;
    }
    Choice::native(Slopes { width })
}

/// A slope of its own for each of some numbers that lie together.
struct Slopes {
    width: usize,
}

impl Kernel for Slopes {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let alpha = io.w.at(0);
        let rows = io.x.at(0).chunks_exact(self.width).zip(io.y[0].chunks_exact_mut(self.width));
        for (x, y) in rows {
            y.iter_mut().zip(x).zip(alpha).for_each(|((y, x), a)| *y = if *x < 0.0 { a * x } else { *x });
        }
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let Some(dy) = io.y.dy(0) else { return Ok(()) };
        let (x, alpha) = (io.x.at(0), io.w.at(0));
        if let Some(dalpha) = wanted(io.dw, 0) {
            dalpha.fill(0.0);
            for (x, dy) in x.chunks_exact(self.width).zip(dy.chunks_exact(self.width)) {
                dalpha
                    .iter_mut()
                    .zip(x)
                    .zip(dy)
                    .for_each(|((sum, x), d)| *sum += if *x >= 0.0 { 0.0 } else { d * x });
            }
        }
        if let Some(dx) = wanted(io.dx, 0) {
            let rows = x.chunks_exact(self.width).zip(dy.chunks_exact(self.width));
            for ((x, dy), dx) in rows.zip(dx.chunks_exact_mut(self.width)) {
                for (((dx, x), dy), a) in dx.iter_mut().zip(x).zip(dy).zip(alpha) {
                    // Nothing passes where there is a corner, nor at NaN, however large it is: as in Keras.
                    *dx = if *x > 0.0 {
                        *dy
                    } else if *x < 0.0 {
                        *a * dy
                    } else {
                        0.0
                    };
                }
            }
        }
        Ok(())
    }
}
