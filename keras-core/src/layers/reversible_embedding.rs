use keras_ops::{self as ops, Symbolic};
use keras_shape::LayerConfig;
use keras_shape::layers::ReversibleEmbedding;

use super::{Forward, Numbers};
use crate::Result;
use crate::context::Context;
use crate::model::{Trace, forward_config};
use crate::param::Weight;
use crate::tensor::Value;

impl Forward for ReversibleEmbedding {
    fn call(&self, weights: &[Weight], inputs: &[Value], context: &mut Context) -> Result<Vec<Value>> {
        if self.reverse {
            return forward_config(&LayerConfig::ReversibleEmbedding(*self), weights, inputs, context);
        }
        self.embedding().call(&weights[..1], inputs, context)
    }

    fn in_operations(&self) -> bool {
        self.reverse
    }

    fn trace(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Option<Vec<Symbolic>>> {
        if !self.reverse {
            return Ok(None);
        }
        let kernel = match self.tie_weights {
            true => ops::transpose(cx.weight("embeddings"), None),
            false => cx.weight("reverse_embeddings"),
        };
        let y = ops::matmul(&inputs[0], kernel);
        Ok(Some(vec![match self.logit_soft_cap {
            Some(cap) => ops::tanh(y / cap) * cap,
            None => y,
        }]))
    }

    fn check<'a>(&self, input: &mut dyn FnMut(usize) -> Option<Numbers<'a>>) -> Result<()> {
        if self.reverse { Ok(()) } else { self.embedding().check(input) }
    }
}
