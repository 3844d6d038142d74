//! What weights are held to after each step: [Keras's constraints](https://keras.io/api/layers/constraints/).

use burn::tensor::Tensor;
use keras_shape::Constraint;

use super::losses::EPSILON;
use crate::tensor::Raw;
use crate::{Error, Result};

/// A weight as its constraint has it.
///
/// # Errors
/// The weight does not have the constraint's axis.
pub fn apply(constraint: &Constraint, weight: Raw) -> Result<Raw> {
    match *constraint {
        Constraint::None => Ok(weight),
        Constraint::NonNeg => Raw::new(weight.flat()?.clamp_min(0.0)).reshape(&weight.shape()),
        Constraint::MaxNorm { max_value, axis } => along(&weight, axis, |w, norms| {
            let desired = norms.clone().clamp(0.0, max_value);
            w * (desired / (norms + EPSILON))
        }),
        Constraint::UnitNorm { axis } => along(&weight, axis, |w, norms| w / (norms + EPSILON)),
        Constraint::MinMaxNorm { min_value, max_value, rate, axis } => along(&weight, axis, |w, norms| {
            let desired = norms.clone().clamp(min_value, max_value) * rate + norms.clone() * (1.0 - rate);
            w * (desired / (norms + EPSILON))
        }),
    }
}

/// Applies a function of a weight and its norms along an axis, as (before, axis, after).
fn along(weight: &Raw, axis: isize, f: impl Fn(Tensor<3>, Tensor<3>) -> Tensor<3>) -> Result<Raw> {
    let shape = weight.shape();
    let wrapped = if axis < 0 { axis + shape.len() as isize } else { axis };
    let Some(at) = usize::try_from(wrapped).ok().filter(|at| *at < shape.len()) else {
        let message = format!("a constraint along axis {axis} of a weight of shape {shape:?}");
        return Err(Error::Argument(message));
    };
    let (before, after) = (shape[..at].iter().product(), shape[at + 1..].iter().product());
    let w = weight.reshape(&[before, shape[at], after])?.float::<3>()?;
    let norms = w.clone().square().sum_dim(1).sqrt();
    Raw::new(f(w, norms)).reshape(&shape)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::testing::{assert_close, raw};

    // keras.constraints on w = [[3, -1], [4, 0.5]]
    #[test]
    fn keras_numbers() {
        let w = raw(&[3.0, -1.0, 4.0, 0.5], &[2, 2]);
        let of = |constraint| apply(&constraint, w.clone()).and_then(|w| w.to_vec()).expect("a weight");
        assert_close(&of(Constraint::None), &[3.0, -1.0, 4.0, 0.5], 0.0);
        assert_close(&of(Constraint::NonNeg), &[3.0, 0.0, 4.0, 0.5], 0.0);
        assert_close(
            &of(Constraint::MaxNorm { max_value: 2.0, axis: 0 }),
            &[1.2, -0.9999999, 1.6, 0.49999994],
            1e-6,
        );
        assert_close(
            &of(Constraint::MaxNorm { max_value: 2.0, axis: -1 }),
            &[1.8973665, -0.6324555, 1.9845557, 0.24806947],
            1e-6,
        );
        assert_close(&of(Constraint::UnitNorm { axis: 0 }), &[0.6, -0.89442706, 0.8, 0.44721353], 1e-6);
        assert_close(
            &of(Constraint::UnitNorm { axis: 1 }),
            &[0.94868326, -0.31622776, 0.99227786, 0.12403473],
            1e-6,
        );
        assert_close(
            &of(Constraint::MinMaxNorm { min_value: 2.0, max_value: 3.0, rate: 0.5, axis: 0 }),
            &[2.4, -1.394427, 3.2, 0.6972135],
            1e-6,
        );
    }

    #[test]
    fn no_such_axis() {
        let error =
            apply(&Constraint::UnitNorm { axis: 2 }, raw(&[1.0; 4], &[2, 2])).expect_err("axis 2 of 2");
        assert_eq!(error.to_string(), "a constraint along axis 2 of a weight of shape [2, 2]");
    }
}
