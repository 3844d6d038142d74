//! `TimeDistributed` around a block, a model or a layer of somebody's own.

use keras_shape::{LayerConfig, MaskRule, Role};

use super::kernel::{Choice, Site};
use super::kernels::folded;
use super::nested::Nested;
use super::parts::Feed;
use super::traced::Traced;
use crate::model::{AnyLayer, by_batch, inner_model};
use crate::{Error, Result};

/// A wrapper where it stands: a plan of the model inside, with the steps as samples of a larger batch, where that is the
/// same, else its operations.
///
/// # Errors
/// Lengths that no layer inside could work on, or a layer inside that keeps states.
pub(super) fn choose(layer: &dyn AnyLayer, site: &Site<'_>, kernels: bool) -> Result<Choice> {
    if layer.wrapped().is_some_and(keeps_state) {
        let message =
            "a step cannot go on from the state of the step before; a layer inside has `stateful = true`";
        return Err(Error::layer(message));
    }
    match at_once(layer, site, 1, kernels)? {
        Some(choice) => Ok(choice),
        None => Traced::wrapper(layer, site),
    }
}

/// The model inside wrappers that have made `steps` samples of each, run on all steps at once.
fn at_once(layer: &dyn AnyLayer, site: &Site<'_>, steps: usize, kernels: bool) -> Result<Option<Choice>> {
    let Some(inner) = layer.wrapped() else { return Ok(None) };
    // A mask of the steps is one of whole samples inside, which no kernel knows.
    let masked = site.masked() && uses_masks(inner);
    if !site.one_input() || site.outputs.len() != 1 || masked || by_batch(inner, site.training) {
        return Ok(None);
    }
    let Some(memory) = folded(site) else { return Ok(None) };
    let steps = steps.saturating_mul(site.x(0).get(1).copied().unwrap_or(1));
    let feeds = [Feed { tensor: 0, mask: None, role: Role::Input }];
    let step = Site { feeds: &feeds, outputs: &[1], memory: &memory, ..*site };
    match inner.nested() {
        Some(model) => Nested::of_steps(model, &step, steps, kernels),
        None => at_once(inner, &step, steps, kernels),
    }
}

/// Whether a layer keeps states from batch to batch, or one inside it.
fn keeps_state(layer: &dyn AnyLayer) -> bool {
    match inner_model(layer) {
        Some(model) => (0..model.structure().layers.len()).any(|i| keeps_state(model.layer_at(i))),
        None => layer.config().is_some_and(LayerConfig::keeps_state),
    }
}

/// Whether a layer looks at masks, or one inside it.
fn uses_masks(layer: &dyn AnyLayer) -> bool {
    if let Some(model) = inner_model(layer) {
        return (0..model.structure().layers.len()).any(|i| uses_masks(model.layer_at(i)));
    }
    layer.config().is_some_and(|config| matches!(config.mask_rule(), MaskRule::Use | MaskRule::UseAndPass))
}
