//! Attention at once, and its gradient.

use keras_kernels::attention::{Attention, AttentionGradients, Counts, Given, Hidden, Mask, Score};

use super::composed;
use crate::error::Problem;
use crate::graph::Operation;
use crate::op::{Applied, Cost, Eval, Input, Op, Outputs, Spec};
use crate::symbolic::apply_all;
use crate::traced::gradient_of;
use crate::{Shape, Symbolic, vjp};

/// Of a query, key and value `(batch, steps, heads, width)`, and a mask of truth values if there is: the result and the
/// shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Fused {
    /// By its bits.
    pub scale: u32,
    pub causal: bool,
    pub masked: bool,
}

/// The gradients by query, key and value of [`Fused`], from its inputs, the shares and `dy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Backward(Fused);

impl Fused {
    pub fn scale(&self) -> f32 {
        f32::from_bits(self.scale)
    }

    fn sizes(&self, query: &Shape, key: &Shape, value: &Shape) -> Attention {
        Attention {
            batch: query[0],
            heads: query[2],
            key_heads: key[2],
            rows: query[1],
            columns: key[1],
            width: query[3],
            value: value[3],
            hidden: Hidden::Lowest,
        }
    }

    fn with<R>(&self, inputs: &[Input<'_>], f: impl FnOnce(Attention, Given<'_>) -> R) -> R {
        let each = self.masked.then(|| {
            let (data, shape) = (inputs[3].data, inputs[3].shape());
            Counts { data, shape: core::array::from_fn(|i| shape[i]) }
        });
        let given = Given {
            query: inputs[0].data,
            key: inputs[1].data,
            value: inputs[2].data,
            score: Score::Dot(self.scale()),
            mask: Mask { causal: self.causal, each, ..Mask::default() },
            factors: None,
        };
        f(self.sizes(inputs[0].shape(), inputs[1].shape(), inputs[2].shape()), given)
    }

    fn work(&self, inputs: &[&Spec]) -> u64 {
        let sizes = self.sizes(&inputs[0].shape, &inputs[1].shape, &inputs[2].shape);
        (sizes.shares() * (sizes.width + sizes.value)) as u64
    }
}

fn bytes(inputs: &[&Spec], outputs: &[Spec]) -> u64 {
    let numbers: usize = inputs.iter().copied().chain(outputs).map(|x| x.shape.size()).sum();
    4 * numbers as u64
}

impl Op for Fused {
    fn name(&self) -> &'static str {
        "dot_product_attention"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        let Fused { causal, masked, .. } = *self;
        Some(Operation::Attention { scale: self.scale(), causal, masked })
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        let (query, key, value) = (&inputs[0].shape, &inputs[1].shape, &inputs[2].shape);
        let result = query.clone().with(3, value[3]);
        Ok([Spec::float(result), Spec::float([query[0], query[2], query[1], key[1]])].into_iter().collect())
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let [y, shares] = io.outputs else { unreachable!("two outputs") };
        self.with(io.inputs, |sizes, given| sizes.forward(&given, Some(shares), y));
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let inputs: Vec<Symbolic> =
            at.inputs.iter().cloned().chain([at.outputs[1].clone(), at.dy_of(0)]).collect();
        let mut found: Vec<Option<Symbolic>> =
            apply_all(Backward(*self), &inputs).into_iter().map(Some).collect();
        found.resize(at.inputs.len(), None);
        found
    }

    fn cost(&self, inputs: &[&Spec], outputs: &[Spec]) -> Cost {
        Cost { multiply_adds: self.work(inputs), bytes: bytes(inputs, outputs) }
    }
}

impl Op for Backward {
    fn name(&self) -> &'static str {
        "dot_product_attention"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        let Fused { causal, masked, .. } = self.0;
        Some(Operation::AttentionGradient { scale: self.0.scale(), causal, masked })
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        Ok(inputs[..3].iter().map(|x| Spec::float(&x.shape)).collect())
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let [.., shares, dy] = io.inputs else { unreachable!("at least five inputs") };
        let [query, key, value] = io.outputs else { unreachable!("three outputs") };
        let to = AttentionGradients { query: Some(query), key: Some(key), value: Some(value), score: None };
        self.0.with(io.inputs, |sizes, given| sizes.backward(&given, shares.data, dy.data, None, to));
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let composed = |inputs: &[Symbolic]| {
            let mask = self.0.masked.then(|| &inputs[3]);
            let dy = inputs[inputs.len() - 1].clone();
            let y = composed(&inputs[..3], None, mask, self.0.scale(), self.0.causal);
            vjp(&[(y, dy)], &[&inputs[0], &inputs[1], &inputs[2]])
        };
        let mut found = gradient_of(composed, at);
        // The shares are a function of query and key, which is taken into account there.
        found[at.inputs.len() - 2] = None;
        found
    }

    fn cost(&self, inputs: &[&Spec], outputs: &[Spec]) -> Cost {
        Cost { multiply_adds: 2 * self.0.work(inputs), bytes: bytes(inputs, outputs) }
    }
}
