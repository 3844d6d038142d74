//! What callbacks may do.

use std::path::{Path, PathBuf};

use crate::Result;
use crate::tensor::Raw;
use crate::training::optimizers::Optimizer;

/// A layer where it is applied, or an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphNode {
    /// Its name, behind those of the models that it is in: `encoder/dense`.
    pub name: String,
    /// The class of the layer: `Dense`; of an input `InputLayer`.
    pub class: String,
    /// The names of the nodes whose tensors it is given.
    pub inputs: Vec<String>,
}

/// A model in training, as far as callbacks reach it.
pub trait TrainingModel {
    /// The weights by name, in Keras's order.
    fn weights(&self) -> Vec<(String, Raw)>;

    /// Takes over weights that [`weights`](TrainingModel::weights) gave.
    ///
    /// # Errors
    /// Weights of another model.
    fn set_weights(&mut self, weights: &[(String, Raw)]) -> Result<()>;

    /// Writes the weights to a file.
    ///
    /// # Errors
    /// The file cannot be written.
    fn save_weights(&self, path: &Path, optimizer: &dyn Optimizer) -> Result<()>;

    /// The layers and what each is given, for who draws them.
    fn graph(&self) -> Vec<GraphNode> {
        Vec::new()
    }

    /// The names of the layers that are embeddings: their weights are called `NAME/embeddings`.
    fn embeddings(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether more is better of the metric that logs call by this name, without `val_` before it; nothing of one that does
    /// not say.
    fn larger_is_better(&self, metric: &str) -> Option<bool> {
        let _ = metric;
        None
    }

    /// Gives the weights the values that the optimiser would leave at the end of the training: their averages, where it
    /// keeps those.
    ///
    /// # Errors
    /// The optimiser was built for another model.
    fn finalize(&mut self, optimizer: &mut dyn Optimizer) -> Result<()> {
        let _ = optimizer;
        Ok(())
    }
}

/// What a callback may do to the training: stop it, change the learning rate, read, replace and save the weights.
///
/// Source: <https://keras.io/guides/writing_your_own_callbacks/> (`self.model`).
pub struct Control<'a> {
    model: &'a mut dyn TrainingModel,
    optimizer: &'a mut dyn Optimizer,
    stop: &'a mut bool,
    logged: Vec<(String, f64)>,
    requests: Vec<Request>,
    stop_evaluating: bool,
}

/// What callbacks may do to a prediction.
#[derive(Debug, Default)]
pub struct PredictControl {
    stop: bool,
}

impl PredictControl {
    /// Ends the prediction after this batch: what has been predicted is given.
    pub fn stop_predicting(&mut self) {
        self.stop = true;
    }

    /// Whether a callback has ended the prediction.
    pub fn is_stopping(&self) -> bool {
        self.stop
    }
}

/// What a callback asks `fit` to do once all callbacks have seen an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// Save all that the training needs to go on.
    Save(PathBuf),
    /// Go on with what was saved.
    Restore(PathBuf),
    /// Remove what was saved.
    Remove(PathBuf),
}

impl<'a> Control<'a> {
    /// Control over a model, its optimiser, and the flag that `fit` looks at after each step and epoch.
    pub fn new(
        model: &'a mut dyn TrainingModel,
        optimizer: &'a mut dyn Optimizer,
        stop: &'a mut bool,
    ) -> Self {
        Control { model, optimizer, stop, logged: Vec::new(), requests: Vec::new(), stop_evaluating: false }
    }

    /// Ends the training: after this step, or after this epoch.
    pub fn stop_training(&mut self) {
        *self.stop = true;
    }

    /// Whether a callback has ended the training.
    pub fn is_stopping(&self) -> bool {
        *self.stop
    }

    /// Ends the evaluation, or the validation within `fit`, after this batch.
    pub fn stop_evaluating(&mut self) {
        self.stop_evaluating = true;
    }

    /// Whether [`stop_evaluating`](Control::stop_evaluating) was called.
    pub(crate) fn stops_evaluating(&self) -> bool {
        self.stop_evaluating
    }

    /// The learning rate of the next step.
    pub fn learning_rate(&self) -> f64 {
        self.optimizer.learning_rate()
    }

    /// Sets the learning rate.
    ///
    /// # Errors
    /// The learning rate follows a schedule, which has no place for another number; or it is negative, not a number, or
    /// too large for a 32-bit float.
    pub fn set_learning_rate(&mut self, learning_rate: f64) -> Result<()> {
        self.optimizer.set_learning_rate(learning_rate)
    }

    /// How many steps the optimiser has made.
    pub fn iterations(&self) -> u64 {
        self.optimizer.iterations()
    }

    /// The layers and what each is given.
    pub fn graph(&self) -> Vec<GraphNode> {
        self.model.graph()
    }

    /// The names of the layers that are embeddings.
    pub(crate) fn embeddings(&self) -> Vec<String> {
        self.model.embeddings()
    }

    /// Whether more is better of the metric that logs call by this name, with or without `val_` before it: what
    /// [`Metric::larger_is_better`](crate::training::metrics::Metric::larger_is_better) says; nothing of one that does not say.
    pub fn larger_is_better(&self, metric: &str) -> Option<bool> {
        self.model.larger_is_better(metric.strip_prefix("val_").unwrap_or(metric))
    }

    /// The weights by name, in Keras's order.
    pub fn weights(&self) -> Vec<(String, Raw)> {
        self.model.weights()
    }

    /// Puts the averages of the weights that the optimiser keeps (`use_ema`) in their place. False if it keeps none.
    ///
    /// # Errors
    /// The optimiser was built for another model.
    pub fn average_weights(&mut self) -> Result<bool> {
        if !self.optimizer.keeps_averages() {
            return Ok(false);
        }
        self.model.finalize(&mut *self.optimizer)?;
        Ok(true)
    }

    /// Replaces the weights by ones that [`weights`](Control::weights) gave.
    ///
    /// # Errors
    /// Weights of another model.
    pub fn set_weights(&mut self, weights: &[(String, Raw)]) -> Result<()> {
        self.model.set_weights(weights)
    }

    /// Writes the weights to a file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save_weights(&self, path: impl AsRef<Path>) -> Result<()> {
        self.model.save_weights(path.as_ref(), &*self.optimizer)
    }

    /// Adds a value to the logs of the epoch that ends: callbacks that come later and the history see it. In Keras,
    /// `logs["learning_rate"] = ...`.
    pub fn log(&mut self, name: impl Into<String>, value: f64) {
        self.logged.push((name.into(), value));
    }

    /// Asks for something that is done once all callbacks have seen the event.
    pub(crate) fn request(&mut self, request: Request) {
        self.requests.push(request);
    }

    /// What [`request`](Control::request) was given.
    pub(crate) fn take_requests(&mut self) -> Vec<Request> {
        core::mem::take(&mut self.requests)
    }

    /// What [`log`](Control::log) was given.
    pub fn into_logged(self) -> Vec<(String, f64)> {
        self.logged
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;

    #[test]
    fn control_reaches_model_and_optimiser() {
        let mut bench = Bench::new();
        bench.weight(3.0);
        bench.with(|control| {
            assert!(!control.is_stopping());
            control.stop_training();
            assert!(control.is_stopping());
            control.set_learning_rate(0.5)?;
            assert_eq!(control.learning_rate(), 0.5);
            let mut kept = control.weights();
            assert_eq!(kept[0].1.to_vec()?, [3.0]);
            kept.clear();
            control.set_weights(&kept)?;
            control.log("a", 1.0);
            control.save_weights("x.safetensors")
        });
        assert!(bench.stop);
        assert_eq!(bench.model.weights.len(), 0);
        assert_eq!(bench.saved(), ["x.safetensors"]);
        assert_eq!(bench.logged, [("a".to_string(), 1.0)]);
    }
}
