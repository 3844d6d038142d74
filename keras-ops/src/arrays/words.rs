//! Functions of `keras.ops` that are a few others.

use crate::elementwise::{absolute, equal, floats, isnan, less, mod_, multiply, power, sign, where_};
use crate::operand::Operand;
use crate::shape::axis_of;
use crate::shapes::{reshape, shaped};
use crate::{
    DType, Shape, Symbolic, concatenate, cumprod, cumsum, diag, flip, full, mean, split, sqrt, stack,
    swapaxes, tril,
};

/// `x`: nothing is changed in place, so nothing need be copied.
#[track_caller]
pub fn copy(x: impl Operand) -> Symbolic {
    x.symbolic()
}

/// `|x|` as floats.
#[track_caller]
pub fn fabs(x: impl Operand) -> Symbolic {
    absolute(floats(x))
}

/// The larger of two elements, where one is NaN the other.
#[track_caller]
pub fn fmax(x1: impl Operand, x2: impl Operand) -> Symbolic {
    let (a, b) = (x1.symbolic(), x2.symbolic());
    where_(isnan(&a), &b, where_(isnan(&b), &a, crate::maximum(&a, &b)))
}

/// The smaller of two elements, where one is NaN the other.
#[track_caller]
pub fn fmin(x1: impl Operand, x2: impl Operand) -> Symbolic {
    let (a, b) = (x1.symbolic(), x2.symbolic());
    where_(isnan(&a), &b, where_(isnan(&b), &a, crate::minimum(&a, &b)))
}

/// What a division leaves, with the sign of `x1`, as C has it: [`mod_`] has that of `x2`.
#[track_caller]
pub fn fmod(x1: impl Operand, x2: impl Operand) -> Symbolic {
    let x1 = x1.symbolic();
    let left = mod_(absolute(&x1), absolute(x2));
    multiply(sign(x1), left)
}

/// `x1 * 2^x2`.
#[track_caller]
pub fn ldexp(x1: impl Operand, x2: impl Operand) -> Symbolic {
    floats(x1) * power(2.0, floats(x2))
}

/// Whether each element is a real number: all are.
#[track_caller]
pub fn isreal(x: impl Operand) -> Symbolic {
    let x = x.symbolic();
    if x.is_mistake() { x } else { equal(crate::zeros_like(x), 0) }
}

/// Whether each element is below 0, or the negative zero.
#[track_caller]
pub fn signbit(x: impl Operand) -> Symbolic {
    let x = floats(x);
    let zero = equal(&x, 0.0);
    less(where_(zero, crate::reciprocal(&x), &x), 0.0)
}

/// Parts along `axis`, of which the first are longer by one where the length is no multiple of their number: 7 in 3 are 3, 2 and 2.
/// Places of cuts are taken too, as [`split`] has them.
#[track_caller]
pub fn array_split(
    x: impl Operand,
    indices_or_sections: impl Into<super::Sections>,
    axis: isize,
) -> Vec<Symbolic> {
    let (x, parts) = (x.symbolic(), indices_or_sections.into());
    let of = axis_of(axis, x.ndim());
    let (super::Sections::Equal(sections @ 1..), Ok(of), false) = (&parts, of, x.is_mistake()) else {
        return split(x, parts, axis);
    };
    let (each, longer) = (x.shape()[of] / sections, x.shape()[of] % sections);
    let cuts: Vec<usize> = (1..*sections).map(|i| i * each + i.min(longer)).collect();
    split(x, &cuts[..], axis)
}

/// [`split`] along the second axis, or the only one.
#[track_caller]
pub fn hsplit(x: impl Operand, indices_or_sections: impl Into<super::Sections>) -> Vec<Symbolic> {
    let x = x.symbolic();
    let axis = if x.ndim() == 1 { 0 } else { 1 };
    split(x, indices_or_sections, axis)
}

/// [`split`] along the first axis.
#[track_caller]
pub fn vsplit(x: impl Operand, indices_or_sections: impl Into<super::Sections>) -> Vec<Symbolic> {
    split(x, indices_or_sections, 0)
}

/// [`split`] along the third axis.
#[track_caller]
pub fn dsplit(x: impl Operand, indices_or_sections: impl Into<super::Sections>) -> Vec<Symbolic> {
    split(x, indices_or_sections, 2)
}

/// Tensors behind each other: along the third axis. Those of two axes `(a, b)` are `(a, b, 1)`, of one axis `(1, a, 1)`.
#[track_caller]
pub fn dstack(xs: impl IntoIterator<Item = impl Operand>) -> Symbolic {
    let deep = |x: Symbolic| {
        if x.is_mistake() {
            return x;
        }
        let to: Shape = match x.shape()[..] {
            [] => [1, 1, 1].into(),
            [n] => [1, n, 1].into(),
            [a, b] => [a, b, 1].into(),
            _ => return x,
        };
        shaped(&x, to, "reshape")
    };
    concatenate(xs.into_iter().map(|x| deep(x.symbolic())), 2)
}

/// Turned by 90 degrees `k` times, from the first of two axes towards the second.
#[track_caller]
pub fn rot90(x: impl Operand, k: isize, axes: (isize, isize)) -> Symbolic {
    let x = x.symbolic();
    let (first, second) = axes;
    match k.rem_euclid(4) {
        0 => x,
        1 => swapaxes(flip(x, second), first, second),
        2 => flip(flip(x, first), second),
        _ => flip(swapaxes(x, first, second), second),
    }
}

/// `n` rows of `m` numbers, `n` if there is none: 1 up to the `k`-th diagonal, 0 behind it.
#[track_caller]
pub fn tri(n: usize, m: impl Into<Option<usize>>, k: i32) -> Symbolic {
    tril(full([n, m.into().unwrap_or(n)], 1.0), k)
}

/// A matrix with all elements as its `k`-th diagonal.
#[track_caller]
pub fn diagflat(x: impl Operand, k: isize) -> Symbolic {
    diag(crate::ravel(x), k)
}

/// The powers of each element of a vector, `n` of them, as many as it has elements if there is none: from the highest down, or up
/// from 0.
#[track_caller]
pub fn vander(x: impl Operand, n: impl Into<Option<usize>>, increasing: bool) -> Symbolic {
    let x = x.symbolic();
    let n = n.into().unwrap_or(x.shape().first().copied().unwrap_or(0));
    if x.is_mistake() || x.ndim() != 1 || n == 0 {
        return if x.ndim() == 1 { crate::zeros([x.shape()[0], 0]) } else { reshape(x, [-1, 0, 0]) };
    }
    let mut powers = vec![crate::ones_like(&x)];
    for i in 1..n {
        powers.push(&powers[i - 1] * &x);
    }
    if !increasing {
        powers.reverse();
    }
    stack(powers, 1)
}

/// How the rows of a matrix are correlated, each with each, from -1 to 1.
#[track_caller]
pub fn corrcoef(x: impl Operand) -> Symbolic {
    let x = floats(x);
    let centred = &x - mean(&x, -1).keepdims(true);
    if centred.ndim() == 1 {
        // 1, and NaN of what does not vary.
        let spread = crate::sum(crate::square(&centred), None).build();
        return sqrt(&spread) / sqrt(spread);
    }
    let together = crate::matmul(&centred, swapaxes(&centred, -1, -2));
    let spread = sqrt(diag(&together, 0));
    let y = together / crate::outer(&spread, &spread);
    crate::clip(y, -1.0, 1.0)
}

/// [`cumsum`] with 0 in the place of NaN.
#[track_caller]
pub fn nancumsum(x: impl Operand, axis: impl Into<Option<isize>>) -> Symbolic {
    let x = x.symbolic();
    if x.dtype() == DType::Float32 { cumsum(where_(isnan(&x), 0.0, &x), axis) } else { cumsum(x, axis) }
}

/// [`cumprod`] with 1 in the place of NaN.
#[track_caller]
pub fn nancumprod(x: impl Operand, axis: impl Into<Option<isize>>) -> Symbolic {
    let x = x.symbolic();
    if x.dtype() == DType::Float32 { cumprod(where_(isnan(&x), 1.0, &x), axis) } else { cumprod(x, axis) }
}

/// Of several tensors the elements of the first whose condition holds, `default` where none does.
#[track_caller]
pub fn select<C: Operand, X: Operand>(
    condlist: impl IntoIterator<Item = C>,
    choicelist: impl IntoIterator<Item = X>,
    default: impl Operand,
) -> Symbolic {
    let pairs: Vec<(Symbolic, Symbolic)> =
        condlist.into_iter().zip(choicelist).map(|(c, x)| (c.symbolic(), x.symbolic())).collect();
    pairs.into_iter().rev().fold(default.symbolic(), |others, (condition, x)| where_(condition, x, others))
}

/// `x` as it is: the conjugate of a real number is itself.
#[track_caller]
pub fn conjugate(x: impl Operand) -> Symbolic {
    x.symbolic()
}

/// [`conjugate`] under its other name.
#[track_caller]
pub fn conj(x: impl Operand) -> Symbolic {
    x.symbolic()
}

/// `x` as it is: the real part of a real number is itself.
#[track_caller]
pub fn real(x: impl Operand) -> Symbolic {
    x.symbolic()
}

/// 0: the imaginary part of a real number.
#[track_caller]
pub fn imag(x: impl Operand) -> Symbolic {
    crate::zeros_like(x)
}

/// Zeros: memory that nothing was written to.
#[track_caller]
pub fn empty(shape: impl Into<Shape>) -> Symbolic {
    crate::zeros(shape)
}

/// Zeros in the shape of `x`.
#[track_caller]
pub fn empty_like(x: impl Operand) -> Symbolic {
    crate::zeros_like(x)
}

/// The cube root.
#[track_caller]
pub fn cbrt(x: impl Operand) -> Symbolic {
    let x = floats(x);
    let plain = crate::logical_and(crate::isfinite(&x), crate::not_equal(&x, 0.0));
    let of = where_(&plain, &x, 1.0);
    let y = multiply(sign(&of), power(absolute(&of), 1.0 / 3.0));
    // A step of Newton's: the power is of a third that is rounded.
    let y = &y - (&y - &of / crate::square(&y)) / 3.0;
    where_(plain, y, x)
}

/// The distance of each row of `x1` to each of `x2`: `(.., n, d)` and `(.., m, d)` give `(.., n, m)`.
#[track_caller]
pub fn cdist(x1: impl Operand, x2: impl Operand) -> Symbolic {
    let (a, b) = (floats(x1), floats(x2));
    let apart = crate::expand_dims(a, -2) - crate::expand_dims(b, -3);
    sqrt(crate::sum(crate::square(apart), -1).build())
}
