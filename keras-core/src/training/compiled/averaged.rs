//! What is done with the averages of the weights in their place.

use super::Compiled;
use crate::model::Model;
use crate::training::callbacks::{Control, TrainingModel};
use crate::training::losses::Losses;
use crate::training::model_handle::ModelHandle;
use crate::{Error, Result};

impl<M: Model, L: Losses<M::Outputs>> Compiled<M, L> {
    /// Calls `f` with the model while the averages of the weights, which an optimiser with `use_ema(true)` keeps, stand in their
    /// place: Keras's `model.predict(x, callbacks=[SwapEMAWeights()])`. After `fit` they stand there anyway; after steps by
    /// [`train_on_batch`](Compiled::train_on_batch) they do not.
    ///
    /// ```
    /// use keras_core::prelude::*;
    /// use ndarray::array;
    ///
    /// let optimizer = SGD::new(0.1).use_ema(true).ema_momentum(0.5);
    /// let mut model = model!(Input(1) => Dense(1, use_bias = false, kernel_initializer = zeros))
    ///     .compile(optimizer, MeanSquaredError::new(), ());
    /// let (x, y) = (array![[1.0f32]], array![[1.0f32]]);
    /// for _ in 0..2 {
    ///     model.train_on_batch(&x, &y)?;
    /// }
    /// let averaged = model.with_average_weights(|model| model.predict(&x)?.to_vec())?;
    /// assert!((averaged[0] - 0.28).abs() < 1e-6);
    /// assert!((model.predict(&x)?.to_vec()?[0] - 0.36).abs() < 1e-6);
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// The optimiser keeps no averages, or what `f` finds wrong. The weights are as before then, too.
    pub fn with_average_weights<T>(&mut self, f: impl FnOnce(&M) -> Result<T>) -> Result<T> {
        let (model, trainer) = (&mut self.model, &mut self.trainer);
        let mut handle = ModelHandle(model, &trainer.outputs);
        let weights = handle.weights();
        let mut control = Control::new(&mut handle, trainer.optimizer.as_mut(), &mut trainer.stop);
        if !control.average_weights()? {
            return Err(Error::Argument(
                "the optimiser keeps no averages of weights: give it `use_ema(true)`".into(),
            ));
        }
        let result = f(&self.model);
        ModelHandle(&mut self.model, &self.trainer.outputs).set_weights(&weights)?;
        result
    }
}
