//! A callback made of closures.

use super::{Callback, Control, Logs, PredictControl};
use crate::Result;

/// What a closure of a [`LambdaCallback`] may give back: nothing, or a result.
pub trait Outcome {
    /// The result.
    ///
    /// # Errors
    /// Those of the closure.
    fn outcome(self) -> Result<()>;
}

impl Outcome for () {
    fn outcome(self) -> Result<()> {
        Ok(())
    }
}

impl Outcome for Result<()> {
    fn outcome(self) -> Result<()> {
        self
    }
}

type OnTrain<'a> = Option<Box<dyn FnMut(&mut Control<'_>) -> Result<()> + 'a>>;
type OnBegin<'a> = Option<Box<dyn FnMut(usize, &mut Control<'_>) -> Result<()> + 'a>>;
type OnEnd<'a> = Option<Box<dyn FnMut(usize, &Logs, &mut Control<'_>) -> Result<()> + 'a>>;
type OnLogs<'a> = Option<Box<dyn FnMut(&Logs, &mut Control<'_>) -> Result<()> + 'a>>;
type OnPredict<'a> = Option<Box<dyn FnMut(&mut PredictControl) -> Result<()> + 'a>>;
type OnPredictBatch<'a> = Option<Box<dyn FnMut(usize, &mut PredictControl) -> Result<()> + 'a>>;
type OnPredicted<'a> = Option<Box<dyn FnMut(usize, &[&[f32]], &mut PredictControl) -> Result<()> + 'a>>;

/// A callback from a closure for each event; the setters have the names of Keras's arguments.
///
/// ```
/// use keras_core::training::callbacks::{LambdaCallback, get};
///
/// let mut losses = Vec::new();
/// let note = LambdaCallback::new()
///     .on_epoch_end(|_, logs, _| losses.extend(get(logs, "loss")))
///     .on_train_end(|_, control| control.save_weights("last.safetensors"));
/// # drop(note);
/// ```
///
/// Source: <https://keras.io/api/callbacks/lambda_callback/>.
#[derive(Default)]
pub struct LambdaCallback<'a> {
    train_begin: OnTrain<'a>,
    train_end: OnLogs<'a>,
    epoch_begin: OnBegin<'a>,
    epoch_end: OnEnd<'a>,
    batch_begin: OnBegin<'a>,
    batch_end: OnEnd<'a>,
    test_begin: OnTrain<'a>,
    test_end: OnLogs<'a>,
    test_batch_begin: OnBegin<'a>,
    test_batch_end: OnEnd<'a>,
    predict_begin: OnPredict<'a>,
    predict_end: OnPredict<'a>,
    predict_batch_begin: OnPredictBatch<'a>,
    predict_batch_end: OnPredicted<'a>,
}

impl<'a> LambdaCallback<'a> {
    /// A callback that does nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// When training starts.
    #[must_use]
    pub fn on_train_begin<R: Outcome>(mut self, mut event: impl FnMut(&mut Control<'_>) -> R + 'a) -> Self {
        self.train_begin = Some(Box::new(move |control| event(control).outcome()));
        self
    }

    /// When training is over: with the loss and metrics of the last epoch.
    #[must_use]
    pub fn on_train_end<R: Outcome>(
        mut self,
        mut event: impl FnMut(&Logs, &mut Control<'_>) -> R + 'a,
    ) -> Self {
        self.train_end = Some(Box::new(move |logs, control| event(logs, control).outcome()));
        self
    }

    /// When an epoch starts.
    #[must_use]
    pub fn on_epoch_begin<R: Outcome>(
        mut self,
        mut event: impl FnMut(usize, &mut Control<'_>) -> R + 'a,
    ) -> Self {
        self.epoch_begin = Some(Box::new(move |epoch, control| event(epoch, control).outcome()));
        self
    }

    /// When an epoch is over.
    #[must_use]
    pub fn on_epoch_end<R: Outcome>(
        mut self,
        mut event: impl FnMut(usize, &Logs, &mut Control<'_>) -> R + 'a,
    ) -> Self {
        self.epoch_end = Some(Box::new(move |epoch, logs, control| event(epoch, logs, control).outcome()));
        self
    }

    /// When a step starts.
    #[must_use]
    pub fn on_train_batch_begin<R: Outcome>(
        mut self,
        mut event: impl FnMut(usize, &mut Control<'_>) -> R + 'a,
    ) -> Self {
        self.batch_begin = Some(Box::new(move |batch, control| event(batch, control).outcome()));
        self
    }

    /// When a step is done.
    #[must_use]
    pub fn on_train_batch_end<R: Outcome>(
        mut self,
        mut event: impl FnMut(usize, &Logs, &mut Control<'_>) -> R + 'a,
    ) -> Self {
        self.batch_end = Some(Box::new(move |batch, logs, control| event(batch, logs, control).outcome()));
        self
    }

    /// When an evaluation, or a validation within `fit`, starts.
    #[must_use]
    pub fn on_test_begin<R: Outcome>(mut self, mut event: impl FnMut(&mut Control<'_>) -> R + 'a) -> Self {
        self.test_begin = Some(Box::new(move |control| event(control).outcome()));
        self
    }

    /// When an evaluation is over.
    #[must_use]
    pub fn on_test_end<R: Outcome>(
        mut self,
        mut event: impl FnMut(&Logs, &mut Control<'_>) -> R + 'a,
    ) -> Self {
        self.test_end = Some(Box::new(move |logs, control| event(logs, control).outcome()));
        self
    }

    /// When a batch of an evaluation starts.
    #[must_use]
    pub fn on_test_batch_begin<R: Outcome>(
        mut self,
        mut event: impl FnMut(usize, &mut Control<'_>) -> R + 'a,
    ) -> Self {
        self.test_batch_begin = Some(Box::new(move |batch, control| event(batch, control).outcome()));
        self
    }

    /// When a batch of an evaluation is done.
    #[must_use]
    pub fn on_test_batch_end<R: Outcome>(
        mut self,
        mut event: impl FnMut(usize, &Logs, &mut Control<'_>) -> R + 'a,
    ) -> Self {
        self.test_batch_end =
            Some(Box::new(move |batch, logs, control| event(batch, logs, control).outcome()));
        self
    }

    /// When a prediction starts.
    #[must_use]
    pub fn on_predict_begin<R: Outcome>(
        mut self,
        mut event: impl FnMut(&mut PredictControl) -> R + 'a,
    ) -> Self {
        self.predict_begin = Some(Box::new(move |control| event(control).outcome()));
        self
    }

    /// When a prediction is over.
    #[must_use]
    pub fn on_predict_end<R: Outcome>(
        mut self,
        mut event: impl FnMut(&mut PredictControl) -> R + 'a,
    ) -> Self {
        self.predict_end = Some(Box::new(move |control| event(control).outcome()));
        self
    }

    /// When a batch of a prediction starts.
    #[must_use]
    pub fn on_predict_batch_begin<R: Outcome>(
        mut self,
        mut event: impl FnMut(usize, &mut PredictControl) -> R + 'a,
    ) -> Self {
        self.predict_batch_begin = Some(Box::new(move |batch, control| event(batch, control).outcome()));
        self
    }

    /// When a batch of a prediction is done, with the numbers of each output.
    #[must_use]
    pub fn on_predict_batch_end<R: Outcome>(
        mut self,
        mut event: impl FnMut(usize, &[&[f32]], &mut PredictControl) -> R + 'a,
    ) -> Self {
        let event = move |batch, outputs: &[&[f32]], control: &mut PredictControl| {
            event(batch, outputs, control).outcome()
        };
        self.predict_batch_end = Some(Box::new(event));
        self
    }
}

#[diagnostic::do_not_recommend]
impl Callback for LambdaCallback<'_> {
    fn on_train_begin(&mut self, control: &mut Control<'_>) -> Result<()> {
        self.train_begin.as_mut().map_or(Ok(()), |event| event(control))
    }

    fn on_train_end(&mut self, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        self.train_end.as_mut().map_or(Ok(()), |event| event(logs, control))
    }

    fn on_epoch_begin(&mut self, epoch: usize, control: &mut Control<'_>) -> Result<()> {
        self.epoch_begin.as_mut().map_or(Ok(()), |event| event(epoch, control))
    }

    fn on_epoch_end(&mut self, epoch: usize, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        self.epoch_end.as_mut().map_or(Ok(()), |event| event(epoch, logs, control))
    }

    fn on_train_batch_begin(&mut self, batch: usize, control: &mut Control<'_>) -> Result<()> {
        self.batch_begin.as_mut().map_or(Ok(()), |event| event(batch, control))
    }

    fn on_train_batch_end(&mut self, batch: usize, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        self.batch_end.as_mut().map_or(Ok(()), |event| event(batch, logs, control))
    }

    fn on_test_begin(&mut self, control: &mut Control<'_>) -> Result<()> {
        self.test_begin.as_mut().map_or(Ok(()), |event| event(control))
    }

    fn on_test_end(&mut self, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        self.test_end.as_mut().map_or(Ok(()), |event| event(logs, control))
    }

    fn on_test_batch_begin(&mut self, batch: usize, control: &mut Control<'_>) -> Result<()> {
        self.test_batch_begin.as_mut().map_or(Ok(()), |event| event(batch, control))
    }

    fn on_test_batch_end(&mut self, batch: usize, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        self.test_batch_end.as_mut().map_or(Ok(()), |event| event(batch, logs, control))
    }

    fn on_predict_begin(&mut self, control: &mut PredictControl) -> Result<()> {
        self.predict_begin.as_mut().map_or(Ok(()), |event| event(control))
    }

    fn on_predict_end(&mut self, control: &mut PredictControl) -> Result<()> {
        self.predict_end.as_mut().map_or(Ok(()), |event| event(control))
    }

    fn on_predict_batch_begin(&mut self, batch: usize, control: &mut PredictControl) -> Result<()> {
        self.predict_batch_begin.as_mut().map_or(Ok(()), |event| event(batch, control))
    }

    fn on_predict_batch_end(
        &mut self,
        batch: usize,
        outputs: &[&[f32]],
        control: &mut PredictControl,
    ) -> Result<()> {
        self.predict_batch_end.as_mut().map_or(Ok(()), |event| event(batch, outputs, control))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::super::get;
    use super::super::testing::{Bench, logs};
    use super::*;
    use crate::Error;

    #[test]
    fn each_closure_sees_its_event() {
        let seen = RefCell::new(Vec::new());
        let note = |text: String| seen.borrow_mut().push(text);
        let mut callback = LambdaCallback::new()
            .on_train_begin(|_| note("train".into()))
            .on_epoch_begin(|epoch, _| note(format!("epoch {epoch}")))
            .on_train_batch_begin(|batch, _| note(format!("batch {batch}")))
            .on_train_batch_end(|batch, logs, _| note(format!("batch {batch} {:?}", get(logs, "loss"))))
            .on_epoch_end(|epoch, logs, control| {
                note(format!("epoch {epoch} {:?}", get(logs, "loss")));
                control.stop_training();
            })
            .on_train_end(|logs, _| note(format!("end {:?}", get(logs, "loss"))))
            .on_test_begin(|_| note("test".into()))
            .on_test_batch_begin(|batch, _| note(format!("test batch {batch}")))
            .on_test_batch_end(|batch, logs, _| note(format!("test batch {batch} {:?}", get(logs, "loss"))))
            .on_test_end(|logs, _| note(format!("tested {:?}", get(logs, "loss"))))
            .on_predict_begin(|_| note("predict".into()))
            .on_predict_batch_begin(|batch, _| note(format!("predict batch {batch}")))
            .on_predict_batch_end(|batch, outputs, control| {
                note(format!("predict batch {batch} {outputs:?}"));
                control.stop_predicting();
            })
            .on_predict_end(|_| note("predicted".into()));
        let mut bench = Bench::new();
        let all: &mut dyn Callback = &mut callback;
        bench.with(|control| {
            all.on_train_begin(control)?;
            all.on_epoch_begin(1, control)?;
            all.on_train_batch_begin(2, control)?;
            all.on_train_batch_end(2, &logs(&[("loss", 0.5)]), control)?;
            all.on_test_begin(control)?;
            all.on_test_batch_begin(0, control)?;
            all.on_test_batch_end(0, &logs(&[("loss", 1.5)]), control)?;
            all.on_test_end(&logs(&[("loss", 1.25)]), control)?;
            all.on_epoch_end(1, &logs(&[("loss", 0.25)]), control)?;
            all.on_train_end(&logs(&[("loss", 0.25)]), control)
        });
        assert!(bench.stop);
        let mut control = PredictControl::default();
        let all: &mut dyn Callback = &mut callback;
        all.on_predict_begin(&mut control).expect("an event");
        all.on_predict_batch_begin(3, &mut control).expect("an event");
        all.on_predict_batch_end(3, &[&[1.0]], &mut control).expect("an event");
        all.on_predict_end(&mut control).expect("an event");
        assert!(control.is_stopping());
        drop(callback);
        let trained = ["train", "epoch 1", "batch 2", "batch 2 Some(0.5)"];
        let tested = ["test", "test batch 0", "test batch 0 Some(1.5)", "tested Some(1.25)"];
        let predicted = ["predict", "predict batch 3", "predict batch 3 [[1.0]]", "predicted"];
        let expected =
            [&trained[..], &tested, &["epoch 1 Some(0.25)", "end Some(0.25)"], &predicted].concat();
        assert_eq!(seen.into_inner(), expected);
    }

    #[test]
    fn a_closure_s_error_is_the_callback_s() {
        let mut callback = LambdaCallback::new().on_train_end(|_, _| Err(Error::Callback("no".into())));
        let all: &mut dyn Callback = &mut callback;
        let mut bench = Bench::new();
        assert!(bench.attempt(|control| all.on_train_begin(control)).is_ok());
        assert!(matches!(bench.attempt(|control| all.on_train_end(&[], control)), Err(Error::Callback(_))));
    }
}
