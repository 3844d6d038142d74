//! What each layer computes. The shapes and weights come from `keras_shape::layers`.

use keras_shape::{LayerConfig, for_each_layer};

use crate::Result;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::Value;

/// The arithmetic of a layer, written in Burn tensors.
pub trait Forward {
    /// The layer's tensors for `inputs`. `weights` are in the order of the layer's `weights` rule.
    ///
    /// # Errors
    /// A tensor that the shape rules would not have let through.
    fn call(&self, weights: &[Weight], inputs: &[Value], context: &mut Context) -> Result<Vec<Value>>;
}

mod attend;
mod axes;
mod merge;
mod recurrent;

pub(crate) use embedding::{no_id, out_of_range};
pub(crate) use time_distributed::{looks_at_batch, over_time, takes_whole_steps};

macro_rules! table {
    ($($class:ident in $module:ident as $snake:literal $(or $alias:ident)*),* $(,)?) => {
        $( mod $module; )*

        impl Forward for LayerConfig {
            fn call(&self, weights: &[Weight], inputs: &[Value], context: &mut Context) -> Result<Vec<Value>> {
                match self { $( LayerConfig::$class(layer) => layer.call(weights, inputs, context), )* }
            }
        }
    };
}
for_each_layer!(table);
