//! Functions of linear algebra and of statistics.

use keras_ops::{self as ops, Built, Operand, QuantileCall, QuantileMethod, Symbolic};

use super::args::{Args, Word};
use super::arrays::one;
use super::{Made, Row};

pub(super) const TABLE: &[Row] = &[
    Row("All", &["x"], |a| over(a, |x, axes| ops::all(x, axes).build())),
    Row("Any", &["x"], |a| over(a, |x, axes| ops::any(x, axes).build())),
    Row("Average", &["x", "weights"], average),
    Row("Cholesky", &["x"], |a| one(ops::cholesky(matrix(a, "x")?, a.flag("upper", false)?))),
    Row("CDist", &["x", "y"], |a| one(ops::cdist(matrix(a, "x")?, matrix(a, "y")?))),
    Row("CountNonzero", &["x"], |a| {
        one(ops::count_nonzero(a.x("x")?, a.axes("axis", "x", &a.x("x")?)?).build())
    }),
    Row("Cross", &["x1", "x2"], cross),
    Row("Det", &["x"], |a| one(ops::det(matrix(a, "x")?))),
    Row("Dot", &["x1", "x2"], |a| product(a, ops::dot)),
    Row("Eigh", &["x"], |a| both(ops::eigh(matrix(a, "x")?))),
    Row("Einsum", &["*operands"], einsum),
    Row("Inner", &["x1", "x2"], |a| product(a, ops::inner)),
    Row("Inv", &["x"], |a| one(ops::inv(matrix(a, "x")?))),
    Row("Logdet", &["x"], |a| one(ops::logdet(matrix(a, "x")?))),
    Row("MatrixRank", &["x"], |a| {
        one(ops::matrix_rank(matrix(a, "x")?, a.number("tol")?.map(|tol| tol as f32)))
    }),
    Row("LuFactor", &["x"], |a| both(ops::lu_factor(matrix(a, "x")?))),
    Row("Median", &["x"], |a| ranked(a, None, |x, q, axes| ops::quantile(x, q, axes))),
    Row("Moments", &["x"], moments),
    Row("Nanargmax", &["x"], |a| placed(a, |x, axis| ops::nanargmax(x, axis))),
    Row("Nanargmin", &["x"], |a| placed(a, |x, axis| ops::nanargmin(x, axis))),
    Row("Nanmax", &["x"], |a| over(a, |x, axes| ops::nanmax(x, axes).build())),
    Row("Nanmean", &["x"], |a| over(a, |x, axes| ops::nanmean(x, axes).build())),
    Row("Nanmedian", &["x"], |a| ranked(a, None, |x, q, axes| ops::nanquantile(x, q, axes))),
    Row("Nanmin", &["x"], |a| over(a, |x, axes| ops::nanmin(x, axes).build())),
    Row("Nanpercentile", &["x", "q"], |a| ranked(a, Some(100.0), |x, q, axes| ops::nanquantile(x, q, axes))),
    Row("Nanprod", &["x"], |a| over(a, |x, axes| ops::nanprod(x, axes).build())),
    Row("Nanquantile", &["x", "q"], |a| ranked(a, Some(1.0), |x, q, axes| ops::nanquantile(x, q, axes))),
    Row("Nanstd", &["x"], |a| over(a, |x, axes| ops::nanstd(x, axes).build())),
    Row("Nansum", &["x"], |a| over(a, |x, axes| ops::nansum(x, axes).build())),
    Row("Nanvar", &["x"], |a| over(a, |x, axes| ops::nanvar(x, axes).build())),
    Row("Norm", &["x"], norm),
    Row("Normalize", &["x"], normalize),
    Row("Pinv", &["x"], |a| one(ops::pinv(matrix(a, "x")?, a.number("rcond")?.map(|rcond| rcond as f32)))),
    Row("Percentile", &["x", "q"], |a| ranked(a, Some(100.0), |x, q, axes| ops::quantile(x, q, axes))),
    Row("Ptp", &["x"], |a| over(a, |x, axes| ops::ptp(x, axes).build())),
    Row("Qr", &["x"], |a| {
        let modes = [("reduced", ops::QrMode::Reduced), ("complete", ops::QrMode::Complete)];
        let mode = a.word("mode", &modes)?;
        both(ops::qr(matrix(a, "x")?, mode))
    }),
    Row("Quantile", &["x", "q"], |a| ranked(a, Some(1.0), |x, q, axes| ops::quantile(x, q, axes))),
    Row("RFFT", &["x"], |a| {
        let x = a.x("x")?;
        a.own_axis("x", &x, -1)?;
        let length = a.count("fft_length")?.or(x.shape().last().copied());
        if length == Some(0) {
            return Err("`fft_length` is 0".into());
        }
        let (real, imaginary) = ops::rfft(x, length);
        Ok(vec![real, imaginary])
    }),
    Row("SVD", &["x"], svd),
    Row("Slogdet", &["x"], |a| {
        let (sign, logarithm) = ops::slogdet(matrix(a, "x")?);
        Ok(vec![sign, logarithm])
    }),
    Row("Solve", &["a", "b"], |a| one(ops::solve(matrix(a, "a")?, matrix(a, "b")?))),
    Row("SolveTriangular", &["a", "b"], |a| {
        one(ops::solve_triangular(matrix(a, "a")?, matrix(a, "b")?, a.flag("lower", false)?))
    }),
    Row("Tensordot", &["x1", "x2"], tensordot),
];

/// A tensor whose last two axes are matrices, and not the batch.
fn matrix(a: &Args<'_>, name: &str) -> Word<Symbolic> {
    let x = a.x(name)?;
    a.own_axis(name, &x, -2)?;
    Ok(x)
}

/// With the axes that are gone at length 1.
fn kept(a: &Args<'_>, y: Symbolic, mut axes: Vec<isize>) -> Word<Symbolic> {
    if !a.flag("keepdims", false)? {
        return Ok(y);
    }
    axes.sort_unstable();
    Ok(axes.into_iter().fold(y, |y, axis| ops::expand_dims(y, axis)))
}

/// Along axes, which may stay.
fn over(a: &Args<'_>, f: fn(Symbolic, Vec<isize>) -> Symbolic) -> Made {
    let x = a.x("x")?;
    let axes = a.axes("axis", "x", &x)?;
    one(kept(a, f(x, axes.clone()), axes)?)
}

/// The element below which a part of the others lies; the one in the middle where the function takes no part.
fn ranked(a: &Args<'_>, whole: Option<f64>, f: fn(Symbolic, f32, Vec<isize>) -> Built<QuantileCall>) -> Made {
    let x = a.x("x")?;
    let axes = a.axes("axis", "x", &x)?;
    let q = match whole {
        Some(whole) => a.number("q")?.ok_or("`q` is missing")? / whole,
        None => 0.5,
    };
    if !(0.0..=1.0).contains(&q) {
        return Err("`q` is no part of the whole".into());
    }
    let methods = [
        ("linear", QuantileMethod::Linear),
        ("lower", QuantileMethod::Lower),
        ("higher", QuantileMethod::Higher),
        ("midpoint", QuantileMethod::Midpoint),
        ("nearest", QuantileMethod::Nearest),
    ];
    let method = a.word("method", &methods)?;
    one(f(x, q as f32, axes).method(method).keepdims(a.flag("keepdims", false)?).build())
}

/// The place of an element among those that are no NaN.
fn placed(a: &Args<'_>, f: fn(Symbolic, isize) -> Built<ops::ArgCall>) -> Made {
    let x = a.x("x")?;
    let axis = a.axis("x", &x, None)?;
    one(f(x, axis).keepdims(a.flag("keepdims", false)?).build())
}

fn average(a: &Args<'_>) -> Made {
    let x = a.x("x")?;
    let axes = a.axes("axis", "x", &x)?;
    let Some(weights) = a.opt("weights")? else { return one(ops::mean(x, axes).build()) };
    // Keras lays weights of one axis along the axis, others one beside each number.
    let same = weights.shape() == x.shape();
    match (weights.ndim(), axes.as_slice()) {
        _ if same => one(ops::average(x, axes).weights(weights).build()),
        (1, [axis]) if !a.is_tensor("weights") => {
            let mut shape = vec![1isize; x.ndim()];
            shape[*axis as usize] = -1;
            let weights = ops::broadcast_to(ops::reshape(weights, shape), x.shape());
            one(ops::average(x, axes).weights(weights).build())
        }
        _ => Err("`weights` have another shape than what they weigh".into()),
    }
}

fn cross(a: &Args<'_>) -> Made {
    let (x, y) = (a.x("x1")?, a.x("x2")?);
    let axis = |name: &str| a.int(name).map(|axis| axis.unwrap_or(-1));
    let given = a.int("axis")?;
    let (first, second) = (given.map_or(axis("axisa"), Ok)?, given.map_or(axis("axisb"), Ok)?);
    let third = given.map_or(axis("axisc"), Ok)?;
    a.own_axis("x1", &x, first)?;
    a.own_axis("x2", &y, second)?;
    one(ops::cross(x, y).axisa(first).axisb(second).axisc(third).build())
}

/// The product with an array: of two tensors every sample would meet every other.
fn product(a: &Args<'_>, f: fn(Symbolic, Symbolic) -> Symbolic) -> Made {
    let (x, y) = (a.x("x1")?, a.constant("x2")?);
    a.own_axis("x1", &x, -1)?;
    one(f(x, y))
}

fn einsum(a: &Args<'_>) -> Made {
    let subscripts = a.text("subscripts", "")?.replace(' ', "");
    let (inputs, output) = subscripts.split_once("->").ok_or("its subscripts do not say the output")?;
    let terms: Vec<&str> = inputs.split(',').collect();
    let tensors = a.are_tensors("operands");
    if terms.len() != tensors.len() {
        return Err("its subscripts are of another number of tensors".into());
    }
    let first = |term: &str| if term.starts_with("...") { '.' } else { term.chars().next().unwrap_or(' ') };
    let batch = first(output);
    let leads = terms.iter().zip(&tensors).all(|(term, tensor)| !tensor || first(term) == batch);
    let once = |term: &&str| batch == '.' || term.matches(batch).count() == 1;
    let apart = terms.iter().zip(&tensors).filter(|(_, tensor)| **tensor).all(|(term, _)| once(term));
    if !leads || !apart || !once(&output) {
        return Err("it mixes the samples of a batch, or moves their axis".into());
    }
    let operands = a.list("operands")?;
    let operands: Vec<&dyn Operand> = operands.iter().map(|x| x as &dyn Operand).collect();
    one(ops::einsum(&subscripts, &operands))
}

fn moments(a: &Args<'_>) -> Made {
    let x = a.x("x")?;
    let axes = a.axes("axes", "x", &x)?;
    let (mean, variance) = ops::moments(x, axes, a.flag("keepdims", false)?);
    Ok(vec![mean, variance])
}

fn both((first, second): (Symbolic, Symbolic)) -> Made {
    Ok(vec![first, second])
}

/// Singular values, with vectors beside them where they are asked for: as many as there are values.
fn svd(a: &Args<'_>) -> Made {
    let x = matrix(a, "x")?;
    let (full, vectors) = (a.flag("full_matrices", true)?, a.flag("compute_uv", true)?);
    let (u, s, vt) = ops::svd(&x, full && vectors);
    Ok(if vectors { vec![u, s, vt] } else { vec![s] })
}

/// The order of a norm.
fn order(a: &Args<'_>) -> Word<ops::Order> {
    if a.text("ord", "").is_err() {
        return Ok(ops::Order::from(a.float("ord", 2.0)?));
    }
    let orders = [("", ops::Order::Default), ("fro", ops::Order::Frobenius), ("nuc", ops::Order::Nuclear)];
    a.word("ord", &orders)
}

fn norm(a: &Args<'_>) -> Made {
    let x = a.x("x")?;
    let axes = a.axes("axis", "x", &x)?;
    one(ops::norm(x, order(a)?, axes).keepdims(a.flag("keepdims", false)?).build())
}

/// Divided by the length of vectors, which is held above a small number.
fn normalize(a: &Args<'_>) -> Made {
    let x = a.x("x")?;
    let axes = if a.has("axis") { a.axes("axis", "x", &x)? } else { vec![x.ndim() as isize - 1] };
    let order = a.count("order")?.unwrap_or(2);
    if a.number("epsilon")?.is_some() {
        return Err("its argument `epsilon` is none here".into());
    }
    one(ops::normalize(x, axes, u32::try_from(order).map_err(|_| "`order` is too large")?).build())
}

fn tensordot(a: &Args<'_>) -> Made {
    let (x, y) = (a.x("x1")?, a.constant("x2")?);
    let (shape, numbers, whole) = a.numbers("axes")?.unwrap_or((Vec::new(), vec![2.0], true));
    if !whole || numbers.iter().any(|n| n.abs() > 64.0) {
        return Err("`axes` are no numbers of axes".into());
    }
    let axes: Vec<isize> = numbers.iter().map(|n| *n as isize).collect();
    let rank = x.ndim() as isize;
    let (first, second): (Vec<isize>, Vec<isize>) = match (shape.as_slice(), axes.as_slice()) {
        ([], [n]) => ((rank - n..rank).collect(), (0..*n).collect()),
        ([2], [first, second]) => (vec![*first], vec![*second]),
        ([2, n], all) => (all[..*n].to_vec(), all[*n..].to_vec()),
        _ => return Err("`axes` are no pair of lists".into()),
    };
    for axis in &first {
        a.own_axis("x1", &x, *axis)?;
    }
    one(ops::tensordot(x, y, ops::ContractedAxes::Pairs(first, second)))
}
