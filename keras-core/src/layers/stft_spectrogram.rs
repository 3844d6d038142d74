use keras_ops::{self as ops, Padding, Symbolic};
use keras_shape::layers::STFTSpectrogram;
use keras_shape::{DataFormat, SpectrogramMode};

use super::Operations;
use crate::model::Trace;
use crate::{Error, Result};

/// Keras's `backend.epsilon()`.
const EPSILON: f64 = 1e-7;

impl Operations for STFTSpectrogram {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let first = DataFormat::is_first(self.data_format);
        let x = if first { inputs[0].clone() } else { ops::swapaxes(&inputs[0], 1, 2) };
        let [batch, channels, samples] = **x.shape() else {
            return Err(Error::layer(format!("a sound of shape {}", inputs[0].shape())));
        };
        let x = ops::reshape(x, [(batch * channels) as isize, samples as isize, 1]);
        let padding = match self.padding {
            keras_shape::Padding::Same => Padding::Same,
            _ => Padding::Valid,
        };
        // `(batch, channels, frames, frequencies)`.
        let part = |name: &str, cx: &Trace<'_>| {
            let y = ops::conv(&x, cx.weight(name)).strides(self.step().or(1)).padding(padding).build();
            let [_, frames, frequencies] = **y.shape() else { return y };
            ops::reshape(&y, [batch, channels, frames, frequencies].map(|n| n as isize))
        };
        let (real, imag) = ("real_kernel", "imag_kernel");
        let y = match self.mode {
            SpectrogramMode::Real => part(real, cx),
            SpectrogramMode::Imag => part(imag, cx),
            SpectrogramMode::Angle => ops::arctan2(part(imag, cx), part(real, cx)),
            SpectrogramMode::Stft => ops::concatenate([part(real, cx), part(imag, cx)], -1),
            mode => strengths(mode, ops::square(part(real, cx)) + ops::square(part(imag, cx))),
        };
        let [_, _, frames, frequencies] = **y.shape() else { return Ok(vec![y]) };
        let shape = |axes: [usize; 3]| axes.map(|n| n as isize);
        Ok(vec![match (first, self.expand_dims) {
            (true, true) => y,
            (false, true) => ops::transpose(y, [0, 2, 3, 1]),
            (true, false) => {
                ops::reshape(ops::swapaxes(y, 2, 3), shape([batch, channels * frequencies, frames]))
            }
            (false, false) => {
                ops::reshape(ops::swapaxes(y, 1, 2), shape([batch, frames, channels * frequencies]))
            }
        }])
    }
}

/// Of powers: that of both halves of the spectrum, amplitudes, or their logarithms.
fn strengths(mode: SpectrogramMode, power: Symbolic) -> Symbolic {
    if mode == SpectrogramMode::Psd {
        // All frequencies but the lowest and the highest stand for two.
        let count = power.shape()[3];
        let factors: Vec<f32> =
            (0..count).map(|i| if i == 0 || i + 1 == count { 1.0 } else { 2.0 }).collect();
        return power * ops::array(&factors, [count]);
    }
    let amplitudes = ops::sqrt(ops::maximum(power, EPSILON));
    if mode == SpectrogramMode::Magnitude { amplitudes } else { ops::log(ops::maximum(amplitudes, EPSILON)) }
}
