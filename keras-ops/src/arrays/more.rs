//! Operations that are a few others.

use crate::elementwise::{
    absolute, cast_to, equal, greater, greater_equal, isfinite, isnan, less, less_equal, log, logaddexp,
    logical_and, logical_or, maximum, not_equal, power, where_,
};
use crate::error::Problem;
use crate::operand::Operand;
use crate::reduce::{all, max, min, prod, sum};
use crate::shape::axis_of;
use crate::shapes::{expand_dims, shaped};
use crate::symbolic::{mistaken, settled};
use crate::{
    Axes, DType, Shape, Symbolic, array, concatenate, flip, ravel, slice, sort, split, swapaxes, take,
};

fn floats(x: impl Operand) -> Symbolic {
    cast_to(&x.symbolic(), DType::Float32)
}

/// Whether `|x1 - x2| <= atol + rtol * |x2|`; infinities are close to themselves. Keras's defaults are an `rtol` of 1e-5, an
/// `atol` of 1e-8 and NaN close to nothing.
#[track_caller]
pub fn isclose(x1: impl Operand, x2: impl Operand, rtol: f32, atol: f32, equal_nan: bool) -> Symbolic {
    let (a, b) = (floats(x1), floats(x2));
    let near = less_equal(absolute(&a - &b), atol + rtol * absolute(&b));
    let finite = logical_and(isfinite(&a), isfinite(&b));
    let close = where_(finite, near, equal(&a, &b));
    if equal_nan { logical_or(close, logical_and(isnan(&a), isnan(&b))) } else { close }
}

/// Whether all elements are as close as in [`isclose`].
#[track_caller]
pub fn allclose(x1: impl Operand, x2: impl Operand, rtol: f32, atol: f32, equal_nan: bool) -> Symbolic {
    all(isclose(x1, x2, rtol, atol, equal_nan), None).build()
}

/// `x` with `nan` in the place of NaN and these numbers in that of infinities; the largest and smallest floats for `None`.
#[track_caller]
pub fn nan_to_num(
    x: impl Operand,
    nan: f32,
    posinf: impl Into<Option<f32>>,
    neginf: impl Into<Option<f32>>,
) -> Symbolic {
    let x = x.symbolic();
    if x.dtype() != DType::Float32 {
        return x;
    }
    let (high, low) = (posinf.into().unwrap_or(f32::MAX), neginf.into().unwrap_or(f32::MIN));
    let finite = where_(isnan(&x), nan, &x);
    let finite = where_(equal(&finite, f32::INFINITY), high, finite);
    where_(equal(&finite, f32::NEG_INFINITY), low, finite)
}

/// `num` numbers from `start` to `stop`, at equal distances; without `stop` itself unless `endpoint`.
#[track_caller]
pub fn linspace(start: f32, stop: f32, num: usize, endpoint: bool) -> Symbolic {
    let (start, stop) = (f64::from(start), f64::from(stop));
    let steps = if endpoint { num.saturating_sub(1) } else { num }.max(1) as f64;
    let numbers: Vec<f32> =
        (0..num)
            .map(|i| {
                if endpoint && i > 0 && i + 1 == num {
                    stop
                } else {
                    start + (stop - start) * i as f64 / steps
                }
            })
            .map(|x| x as f32)
            .collect();
    array(&numbers, [num])
}

/// `base` to the powers of [`linspace`]. Keras's default is a base of 10.
#[track_caller]
pub fn logspace(start: f32, stop: f32, num: usize, endpoint: bool, base: f32) -> Symbolic {
    power(base, linspace(start, stop, num, endpoint))
}

/// `log2(2^x1 + 2^x2)`, which does not overflow on the way.
#[track_caller]
pub fn logaddexp2(x1: impl Operand, x2: impl Operand) -> Symbolic {
    let ln2 = core::f32::consts::LN_2;
    logaddexp(floats(x1) * ln2, floats(x2) * ln2) / ln2
}

macro_rules! simple {
    ($($(#[$doc:meta])* $name:ident |$x:ident| $y:expr;)*) => { $(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(x: impl Operand) -> Symbolic {
            let $x = floats(x);
            $y
        }
    )* };
}

simple! {
    /// `2^x`.
    exp2 |x| power(2.0, x);
    /// Degrees as radians.
    deg2rad |x| x * (core::f32::consts::PI / 180.0);
    /// Radians as degrees.
    rad2deg |x| x * (180.0 / core::f32::consts::PI);
    /// Whether each element is infinity.
    isposinf |x| equal(x, f32::INFINITY);
    /// Whether each element is negative infinity.
    isneginf |x| equal(x, f32::NEG_INFINITY);
    /// `sin(pi x) / (pi x)`; 1 of 0.
    sinc |x| {
        let zero = equal(&x, 0.0);
        let y = core::f32::consts::PI * where_(&zero, 1.0, x);
        where_(zero, 1.0, crate::sin(&y) / y)
    };
}

/// 0 below 0, 1 above, `x2` of 0.
#[track_caller]
pub fn heaviside(x1: impl Operand, x2: impl Operand) -> Symbolic {
    let (x, at) = (floats(x1), floats(x2));
    let y = where_(less(&x, 0.0), 0.0, where_(equal(&x, 0.0), at, 1.0));
    where_(isnan(&x), x, y)
}

/// The `n`-th difference of neighbours along `axis`.
#[track_caller]
pub fn diff(a: impl Operand, n: usize, axis: isize) -> Symbolic {
    let mut x = a.symbolic();
    for _ in 0..n {
        if x.is_mistake() {
            return x;
        }
        let at = match axis_of(axis, x.ndim()) {
            Ok(at) => at,
            Err(problem) => return Symbolic::mistake("diff", problem),
        };
        let to = x.shape().clone().with(at, x.shape()[at].saturating_sub(1));
        let from = |start: isize| {
            let mut all = vec![0; x.ndim()];
            all[at] = start;
            slice(&x, all, &to)
        };
        let (next, first) = (from(1), from(0));
        x = if x.dtype() == DType::Bool { not_equal(next, first) } else { next - first };
    }
    x
}

/// The `k`-th diagonal of the last two axes, as a last axis.
#[track_caller]
pub fn diagonal(x: impl Operand, offset: isize) -> Symbolic {
    let x = x.symbolic();
    if x.is_mistake() {
        return x;
    }
    let made = || {
        let shape = x.shape().clone();
        let [.., rows, columns] = shape[..] else {
            return Err(Problem::Rank { of: "x", shape, expected: "at least 2 axes" });
        };
        let (row, column) = if offset < 0 { (offset.unsigned_abs(), 0) } else { (0, offset.unsigned_abs()) };
        let n = rows.saturating_sub(row).min(columns.saturating_sub(column));
        let places: Vec<i32> = (0..n).map(|i| ((row + i) * columns + column + i) as i32).collect();
        let flat = shape[..shape.rank() - 2].iter().copied().chain([rows * columns]).collect();
        Ok(take(shaped(&x, flat, "reshape"), array(&places, [n]), -1))
    };
    settled("diagonal", made())
}

/// The sum of the `k`-th diagonal of the last two axes.
#[track_caller]
pub fn trace(x: impl Operand, offset: isize) -> Symbolic {
    sum(diagonal(x, offset), -1).build()
}

/// Of a tensor of one axis the matrix with it as its `k`-th diagonal; of a matrix its `k`-th diagonal.
#[track_caller]
pub fn diag(x: impl Operand, k: isize) -> Symbolic {
    let x = x.symbolic();
    if x.is_mistake() || x.ndim() != 1 {
        return diagonal(x, k);
    }
    let size = x.shape()[0] + k.unsigned_abs();
    let (row, column) = if k < 0 { (k.unsigned_abs(), 0) } else { (0, k.unsigned_abs()) };
    let places: Vec<i32> = (0..x.shape()[0]).flat_map(|i| [(row + i) as i32, (column + i) as i32]).collect();
    crate::scatter(array(&places, [x.shape()[0], 2]), x, [size, size])
}

/// An identity matrix.
#[track_caller]
pub fn identity(n: usize) -> Symbolic {
    crate::eye(n, None, 0)
}

/// Tensors one below the other: along the first axis; those of one axis are rows.
#[track_caller]
pub fn vstack(xs: impl IntoIterator<Item = impl Operand>) -> Symbolic {
    let rows: Vec<Symbolic> = xs.into_iter().map(|x| at_least(x.symbolic(), 2)).collect();
    concatenate(rows, 0)
}

/// Tensors side by side: along the second axis, or the only one.
#[track_caller]
pub fn hstack(xs: impl IntoIterator<Item = impl Operand>) -> Symbolic {
    let all: Vec<Symbolic> = xs.into_iter().map(|x| at_least(x.symbolic(), 1)).collect();
    let axis = if all.first().is_some_and(|x| x.ndim() == 1) { 0 } else { 1 };
    concatenate(all, axis)
}

/// With axes of length 1 before, up to this many.
fn at_least(x: Symbolic, rank: usize) -> Symbolic {
    let missing = rank.saturating_sub(x.ndim());
    let to: Shape = core::iter::repeat_n(1, missing).chain(x.shape().iter().copied()).collect();
    shaped(&x, to, "reshape")
}

/// With the columns in reverse order.
#[track_caller]
pub fn fliplr(x: impl Operand) -> Symbolic {
    flip(x, 1)
}

/// With the rows in reverse order.
#[track_caller]
pub fn flipud(x: impl Operand) -> Symbolic {
    flip(x, 0)
}

/// The parts along `axis`, which they lack.
#[track_caller]
pub fn unstack(x: impl Operand, axis: isize) -> Vec<Symbolic> {
    let x = x.symbolic();
    if x.is_mistake() {
        return vec![x];
    }
    match axis_of(axis, x.ndim()) {
        Err(problem) => vec![Symbolic::mistake("unstack", problem)],
        Ok(at) if x.shape()[at] == 0 => Vec::new(),
        Ok(at) => {
            let parts = split(&x, x.shape()[at], axis);
            parts.into_iter().map(|part| crate::squeeze(part, axis)).collect()
        }
    }
}

/// Both, one after the other along `axis`; without one, both as one row.
#[track_caller]
pub fn append(x1: impl Operand, x2: impl Operand, axis: impl Into<Option<isize>>) -> Symbolic {
    match axis.into() {
        Some(axis) => concatenate([x1.symbolic(), x2.symbolic()], axis),
        None => concatenate([ravel(x1), ravel(x2)], 0),
    }
}

/// Matrices whose elements are the coordinates of a grid, one for each axis: the first axis is that of the first operand
/// with `ij`, that of the second without (Keras's default, `xy`).
#[track_caller]
pub fn meshgrid(x: &[&dyn Operand], ij: bool) -> Vec<Symbolic> {
    let axes: Vec<Symbolic> = x.iter().map(|x| ravel(x.symbolic())).collect();
    let lengths: Shape = axes.iter().map(|x| x.shape().size()).collect();
    let spread = axes.iter().enumerate().map(|(k, x)| {
        let to = (0..axes.len()).map(|axis| if axis == k { lengths[k] } else { 1 }).collect();
        crate::broadcast_to(shaped(x, to, "meshgrid"), &lengths)
    });
    spread.map(|x| if ij || axes.len() < 2 { x } else { swapaxes(x, 0, 1) }).collect()
}

/// The largest element less the smallest.
#[track_caller]
pub fn ptp(x: impl Operand, axis: impl Into<Axes>) -> Symbolic {
    let (x, axis) = (x.symbolic(), axis.into());
    max(&x, axis.clone()).build() - min(x, axis).build()
}

/// The element below which a part `q` of the elements along `axis` lie, between neighbours on a straight line; without an
/// axis, of all.
#[track_caller]
pub fn quantile(x: impl Operand, q: f32, axis: impl Into<Option<isize>>) -> Symbolic {
    let (x, axis) = (floats(x), axis.into());
    if x.is_mistake() {
        return x;
    }
    let (x, axis) = match axis {
        Some(axis) => (x, axis),
        None => (ravel(x), 0),
    };
    let made = || {
        let at = axis_of(axis, x.ndim())?;
        let n = x.shape()[at];
        if !(0.0..=1.0).contains(&q) || n == 0 {
            let text = format!("q is {q} of {n} elements: it must be from 0 to 1, of at least one");
            return Err(Problem::Argument(text));
        }
        let place = f64::from(q) * (n - 1) as f64;
        let (low, part) = (place.floor(), place.fract() as f32);
        let sorted = sort(&x, axis);
        let element = |i: f64| take(&sorted, array(&[i as i32], ()), axis);
        let y =
            if part == 0.0 { element(low) } else { element(low) * (1.0 - part) + element(low + 1.0) * part };
        // NaN is the largest in order.
        let any = crate::any(isnan(&x), at as isize);
        Ok(where_(any, f32::NAN, y))
    };
    settled("quantile", made())
}

/// The element in the middle of those along `axis`; the mean of the two there are.
#[track_caller]
pub fn median(x: impl Operand, axis: impl Into<Option<isize>>) -> Symbolic {
    quantile(x, 0.5, axis)
}

macro_rules! without_nan {
    ($($(#[$doc:meta])* $name:ident |$x:ident, $axis:ident| $y:expr;)*) => { $(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(x: impl Operand, axis: impl Into<Axes>) -> Symbolic {
            let ($x, $axis) = (floats(x), axis.into());
            $y
        }
    )* };
}

/// Without NaN: this instead.
fn or(x: &Symbolic, other: f32) -> Symbolic {
    where_(isnan(x), other, x)
}

/// How many elements are no NaN.
#[track_caller]
fn numbers(x: &Symbolic, axis: Axes) -> Symbolic {
    sum(where_(isnan(x), 0.0, 1.0), axis).build()
}

without_nan! {
    /// The sum of what is no NaN.
    nansum |x, axis| sum(or(&x, 0.0), axis).build();
    /// The product of what is no NaN.
    nanprod |x, axis| prod(or(&x, 1.0), axis).build();
    /// The mean of what is no NaN.
    nanmean |x, axis| sum(or(&x, 0.0), axis.clone()).build() / numbers(&x, axis);
    /// The largest of what is no NaN; NaN where nothing is.
    nanmax |x, axis| {
        let none = all(isnan(&x), axis.clone()).build();
        where_(none, f32::NAN, max(or(&x, f32::NEG_INFINITY), axis).build())
    };
    /// The smallest of what is no NaN; NaN where nothing is.
    nanmin |x, axis| {
        let none = all(isnan(&x), axis.clone()).build();
        where_(none, f32::NAN, min(or(&x, f32::INFINITY), axis).build())
    };
    /// The variance of what is no NaN.
    nanvar |x, axis| {
        let count = sum(where_(isnan(&x), 0.0, 1.0), axis.clone()).keepdims(true);
        let centred = &x - sum(or(&x, 0.0), axis.clone()).keepdims(true) / count;
        nanmean(crate::square(centred), axis)
    };
    /// The standard deviation of what is no NaN.
    nanstd |x, axis| crate::sqrt(nanvar(x, axis));
}

/// Whether each element of `x1` is one of `x2`.
#[track_caller]
pub fn isin(x1: impl Operand, x2: impl Operand) -> Symbolic {
    let (x, all) = (x1.symbolic(), ravel(x2));
    if let Some(mistake) = mistaken(&[&x, &all]) {
        return mistake;
    }
    crate::any(equal(expand_dims(x, -1), all), -1).build()
}

/// For each element of `values` the first place in `sorted_sequence (n,)`, which ascends, that is not below it; that is
/// above it with `right`.
#[track_caller]
pub fn searchsorted(sorted_sequence: impl Operand, values: impl Operand, right: bool) -> Symbolic {
    let (sorted, values) = (sorted_sequence.symbolic(), values.symbolic());
    if let Some(mistake) = mistaken(&[&sorted, &values]) {
        return mistake;
    }
    if sorted.ndim() != 1 {
        let shape = sorted.shape().clone();
        return Symbolic::mistake(
            "searchsorted",
            Problem::Rank { of: "sorted_sequence", shape, expected: "1 axis" },
        );
    }
    let value = expand_dims(values, -1);
    let before = if right { less_equal(sorted, value) } else { less(sorted, value) };
    sum(before, -1).build()
}

/// For each element the number of its bin: how many of `bins (n,)`, which ascend, are not above it.
#[track_caller]
pub fn digitize(x: impl Operand, bins: impl Operand) -> Symbolic {
    searchsorted(bins, x, true)
}

/// How often each integer from 0 on comes, up to `length` of them; `weights`, if given, are added instead of ones.
#[track_caller]
pub fn bincount(x: impl Operand, weights: Option<&Symbolic>, length: usize) -> Symbolic {
    let x = x.symbolic();
    let ones = || crate::full(x.shape(), 1);
    crate::segment_sum(weights.cloned().unwrap_or_else(ones), &x, length)
}

/// The places along each axis of `shape` of elements by their numbers in a row.
#[track_caller]
pub fn unravel_index(indices: impl Operand, shape: impl Into<Shape>) -> Vec<Symbolic> {
    let (x, shape) = (indices.symbolic(), shape.into());
    let strides = shape.strides();
    let size = shape.size() as i32;
    let from_0 = where_(less(&x, 0), &x + size, &x);
    let place =
        |axis: usize| crate::mod_(crate::floor_divide(&from_0, strides[axis] as i32), shape[axis] as i32);
    (0..shape.rank()).map(place).collect()
}

/// For each row a vector with ones at the places of its class numbers: `(..., n)` gives `(..., num_classes)`.
#[track_caller]
pub fn multi_hot(inputs: impl Operand, num_classes: usize) -> Symbolic {
    let x = inputs.symbolic();
    if x.is_mistake() {
        return x;
    }
    let each = crate::one_hot(&x, num_classes, -1);
    if x.ndim() == 0 { each } else { max(each, -2).build() }
}

/// Whether the class `targets (batch,)` is among the `k` largest of `predictions (batch, classes)`: none larger than `k`
/// before it.
#[track_caller]
pub fn in_top_k(targets: impl Operand, predictions: impl Operand, k: usize) -> Symbolic {
    let (targets, x) = (targets.symbolic(), floats(predictions));
    if let Some(mistake) = mistaken(&[&targets, &x]) {
        return mistake;
    }
    if x.ndim() != 2 || targets.ndim() != 1 {
        let (x, targets) = (x.shape(), targets.shape());
        let text = format!("targets {targets} and predictions {x} must be (batch,) and (batch, classes)");
        return Symbolic::mistake("in_top_k", Problem::Argument(text));
    }
    let own = crate::take_along_axis(&x, expand_dims(&targets, -1), -1);
    let above = sum(greater(&x, &own), -1).build();
    logical_and(less(above, k as i32), isfinite(crate::squeeze(own, -1)))
}

/// `inputs` with `updates` in the place of the elements at `indices (n, axes)`, each place once.
#[track_caller]
pub fn scatter_update(inputs: impl Operand, indices: impl Operand, updates: impl Operand) -> Symbolic {
    let (x, indices, updates) = (inputs.symbolic(), indices.symbolic(), updates.symbolic());
    if let Some(mistake) = mistaken(&[&x, &indices, &updates]) {
        return mistake;
    }
    let hit = crate::scatter(&indices, crate::full(updates.shape(), 1), x.shape());
    let new = crate::scatter(indices, cast_to(&updates, x.dtype()), x.shape());
    where_(greater(hit, 0), new, x)
}

/// The inverse of the error function, from -1 to 1.
#[track_caller]
pub fn erfinv(x: impl Operand) -> Symbolic {
    let x = floats(x);
    // Giles (2010): polynomials of w = -log((1 - x) (1 + x)).
    let w = -log((1.0 - &x) * (1.0 + &x));
    let polynomial =
        |w: &Symbolic, of: &[f32]| of[1..].iter().fold(crate::full((), of[0]), |p, c| p * w + *c);
    let near = polynomial(
        &(&w - 2.5),
        &[
            2.810_226_4e-8,
            3.432_739_4e-7,
            -3.523_387_7e-6,
            -4.391_506_5e-6,
            0.000_218_580_87,
            -0.001_253_725,
            -0.004_177_681_6,
            0.246_640_73,
            1.501_409_4,
        ],
    );
    let far = polynomial(
        &(crate::sqrt(maximum(&w, 5.0)) - 3.0),
        &[
            -0.000_200_214_26,
            0.000_100_950_56,
            0.001_349_343_2,
            -0.003_673_428_4,
            0.005_739_507_7,
            -0.007_622_461_3,
            0.009_438_870_5,
            1.001_674,
            2.832_976_8,
        ],
    );
    let y = where_(less(&w, 5.0), near, far) * &x;
    where_(equal(absolute(&x), 1.0), &x * f32::INFINITY, y)
}

/// The elements as another type, those beyond its range at its ends.
#[track_caller]
pub fn saturate_cast(x: impl Operand, dtype: DType) -> Symbolic {
    // Casts of floats to integers stop at the ends.
    crate::cast(x, dtype)
}

/// Keras's other name of [`silu`](crate::silu).
#[track_caller]
pub fn swish(x: impl Operand) -> Symbolic {
    crate::silu(x)
}

/// Keras's other name of [`hard_silu`](crate::hard_silu).
#[track_caller]
pub fn hard_swish(x: impl Operand) -> Symbolic {
    crate::hard_silu(x)
}

/// `inputs` with `updates` in the place of the elements from `start_indices` on.
#[track_caller]
pub fn slice_update(
    inputs: impl Operand,
    start_indices: impl AsRef<[usize]>,
    updates: impl Operand,
) -> Symbolic {
    let (x, start, new) = (inputs.symbolic(), start_indices.as_ref(), updates.symbolic());
    if let Some(mistake) = mistaken(&[&x, &new]) {
        return mistake;
    }
    let made = || {
        let (shape, part) = (x.shape(), new.shape());
        let fits = start.len() == shape.rank() && part.rank() == shape.rank();
        if !fits || (0..shape.rank()).any(|k| start[k] + part[k] > shape[k]) {
            return Err(Problem::Argument(format!(
                "updates {part} from {start:?} on do not lie in inputs {shape}"
            )));
        }
        let around: Vec<(usize, usize)> =
            (0..shape.rank()).map(|k| (start[k], shape[k] - start[k] - part[k])).collect();
        let inside = crate::pad(crate::full(part, 1), around.clone()).build();
        let new = crate::pad(cast_to(&new, x.dtype()), around).build();
        Ok(where_(equal(inside, 1), new, &x))
    };
    settled("slice_update", made())
}

/// The numbers of elements in each of `bins` bins of equal width from `range.0` to `range.1`, as floats, and the edges
/// between.
#[track_caller]
pub fn histogram(x: impl Operand, bins: usize, range: (f32, f32)) -> (Symbolic, Symbolic) {
    let x = ravel(floats(x));
    let edges = linspace(range.0, range.1, bins + 1, true);
    let bin = searchsorted(&edges, &x, true) - 1;
    // The last bin has its upper edge too.
    let bin = where_(equal(&x, range.1), bins as i32 - 1, bin);
    let inside = logical_and(greater_equal(&x, range.0), less_equal(&x, range.1));
    (cast_to(&bincount(where_(inside, bin, -1), None, bins), DType::Float32), edges)
}

/// The area below `y` along `axis`, whose elements are `dx` apart, by the rule of trapezoids.
#[track_caller]
pub fn trapezoid(y: impl Operand, dx: f32, axis: isize) -> Symbolic {
    let y = floats(y);
    if y.is_mistake() {
        return y;
    }
    match axis_of(axis, y.ndim()) {
        Err(problem) => Symbolic::mistake("trapezoid", problem),
        Ok(at) => {
            let n = y.shape()[at];
            let weight = |i: usize| {
                if n < 2 {
                    0.0
                } else if i == 0 || i + 1 == n {
                    0.5 * dx
                } else {
                    dx
                }
            };
            let weights: Vec<f32> = (0..n).map(weight).collect();
            let to = (0..y.ndim()).map(|k| if k == at { n } else { 1 }).collect();
            sum(y * shaped(&array(&weights, [n]), to, "reshape"), axis).build()
        }
    }
}

macro_rules! windows {
    ($($(#[$doc:meta])* $name:ident |$at:ident| $y:expr;)*) => { $(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(n: usize) -> Symbolic {
            let of = |$at: f64| $y;
            let last = n.saturating_sub(1).max(1) as f64;
            let numbers: Vec<f32> =
                (0..n).map(|i| if n == 1 { 1.0 } else { of(i as f64 / last) as f32 }).collect();
            array(&numbers, [n])
        }
    )* };
}

windows! {
    /// Bartlett's window: a triangle of `n` numbers.
    bartlett |t| 1.0 - (2.0 * t - 1.0).abs();
    /// Blackman's window of `n` numbers.
    blackman |t| {
        let turn = core::f64::consts::TAU * t;
        0.42 - 0.5 * turn.cos() + 0.08 * (2.0 * turn).cos()
    };
    /// Hamming's window of `n` numbers.
    hamming |t| 0.54 - 0.46 * (core::f64::consts::TAU * t).cos();
    /// Von Hann's window of `n` numbers.
    hanning |t| 0.5 - 0.5 * (core::f64::consts::TAU * t).cos();
}
