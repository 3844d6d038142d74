//! Fourier transforms: <https://keras.io/api/ops/fft/>. A complex tensor is a pair of real and imaginary parts.

mod op;
mod short_time;

pub use short_time::{Window, istft, stft};

use crate::error::Problem;
use crate::operand::Operand;
use crate::strided::sliced;
use crate::symbolic::{apply_all, mistaken};
use crate::{DType, Symbolic, cast, concatenate, flip, slice, swapaxes, zeros_like};

/// Both parts as floats, or the mistake that one is.
#[track_caller]
fn parts(
    name: &'static str,
    x: (impl Operand, impl Operand),
    axes: usize,
) -> Result<[Symbolic; 2], Symbolic> {
    let [re, im] = [cast(x.0, DType::Float32), cast(x.1, DType::Float32)];
    if let Some(mistake) = mistaken(&[&re, &im]) {
        return Err(mistake);
    }
    if re.shape() != im.shape() || re.ndim() < axes {
        let (a, b) = (re.shape(), im.shape());
        let text =
            format!("real parts {a} and imaginary parts {b} must be of one shape of at least {axes} axes");
        return Err(Symbolic::mistake(name, Problem::Argument(text)));
    }
    Ok([re, im])
}

/// The transform along the last axis, without a factor.
#[track_caller]
fn along_last([re, im]: [Symbolic; 2], inverse: bool) -> [Symbolic; 2] {
    let n = re.shape().last().copied().unwrap_or(1).max(1);
    match apply_all(op::Fft { inverse }, &[re, im, op::table(n)]).try_into() {
        Ok(both) => both,
        Err(mut mistake) => [mistake.swap_remove(0), zeros_like(0.0)],
    }
}

fn pair([re, im]: [Symbolic; 2]) -> (Symbolic, Symbolic) {
    (re, im)
}

#[track_caller]
fn along_last_two(both: [Symbolic; 2], inverse: bool) -> [Symbolic; 2] {
    let once = along_last(both, inverse).map(|x| swapaxes(x, -1, -2));
    along_last(once, inverse).map(|x| swapaxes(x, -1, -2))
}

/// The Fourier transform along the last axis. [Keras](https://keras.io/api/ops/fft/#fft-function).
#[track_caller]
pub fn fft(x: (impl Operand, impl Operand)) -> (Symbolic, Symbolic) {
    match parts("fft", x, 1) {
        Ok(both) => pair(along_last(both, false)),
        Err(mistake) => (mistake.clone(), mistake),
    }
}

/// The Fourier transform along the last two axes. [Keras](https://keras.io/api/ops/fft/#fft2-function).
#[track_caller]
pub fn fft2(x: (impl Operand, impl Operand)) -> (Symbolic, Symbolic) {
    match parts("fft2", x, 2) {
        Ok(both) => pair(along_last_two(both, false)),
        Err(mistake) => (mistake.clone(), mistake),
    }
}

/// The inverse of [`fft2`]. [Keras](https://keras.io/api/ops/fft/#ifft2-function).
#[track_caller]
pub fn ifft2(x: (impl Operand, impl Operand)) -> (Symbolic, Symbolic) {
    match parts("ifft2", x, 2) {
        Ok(both) => {
            let size: usize = both[0].shape().iter().rev().take(2).product();
            pair(along_last_two(both, true).map(|x| x / size as f32))
        }
        Err(mistake) => (mistake.clone(), mistake),
    }
}

/// `x` with `length` elements along its last axis: without the last ones, or with zeros after them.
#[track_caller]
fn of_length(x: &Symbolic, length: usize) -> Symbolic {
    let axis = x.ndim() - 1;
    let to = x.shape().clone().with(axis, length);
    match length.checked_sub(x.shape()[axis]) {
        Some(0) => x.clone(),
        Some(more) => concatenate([x.clone(), crate::zeros(to.with(axis, more))], -1),
        None => slice(x, vec![0; x.ndim()], to),
    }
}

/// The Fourier transform of real numbers along the last axis, of which `fft_length` are taken, or all: the first
/// `length / 2 + 1` of its elements, from which the others follow. [Keras](https://keras.io/api/ops/fft/#rfft-function).
#[track_caller]
pub fn rfft(x: impl Operand, fft_length: impl Into<Option<usize>>) -> (Symbolic, Symbolic) {
    let x = cast(x, DType::Float32);
    let im = zeros_like(&x);
    let [x, _] = match parts("rfft", (&x, im), 1) {
        Ok(both) => both,
        Err(mistake) => return (mistake.clone(), mistake),
    };
    let length = fft_length.into().unwrap_or(x.shape()[x.ndim() - 1]);
    if length == 0 {
        let text =
            format!("{}: the transform of no numbers has no elements; fft_length is at least 1", x.shape());
        let mistake = Symbolic::mistake("rfft", Problem::Argument(text));
        return (mistake.clone(), mistake);
    }
    let x = of_length(&x, length);
    let im = zeros_like(&x);
    pair(along_last([x, im], false).map(|y| if y.is_mistake() { y } else { of_length(&y, length / 2 + 1) }))
}

/// The inverse of [`rfft`]: `fft_length` real numbers, twice as many as there are less two if it is `None`.
/// [Keras](https://keras.io/api/ops/fft/#irfft-function).
#[track_caller]
pub fn irfft(x: (impl Operand, impl Operand), fft_length: impl Into<Option<usize>>) -> Symbolic {
    let [re, im] = match parts("irfft", x, 1) {
        Ok(both) => both,
        Err(mistake) => return mistake,
    };
    let axis = re.ndim() - 1;
    let length = fft_length.into().unwrap_or((2 * re.shape()[axis]).saturating_sub(2));
    if length == 0 {
        let text = format!("{} has too few elements along the last axis for one number", re.shape());
        return Symbolic::mistake("irfft", Problem::Argument(text));
    }
    // The elements beyond the half are those before it, mirrored: so many are twice in the sum.
    let half = length / 2 + 1;
    let [re, im] = [of_length(&re, half), of_length(&im, half)];
    let mirrored = |x: &Symbolic| flip(sliced(x, axis, 1, 1, length - half), -1);
    let whole = [concatenate([re.clone(), mirrored(&re)], -1), concatenate([im.clone(), -mirrored(&im)], -1)];
    along_last(whole, true)[0].clone() / length as f32
}
