//! What weights are held to after each step: [Keras's constraints](https://keras.io/api/layers/constraints/).

use keras_ops::{self as ops, DType, Plan, Symbolic};
use keras_shape::{Axes, Constraint};

use super::losses::EPSILON;
use crate::{Error, Result};

/// A weight as its constraint has it, in operations.
///
/// # Errors
/// The weight does not have the constraint's axis.
pub fn apply(constraint: &Constraint, weight: &Symbolic) -> Result<Symbolic> {
    Ok(match *constraint {
        Constraint::None => weight.clone(),
        Constraint::NonNeg => ops::maximum(weight, 0.0),
        Constraint::MaxNorm { max_value, axis } => {
            let norms = norms(weight, axis)?;
            weight * (ops::clip(&norms, 0.0, max_value) / (norms + EPSILON))
        }
        Constraint::UnitNorm { axis } => weight / (norms(weight, axis)? + EPSILON),
        Constraint::MinMaxNorm { min_value, max_value, rate, axis } => {
            let norms = norms(weight, axis)?;
            let desired = ops::clip(&norms, min_value, max_value) * rate + &norms * (1.0 - rate);
            weight * (desired / (norms + EPSILON))
        }
    })
}

/// The norms along axes, which stay with a length of 1.
fn norms(weight: &Symbolic, axes: Axes) -> Result<Symbolic> {
    let shape: &[usize] = weight.shape();
    let exists = |axis: &isize| {
        let wrapped = if *axis < 0 { axis + shape.len() as isize } else { *axis };
        usize::try_from(wrapped).is_ok_and(|axis| axis < shape.len())
    };
    if let Some(axis) = axes.list.iter().find(|axis| !exists(axis)) {
        let message = format!("a constraint along axis {axis} of a weight of shape {shape:?}");
        return Err(Error::Argument(message));
    }
    Ok(ops::sqrt(ops::sum(ops::square(weight), axes.list).keepdims(true)))
}

/// A weight of this shape as its constraint has it.
///
/// # Errors
/// As [`apply`]; another number of elements than the shape says.
pub fn run(constraint: &Constraint, weight: &[f32], shape: &[usize]) -> Result<Vec<f32>> {
    let wrong = |e: ops::OpError| Error::Argument(e.to_string());
    let x = ops::input(shape, DType::Float32);
    let mut plan = Plan::new(&[&x], &[&apply(constraint, &x)?]).map_err(wrong)?;
    plan.run(&[weight]).map_err(wrong)?;
    Ok(plan.output(0).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::testing::assert_close;

    // keras.constraints on w = [[3, -1], [4, 0.5]]
    #[test]
    fn keras_numbers() {
        let w = [3.0, -1.0, 4.0, 0.5];
        let of = |constraint| run(&constraint, &w, &[2, 2]).expect("a weight");
        assert_close(&of(Constraint::None), &[3.0, -1.0, 4.0, 0.5], 0.0);
        assert_close(&of(Constraint::NonNeg), &[3.0, 0.0, 4.0, 0.5], 0.0);
        assert_close(
            &of(Constraint::MaxNorm { max_value: 2.0, axis: Axes { list: &[0], bare: true } }),
            &[1.2, -0.9999999, 1.6, 0.49999994],
            1e-6,
        );
        assert_close(
            &of(Constraint::MaxNorm { max_value: 2.0, axis: Axes { list: &[-1], bare: true } }),
            &[1.8973665, -0.6324555, 1.9845557, 0.24806947],
            1e-6,
        );
        assert_close(
            &of(Constraint::UnitNorm { axis: Axes { list: &[0], bare: true } }),
            &[0.6, -0.89442706, 0.8, 0.44721353],
            1e-6,
        );
        assert_close(
            &of(Constraint::UnitNorm { axis: Axes { list: &[1], bare: true } }),
            &[0.94868326, -0.31622776, 0.99227786, 0.12403473],
            1e-6,
        );
        assert_close(
            &of(Constraint::MinMaxNorm {
                min_value: 2.0,
                max_value: 3.0,
                rate: 0.5,
                axis: Axes { list: &[0], bare: true },
            }),
            &[2.4, -1.394427, 3.2, 0.6972135],
            1e-6,
        );
    }

    #[test]
    fn no_such_axis() {
        let error = run(&Constraint::UnitNorm { axis: Axes { list: &[2], bare: true } }, &[1.0; 4], &[2, 2])
            .expect_err("axis 2 of 2");
        assert_eq!(error.to_string(), "a constraint along axis 2 of a weight of shape [2, 2]");
    }
}
