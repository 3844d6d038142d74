//! A model and an optimiser to drive callbacks by hand.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use super::{Callback, Control, TrainingModel};
use crate::Result;
use crate::tensor::Raw;
use crate::training::optimizers::{Optimizer, SGD};

/// A model of one weight that notes where it was saved.
#[derive(Default)]
pub(super) struct Model {
    pub weights: Vec<(String, Raw)>,
    pub saved: RefCell<Vec<PathBuf>>,
}

impl TrainingModel for Model {
    fn weights(&self) -> Vec<(String, Raw)> {
        self.weights.clone()
    }

    fn set_weights(&mut self, weights: &[(String, Raw)]) -> Result<()> {
        self.weights = weights.to_vec();
        Ok(())
    }

    fn save_weights(&self, path: &Path, _: &dyn Optimizer) -> Result<()> {
        self.saved.borrow_mut().push(path.to_path_buf());
        Ok(())
    }
}

/// What `fit` holds while callbacks run.
pub(super) struct Bench {
    pub model: Model,
    pub optimizer: SGD,
    pub stop: bool,
    pub logged: Vec<(String, f64)>,
}

impl Bench {
    /// A learning rate of 0.1, as the reference numbers from Keras have it.
    pub fn new() -> Self {
        Bench { model: Model::default(), optimizer: SGD::new(0.1), stop: false, logged: Vec::new() }
    }

    /// Sets the model's only weight.
    pub fn weight(&mut self, value: f32) {
        let raw = Raw::from_f32(vec![value], &[1]).unwrap();
        self.model.weights = vec![("w".to_string(), raw)];
    }

    /// The model's only weight.
    pub fn weight_now(&self) -> f32 {
        self.model.weights[0].1.to_vec().unwrap()[0]
    }

    /// The names of the files that the model was saved to.
    pub fn saved(&self) -> Vec<String> {
        let saved = self.model.saved.borrow();
        saved.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
    }

    /// Does something with control, and expects no error.
    pub fn with(&mut self, event: impl FnOnce(&mut Control<'_>) -> Result<()>) {
        self.attempt(event).unwrap();
    }

    /// Does something with control.
    pub fn attempt(&mut self, event: impl FnOnce(&mut Control<'_>) -> Result<()>) -> Result<()> {
        let mut control = Control::new(&mut self.model, &mut self.optimizer, &mut self.stop);
        let result = event(&mut control);
        self.logged = control.into_logged();
        result
    }

    /// Runs epochs whose `val_loss` is given, or missing; the weight is the number of the epoch. Gives the number of
    /// epochs that ran.
    pub fn epochs(&mut self, callback: &mut dyn Callback, values: &[Option<f64>]) -> usize {
        self.stop = false;
        self.with(|control| callback.on_train_begin(control));
        let mut ran = 0;
        for (epoch, value) in values.iter().enumerate() {
            self.with(|control| callback.on_epoch_begin(epoch, control));
            self.weight(epoch as f32);
            let shown: Vec<(&str, f64)> = value.iter().map(|value| ("val_loss", *value)).collect();
            self.with(|control| callback.on_epoch_end(epoch, &logs(&shown), control));
            ran += 1;
            if self.stop {
                break;
            }
        }
        self.with(|control| callback.on_train_end(&[], control));
        ran
    }
}

/// Logs from literals.
pub(super) fn logs(values: &[(&str, f64)]) -> Vec<(String, f64)> {
    values.iter().map(|(name, value)| (name.to_string(), *value)).collect()
}

/// Values that are all there.
pub(super) fn given(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}
