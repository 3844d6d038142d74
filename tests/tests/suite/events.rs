//! Which events callbacks see, in which order: those that Keras 3.15.1 sends for the same calls.

use keras_core::Result;
use keras_core::prelude::*;
use keras_core::training::callbacks::{Logs, get};
use ndarray::Array2;

#[derive(Default)]
struct Events {
    seen: Vec<String>,
    /// Ends an evaluation or prediction after so many batches.
    limit: Option<usize>,
    losses: Vec<f64>,
    /// What the end of the training was told of.
    last: Vec<String>,
}

impl Events {
    fn text(&self) -> String {
        self.seen.join(" ")
    }

    fn push(&mut self, event: impl Into<String>) -> Result<()> {
        self.seen.push(event.into());
        Ok(())
    }

    fn is_last(&self, batch: usize) -> bool {
        self.limit.is_some_and(|limit| batch + 1 >= limit)
    }
}

impl Callback for Events {
    fn on_train_begin(&mut self, _: &mut Control<'_>) -> Result<()> {
        self.push("train[")
    }
    fn on_train_end(&mut self, logs: &Logs, _: &mut Control<'_>) -> Result<()> {
        self.last = logs.iter().map(|(name, value)| format!("{name} {value}")).collect();
        self.push("]train")
    }
    fn on_epoch_begin(&mut self, epoch: usize, _: &mut Control<'_>) -> Result<()> {
        self.push(format!("epoch{epoch}["))
    }
    fn on_epoch_end(&mut self, epoch: usize, _: &Logs, _: &mut Control<'_>) -> Result<()> {
        self.push(format!("]epoch{epoch}"))
    }
    fn on_train_batch_begin(&mut self, batch: usize, _: &mut Control<'_>) -> Result<()> {
        self.push(format!("{batch}["))
    }
    fn on_train_batch_end(&mut self, batch: usize, _: &Logs, _: &mut Control<'_>) -> Result<()> {
        self.push(format!("]{batch}"))
    }
    fn on_test_begin(&mut self, _: &mut Control<'_>) -> Result<()> {
        self.push("test[")
    }
    fn on_test_end(&mut self, logs: &Logs, _: &mut Control<'_>) -> Result<()> {
        self.losses.push(get(logs, "loss").expect("a loss"));
        self.push("]test")
    }
    fn on_test_batch_begin(&mut self, batch: usize, _: &mut Control<'_>) -> Result<()> {
        self.push(format!("{batch}("))
    }
    fn on_test_batch_end(&mut self, batch: usize, logs: &Logs, control: &mut Control<'_>) -> Result<()> {
        self.losses.push(get(logs, "loss").expect("a loss"));
        if self.is_last(batch) {
            control.stop_evaluating();
        }
        self.push(format!("){batch}"))
    }
    fn on_predict_begin(&mut self, _: &mut PredictControl) -> Result<()> {
        self.push("predict[")
    }
    fn on_predict_end(&mut self, _: &mut PredictControl) -> Result<()> {
        self.push("]predict")
    }
    fn on_predict_batch_begin(&mut self, batch: usize, _: &mut PredictControl) -> Result<()> {
        self.push(format!("{batch}["))
    }
    fn on_predict_batch_end(
        &mut self,
        batch: usize,
        outputs: &[&[f32]],
        control: &mut PredictControl,
    ) -> Result<()> {
        if self.is_last(batch) {
            control.stop_predicting();
        }
        self.push(format!("{}]{batch}", outputs[0].len()))
    }
}

fn data() -> (Array2<f32>, Array2<f32>) {
    (Array2::zeros((6, 4)), ndarray::array![[0.0], [0.0], [2.0], [2.0], [3.0], [1.0]])
}

#[expect(clippy::type_complexity, reason = "a model that is a value has no shorter name")]
fn compiled()
-> Compiled<impl Model<Inputs = Of<(Dyn, Len<4>)>, Outputs = Of<(Dyn, Len<1>)>>, MeanSquaredError> {
    model!(Input(4) => Dense(1, kernel_initializer = zeros)).compile(
        SGD::new(0.0),
        MeanSquaredError::new(),
        (),
    )
}

const VALIDATION: &str = "test[ 0( )0 1( )1 ]test";

fn epochs(validation: &str) -> String {
    let epoch = |i: usize| format!("epoch{i}[ 0[ ]0 1[ ]1 {validation} ]epoch{i}");
    format!("train[ {} {} ]train", epoch(0), epoch(1))
}

#[test]
fn fit_with_validation() -> Result<()> {
    let (x, y) = data();
    let mut events = Events::default();
    let mut model = compiled();
    model
        .fit(&x, &y)
        .batch_size(4)
        .epochs(2)
        .validation_data(&x, &y)
        .callback(&mut events)
        .verbose(0)
        .run()?;
    assert_eq!(events.text(), epochs(VALIDATION));
    assert_eq!(events.last, ["loss 3", "val_loss 3"]);
    // The squares of the first four targets, then of all.
    assert_eq!(events.losses[..3], [2.0, 3.0, 3.0]);
    Ok(())
}

#[test]
fn fit_with_batches_to_validate_on() -> Result<()> {
    let (x, y) = data();
    let batches = |rows: &[usize]| (x.select(ndarray::Axis(0), rows), y.select(ndarray::Axis(0), rows));
    let (train, test) =
        ([batches(&[0, 1, 2, 3]), batches(&[4, 5])], [batches(&[0, 1, 2, 3]), batches(&[4, 5])]);
    let mut events = Events::default();
    let mut model = compiled();
    let history = model
        .fit_batches(|| train.iter().cloned())
        .validation_batches(|| test.iter().cloned())
        .epochs(2)
        .callback(&mut events)
        .verbose(0)
        .run()?;
    assert_eq!(events.text(), epochs(VALIDATION));
    assert_eq!(history.get("val_loss"), Some(&[3.0, 3.0][..]));
    let first = model.fit(&x, &y).validation_batches(|| test.iter().cloned()).validation_steps(1);
    assert_eq!(first.verbose(0).run()?.get("val_loss"), Some(&[2.0][..]));
    let sized = model.fit(&x, &y).validation_batches(|| test.iter().cloned()).validation_batch_size(2);
    let error = sized.verbose(0).run().expect_err("a stream has its own batches").to_string();
    assert_eq!(error, "`validation_batch_size`: a stream makes its own batches");
    let weighted = model.fit(&x, &y).validation_batches(|| test.iter().cloned());
    assert!(weighted.validation_sample_weight(&[1.0f32; 6]).verbose(0).run().is_err());
    let empty = model.fit(&x, &y).validation_batches(|| test.iter().take(0).cloned());
    let error = empty.verbose(0).run().expect_err("no batch").to_string();
    assert_eq!(error, "the iterator gave no batch to evaluate");
    Ok(())
}

#[test]
fn evaluate_and_predict() -> Result<()> {
    let (x, y) = data();
    let mut model = compiled();
    let mut events = Events::default();
    model.evaluate(&x, &y).batch_size(4).callback(&mut events).verbose(0).run()?;
    assert_eq!(events.text(), VALIDATION);
    let mut events = Events { limit: Some(1), ..Events::default() };
    let found = model.evaluate(&x, &y).batch_size(4).callback(&mut events).verbose(0).run()?;
    assert_eq!((events.text().as_str(), found.loss()), ("test[ 0( )0 ]test", 2.0));
    let mut events = Events::default();
    model.predict_with(&x).batch_size(4).callback(&mut events).run()?;
    assert_eq!(events.text(), "predict[ 0[ 4]0 1[ 2]1 ]predict");
    let mut events = Events { limit: Some(1), ..Events::default() };
    let y = model.predict_with(&x).batch_size(4).callback(&mut events).run()?;
    assert_eq!((events.text().as_str(), y.shape()), ("predict[ 0[ 4]0 ]predict", vec![4, 1]));
    Ok(())
}
