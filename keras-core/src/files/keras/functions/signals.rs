//! Functions of `keras.ops` that transform signals.

use keras_ops::{self as ops, Symbolic};

use super::args::{Args, MOST, Word};
use super::arrays::one;
use super::{Made, Row};

pub(super) const TABLE: &[Row] = &[
    Row("FFT", &["x"], |a| both(ops::fft(complex(a, 1)?))),
    Row("FFT2", &["x"], |a| both(ops::fft2(complex(a, 2)?))),
    Row("IFFT2", &["x"], |a| both(ops::ifft2(complex(a, 2)?))),
    Row("IRFFT", &["x"], |a| {
        let x = complex(a, 1)?;
        let length = a.count("fft_length")?;
        if length == Some(0) {
            return Err("`fft_length` is 0".into());
        }
        Ok(vec![ops::irfft(x, length)])
    }),
    Row("ISTFT", &["x"], inverse_short_time),
    Row("STFT", &["x"], short_time),
];

fn both((real, imaginary): (Symbolic, Symbolic)) -> Made {
    Ok(vec![real, imaginary])
}

/// Real and imaginary parts, of which so many axes are not the batch's.
fn complex(a: &Args<'_>, axes: isize) -> Word<(Symbolic, Symbolic)> {
    let parts = a.list("x")?;
    let [real, imaginary] = &parts[..] else { return Err("it takes a real and an imaginary part".into()) };
    a.own_axis("x", real, -axes)?;
    Ok((real.clone(), imaginary.clone()))
}

fn short_time(a: &Args<'_>) -> Made {
    let x = a.x("x")?;
    let axis = a.own_axis("x", &x, -1)?;
    let count = |name: &str| a.count(name)?.ok_or_else(|| format!("`{name}` is missing"));
    let (length, stride, whole) =
        (count("sequence_length")?, count("sequence_stride")?, count("fft_length")?);
    let pieces = (x.shape()[axis as usize] + whole) / stride.max(1) + 1;
    if pieces.checked_mul(whole).is_none_or(|all| all > MOST) {
        return Err("it makes more pieces than a tensor can have".into());
    }
    both(ops::stft(x, length, stride, whole, window(a)?, a.flag("center", true)?))
}

fn window(a: &Args<'_>) -> Word<ops::Window> {
    if a.is_none("window") {
        return Ok(ops::Window::Ones);
    }
    a.word("window", &[("hann", ops::Window::Hann), ("hamming", ops::Window::Hamming)])
}

fn inverse_short_time(a: &Args<'_>) -> Made {
    let x = complex(a, 2)?;
    let count = |name: &str| a.count(name)?.ok_or_else(|| format!("`{name}` is missing"));
    let lengths = [count("sequence_length")?, count("sequence_stride")?, count("fft_length")?];
    let pieces = x.0.shape()[x.0.ndim() - 2];
    if pieces.checked_mul(lengths[1].max(lengths[2])).is_none_or(|all| all > MOST) {
        return Err("it makes more numbers than a tensor can have".into());
    }
    one(ops::istft(x, lengths, a.count("length")?, window(a)?, a.flag("center", true)?))
}
