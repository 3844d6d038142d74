//! The transform of pieces of a sequence.

use core::f64::consts::TAU;

use super::{irfft, rfft};
use crate::error::Problem;
use crate::operand::Operand;
use crate::strided::sliced;
use crate::symbolic::{mistaken, settled};
use crate::{DType, Symbolic, array, cast, moveaxis, reshape, segment_sum, take};

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
    /// What each element of a piece counts, which has zeros around the window up to its length.
    fn weights(self, sequence_length: usize, fft_length: usize) -> Vec<f32> {
        let before = (fft_length - sequence_length) / 2;
        let inside = |i: usize| i.checked_sub(before).filter(|i| *i < sequence_length);
        (0..fft_length).map(|i| inside(i).map_or(0.0, |i| self.weight(i, sequence_length) as f32)).collect()
    }

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
    let weights = window.weights(sequence_length, fft_length);
    let all = take(x, array(&numbers, [pieces, fft_length]), -1) * array(&weights, [fft_length]);
    rfft(all, None)
}

/// One over what all pieces together have of each element.
fn over(weights: &[f32], pieces: usize, stride: usize, window: Window) -> Vec<f32> {
    let mut whole = vec![0.0f64; weights.len() + stride * (pieces - 1)];
    for piece in 0..pieces {
        for (i, weight) in weights.iter().enumerate() {
            whole[piece * stride + i] += f64::from(*weight).powi(2);
        }
    }
    // As Keras on JAX, which divides by the stride where there is no window.
    let times = if window == Window::Ones { weights.len() as f64 / stride as f64 } else { 1.0 };
    whole.iter().map(|w| if *w > 1e-10 { times / w } else { times } as f32).collect()
}

/// The inverse of [`stft`]: real and imaginary parts `(..., pieces, fft_length / 2 + 1)` give `(..., n)`, of which `length` elements
/// are taken, or all that the pieces cover; with `center` without the half piece at each end. Each element is the mean of what the
/// pieces have of it, weighted by the window; of [`Window::Ones`] (Keras's `window = None`) it is `fft_length / sequence_stride` times
/// that, as in Keras.
/// [Keras](https://keras.io/api/ops/fft/#istft-function).
#[track_caller]
pub fn istft(
    x: (impl Operand, impl Operand),
    [sequence_length, sequence_stride, fft_length]: [usize; 3],
    length: impl Into<Option<usize>>,
    window: Window,
    center: bool,
) -> Symbolic {
    let (re, im) = (cast(x.0, DType::Float32), cast(x.1, DType::Float32));
    if let Some(mistake) = mistaken(&[&re, &im]) {
        return mistake;
    }
    let made = || {
        if sequence_length == 0 || sequence_stride == 0 || sequence_length > fft_length {
            return Err(Problem::Argument(format!(
                "sequence_length {sequence_length} and sequence_stride {sequence_stride} must be at least 1, and the first at \
                 most fft_length {fft_length}"
            )));
        }
        let rank = re.ndim();
        if rank < 2 || re.shape()[rank - 2] == 0 {
            let shape = re.shape().clone();
            return Err(Problem::Rank {
                of: "x",
                shape,
                expected: "at least 2 axes, of pieces and of frequencies",
            });
        }
        let pieces = re.shape()[rank - 2];
        let frames = irfft((&re, &im), fft_length);
        let n = fft_length + sequence_stride * (pieces - 1);
        let weights = window.weights(sequence_length, fft_length);
        let over = over(&weights, pieces, sequence_stride, window);
        let frames = frames * array(&weights, [fft_length]);
        let lead: Vec<isize> = frames.shape()[..rank - 2].iter().map(|n| *n as isize).collect();
        let flat = reshape(frames, [&lead[..], &[-1]].concat());
        let places: Vec<i32> = (0..pieces)
            .flat_map(|piece| (0..fft_length).map(move |i| (piece * sequence_stride + i) as i32))
            .collect();
        let sums = segment_sum(moveaxis(flat, -1, 0), array(&places, [places.len()]), n);
        let y = moveaxis(sums, 0, -1) * array(&over, [n]);
        let start = if center { fft_length / 2 } else { 0 };
        let end = match length.into() {
            Some(length) => start + length,
            None => n - start,
        };
        let axis = y.ndim() - 1;
        let (start, end) = (start.min(n), end.clamp(start.min(n), n));
        Ok(sliced(&y, axis, start, 1, end - start))
    };
    settled("istft", made())
}
