//! Functions of linear algebra and of statistics.

use keras_ops::{self as ops, Operand, Symbolic};

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
    Row("Median", &["x"], |a| ranked(a, |x, _, axis| Ok(ops::median(x, axis)))),
    Row("Moments", &["x"], moments),
    Row("Nanargmax", &["x"], |a| ranked(a, |x, _, axis| Ok(ops::nanargmax(x, axis)))),
    Row("Nanargmin", &["x"], |a| ranked(a, |x, _, axis| Ok(ops::nanargmin(x, axis)))),
    Row("Nanmax", &["x"], |a| over(a, |x, axes| ops::nanmax(x, axes))),
    Row("Nanmean", &["x"], |a| over(a, |x, axes| ops::nanmean(x, axes))),
    Row("Nanmedian", &["x"], |a| ranked(a, |x, _, axis| Ok(ops::nanmedian(x, axis)))),
    Row("Nanmin", &["x"], |a| over(a, |x, axes| ops::nanmin(x, axes))),
    Row("Nanpercentile", &["x", "q"], |a| {
        ranked(a, |x, a, axis| Ok(ops::nanquantile(x, part(a, 100.0)?, axis)))
    }),
    Row("Nanprod", &["x"], |a| over(a, |x, axes| ops::nanprod(x, axes))),
    Row("Nanquantile", &["x", "q"], |a| ranked(a, |x, a, axis| Ok(ops::nanquantile(x, part(a, 1.0)?, axis)))),
    Row("Nanstd", &["x"], |a| over(a, |x, axes| ops::nanstd(x, axes))),
    Row("Nansum", &["x"], |a| over(a, |x, axes| ops::nansum(x, axes))),
    Row("Nanvar", &["x"], |a| over(a, |x, axes| ops::nanvar(x, axes))),
    Row("Norm", &["x"], norm),
    Row("Normalize", &["x"], normalize),
    Row("Pinv", &["x"], |a| one(ops::pinv(matrix(a, "x")?, a.number("rcond")?.map(|rcond| rcond as f32)))),
    Row("Percentile", &["x", "q"], |a| ranked(a, |x, a, axis| Ok(ops::quantile(x, part(a, 100.0)?, axis)))),
    Row("Ptp", &["x"], |a| over(a, |x, axes| ops::ptp(x, axes))),
    Row("Qr", &["x"], |a| {
        a.only("mode", &["reduced"])?;
        both(ops::qr(matrix(a, "x")?))
    }),
    Row("Quantile", &["x", "q"], |a| ranked(a, |x, a, axis| Ok(ops::quantile(x, part(a, 1.0)?, axis)))),
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

/// Along one axis, or several that become one.
fn ranked(a: &Args<'_>, f: fn(Symbolic, &Args<'_>, isize) -> Word<Symbolic>) -> Made {
    a.only("method", &["linear"])?;
    let x = a.x("x")?;
    let axes = a.axes("axis", "x", &x)?;
    let y = match axes.as_slice() {
        [axis] => f(x, a, *axis)?,
        many => {
            let last: Vec<isize> = (1..=many.len() as isize).map(|i| -i).rev().collect();
            let moved = ops::moveaxis(&x, many.to_vec(), last);
            let rest = moved.ndim() - many.len();
            let mut shape: Vec<isize> = moved.shape()[..rest].iter().map(|n| *n as isize).collect();
            shape.push(moved.shape()[rest..].iter().product::<usize>() as isize);
            f(ops::reshape(moved, shape), a, -1)?
        }
    };
    one(kept(a, y, axes)?)
}

/// The part `q` of the whole, which is so much.
fn part(a: &Args<'_>, of: f64) -> Word<f32> {
    let q = a.number("q")?.ok_or("`q` is missing")? / of;
    if !(0.0..=1.0).contains(&q) {
        return Err("`q` is no part of the whole".into());
    }
    Ok(q as f32)
}

fn average(a: &Args<'_>) -> Made {
    let x = a.x("x")?;
    let axes = a.axes("axis", "x", &x)?;
    let Some(weights) = a.opt("weights")? else { return one(ops::mean(x, axes).build()) };
    // Keras lays weights of one axis along the axis, others one beside each number.
    let same = weights.shape() == x.shape();
    match (weights.ndim(), axes.as_slice()) {
        _ if same => one(ops::average(x, axes, weights)),
        (1, [axis]) if !a.is_tensor("weights") => {
            let mut shape = vec![1isize; x.ndim()];
            shape[*axis as usize] = -1;
            let weights = ops::broadcast_to(ops::reshape(weights, shape), x.shape());
            one(ops::average(x, axes, weights))
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
    let (u, s, vt) = ops::svd(&x);
    let (full, vectors) = (a.flag("full_matrices", true)?, a.flag("compute_uv", true)?);
    if !vectors {
        return one(s);
    }
    if full && u.shape().last() != u.shape().iter().rev().nth(1) {
        return Err("`full_matrices` is true, and the matrices are not square".into());
    }
    Ok(vec![u, s, vt])
}

/// The order of a norm.
fn order(a: &Args<'_>) -> Word<ops::Order> {
    Ok(match a.text("ord", "") {
        Ok(word) if word.is_empty() => ops::Order::Default,
        Ok(word) if word == "fro" => ops::Order::Frobenius,
        Ok(word) if word == "nuc" => ops::Order::Nuclear,
        Ok(word) => return Err(format!("`ord` is `{}`, which is not read", keras_files::shown(&word))),
        Err(_) => ops::Order::from(a.float("ord", 2.0)?),
    })
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
    one(ops::normalize(x, axes, u32::try_from(order).map_err(|_| "`order` is too large")?))
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
