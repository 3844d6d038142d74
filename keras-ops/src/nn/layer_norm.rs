//! Layer normalisation at once, and its gradient.

use keras_kernels::norm;

use super::normalization::layer_norm_of;
use crate::error::Problem;
use crate::graph::Operation;
use crate::op::{Applied, Cost, Eval, Op, Outputs, Spec};
use crate::shapes::shaped;
use crate::symbolic::apply_all;
use crate::traced::gradient_of;
use crate::{Shape, Symbolic, vjp};

/// Of `(rows, n)`: `x`, then `gamma (n)` and `beta (n)` if there are; the result, and what the gradient needs of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct LayerNorm {
    gamma: bool,
    beta: bool,
    /// By its bits.
    epsilon: u32,
}

/// The gradients by `x`, `gamma` and `beta` of [`LayerNorm`], from `x`, `gamma` if there is, what was saved, and `dy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Backward(LayerNorm);

impl LayerNorm {
    fn epsilon(self) -> f32 {
        f32::from_bits(self.epsilon)
    }
}

impl Op for LayerNorm {
    fn name(&self) -> &'static str {
        "layer_normalization"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        let LayerNorm { gamma, beta, .. } = *self;
        Some(Operation::LayerNormalization { gamma, beta, epsilon: self.epsilon() })
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        let shape = &inputs[0].shape;
        Ok([Spec::float(shape), Spec::float([2 * shape[0]])].into_iter().collect())
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let gamma = self.gamma.then(|| io.inputs[1].data);
        let beta = self.beta.then(|| io.inputs[1 + usize::from(self.gamma)].data);
        let [y, saved] = io.outputs else { unreachable!("two outputs") };
        norm::layer_norm(io.inputs[0].data, gamma, beta, self.epsilon(), y, saved);
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let own = &at.inputs[..1 + usize::from(self.gamma)];
        let inputs: Vec<Symbolic> = own.iter().cloned().chain([at.outputs[1].clone(), at.dy_of(0)]).collect();
        let [dx, dgamma, dbeta]: [Symbolic; 3] = match apply_all(Backward(*self), &inputs).try_into() {
            Ok(all) => all,
            Err(_) => return vec![None; at.inputs.len()],
        };
        let all = [Some(dx), self.gamma.then_some(dgamma), self.beta.then_some(dbeta)];
        all.into_iter().flatten().map(Some).collect()
    }

    fn cost(&self, inputs: &[&Spec], _: &[Spec]) -> Cost {
        let size = inputs[0].shape.size() as u64;
        Cost { multiply_adds: 5 * size, bytes: 8 * size }
    }
}

impl Op for Backward {
    fn name(&self) -> &'static str {
        "layer_normalization"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::LayerNormalizationGradient { gamma: self.0.gamma, epsilon: self.0.epsilon() })
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        let shape = &inputs[0].shape;
        let row = Spec::float([shape[1]]);
        Ok([Spec::float(shape), row.clone(), row].into_iter().collect())
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let gamma = self.0.gamma.then(|| io.inputs[1].data);
        let [.., saved, dy] = io.inputs else { unreachable!("at least three inputs") };
        let [dx, dgamma, dbeta] = io.outputs else { unreachable!("three outputs") };
        norm::layer_norm_backward(io.inputs[0].data, gamma, saved.data, dy.data, dx, dgamma, dbeta);
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let composed = |inputs: &[Symbolic]| {
            let (x, dy) = (&inputs[0], &inputs[inputs.len() - 1]);
            let gamma = self.0.gamma.then(|| &inputs[1]);
            // Whatever the summand is, the gradients are the same.
            let beta = crate::input([x.shape()[1]], crate::DType::Float32);
            let y = layer_norm_of(x, gamma, Some(&beta), &[1], self.0.epsilon());
            let of: Vec<&Symbolic> = [x].into_iter().chain(gamma).chain([&beta]).collect();
            let mut found = vjp(&[(y, dy.clone())], &of);
            if gamma.is_none() {
                let y = layer_norm_of(x, None, None, &[1], self.0.epsilon());
                found.insert(1, crate::sum(y * dy, 0).build());
            }
            found
        };
        let mut found = gradient_of(composed, at);
        // What was saved is a function of `x`, which is taken into account there.
        found[at.inputs.len() - 2] = None;
        found
    }

    fn cost(&self, inputs: &[&Spec], _: &[Spec]) -> Cost {
        let size = inputs[0].shape.size() as u64;
        Cost { multiply_adds: 10 * size, bytes: 12 * size }
    }
}

/// Layer normalisation by the fused kernel, where the axes are the last ones and factors and summands have just a number
/// for each of their elements.
#[track_caller]
pub(super) fn layer_norm(
    x: &Symbolic,
    gamma: Option<&Symbolic>,
    beta: Option<&Symbolic>,
    axes: &[usize],
    epsilon: f32,
) -> Option<Symbolic> {
    let first = x.ndim() - axes.len();
    if axes.is_empty() || axes[0] != first {
        return None;
    }
    let (rows, n): (usize, usize) =
        (x.shape()[..first].iter().product(), x.shape()[first..].iter().product());
    let whole =
        |v: &&Symbolic| v.shape().size() == n && v.shape().iter().rev().skip(axes.len()).all(|n| *n == 1);
    let given: Vec<&Symbolic> = [gamma, beta].into_iter().flatten().collect();
    if !given.iter().all(whole) || n == 0 {
        return None;
    }
    let flat = |v: &Symbolic, to: Shape| shaped(v, to, "reshape");
    let inputs: Vec<Symbolic> = [flat(x, [rows, n].into())]
        .into_iter()
        .chain(given.into_iter().map(|v| flat(v, [n].into())))
        .collect();
    let op = LayerNorm { gamma: gamma.is_some(), beta: beta.is_some(), epsilon: epsilon.to_bits() };
    Some(flat(&apply_all(op, &inputs)[0], x.shape().clone()))
}
