//! A model as callbacks see it.

use std::path::Path;

use super::callbacks::TrainingModel;
use super::optimizers::Optimizer;
use super::trainer::Output;
use crate::model::AnyModel;
use crate::param::Param;
use crate::tensor::Raw;
use crate::{Error, Result};

/// What callbacks may do to a model.
pub(crate) struct ModelHandle<'a>(pub &'a mut dyn AnyModel, pub &'a [Output]);

impl TrainingModel for ModelHandle<'_> {
    fn graph(&self) -> Vec<super::callbacks::GraphNode> {
        super::callbacks::graph(&*self.0)
    }

    fn embeddings(&self) -> Vec<String> {
        super::callbacks::embeddings(&*self.0)
    }

    fn larger_is_better(&self, metric: &str) -> Option<bool> {
        super::trainer::larger_is_better(self.1, metric)
    }

    fn weights(&self) -> Vec<(String, Raw)> {
        self.0.named_params().into_iter().map(|(name, p)| (name, p.value.clone())).collect()
    }

    fn set_weights(&mut self, weights: &[(String, Raw)]) -> Result<()> {
        let known: Vec<(String, Vec<usize>)> =
            self.0.named_params().into_iter().map(|(name, p)| (name, p.value.shape())).collect();
        let same = known.len() == weights.len()
            && known.iter().zip(weights).all(|((_, shape), (_, value))| *shape == value.shape());
        if !same {
            return Err(Error::Argument("these are the weights of another model".into()));
        }
        let mut layers = self.0.layers_mut();
        let params: Vec<&mut Param> = layers.iter_mut().flat_map(|layer| layer.params_mut()).collect();
        for (param, (_, value)) in params.into_iter().zip(weights) {
            param.value = value.clone();
        }
        Ok(())
    }

    fn save_weights(&self, path: &Path, optimizer: &dyn Optimizer) -> Result<()> {
        crate::files::save_named(&*self.0, self.1, optimizer, path)
    }

    fn finalize(&mut self, optimizer: &mut dyn Optimizer) -> Result<()> {
        let mut layers = self.0.layers_mut();
        let mut params: Vec<&mut Param> = layers.iter_mut().flat_map(|layer| layer.params_mut()).collect();
        optimizer.finalize(&mut params)
    }
}
