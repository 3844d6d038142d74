//! Normalisation by means and variances that are known, as one operator.

use keras_ops::graph::{Binary, Operation, TensorId, Unary};

use crate::Result;
use crate::level::Level;
use crate::model::Attribute;
use crate::writer::{At, Writer};

/// `(x - mean) * (rsqrt(variance + epsilon) * gamma) + beta`, where each of the last four has a number for each of one axis.
struct Normalization {
    x: TensorId,
    axis: usize,
    mean: TensorId,
    variance: TensorId,
    epsilon: f32,
    gamma: Option<TensorId>,
    beta: Option<TensorId>,
}

/// The operands of a function of two tensors.
fn both(level: &Level, id: TensorId, f: Binary) -> Option<[TensorId; 2]> {
    let node = level.maker(id)?;
    match node.operation {
        Operation::Binary(own) if own == f => Some([node.inputs[0], node.inputs[1]]),
        _ => None,
    }
}

/// The tensor of one axis that has been given others of length 1, and where it stands then.
fn spread(level: &Level, id: TensorId) -> Option<(TensorId, usize)> {
    let node = level.maker(id)?;
    let shape = &level.graphs[0].tensor(id).shape;
    let axis = shape.iter().position(|n| *n != 1)?;
    let row = node.inputs.first().filter(|row| level.rank(**row) == 1)?;
    let known = matches!(node.operation, Operation::Reshape) && level.makers[*row] == crate::level::OUTSIDE;
    (known && shape.iter().filter(|n| **n != 1).count() == 1).then_some((*row, axis))
}

fn found(level: &Level, id: TensorId) -> Option<Normalization> {
    let rank = level.rank(id);
    let at = |part: TensorId, axis: usize| {
        spread(level, part).filter(|(_, own)| *own == axis && level.rank(part) == rank).map(|(row, _)| row)
    };
    let (product, beta) = match both(level, id, Binary::Add) {
        Some([product, beta]) => (product, Some(beta)),
        None => (id, None),
    };
    let [distance, factor] = both(level, product, Binary::Multiply)?;
    let [x, mean] = both(level, distance, Binary::Subtract)?;
    let (mean, axis) = spread(level, mean)?;
    let (inverse, gamma) = match both(level, factor, Binary::Multiply) {
        Some([inverse, gamma]) => (inverse, Some(gamma)),
        None => (factor, None),
    };
    let root = level.maker(inverse)?;
    if !matches!(root.operation, Operation::Unary(Unary::Rsqrt)) {
        return None;
    }
    let [variance, epsilon] = both(level, root.inputs[0], Binary::Add)?;
    let epsilon = level.values(epsilon)?.into_iter().next()?;
    let [epsilon] = epsilon[..] else { return None };
    let row = |part: Option<TensorId>| part.map_or(Some(None), |part| at(part, axis).map(Some));
    (level.rank(x) == rank && axis > 0).then_some(())?;
    Some(Normalization {
        x,
        axis,
        mean,
        variance: at(variance, axis)?,
        epsilon,
        gamma: row(gamma)?,
        beta: row(beta)?,
    })
}

/// Writes a normalisation as one operator, if the node is the end of one.
///
/// # Errors
/// None but those of names.
pub(super) fn batch_normalization(w: &mut Writer<'_>, at: &At) -> Result<bool> {
    let Some(found) = found(w.level(), at.outputs[0]) else { return Ok(false) };
    let rank = w.level().rank(found.x);
    let n = w.level().graphs[0].tensor(found.mean).shape[0];
    let x = w.name(found.x)?;
    let row = |w: &mut Writer<'_>, part: Option<TensorId>, other: f32| match part {
        Some(part) => w.name(part),
        None => Ok(w.floats(&vec![other; n])),
    };
    let (gamma, beta) = (row(w, found.gamma, 1.0)?, row(w, found.beta, 0.0)?);
    let (mean, variance) = (w.name(found.mean)?, w.name(found.variance)?);
    let mut order: Vec<usize> = (0..rank).filter(|axis| *axis != found.axis).collect();
    order.insert(1, found.axis);
    let mut back = vec![0; rank];
    order.iter().enumerate().for_each(|(i, axis)| back[*axis] = i);
    let x = w.transposed(&x, &order);
    let arguments = vec![("epsilon", Attribute::Float(found.epsilon))];
    let y = w.with("BatchNormalization", &[&x, &gamma, &beta, &mean, &variance], arguments);
    let y = w.transposed(&y, &back);
    w.name_it(at.outputs[0], y);
    Ok(true)
}
