//! The transform of pieces of a sequence.

use core::f64::consts::TAU;

use super::rfft;
use crate::error::Problem;
use crate::operand::Operand;
use crate::{DType, Symbolic, array, cast, take};

/// What the elements of a piece count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// Von Hann's window, of which there is one more at the end.
    Hann,
    /// Hamming's window, of which there is one more at the end.
    Hamming,
    /// All the same.
    Ones,
}

impl Window {
    fn weight(self, i: usize, n: usize) -> f64 {
        let cos = (TAU * i as f64 / n as f64).cos();
        match self {
            Window::Hann => 0.5 - 0.5 * cos,
            Window::Hamming => 0.54 - 0.46 * cos,
            Window::Ones => 1.0,
        }
    }
}

/// The transforms of pieces of `sequence_length` elements of the last axis, `sequence_stride` apart, with zeros around them
/// up to `fft_length`: `(..., n)` gives real and imaginary parts `(..., pieces, fft_length / 2 + 1)`. With `center` the
/// first piece has the first element in its middle, and elements are mirrored at the ends.
/// [Keras](https://keras.io/api/ops/fft/#stft-function).
#[track_caller]
pub fn stft(
    x: impl Operand,
    sequence_length: usize,
    sequence_stride: usize,
    fft_length: usize,
    window: Window,
    center: bool,
) -> (Symbolic, Symbolic) {
    let x = cast(x, DType::Float32);
    if x.is_mistake() {
        return (x.clone(), x);
    }
    let wrong = |text: String| {
        let mistake = Symbolic::mistake("stft", Problem::Argument(text));
        (mistake.clone(), mistake)
    };
    if sequence_length == 0 || sequence_stride == 0 || sequence_length > fft_length {
        return wrong(format!(
            "sequence_length {sequence_length} and sequence_stride {sequence_stride} must be at least 1, and the first at \
             most fft_length {fft_length}"
        ));
    }
    let Some(n) = x.shape().last().copied() else { return wrong("x is a single number".to_string()) };
    let beyond = if center { fft_length / 2 } else { 0 };
    if n + 2 * beyond < fft_length || center && n <= beyond {
        return wrong(format!("{n} elements along the last axis are too few for pieces of {fft_length}"));
    }
    let pieces = (n + 2 * beyond - fft_length) / sequence_stride + 1;
    // Numbers of elements, mirrored at the ends without them.
    let place = |at: usize| {
        let at = (at as isize - beyond as isize).unsigned_abs();
        (if at >= n { 2 * (n - 1) - at } else { at }) as i32
    };
    let numbers: Vec<i32> = (0..pieces)
        .flat_map(|piece| (0..fft_length).map(move |i| piece * sequence_stride + i))
        .map(place)
        .collect();
    let before = (fft_length - sequence_length) / 2;
    let weights: Vec<f32> = (0..fft_length)
        .map(|i| match i.checked_sub(before).filter(|i| *i < sequence_length) {
            Some(i) => window.weight(i, sequence_length) as f32,
            None => 0.0,
        })
        .collect();
    let all = take(x, array(&numbers, [pieces, fft_length]), -1) * array(&weights, [fft_length]);
    rfft(all, None)
}
