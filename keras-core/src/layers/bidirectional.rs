use burn::tensor::Tensor;
use keras_shape::MergeMode;
use keras_shape::layers::Bidirectional;

use super::Forward;
use crate::context::Context;
use crate::tensor_ops::regularize::activity;
use crate::param::Weight;
use crate::tensor::{Raw, Value};
use crate::{Error, Result};

impl Forward for Bidirectional {
    fn call(&self, weights: &[Weight], inputs: &[Value], context: &mut Context) -> Result<Vec<Value>> {
        let directions = self.directions().map_err(|e| Error::layer(e.to_string()))?;
        let [forward, backward] = &directions.layers;
        let [sequence, states @ ..] = inputs else {
            return Err(Error::layer("`Bidirectional` without an input"));
        };
        // Weights and states of the forward layer come first.
        let (forward_weights, backward_weights) = part(weights, directions.recurrent[0].weight_count());
        let (forward_states, backward_states) = part(states, directions.recurrent[0].states);
        let with_states = |states: &[Value]| [core::slice::from_ref(sequence), states].concat();

        let mut y = forward.call(forward_weights, &with_states(forward_states), context)?;
        let mut back = backward.call(backward_weights, &with_states(backward_states), context)?;
        // Each direction is a layer of its own, whose outputs add to the loss before they are put together.
        for (layer, outputs) in [(forward, &y), (backward, &back)] {
            for output in outputs {
                activity(layer.activity_regularizer(), &output.data, context)?;
            }
        }
        let (forward_last, backward_last) = (y.split_off(1), back.split_off(1));
        let (y, mut back) = (y.remove(0), back.remove(0));
        if directions.recurrent[0].return_sequences {
            // The backward layer gives its last step first.
            back.data = Raw::new(back.data.float::<3>()?.flip([1]));
        }
        let mut outputs = match self.merge_mode {
            None => vec![y, back],
            Some(mode) => {
                let mut shape = y.data.shape();
                let merged = merge(mode, y.data.rows()?, back.data.rows()?)?;
                shape.pop();
                shape.push(merged.dims()[1]);
                vec![Value::new(Raw::new(merged).reshape(&shape)?).with_mask(y.mask)]
            }
        };
        outputs.extend(forward_last);
        outputs.extend(backward_last);
        Ok(outputs)
    }
}

/// Puts the two directions together, each `(rows, units)`.
fn merge(mode: MergeMode, forward: Tensor<2>, backward: Tensor<2>) -> Result<Tensor<2>> {
    if !matches!(mode, MergeMode::Concat) && forward.dims() != backward.dims() {
        let ([_, f], [_, b]) = (forward.dims(), backward.dims());
        return Err(Error::layer(format!("`merge_mode = {}` of {f} and {b} units", mode.name())));
    }
    Ok(match mode {
        MergeMode::Concat => Tensor::cat(vec![forward, backward], 1),
        MergeMode::Sum => forward + backward,
        MergeMode::Mul => forward * backward,
        MergeMode::Ave => (forward + backward) / 2.0,
    })
}

/// The first `n` and the others; all if there are fewer.
fn part<T>(list: &[T], n: usize) -> (&[T], &[T]) {
    list.split_at(n.min(list.len()))
}
