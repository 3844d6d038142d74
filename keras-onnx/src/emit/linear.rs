//! Systems of equations and triangles of matrices, step by step: there are no operators for them.

use crate::Result;
use crate::dims::fixed;
use crate::model::{Attribute, Element};
use crate::writer::{At, Writer};

/// The largest matrices that are written, as each of their columns is a dozen nodes.
const LARGEST: usize = 32;

/// The matrices of a tensor: how large they are, and the places of the axes of their rows and columns.
struct Square {
    n: usize,
    rows: usize,
    columns: usize,
}

impl Square {
    fn of(w: &Writer<'_>, at: &At) -> Result<Self> {
        let rank = w.level().rank(at.inputs[0]);
        let (rows, columns) = (rank - 2, rank - 1);
        match fixed(&w.level().length(at.inputs[0], columns)).map(|n| n as usize) {
            Some(0) => Err(w.refused("its matrices have no rows, and so nothing is computed")),
            Some(n) if n <= LARGEST => Ok(Square { n, rows, columns }),
            Some(n) => Err(w.refused(format!(
                "there is no operator for it, and its steps are written for matrices of up to {LARGEST} rows; these have {n}"
            ))),
            None => Err(w.refused(
                "there is no operator for it, and its steps are written for matrices whose size is known; give the axes numbers",
            )),
        }
    }
}

/// One element along an axis, which stays.
fn part(w: &mut Writer<'_>, x: &str, axis: usize, i: usize) -> String {
    let [from, to, axis] = [i, i + 1, axis].map(|n| w.ints(&[n as i64]));
    w.op("Slice", &[x, &from, &to, &axis])
}

/// Numbers of 0 to `n`, as many rows of one column.
fn places(w: &mut Writer<'_>, n: usize) -> String {
    let numbers = (0..n as i64).flat_map(i64::to_le_bytes).collect();
    w.numbers(Element::Int64, &[n, 1], numbers)
}

/// The row that a column of truth values picks.
fn row(w: &mut Writer<'_>, pick: &str, x: &str, zero: &str, rows: usize) -> String {
    let own = w.op("Where", &[pick, x, zero]);
    let axis = w.ints(&[rows as i64]);
    w.op("ReduceSum", &[&own, &axis])
}

/// Columns beside each other, or rows below each other.
fn joined(w: &mut Writer<'_>, parts: &[String], axis: usize) -> String {
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    w.with("Concat", &parts, vec![("axis", Attribute::Int(axis as i64))])
}

/// The lower triangles whose product with their transpose are the matrices: column by column, each taken away from what is left.
pub(super) fn cholesky(w: &mut Writer<'_>, at: &At, x: &str) -> Result<String> {
    let Square { n, rows, columns } = Square::of(w, at)?;
    let mut order: Vec<usize> = (0..=columns).collect();
    order.swap(rows, columns);
    let (places, zero) = (places(w, n), w.double(0.0));
    let mut left = w.cast(x, Element::Double);
    let mut found = Vec::with_capacity(n);
    for j in 0..n {
        let column = part(w, &left, columns, j);
        let pivot = part(w, &column, rows, j);
        // Of what is below 0 this is NaN, and so is all that follows.
        let root = w.op("Sqrt", &[&pivot]);
        let column = w.op("Div", &[&column, &root]);
        let first = w.ints(&[j as i64]);
        let above = w.op("Less", &[&places, &first]);
        let column = w.op("Where", &[&above, &zero, &column]);
        let row = w.transposed(&column, &order);
        let product = w.op("Mul", &[&column, &row]);
        left = w.op("Sub", &[&left, &product]);
        found.push(column);
    }
    let all = joined(w, &found, columns);
    // A triangle with a NaN in it is none at all.
    let nan = w.op("IsNaN", &[&all]);
    let nan = w.cast(&nan, Element::Float);
    let axes = vec![rows as i64, columns as i64];
    let any =
        w.with("ReduceMax", &[&nan], vec![("axes", Attribute::Ints(axes)), ("keepdims", Attribute::Int(1))]);
    let any = w.cast(&any, Element::Bool);
    let triangle = (0..n * n).map(|at| u8::from(at % n <= at / n)).collect();
    let triangle = w.numbers(Element::Bool, &[n, n], triangle);
    let none = w.op("And", &[&any, &triangle]);
    let nan = w.double(f64::NAN);
    let found = w.op("Where", &[&none, &nan, &all]);
    Ok(w.cast(&found, Element::Float))
}

/// `x` of `a x = b`, by Gauss's and Jordan's steps: of the rows that are left the one with the largest number in a column is taken
/// away from all others, so often that they are 0 there.
pub(super) fn solve(w: &mut Writer<'_>, at: &At, [a, b]: [&str; 2]) -> Result<String> {
    let Square { n, rows, columns } = Square::of(w, at)?;
    let (places, zero, used) = (places(w, n), w.double(0.0), w.double(-1.0));
    let (mut a, mut b) = (w.cast(a, Element::Double), w.cast(b, Element::Double));
    let mut free: Option<String> = None;
    let mut pivots = Vec::with_capacity(n);
    for j in 0..n {
        let column = part(w, &a, columns, j);
        let size = w.op("Abs", &[&column]);
        let size = match &free {
            Some(free) => w.op("Where", &[free, &size, &used]),
            None => size,
        };
        let largest = w.with(
            "ArgMax",
            &[&size],
            vec![("axis", Attribute::Int(rows as i64)), ("keepdims", Attribute::Int(1))],
        );
        let pivot = w.op("Equal", &[&places, &largest]);
        let others = w.op("Not", &[&pivot]);
        free = Some(match free {
            Some(free) => w.op("And", &[&free, &others]),
            None => others,
        });
        let (of_a, of_b) = (row(w, &pivot, &a, &zero, rows), row(w, &pivot, &b, &zero, rows));
        let divisor = part(w, &of_a, columns, j);
        let (of_a, of_b) = (w.op("Div", &[&of_a, &divisor]), w.op("Div", &[&of_b, &divisor]));
        let step = |w: &mut Writer<'_>, x: &str, row: &str| {
            let product = w.op("Mul", &[&column, row]);
            let rest = w.op("Sub", &[x, &product]);
            w.op("Where", &[&pivot, row, &rest])
        };
        a = step(w, &a, &of_a);
        b = step(w, &b, &of_b);
        pivots.push(pivot);
    }
    let found: Vec<String> = pivots.iter().map(|pivot| row(w, pivot, &b, &zero, rows)).collect();
    let found = joined(w, &found, rows);
    Ok(w.cast(&found, Element::Float))
}
