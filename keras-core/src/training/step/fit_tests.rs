//! `fit` of a train step beside Keras's with a custom `train_step`.

use ndarray::{Array2, arr2, s};

use crate::prelude::*;
use crate::training::callbacks::{BackupAndRestore, Callback, Control, Logs};
use crate::training::step::{StepModel, Tape};

fn close(found: &[f64], keras: &[f64], what: &str) {
    assert_eq!(found.len(), keras.len(), "{what}: {found:?}");
    for (found, keras) in found.iter().zip(keras) {
        assert!((found - keras).abs() < 1e-5 * keras.abs().max(1.0), "{what}: {found} and {keras}");
    }
}

/// What a callback is told, in its order.
#[derive(Default)]
struct Events(Vec<String>);

impl Callback for Events {
    fn on_train_begin(&mut self, control: &mut Control<'_>) -> crate::Result<()> {
        self.0.push(format!("train {}", control.iterations()));
        Ok(())
    }
    fn on_train_end(&mut self, logs: &Logs, control: &mut Control<'_>) -> crate::Result<()> {
        self.0.push(format!("end {} {}", control.iterations(), logs.len()));
        Ok(())
    }
    fn on_epoch_end(&mut self, epoch: usize, logs: &Logs, _: &mut Control<'_>) -> crate::Result<()> {
        let names: Vec<&str> = logs.iter().map(|(name, _)| name.as_str()).collect();
        self.0.push(format!("epoch {epoch} {}", names.join(" ")));
        Ok(())
    }
    fn on_train_batch_end(&mut self, batch: usize, logs: &Logs, _: &mut Control<'_>) -> crate::Result<()> {
        self.0.push(format!("batch {batch} {}", logs.len()));
        Ok(())
    }
    fn on_test_batch_end(&mut self, batch: usize, _: &Logs, _: &mut Control<'_>) -> crate::Result<()> {
        self.0.push(format!("test {batch}"));
        Ok(())
    }
}

/// Batches of two, of which the last may be smaller.
fn batches<'b>(
    x: &'b Array2<f32>,
    y: &'b Array2<f32>,
) -> impl Iterator<Item = (Array2<f32>, Array2<f32>)> + 'b {
    (0..x.nrows()).step_by(2).map(move |at| {
        let rows = at..x.nrows().min(at + 2);
        (x.slice(s![rows.clone(), ..]).to_owned(), y.slice(s![rows, ..]).to_owned())
    })
}

/// The weights of a model, one after the other.
fn numbers(model: &impl Model) -> Vec<f64> {
    model.weights().iter().flat_map(|(_, raw)| raw.to_vec().expect("numbers")).map(f64::from).collect()
}

/// Numbers of Keras 3.15.1 on TensorFlow: a model of `Dense(1, kernel_initializer="ones")` with `train_step` and `test_step` that
/// update `Mean`s, batches of two of which the last is smaller, SGD.
#[test]
fn callbacks_see_and_do_what_keras_does() -> crate::Result<()> {
    let x = arr2(&[[1.0f32, 2.0], [0.5, -1.0], [-2.0, 0.25], [0.75, 1.5], [3.0, -0.5]]);
    let y = arr2(&[[1.0f32], [0.0], [-1.0], [2.0], [0.5]]);
    let (tx, ty) = (arr2(&[[1.0f32, 1.0], [2.0, -1.0], [0.0, 0.5]]), arr2(&[[0.5f32], [1.0], [0.25]]));
    let folder = tempfile::tempdir().expect("a folder");
    let (log, best) = (folder.path().join("log.csv"), folder.path().join("best.safetensors"));
    let mut model = model!(Input(2) => Dense(1, kernel_initializer = ones));
    let mut step = TrainStep::new(|tape, [model], [x, y]| {
        let error = tape.call(model, &x)? - y;
        let loss = ops::mean(ops::square(&error), None).build();
        tape.minimize(&loss, model, SGD::new(0.2))?;
        Ok([loss, ops::mean(ops::abs(error), None).build()])
    });
    let mut events = Events::default();
    let history = step
        .fit([&mut model], ["loss", "mae"], || batches(&x, &y))
        .validation_batches(|| batches(&tx, &ty))
        .epochs(6)
        .callback(LearningRateScheduler::new(|_, rate| rate * 0.75))
        .callback(EarlyStopping::new().monitor("val_loss").patience(1).restore_best_weights(true))
        .callback(ModelCheckpoint::new(&best).monitor("val_loss").save_best_only(true))
        .callback(CSVLogger::new(&log))
        .callback(&mut events)
        .verbose(0)
        .run()?;
    close(&history["loss"], &[1.5636262893676758, 1.3552907705307007, 0.6987605690956116], "loss");
    close(&history["mae"], &[1.1483463048934937, 1.0379788875579834, 0.7519435882568359], "mae");
    close(&history["val_loss"], &[2.500420331954956, 0.28959572315216064, 0.7142091989517212], "val_loss");
    close(&history["val_mae"], &[0.9996556639671326, 0.4236116111278534, 0.4942718744277954], "val_mae");
    close(&history["learning_rate"], &[0.15, 0.1125, 0.084375], "learning_rate");
    let keras = [0.6328290700912476, 0.8021047115325928, -0.0395192950963974];
    close(&numbers(&model), &keras, "weights");
    // The best epoch is the one that was restored.
    let mut saved = model!(Input(2) => Dense(1));
    saved.load_weights(&best)?;
    close(&numbers(&saved), &keras, "checkpoint");
    let lines = std::fs::read_to_string(&log).expect("a log");
    assert!(
        lines.starts_with("epoch,learning_rate,loss,mae,val_loss,val_mae") && lines.lines().count() == 4,
        "{lines}"
    );
    let epoch = ["batch 0 2", "batch 1 2", "batch 2 2", "test 0", "test 1"];
    assert_eq!(events.0[0], "train 0");
    assert_eq!(events.0[1..6], epoch);
    assert_eq!(events.0[6], "epoch 0 loss mae val_loss val_mae learning_rate");
    assert_eq!(events.0.len(), 3 * 6 + 2);
    // What callbacks log is not among what the end is told of, as in Keras.
    assert_eq!(events.0[19], "end 9 4");
    Ok(())
}

/// A validation drops nothing and changes nothing; a training goes on where one has ended.
#[test]
fn validation_computes_as_prediction_does() -> crate::Result<()> {
    set_random_seed(3);
    let x = Array2::<f32>::ones((4, 200));
    let mut model =
        model!(Input(200) => Dropout(0.5) => Dense(1, kernel_initializer = ones, use_bias = false));
    let mut step = TrainStep::new(|tape, [model], [x]| {
        let loss = ops::mean(tape.call(model, x)?, None).build();
        tape.minimize(&loss, model, SGD::new(0.0))?;
        Ok([loss])
    });
    for _ in 0..2 {
        let fit = step.fit([&mut model], ["mean"], || [x.clone(), x.clone()]);
        let fit = fit.validation_batches(|| [x.clone()]).steps_per_epoch(1).epochs(1).verbose(0);
        let history = fit.run()?;
        close(&history["val_mean"], &[200.0], "without dropout");
        assert!((history["mean"][0] - 200.0).abs() > 1e-3, "{:?}", &history["mean"]);
    }
    assert_eq!(step.steps(), 2);
    Ok(())
}

fn square(tape: &mut Tape<'_>, model: StepModel, x: &Symbolic) -> crate::Result<Symbolic> {
    Ok(ops::mean(ops::square(tape.call(model, x)?), None).build())
}

/// A train step of two models.
fn both(tape: &mut Tape<'_>, [a, b]: [StepModel; 2], [x]: [Symbolic; 1]) -> crate::Result<[Symbolic; 2]> {
    let losses = [square(tape, a, &x)?, square(tape, b, &x)?];
    tape.minimize(&losses[0], a, SGD::new(0.1))?;
    tape.minimize(&losses[1], b, SGD::new(0.1))?;
    Ok(losses)
}

#[test]
fn what_cannot_be_trained_is_told() {
    let x = Array2::<f32>::ones((2, 3));
    let mut model = model!(Input(3) => Dense(1));
    let mut other = model!(Input(3) => Dense(1));
    let told =
        |result: crate::Result<crate::training::history::History>| result.expect_err("an error").to_string();
    let mut idle = TrainStep::new(|tape, [model], [x]| Ok([square(tape, model, &x)?]));
    assert!(
        told(idle.fit([&mut model], ["loss"], || [x.clone()]).verbose(0).run())
            .contains("calls `minimize` for no loss")
    );
    let mut step = TrainStep::new(both);
    let names = ["a", "b"];
    let twice = told(step.fit([&mut model, &mut other], ["a", "a"], || [x.clone()]).verbose(0).run());
    assert!(twice.contains("two numbers of a train step are named `a`"), "{twice}");
    let none = told(step.fit([&mut model, &mut other], names, Vec::<Array2<f32>>::new).verbose(0).run());
    assert!(none.contains("the stream gave no batch"), "{none}");
    let folder = tempfile::tempdir().expect("a folder");
    let fit = step.fit([&mut model, &mut other], names, || [x.clone()]).verbose(0);
    let saved = told(fit.callback(ModelCheckpoint::new(folder.path().join("a.safetensors"))).run());
    assert!(saved.contains("a train step of 2 models is saved model by model"), "{saved}");
    let fit = step.fit([&mut model, &mut other], names, || [x.clone()]).verbose(0);
    let backup = told(fit.callback(BackupAndRestore::new(folder.path().join("backup"))).run());
    assert!(backup.contains("there is no backup of a train step"), "{backup}");
    let failed = || [Err(crate::Error::Argument("a bad batch".into())), Ok(x.clone())];
    assert_eq!(told(step.fit([&mut model, &mut other], names, failed).verbose(0).run()), "a bad batch");
}

/// Callbacks see the weights of all models, and bring them back.
#[test]
fn callbacks_bring_the_weights_of_all_models_back() {
    struct Back(Vec<(String, crate::tensor::Raw)>);
    impl Callback for Back {
        fn on_train_begin(&mut self, control: &mut Control<'_>) -> crate::Result<()> {
            self.0 = control.weights();
            Ok(())
        }
        fn on_train_end(&mut self, _: &Logs, control: &mut Control<'_>) -> crate::Result<()> {
            control.set_weights(&self.0)
        }
    }
    let x = Array2::<f32>::ones((2, 3));
    let [mut model, mut other] = [(); 2].map(|()| model!(Input(3) => Dense(1)));
    let mut step = TrainStep::new(both);
    let before = [numbers(&model), numbers(&other)];
    let fit = step.fit([&mut model, &mut other], ["a", "b"], || [x.clone()]).verbose(0);
    fit.callback(Back(Vec::new())).run().expect("a training");
    assert_eq!(before, [numbers(&model), numbers(&other)]);
}
