//! Connectionist temporal classification.

use super::softmax::log_softmax;
use crate::arrays::joined;
use crate::create::{array, full, zeros};
use crate::elementwise::{cast_to, clip, equal, greater_equal, logaddexp};
use crate::error::Problem;
use crate::linalg::einsum;
use crate::operand::{Built, Operand};
use crate::reduce::sum;
use crate::scan::scan;
use crate::shapes::{broadcast_to, expand_dims, shaped};
use crate::strided::sliced;
use crate::symbolic::{mistaken, settled};
use crate::{DType, Shape, Symbolic};

/// The logarithm of what Keras takes for 0 here.
const LOG_EPSILON: f32 = -1e5;

/// A [`ctc_loss`] before its optional arguments are set.
#[derive(Clone, Debug)]
pub struct CtcLossCall {
    /// Target, output and their lengths.
    given: [Symbolic; 4],
    mask_index: usize,
}

#[track_caller]
fn float(x: &Symbolic) -> Symbolic {
    cast_to(x, DType::Float32)
}

/// The numbers from 0 to `n`, without that.
#[track_caller]
fn count(n: usize) -> Symbolic {
    array(&(0..n as i32).collect::<Vec<_>>(), n)
}

/// Adds probabilities to all places but the first, by their logarithms.
#[track_caller]
fn with_score(phi: &Symbolic, added: Symbolic) -> Symbolic {
    let n = phi.shape()[1];
    let rest = logaddexp(sliced(phi, 1, 1, 1, n - 1), added);
    joined(&[sliced(phi, 1, 0, 1, 1), rest], 1)
}

impl CtcLossCall {
    #[track_caller]
    fn value(&self) -> Result<Symbolic, Problem> {
        let [target, output, target_length, output_length] = &self.given;
        let of = [
            ("target", target, 2),
            ("output", output, 3),
            ("target_length", target_length, 1),
            ("output_length", output_length, 1),
        ];
        for (of, x, rank) in of {
            let expected = match rank {
                1 => "1 axis: a length for each sample",
                2 => "2 axes: samples and labels",
                _ => "3 axes: samples, steps and classes",
            };
            if x.ndim() != rank {
                return Err(Problem::Rank { of, shape: x.shape().clone(), expected });
            }
            if x.shape()[0] != output.shape()[0] {
                let (shape, why) = (x.shape().clone(), "as many samples as the output");
                return Err(Problem::Length { of, shape, axis: 0, expected: output.shape()[0], why });
            }
        }
        let [batch, steps, classes] = [0, 1, 2].map(|axis| output.shape()[axis]);
        if self.mask_index >= classes || steps == 0 {
            let (mask, shape) = (self.mask_index, output.shape());
            return Err(Problem::Argument(format!(
                "mask_index {mask} is no class of output {shape}, or it has no steps"
            )));
        }
        let target = cast_to(target, DType::Int32);
        let labels = target.shape()[1];
        let (phi, emit) = self.forward(&target, [batch, steps, classes]);
        let phi = with_score(&phi, emit);
        let length = clip(cast_to(target_length, DType::Int32), 0, labels as i32);
        let last = float(&equal(expand_dims(length, 1), count(labels + 1)));
        Ok(-sum(phi * last, 1))
    }

    /// The logarithms of the probabilities of all beginnings of the target after the last step: those that end with a blank
    /// `(batch, labels + 1)`, and with a label `(batch, labels)`.
    #[track_caller]
    fn forward(&self, target: &Symbolic, [batch, steps, classes]: [usize; 3]) -> (Symbolic, Symbolic) {
        let labels = target.shape()[1];
        let logarithms = log_softmax(float(&self.given[1]), -1);
        let which = float(&equal(expand_dims(target, 2), count(classes)));
        let of_labels = einsum("btk,bnk->tbn", &[&logarithms, &which]);
        let of_blank = einsum("btk->tbk", &[&sliced(&logarithms, 2, self.mask_index, 1, 1)]);
        let length = cast_to(&self.given[3], DType::Int32);
        let over = greater_equal(
            shaped(&count(steps), [steps, 1, 1].into(), "reshape"),
            shaped(&length, [1, batch, 1].into(), "reshape"),
        );

        let repeat = match labels {
            0 => zeros([batch, 0]),
            n => {
                let same = equal(sliced(target, 1, 0, 1, n - 1), sliced(target, 1, 1, 1, n - 1));
                joined(&[float(&same), zeros([batch, 1])], 1)
            }
        };
        let first: Vec<f32> = (0..=labels).map(|i| if i == 0 { 0.0 } else { LOG_EPSILON }).collect();
        let phi = broadcast_to(array(&first, Shape::from([1, labels + 1])), [batch, labels + 1]);
        let emit = full([batch, labels], LOG_EPSILON);
        let step = |carry: &[Symbolic], x: &[Symbolic]| {
            let ([phi, emit], [label, blank, over]) = ([&carry[0], &carry[1]], [&x[0], &x[1], &float(&x[2])]);
            let entered = with_score(phi, emit + LOG_EPSILON * &repeat);
            let before = sliced(&entered, 1, 0, 1, labels);
            let next_emit = logaddexp(before + label, emit + label);
            let next_phi = with_score(&(entered + blank), emit + blank + LOG_EPSILON * (1.0 - &repeat));
            let kept = |new: Symbolic, old: &Symbolic| over * old + (1.0 - over) * new;
            (vec![kept(next_phi, phi), kept(next_emit, emit)], Vec::new())
        };
        let mut last = scan(step, &[&phi, &emit], &[&of_labels, &of_blank, &over], None, false).0;
        match (last.pop(), last.pop()) {
            (Some(emit), Some(phi)) => (phi, emit),
            _ => unreachable!("two tensors are carried"),
        }
    }
}

impl Built<CtcLossCall> {
    /// The class that stands for no label. 0 unless set.
    #[must_use]
    #[track_caller]
    pub fn mask_index(mut self, mask_index: usize) -> Self {
        self.call.mask_index = mask_index;
        let value = match mistaken(&self.call.given.iter().collect::<Vec<_>>()) {
            Some(mistake) => mistake,
            None => settled("ctc_loss", self.call.value()),
        };
        Built::new(value, self.call)
    }
}

/// The loss of connectionist temporal classification: the negative logarithm of the probability that the steps of `output`
/// (logits) give the labels of `target`, where a blank may stand between and each may be repeated.
///
/// `target (batch, labels)` and `output (batch, steps, classes)` with `target_length` and `output_length (batch,)` give
/// `(batch,)`. [Keras](https://keras.io/api/ops/nn/#ctcloss-function).
#[track_caller]
pub fn ctc_loss(
    target: impl Operand,
    output: impl Operand,
    target_length: impl Operand,
    output_length: impl Operand,
) -> Built<CtcLossCall> {
    let given = [target.symbolic(), output.symbolic(), target_length.symbolic(), output_length.symbolic()];
    Built::new(given[1].clone(), CtcLossCall { given, mask_index: 0 }).mask_index(0)
}
