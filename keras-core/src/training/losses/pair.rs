//! Targets and outputs side by side, as rows.

use burn::tensor::Tensor;

use crate::tensor::Raw;
use crate::{Error, Result};

/// Targets and outputs in two axes: `(everything else, last axis)`.
pub(super) struct Pair {
    /// The targets.
    pub t: Tensor<2>,
    /// The outputs.
    pub p: Tensor<2>,
    shape: Vec<usize>,
}

impl Pair {
    /// Targets in the shape of the output. As in Keras, a last axis of 1 may be missing on one side.
    pub fn new(y_true: &Raw, y_pred: &Raw) -> Result<Self> {
        let (t, p) = (y_true.shape(), y_pred.shape());
        let shape = if t == p || without_last_one(&p) == Some(&t[..]) {
            p
        } else if without_last_one(&t) == Some(&p[..]) {
            t
        } else {
            return Err(mismatch(&t, &p));
        };
        Ok(Pair { t: y_true.reshape(&shape)?.rows()?, p: y_pred.reshape(&shape)?.rows()?, shape })
    }

    /// One number per row in the shape of the output without its last axis.
    pub fn finish(&self, per_row: Tensor<2>) -> Result<Raw> {
        finish(per_row, &self.shape)
    }
}

/// One number per row in `shape` without its last axis.
pub(super) fn finish(per_row: Tensor<2>, shape: &[usize]) -> Result<Raw> {
    match shape {
        // Keras makes a scalar of it; ours have at least one axis.
        [] | [_] => Raw::new(per_row).reshape(&[1]),
        [rest @ .., _] => Raw::new(per_row).reshape(rest),
    }
}

fn without_last_one(shape: &[usize]) -> Option<&[usize]> {
    match shape {
        [rest @ .., 1] => Some(rest),
        _ => None,
    }
}

/// Says on which axis targets and outputs differ.
pub(super) fn mismatch(t: &[usize], p: &[usize]) -> Error {
    let message = match t.iter().zip(p).position(|(a, b)| a != b) {
        Some(axis) if t.len() == p.len() => {
            format!(
                "axis {axis} is {}, the model's output has {} there (targets {t:?}, output {p:?})",
                t[axis], p[axis]
            )
        }
        _ => format!("shape {t:?} does not go with the model's output {p:?}"),
    };
    Error::shape("target", message)
}
