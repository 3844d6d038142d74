//! Operations in the operators of ONNX.

mod algebra;
mod arrays;
mod bits;
mod cell;
mod conv;
mod elementwise;
mod linear;
mod native;
mod nn;
mod normal;
mod pool;
mod scan;

use keras_ops::graph::Operation;

use crate::Result;
use crate::writer::{At, Writer};

/// Writes all nodes of the innermost graph on which its outputs depend.
///
/// # Errors
/// The first operation that has no form.
pub(crate) fn level(w: &mut Writer<'_>) -> Result<()> {
    for at in 0..w.level().live.len() {
        let skip = !w.level().live[at] || w.level().done[at] || w.level().node(at).constant;
        if !skip {
            node(w, at)?;
        }
    }
    Ok(())
}

/// Writes a node.
///
/// # Errors
/// It has no form in ONNX, or not for every length.
pub(crate) fn node(w: &mut Writer<'_>, at: usize) -> Result<()> {
    let level = w.level();
    let nodes: Vec<_> = level.graphs.iter().map(|graph| graph.nodes()[at].clone()).collect();
    let (inputs, outputs) = (nodes[0].inputs.to_vec(), nodes[0].outputs.to_vec());
    let before = (w.layer, w.operation);
    w.layer = w.level().layers[at].or(w.layer);
    w.operation = nodes[0].name;
    let found = written(w, &At { nodes, inputs, outputs });
    if found.is_ok() {
        (w.layer, w.operation) = before;
    }
    found
}

fn written(w: &mut Writer<'_>, at: &At) -> Result<()> {
    let first = &at.nodes[0];
    match &first.operation {
        Operation::Scan(_) => scan::scan(w, at),
        Operation::Convolution(_) => conv::convolution(w, at),
        Operation::Pool(_) => pool::pool(w, at),
        Operation::LayerNormalization { gamma, beta, epsilon } => {
            nn::layer_normalization(w, at, [*gamma, *beta], *epsilon)
        }
        Operation::Attention { scale, causal, masked } => nn::attention(w, at, *scale, *causal, *masked),
        Operation::Fft { inverse } => nn::fft(w, at, *inverse),
        Operation::Determinant => algebra::determinant(w, at),
        _ => {
            if normal::batch_normalization(w, at)? {
                return Ok(());
            }
            let name = one(w, at)?;
            w.name_it(at.outputs[0], name);
            Ok(())
        }
    }
}

/// An operation of one result.
fn one(w: &mut Writer<'_>, at: &At) -> Result<String> {
    let operation = at.nodes[0].operation.clone();
    if let Operation::FftTable { .. } = operation {
        // What reads it does without.
        return Ok(String::new());
    }
    if let Some(product) = nn::rows(w, at)? {
        return Ok(product);
    }
    if let Some(part) = arrays::at_steps(w, at)? {
        return Ok(part);
    }
    if let Operation::Binary(f) = operation {
        return elementwise::binary(w, at, f);
    }
    if let Operation::Bits(f) = operation {
        return bits::bits(w, at, f);
    }
    let x = w.name_all(&at.inputs)?;
    let x: Vec<&str> = x.iter().map(String::as_str).collect();
    of_tensors(w, at, operation, &x)
}

/// An operation of one result, whose inputs have these names.
fn of_tensors(w: &mut Writer<'_>, at: &At, operation: Operation, x: &[&str]) -> Result<String> {
    match operation {
        Operation::Unary(f) => match w.turned(x[0]) {
            // Between two operators that both want other axes first, axes stay as the first has left them.
            Some((from, order)) => {
                let y = elementwise::unary(w, at, f, &from)?;
                Ok(w.transposed(&y, &order))
            }
            None => elementwise::unary(w, at, f, x[0]),
        },
        Operation::Where => Ok(elementwise::chosen(w, at, x)),
        Operation::Cast => Ok(elementwise::cast(w, at, x[0])),
        Operation::StopGradient => Ok(x[0].to_string()),
        Operation::Reshape => arrays::reshape(w, at, x[0]),
        Operation::BroadcastTo => {
            let to = w.level().shape(at.outputs[0]);
            let to = w.lengths_of(&to)?;
            Ok(w.op("Expand", &[x[0], &to]))
        }
        Operation::Reduce { reduce, axes } => elementwise::reduce(w, at, reduce, &axes, x[0]),
        Operation::Transpose { axes } => Ok(w.transposed(x[0], &axes)),
        Operation::Slice { .. } => arrays::slice(w, at, x[0]),
        Operation::Strided { .. } => arrays::strided(w, at, x[0]),
        Operation::Pad { .. } => arrays::pad(w, at, x[0]),
        Operation::Concatenate { axis } => {
            let axis = vec![("axis", crate::model::Attribute::Int(axis as i64))];
            Ok(w.with("Concat", x, axis))
        }
        Operation::Gather { axis, along, outside } => arrays::gather(w, at, x, axis, along, outside),
        Operation::Scatter { axis, along } => arrays::scatter(w, at, x, axis, along),
        Operation::Cumulative { axis, reverse, product: false } => {
            Ok(arrays::cumulative(w, x[0], axis, reverse))
        }
        Operation::Cumulative { axis, reverse, product: true } => {
            algebra::cumulative_product(w, at, x[0], axis, reverse)
        }
        Operation::Argsort { descending } => arrays::argsort(w, at, x[0], descending),
        Operation::ArgMax { axis } => Ok(arrays::extreme(w, "ArgMax", x[0], axis)),
        Operation::ArgMin { axis } => Ok(arrays::extreme(w, "ArgMin", x[0], axis)),
        Operation::Matmul { transposed } => Ok(nn::matmul(w, at, x, transposed)),
        Operation::Softmax => Ok(nn::softmax(w, "Softmax", x[0])),
        Operation::LogSoftmax => Ok(nn::softmax(w, "LogSoftmax", x[0])),
        Operation::SparsemaxThreshold { axis } => nn::sparsemax_threshold(w, at, x[0], axis),
        Operation::Cholesky => linear::cholesky(w, at, x[0]),
        Operation::Solve => linear::solve(w, at, [x[0], x[1]]),
        Operation::LookUp { keys, values, other } => Ok(arrays::look_up(w, x[0], &keys, &values, other)),
        Operation::Custom(ref custom) if custom.rounds_to().is_some() => {
            Ok(elementwise::rounded(w, at, custom.rounds_to(), x[0]))
        }
        other => Err(w.refused(no_operator(&other))),
    }
}

/// Why there is no operator for an operation.
fn no_operator(operation: &Operation) -> &'static str {
    match operation {
        Operation::Random(_) => {
            "it draws other numbers in every run, which a file that is to give equal numbers cannot"
        }
        Operation::HashBuckets { .. } | Operation::CrossedBuckets { .. } => {
            "there is no operator that hashes; hash the data before the model"
        }
        Operation::Custom(_) => "it is code from outside of this library",
        Operation::Svd | Operation::Eigh | Operation::Qr | Operation::LuFactor => {
            "there is no operator for it, and how it is computed follows from the numbers"
        }
        Operation::SegmentReduce { .. } => {
            "there is no operator that puts elements together by number; sum over a `one_hot` of the numbers"
        }
        Operation::NextAfter | Operation::Bitcast { .. } => {
            "there is no operator that reads the bits of a float"
        }
        _ => "there is no operator for it",
    }
}
