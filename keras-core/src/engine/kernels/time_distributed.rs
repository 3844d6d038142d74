//! `TimeDistributed`: its steps are samples of a larger batch, so what runs is the kernel of the inner layer.

use keras_shape::Role;
use keras_shape::layers::TimeDistributed;

use super::choose as choose_inner;
use crate::Result;
use crate::engine::kernel::{Choice, Site};
use crate::engine::parts::{Feed, Memory, Place};
use crate::layers::Arithmetic;

/// The inner layer where it stands, for `batch * time` samples. Kernels look at slices and know their lengths from
/// here, so nothing has to be looked at otherwise when they run.
///
/// # Errors
/// Inputs that the inner layer does not take.
pub(crate) fn choose(layer: &TimeDistributed, site: &Site<'_>) -> Result<Choice> {
    let (inner, frozen) = (layer.layer.config, !layer.layer.trainable);
    if !site.one_input() || site.outputs.len() != 1 || (site.training && !frozen && inner.uses_batch()) {
        return Ok(Choice::Operations);
    }
    let Some(memory) = folded(site) else { return Ok(Choice::Operations) };
    let feeds = [Feed { tensor: 0, mask: None, role: Role::Input }];
    let site = Site { feeds: &feeds, outputs: &[1], memory: &memory, frozen, ..*site };
    choose_inner(Arithmetic::of_any(inner), &site)
}

/// The input and the output of a site with the steps as samples; nothing where that cannot be: a mask that says more
/// than which steps count is the inner layer's, and what comes out has another.
pub(crate) fn folded(site: &Site<'_>) -> Option<Memory> {
    // Masks are of the axes of the tensor that they were made with, but for the last.
    let mask = site.feeds[0].mask;
    let origin =
        site.memory.places.iter().find(|place| place.mask == mask).map_or(0, |place| place.shape.len());
    if mask.is_some() && (site.x(0).len() != 3 || origin != 3) {
        return None;
    }
    let place = |tensor: usize| {
        let from = &site.memory.places[tensor];
        let [batch, time, rest @ ..] = from.shape.as_slice() else { return None };
        let shape = core::iter::once(batch * time).chain(rest.iter().copied()).collect();
        Some(Place { shape, buffer: 0, grad: from.grad, mask: None, whole: from.whole })
    };
    let (x, y) = (place(site.feeds[0].tensor)?, place(site.outputs[0])?);
    Some(Memory { places: vec![x, y], ..Memory::default() })
}
