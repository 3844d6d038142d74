//! The models of a train step as callbacks see them.

use std::path::Path;

use crate::model::AnyModel;
use crate::param::{Param, ParamId};
use crate::tensor::Raw;
use crate::training::callbacks::{GraphNode, TrainingModel};
use crate::training::model_handle::ModelHandle;
use crate::training::optimizers::Optimizer;
use crate::{Error, Result};

/// What callbacks may do to the models of a train step.
pub(super) struct StepModels<'s, 'm> {
    pub models: &'s mut [&'m mut dyn AnyModel],
    /// The weights of the optimiser that callbacks reach, in its order.
    pub trained: Vec<ParamId>,
}

impl TrainingModel for StepModels<'_, '_> {
    /// Those of all models, one after the other.
    fn weights(&self) -> Vec<(String, Raw)> {
        let params = self.models.iter().flat_map(|model| model.named_params());
        params.map(|(name, param)| (name, param.value.clone())).collect()
    }

    fn set_weights(&mut self, weights: &[(String, Raw)]) -> Result<()> {
        let counts: Vec<usize> = self.models.iter().map(|model| model.named_params().len()).collect();
        if counts.iter().sum::<usize>() != weights.len() {
            return Err(Error::Argument("these are the weights of another model".into()));
        }
        let mut rest = weights;
        for (model, count) in self.models.iter_mut().zip(counts) {
            let (own, others) = rest.split_at(count);
            ModelHandle(&mut **model, &[]).set_weights(own)?;
            rest = others;
        }
        Ok(())
    }

    fn save_weights(&self, path: &Path, optimizer: &dyn Optimizer) -> Result<()> {
        match &*self.models {
            [model] => crate::files::save_named(&**model, &[], optimizer, path),
            models => Err(Error::File {
                path: path.display().to_string(),
                message: format!(
                    "a train step of {} models is saved model by model: `save_weights` of each after `fit`",
                    models.len()
                ),
            }),
        }
    }

    fn graph(&self) -> Vec<GraphNode> {
        self.models.first().map_or_else(Vec::new, |model| crate::training::callbacks::graph(&**model))
    }

    fn embeddings(&self) -> Vec<String> {
        self.models.first().map_or_else(Vec::new, |model| crate::training::callbacks::embeddings(&**model))
    }

    fn finalize(&mut self, optimizer: &mut dyn Optimizer) -> Result<()> {
        finalize(self.models, &self.trained, optimizer)
    }
}

/// Gives the weights of an optimiser the values that it leaves at the end.
pub(super) fn finalize(
    models: &mut [&mut dyn AnyModel],
    trained: &[ParamId],
    optimizer: &mut dyn Optimizer,
) -> Result<()> {
    let mut layers: Vec<_> = models.iter_mut().flat_map(|model| model.layers_mut()).collect();
    let all = layers.iter_mut().flat_map(|layer| layer.params_mut());
    let mut all: Vec<Option<&mut Param>> = all.map(Some).collect();
    let mut take = |id: &ParamId| {
        all.iter_mut().find(|param| param.as_ref().is_some_and(|param| param.id == *id))?.take()
    };
    let mut params: Vec<&mut Param> = trained.iter().filter_map(&mut take).collect();
    optimizer.finalize(&mut params)
}
