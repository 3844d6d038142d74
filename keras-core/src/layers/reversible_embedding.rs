use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::ReversibleEmbedding;

use super::{Numbers, Operations};
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for ReversibleEmbedding {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        if !self.reverse {
            return self.embedding().operations(inputs, cx);
        }
        let kernel = match self.tie_weights {
            true => ops::transpose(cx.weight("embeddings"), None),
            false => cx.weight("reverse_embeddings"),
        };
        let y = ops::matmul(&inputs[0], kernel);
        Ok(vec![match self.logit_soft_cap {
            Some(cap) => ops::tanh(y / cap) * cap,
            None => y,
        }])
    }

    fn check<'a>(&self, input: &mut dyn FnMut(usize) -> Option<Numbers<'a>>) -> Result<()> {
        if self.reverse { Ok(()) } else { self.embedding().check(input) }
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(match self.reverse {
            false => kernels::embedding::choose(&self.embedding(), site),
            true => Choice::Operations,
        })
    }
}
