//! Telling callbacks what happens.

use super::{Callback, Control};
use crate::Result;
use crate::model::AnyModel;
use crate::training::model_handle::ModelHandle;
use crate::training::trainer::Trainer;

/// Tells all callbacks of an event; true if one of them ends the evaluation.
///
/// # Errors
/// What a callback could not do.
pub(crate) fn notify(
    callbacks: &mut [Box<dyn Callback + '_>],
    model: &mut dyn AnyModel,
    trainer: &mut Trainer,
    mut event: impl FnMut(&mut dyn Callback, &mut Control<'_>) -> Result<()>,
) -> Result<bool> {
    let mut stops = false;
    for callback in callbacks {
        let mut handle = ModelHandle(model, &trainer.outputs);
        let mut control = Control::new(&mut handle, trainer.optimizer.as_mut(), &mut trainer.stop);
        event(callback.as_mut(), &mut control)?;
        stops |= control.stops_evaluating();
        let requests = control.take_requests();
        trainer.requests.extend(requests);
    }
    Ok(stops)
}
