//! What ranks compare before they train or evaluate together.

use core::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::trainer::Trainer;
use crate::distribution::{Ranks, from_bytes, to_bytes};
use crate::model::AnyModel;
use crate::{Error, Result};

/// Sees to it that all ranks do the same with the same model: what they compare is `arguments` and the model, its losses, metrics
/// and optimiser. The weights and the seed of all are those of rank 0 from then on.
///
/// # Errors
/// The first difference, on all ranks.
pub(super) fn meet(
    ranks: Option<&Ranks>,
    model: &mut dyn AnyModel,
    trainer: &mut Trainer,
    at: &str,
    arguments: &[(&str, u64)],
) -> Result<()> {
    let Some(ranks) = ranks else { return Ok(()) };
    if model.structure().fixed_batch().is_some() {
        return Err(Error::Argument(
            "a model whose batch is fixed cannot be trained by several processes: each takes a part of the batch".into(),
        ));
    }
    synchronizes(model)?;
    let outputs = || trainer.outputs.iter();
    let losses = outputs().map(|output| (output.loss.loss_name(), output.weight.to_bits()));
    let metrics = outputs().flat_map(|output| output.all_metrics());
    let optimizer = &trainer.optimizer;
    let mut own = vec![
        ("the model", hash(&described(model))),
        ("the loss", hash(&losses.collect::<Vec<_>>())),
        ("the list of metrics", hash(&metrics.map(|metric| metric.name()).collect::<Vec<_>>())),
        ("the optimizer", hash(&optimizer.name())),
        ("the learning rate", optimizer.learning_rate().to_bits()),
        ("iterations", optimizer.iterations()),
    ];
    own.extend_from_slice(arguments);
    ranks.same(at, &own)?;
    weights_of_first(ranks, model, trainer)
}

/// Whether layers that go by the batches of all ranks can do so where they stand.
fn synchronizes(model: &dyn AnyModel) -> Result<()> {
    let structure = model.structure();
    for node in structure.nodes {
        let layer = &structure.layers[node.layer];
        let wanted = format!("{:?}", layer.config).contains("synchronized: true");
        let inside = layer.config.is_some_and(|config| !config.inner().is_empty());
        if wanted && (inside || node.call.precision.is_some()) {
            let message = "`synchronized = true` is not available in a wrapper or in 16 bits";
            return Err(Error::layer(message).in_layer(layer.name));
        }
    }
    Ok(())
}

/// Gives all ranks the weights of the first, and what random numbers follow from.
fn weights_of_first(ranks: &Ranks, model: &mut dyn AnyModel, trainer: &mut Trainer) -> Result<()> {
    let mut bytes = Vec::new();
    if ranks.is_first() {
        bytes.extend(trainer.seed.to_le_bytes());
        bytes.extend(trainer.steps().to_le_bytes());
        for param in model.layers().iter().flat_map(|layer| layer.params()) {
            bytes.extend(to_bytes(param.value.as_f32().unwrap_or_default()));
        }
    }
    let bytes = ranks.of_first("the weights", Ok(bytes))?;
    if ranks.is_first() {
        return Ok(());
    }
    let short = || Error::Rank { rank: 0, message: "its weights are cut off".into() };
    let (head, weights) = bytes.split_at_checked(16).ok_or_else(short)?;
    let word = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_le_bytes);
    trainer.seed = word(&head[..8]);
    trainer.set_steps(word(&head[8..]));
    let numbers = from_bytes(weights);
    let mut rest = numbers.as_slice();
    let mut layers = model.layers_mut();
    for param in layers.iter_mut().flat_map(|layer| layer.params_mut()) {
        let Some(to) = param.value.as_f32_mut() else { continue };
        let (own, others) = rest.split_at_checked(to.len()).ok_or_else(short)?;
        if to != own {
            to.copy_from_slice(own);
        }
        rest = others;
    }
    Ok(())
}

/// The graph and the weights in words.
fn described(model: &dyn AnyModel) -> String {
    let structure = model.structure();
    let mut text = String::new();
    for layer in structure.layers {
        let _ = write!(text, "{} {} {:?};", layer.name, layer.class, layer.config);
    }
    for node in structure.nodes {
        let _ = write!(text, "{} {:?};", node.layer, node.inputs);
    }
    for (path, param) in model.named_params() {
        let _ = write!(text, "{path} {:?} {};", param.value.shape(), param.trainable);
    }
    text
}

fn hash(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// Numbers that differ between ranks where their models do: how far the weights are from 0, and what the optimiser is at.
pub(super) fn whereabouts(model: &dyn AnyModel, trainer: &Trainer) -> Vec<f64> {
    let weights = model.named_params().into_iter().filter_map(|(_, param)| {
        param.value.as_f32().map(|numbers| numbers.iter().map(|x| f64::from(x.abs())).sum::<f64>())
    });
    vec![trainer.optimizer.learning_rate(), trainer.optimizer.iterations() as f64, weights.sum()]
}

/// Whether all ranks are where the first is.
///
/// # Errors
/// A rank has other weights or another learning rate: a callback has changed them there alone.
pub(super) fn still_together(all: &[Vec<f64>]) -> Result<()> {
    let Some(first) = all.first() else { return Ok(()) };
    let names = ["learning rate", "number of steps", "sum of the magnitudes of its weights"];
    for (rank, own) in all.iter().enumerate() {
        for ((name, own), first) in names.iter().zip(own).zip(first) {
            // Machines of other kinds round otherwise.
            if (own - first).abs() > 1e-3 * first.abs() {
                let message = format!(
                    "its {name} is {own}, and that of rank 0 {first}: something has changed it on one of them"
                );
                return Err(Error::Rank { rank, message });
            }
        }
    }
    Ok(())
}
