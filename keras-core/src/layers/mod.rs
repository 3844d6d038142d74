//! What each layer computes. The shapes and weights come from `keras_shape::layers`.

use keras_ops::Symbolic;
use keras_shape::{LayerConfig, for_each_layer};

use crate::Result;
use crate::context::Context;
use crate::model::Trace;
use crate::param::Weight;
use crate::tensor::Value;

/// The arithmetic of a layer, written in operations: plans run it, and have its gradient.
pub(crate) trait Operations {
    /// The layer's tensors for `inputs`. Its weights, which the trace has by name, and the lengths of the inputs are
    /// those that its rule has let through.
    ///
    /// # Errors
    /// An operation does not take its tensors.
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>>;

    /// Looks at the numbers that it is given before they are computed with: `input(i)` has those of input `i`.
    ///
    /// # Errors
    /// They are not what the layer takes.
    fn check<'a>(&self, input: &mut dyn FnMut(usize) -> Option<Numbers<'a>>) -> Result<()> {
        let _ = input;
        Ok(())
    }
}

/// The numbers of a tensor.
#[derive(Clone, Copy, Debug)]
pub struct Numbers<'a> {
    /// Each a float, or an integer in the bits of one.
    pub data: &'a [f32],
    /// Whether they are integers.
    pub whole: bool,
}

/// Runs a layer that is written in operations.
macro_rules! operations {
    ($class:ident) => {
        impl $crate::layers::Forward for keras_shape::layers::$class {
            fn call(
                &self,
                weights: &[$crate::param::Weight],
                inputs: &[$crate::tensor::Value],
                context: &mut $crate::context::Context,
            ) -> $crate::Result<Vec<$crate::tensor::Value>> {
                $crate::model::forward_config(
                    &keras_shape::LayerConfig::$class(*self),
                    weights,
                    inputs,
                    context,
                )
            }

            fn in_operations(&self) -> bool {
                true
            }

            fn trace(
                &self,
                inputs: &[keras_ops::Symbolic],
                cx: &mut $crate::model::Trace<'_>,
            ) -> $crate::Result<Option<Vec<keras_ops::Symbolic>>> {
                let outputs = $crate::layers::Operations::operations(self, inputs, cx)?;
                let regularizer = keras_shape::LayerConfig::$class(*self).activity_regularizer();
                outputs.iter().for_each(|y| cx.regularize(&regularizer, y));
                Ok(Some(outputs))
            }

            fn check<'a>(
                &self,
                input: &mut dyn FnMut(usize) -> Option<$crate::layers::Numbers<'a>>,
            ) -> $crate::Result<()> {
                $crate::layers::Operations::check(self, input)
            }
        }
    };
}
pub(crate) use operations;

/// The arithmetic of a layer.
pub trait Forward {
    /// The layer's tensors for `inputs`. `weights` are in the order of the layer's `weights` rule.
    ///
    /// # Errors
    /// A tensor that the shape rules would not have let through.
    fn call(&self, weights: &[Weight], inputs: &[Value], context: &mut Context) -> Result<Vec<Value>>;

    /// Whether the layer is written in operations: then it finds its masks itself.
    fn in_operations(&self) -> bool {
        false
    }

    /// The same in operations, by a layer that is written in them.
    ///
    /// # Errors
    /// An operation does not take its tensors.
    fn trace(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Option<Vec<Symbolic>>> {
        let _ = (inputs, cx);
        Ok(None)
    }

    /// Looks at the numbers that a layer in operations is given: `input(i)` has those of input `i`.
    ///
    /// # Errors
    /// They are not what the layer takes.
    fn check<'a>(&self, input: &mut dyn FnMut(usize) -> Option<Numbers<'a>>) -> Result<()> {
        let _ = input;
        Ok(())
    }
}

mod activate;
mod attend;
mod augment;
mod axes;
mod categories;
mod conv_lstm;
mod images;
mod merge;
mod recurrent;

pub(crate) use embedding::{id_of, no_id, out_of_range};
pub(crate) use time_distributed::over_time;

macro_rules! table {
    ($($class:ident in $module:ident as $snake:literal $(or $alias:ident)*),* $(,)?) => {
        $( mod $module; )*

        impl Forward for LayerConfig {
            fn call(&self, weights: &[Weight], inputs: &[Value], context: &mut Context) -> Result<Vec<Value>> {
                match self { $( LayerConfig::$class(layer) => layer.call(weights, inputs, context), )* }
            }

            fn in_operations(&self) -> bool {
                match self { $( LayerConfig::$class(layer) => layer.in_operations(), )* }
            }

            fn trace(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Option<Vec<Symbolic>>> {
                match self { $( LayerConfig::$class(layer) => layer.trace(inputs, cx), )* }
            }

            fn check<'a>(&self, input: &mut dyn FnMut(usize) -> Option<Numbers<'a>>) -> Result<()> {
                match self { $( LayerConfig::$class(layer) => Forward::check(layer, input), )* }
            }
        }
    };
}
for_each_layer!(table);
