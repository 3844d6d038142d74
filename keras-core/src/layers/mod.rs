//! What each layer computes. The shapes and weights come from `keras_shape::layers`.

use keras_ops::Symbolic;
use keras_shape::{LayerConfig, for_each_layer};

use crate::Result;
use crate::model::Trace;

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

/// The arithmetic of layers that are alike: of each, what makes its one output of the layer, its inputs and the trace.
macro_rules! one_output {
    ($class:ident, $output:expr) => {
        impl $crate::layers::Operations for keras_shape::layers::$class {
            fn operations(
                &self,
                inputs: &[keras_ops::Symbolic],
                cx: &mut $crate::model::Trace<'_>,
            ) -> $crate::Result<Vec<keras_ops::Symbolic>> {
                let output: fn(
                    &Self,
                    &[keras_ops::Symbolic],
                    &mut $crate::model::Trace<'_>,
                ) -> keras_ops::Symbolic = $output;
                Ok(vec![output(self, inputs, cx)])
            }
        }
    };
}
pub(crate) use one_output;

/// The numbers of a tensor.
#[derive(Clone, Copy, Debug)]
pub struct Numbers<'a> {
    /// Each a float, or an integer in the bits of one.
    pub data: &'a [f32],
    /// Whether they are integers.
    pub whole: bool,
}

/// The arithmetic of a layer of Keras, whichever it is.
pub trait Forward {
    /// The layer's tensors for `inputs`, in operations.
    ///
    /// # Errors
    /// An operation does not take its tensors.
    fn trace(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>>;

    /// Looks at the numbers that the layer is given: `input(i)` has those of input `i`.
    ///
    /// # Errors
    /// They are not what the layer takes.
    fn check<'a>(&self, input: &mut dyn FnMut(usize) -> Option<Numbers<'a>>) -> Result<()>;
}

mod activate;
mod attend;
mod augment;
mod axes;
mod categories;
mod conv_lstm;
mod images;
mod merge;
mod own_cells;
mod recurrent;

pub(crate) use embedding::{id_of, no_id, out_of_range};
pub(crate) use own_cells::over_cells;
pub(crate) use time_distributed::{folded, mask_of_output, steps_of, unfolded};

macro_rules! table {
    ($($class:ident in $module:ident as $snake:literal $(or $alias:ident)*),* $(,)?) => {
        $( mod $module; )*

        impl Forward for LayerConfig {
            fn trace(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
                let outputs = match self { $( LayerConfig::$class(layer) => layer.operations(inputs, cx), )* }?;
                let regularizer = self.activity_regularizer();
                outputs.iter().for_each(|y| cx.regularize(&regularizer, y));
                Ok(outputs)
            }

            fn check<'a>(&self, input: &mut dyn FnMut(usize) -> Option<Numbers<'a>>) -> Result<()> {
                match self { $( LayerConfig::$class(layer) => Operations::check(layer, input), )* }
            }
        }
    };
}
for_each_layer!(table);
