//! `TimeDistributed` around a block, a model or an own layer: its steps are samples of a larger batch.

use keras_shape::{MaskRule, Role};

use super::kernel::{Choice, Site};
use super::kernels::folded;
use super::nested::Nested;
use super::parts::Feed;
use super::traced::Traced;
use crate::Result;
use crate::model::{AnyLayer, by_batch, inner_model};

/// A layer that is none of Keras where it stands: what a wrapper wraps, if it can be run for all steps at once.
///
/// # Errors
/// Lengths that no layer inside could work on.
pub(super) fn choose(layer: &dyn AnyLayer, site: &Site<'_>) -> Result<Choice> {
    within(layer, site, 1)
}

/// The same inside wrappers that have made `steps` samples of each.
fn within(layer: &dyn AnyLayer, site: &Site<'_>, steps: usize) -> Result<Choice> {
    let Some(inner) = layer.wrapped() else { return Ok(Choice::Island) };
    if !site.one_input() || site.outputs.len() != 1 || by_batch(inner, site.training) {
        return Ok(Choice::Island);
    }
    // A mask of the steps is one of whole samples inside, which no kernel knows.
    if site.masked() && uses_masks(inner) {
        return Ok(Choice::Island);
    }
    let Some(memory) = folded(site) else { return Ok(Choice::Island) };
    let steps = steps.saturating_mul(site.x(0).get(1).copied().unwrap_or(1));
    let feeds = [Feed { tensor: 0, mask: None, role: Role::Input }];
    let step = Site { feeds: &feeds, outputs: &[1], memory: &memory, ..*site };
    match inner.nested() {
        Some(model) => Nested::of_steps(model, &step, steps),
        None => match Traced::new(inner, &step)? {
            Some(traced) => Ok(Choice::native(traced)),
            None => within(inner, &step, steps),
        },
    }
}

/// Whether a layer looks at masks, or one inside it.
fn uses_masks(layer: &dyn AnyLayer) -> bool {
    if let Some(model) = inner_model(layer) {
        return (0..model.structure().layers.len()).any(|i| uses_masks(model.layer_at(i)));
    }
    layer.config().is_some_and(|config| matches!(config.mask_rule(), MaskRule::Use | MaskRule::UseAndPass))
}
