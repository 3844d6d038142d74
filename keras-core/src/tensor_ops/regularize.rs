//! What weights and outputs add to the loss.

use keras_shape::Regularizer;

use crate::Result;
use crate::context::Context;
use crate::tensor::Raw;
use crate::training::regularizers::on_tape;

/// Adds to the loss what a regulariser says of an output, divided by the size of the batch as Keras does.
///
/// # Errors
/// An orthogonal regulariser met a tensor that is not a matrix.
pub fn activity(regularizer: Regularizer, output: &Raw, context: &mut Context) -> Result<()> {
    if let Some(loss) = on_tape(&regularizer, output)? {
        let batch = output.shape().first().copied().unwrap_or(1).max(1);
        context.add_loss(loss.div_scalar(batch as f64));
    }
    Ok(())
}
