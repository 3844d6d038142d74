//! Products of matrices, softmax, normalisation of rows, attention, Fourier transforms.

use keras_ops::DType;
use keras_ops::graph::Operation;

use super::arrays::reshaped;
use crate::Result;
use crate::dims::Val;
use crate::model::{Attribute, Element};
use crate::writer::{At, Writer};

/// What a masked score of attention is.
const LOWEST: f32 = -0.7 * f32::MAX;

pub(super) fn matmul(w: &mut Writer<'_>, at: &At, x: &[&str], transposed: [bool; 2]) -> String {
    let side = |w: &mut Writer<'_>, i: usize| {
        if !transposed[i] {
            return x[i].to_string();
        }
        let rank = w.level().rank(at.inputs[i]);
        let mut order: Vec<usize> = (0..rank).collect();
        order.swap(rank - 2, rank - 1);
        w.transposed(x[i], &order)
    };
    let (a, b) = (side(w, 0), side(w, 1));
    w.op("MatMul", &[&a, &b])
}

/// A product of the rows of a tensor with a matrix, brought into rows and back again: the operator takes more axes.
///
/// # Errors
/// None but those of names.
pub(super) fn rows(w: &mut Writer<'_>, at: &At) -> Result<Option<String>> {
    let level = w.level();
    let operands = |id: usize, reshape: bool| {
        let node = level.maker(id)?;
        match node.operation {
            Operation::Reshape if reshape => Some((node.inputs.to_vec(), false)),
            Operation::Matmul { transposed: [false, transposed] } if !reshape => {
                Some((node.inputs.to_vec(), transposed))
            }
            _ => None,
        }
    };
    let found = operands(at.outputs[0], true).and_then(|(product, _)| {
        let (sides, transposed) = operands(product[0], false)?;
        let (x, _) = operands(sides[0], true)?;
        Some((x[0], sides[1], transposed))
    });
    let Some((x, matrix, transposed)) = found else { return Ok(None) };
    let (from, to) = (level.shape(x), level.shape(at.outputs[0]));
    let columns = usize::from(!transposed);
    let lead = |shape: &[Val]| shape[..shape.len().saturating_sub(1)].to_vec();
    let fits = level.rank(matrix) == 2
        && from.len() == to.len()
        && from.len() > 1
        && lead(&from) == lead(&to)
        && from.last() == Some(&level.length(matrix, 1 - columns))
        && to.last() == Some(&level.length(matrix, columns));
    if !fits {
        return Ok(None);
    }
    let (x, mut matrix) = (w.name(x)?, w.name(matrix)?);
    if transposed {
        matrix = w.transposed(&matrix, &[1, 0]);
    }
    Ok(Some(w.op("MatMul", &[&x, &matrix])))
}

pub(super) fn softmax(w: &mut Writer<'_>, op: &'static str, x: &str) -> String {
    w.with(op, &[x], vec![("axis", Attribute::Int(-1))])
}

/// Normalisation of rows. The second result is of use to gradients alone.
pub(super) fn layer_normalization(
    w: &mut Writer<'_>,
    at: &At,
    [gamma, beta]: [bool; 2],
    epsilon: f32,
) -> Result<()> {
    if !w.level().readers[at.outputs[1]].is_empty() {
        return Err(w.refused("what only gradients read is read"));
    }
    let count = 1 + usize::from(gamma) + usize::from(beta);
    let mut x = w.name_all(&at.inputs[..count])?;
    if !gamma {
        let n = w.level().length(at.inputs[0], 1);
        let ones = match crate::dims::fixed(&n) {
            Some(n) => w.floats(&vec![1.0; n as usize]),
            None => {
                let (one, n) = (w.float(1.0), w.length(&n)?);
                w.op("Expand", &[&one, &n])
            }
        };
        x.insert(1, ones);
    }
    let x: Vec<&str> = x.iter().map(String::as_str).collect();
    let arguments = vec![("axis", Attribute::Int(-1)), ("epsilon", Attribute::Float(epsilon))];
    let y = w.with("LayerNormalization", &x, arguments);
    w.name_it(at.outputs[0], y);
    Ok(())
}

/// Which steps of a key each of a query sees, if those are up to its own.
fn up_to_own(w: &mut Writer<'_>, rows: &Val, columns: &Val) -> Result<String> {
    let (rows, columns) = (w.range(rows)?, w.range(columns)?);
    let last = w.ints(&[1]);
    let rows = w.op("Unsqueeze", &[&rows, &last]);
    Ok(w.op("GreaterOrEqual", &[&rows, &columns]))
}

pub(super) fn attention(w: &mut Writer<'_>, at: &At, scale: f32, causal: bool, masked: bool) -> Result<()> {
    let names = w.name_all(&at.inputs)?;
    let heads = |w: &mut Writer<'_>, i: usize, order: [usize; 4]| w.transposed(&names[i], &order);
    let query = heads(w, 0, [0, 2, 1, 3]);
    let key = heads(w, 1, [0, 2, 3, 1]);
    let value = heads(w, 2, [0, 2, 1, 3]);
    let scores = w.op("MatMul", &[&query, &key]);
    let factor = w.float(scale);
    let mut scores = w.op("Mul", &[&scores, &factor]);
    let mut counts = masked.then(|| names[3].clone());
    if causal {
        let (rows, columns) = (w.level().length(at.inputs[0], 1), w.level().length(at.inputs[1], 1));
        let seen = up_to_own(w, &rows, &columns)?;
        counts = Some(match counts {
            Some(counts) => w.op("And", &[&counts, &seen]),
            None => seen,
        });
    }
    if let Some(counts) = counts {
        let low = w.float(LOWEST);
        scores = w.op("Where", &[&counts, &scores, &low]);
    }
    let weights = softmax(w, "Softmax", &scores);
    let y = w.op("MatMul", &[&weights, &value]);
    let y = w.transposed(&y, &[0, 2, 1, 3]);
    w.name_it(at.outputs[0], y);
    w.name_it(at.outputs[1], weights);
    Ok(())
}

/// A Fourier transform along the last axis, of real and imaginary parts.
pub(super) fn fft(w: &mut Writer<'_>, at: &At, inverse: bool) -> Result<()> {
    let parts = w.name_all(&at.inputs[..2])?;
    let shape = w.level().shape(at.inputs[0]);
    let Some((n, lead)) = shape.split_last() else { return Err(w.refused("it takes an axis")) };
    let last = w.ints(&[-1]);
    let parts: Vec<String> = parts.iter().map(|x| w.op("Unsqueeze", &[x, &last])).collect();
    let both = w.with("Concat", &[&parts[0], &parts[1]], vec![("axis", Attribute::Int(-1))]);
    let rows: Val = (0..n.len()).map(|k| lead.iter().map(|val| val[k]).product()).collect();
    let two = vec![2; n.len()];
    let from = [&shape[..], core::slice::from_ref(&two)].concat();
    let flat = [rows, n.clone(), two.clone()];
    let both = reshaped(w, &both, &from, &flat)?;
    let arguments = vec![("axis", Attribute::Int(1)), ("inverse", Attribute::Int(i64::from(inverse)))];
    let mut y = w.with("DFT", &[&both], arguments);
    if inverse {
        // The operator divides by how many numbers there are.
        let n = w.length(n)?;
        let n = w.cast(&n, Element::Float);
        y = w.op("Mul", &[&y, &n]);
    }
    let y = reshaped(w, &y, &flat, &from)?;
    for (i, id) in at.outputs.iter().enumerate() {
        let place = w.int64(i as i64);
        let part = w.with("Gather", &[&y, &place], vec![("axis", Attribute::Int(-1))]);
        w.name_it(*id, part);
    }
    Ok(())
}

/// Keras's threshold of sparsemax: of the numbers in order, the largest first, those support it that are above the sum up to
/// them, less 1, over how many these are. It is the sum of their sums, less 1, over how many support it.
pub(super) fn sparsemax_threshold(w: &mut Writer<'_>, at: &At, x: &str, axis: usize) -> Result<String> {
    if at.outputs.iter().skip(1).any(|id| !w.level().readers[*id].is_empty()) {
        return Err(w.refused("its derivatives are read"));
    }
    let n = w.level().length(at.inputs[0], axis);
    let (count, row) = (w.length(&n)?, w.range(&n)?);
    let own = ("axis", Attribute::Int(axis as i64));
    let sorted = w.several("TopK", &[x, &count], vec![own], 2).remove(0);
    let place = w.int64(axis as i64);
    let sums = w.op("CumSum", &[&sorted, &place]);
    let row = w.cast(&row, DType::Float32.into());
    let unit = w.float(1.0);
    let mut row = w.op("Add", &[&row, &unit]);
    let behind: Vec<i64> = (1..(w.level().rank(at.inputs[0]) - axis) as i64).collect();
    if !behind.is_empty() {
        let behind = w.ints(&behind);
        row = w.op("Unsqueeze", &[&row, &behind]);
    }
    let scaled = w.op("Mul", &[&row, &sorted]);
    let scaled = w.op("Add", &[&scaled, &unit]);
    let counts = w.op("Greater", &[&scaled, &sums]);
    let nothing = w.float(0.0);
    let kept = w.op("Where", &[&counts, &sums, &nothing]);
    let axes = w.ints(&[axis as i64]);
    let sum = w.op("ReduceSum", &[&kept, &axes]);
    let sum = w.op("Sub", &[&sum, &unit]);
    let many = w.cast(&counts, Element::Float);
    let many = w.op("ReduceSum", &[&many, &axes]);
    Ok(w.op("Div", &[&sum, &many]))
}
