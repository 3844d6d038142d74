//! Models on a device beside the same models in plans.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use burn::tensor::Device;
use keras_burn::OnDevice;
use keras_core::device::with_seed;
use keras_core::executor::{Buffer, Executor, Prepared, TensorSpec};
use keras_core::prelude::*;
use ndarray::{Array1, Array2, Array3, Array4};

fn on_device(model: &dyn AnyModel) {
    let device = OnDevice::new(&Device::flex());
    model.set_executor(Some(device));
}

fn assert_close(found: &[f32], expected: &[f32], within: f32) {
    assert_eq!(found.len(), expected.len());
    for (at, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= within * (1.0 + b.abs()), "{a} at {at}, the plan {b}");
    }
}

/// Numbers between -1 and 1 that look like chance.
fn number(i: usize) -> f32 {
    let x = (i as u32).wrapping_mul(2_654_435_761).wrapping_add(0x9e37_79b9);
    ((x ^ (x >> 15)).wrapping_mul(0x85eb_ca6b) >> 8) as f32 / (1 << 23) as f32 - 1.0
}

/// Runs the same with a model in plans and on the device, from equal weights and seeds.
fn both<T>(run: impl Fn(bool) -> keras_core::Result<T>) -> [T; 2] {
    [false, true].map(|device| with_seed(7, || run(device).expect("it runs")))
}

#[test]
fn an_lstm_classifier_learns_the_same() {
    model! {
        pub struct Reader {
            Input(6, dtype = int32) => Embedding(20, 8, mask_zero = true) => LSTM(12, return_sequences = true)
                => LSTM(8) => Dense(3, activation = softmax)
        }
    }
    let x = Array2::from_shape_fn(
        (60, 6),
        |(i, j)| if j > i % 6 { 0 } else { ((i * 7 + j * 5) % 19 + 1) as i32 },
    );
    let y = Array1::from_shape_fn(60, |i| (x[[i, 0]] % 3) as u8);
    let losses = both(|device| {
        let mut model =
            Reader::new().compile(Adam::new(0.02), SparseCategoricalCrossentropy::new(), Accuracy::new());
        if device {
            on_device(&*model);
        }
        let history = model.fit(&x, &y).epochs(8).batch_size(16).validation_split(0.2).verbose(0).run()?;
        let evaluation = model.evaluate(&x, &y).verbose(0).run()?.to_string();
        let all =
            ["loss", "val_loss", "accuracy"].map(|name| history.get(name).expect("it is kept").to_vec());
        Ok((all.concat(), evaluation, model.predict(&x)?.to_vec()?))
    });
    let [plan, device] = losses.map(|(losses, _, y)| (losses, y));
    assert!(plan.0[7] < 0.8 * plan.0[0], "it learns: {:?}", plan.0);
    for (a, b) in device.0.iter().zip(&plan.0) {
        assert!((a - b).abs() < 1e-4, "{a} is not {b}");
    }
    assert_close(&device.1, &plan.1, 1e-3);
}

#[test]
fn a_convnet_learns_the_same() {
    model! {
        pub struct Seer {
            Input(8, 8, 1) => Conv2D(6, 3, padding = same, use_bias = false) => BatchNormalization() => ReLU()
                => MaxPooling2D(2) => Conv2D(8, 3, activation = relu) => GlobalAveragePooling2D() => Dropout(0.2)
                => Dense(2, kernel_regularizer = L2(0.01))
        }
    }
    let x = Array4::from_shape_fn((48, 8, 8, 1), |(i, y, x, _)| {
        let stripe = if i % 2 == 0 { y } else { x };
        (stripe % 2) as f32 + 0.3 * number(i * 64 + y * 8 + x)
    });
    let y = Array2::from_shape_fn((48, 2), |(i, j)| f32::from(u8::from(i % 2 == j)));
    let [plan, device] = both(|device| {
        let loss = CategoricalCrossentropy::new().from_logits(true);
        let mut model = Seer::new().compile(SGD::new(0.1).momentum(0.9), loss, Accuracy::new());
        if device {
            on_device(&*model);
        }
        let history = model.fit(&x, &y).epochs(6).batch_size(16).verbose(0).run()?;
        let moved = model.batch_normalization.weights().iter().map(|w| w.value().to_vec());
        let moved: Vec<Vec<f32>> = moved.collect::<keras_core::Result<_>>()?;
        Ok((history.get("loss").expect("it is kept").to_vec(), moved.concat(), model.predict(&x)?.to_vec()?))
    });
    assert!(plan.0[5] < 0.5 * plan.0[0], "it learns: {:?}", plan.0);
    for (a, b) in device.0.iter().zip(&plan.0) {
        assert!((a - b).abs() < 1e-4, "{a} is not {b}");
    }
    assert_close(&device.1, &plan.1, 1e-3);
    assert_close(&device.2, &plan.2, 1e-3);
}

#[test]
fn several_inputs_and_outputs_shared_and_inner_models() {
    model! {
        pub struct Encoder { Input(4) => Dense(5, activation = tanh, activity_regularizer = L2(0.1)) }
    }
    model! {
        pub struct Two {
            let left = Input(4);
            let right = Input(4);
            let base = Encoder;
            let a = left => base;
            let b = right => base;
            let joined = [a, b] => Concatenate() => Dense(3, activation = relu);
            let first = joined => Dense(1);
            let second = joined => Dense(2, activation = softmax);
            (first, second)
        }
    }
    let left = Array2::from_shape_fn((10, 4), |(i, j)| number(i * 4 + j));
    let right = Array2::from_shape_fn((10, 4), |(i, j)| number(100 + i * 4 + j));
    let y =
        (Array2::from_shape_fn((10, 1), |(i, _)| number(i)), Array1::from_shape_fn(10, |i| (i % 2) as u8));
    let weights = Array1::from_shape_fn(10, |i| (i % 3) as f32);
    let [plan, device] = both(|device| {
        let losses = (MeanSquaredError, SparseCategoricalCrossentropy::new());
        let mut model = Two::new().compile(Adam::new(0.01), losses, ((), ())).loss_weights(&[1.0, 0.3]);
        if device {
            on_device(&*model);
        }
        let history = model
            .fit((&left, &right), (&y.0, &y.1))
            .sample_weight(&weights)
            .epochs(4)
            .batch_size(4)
            .verbose(0)
            .run()?;
        let mut found = history.get("loss").expect("it is kept").to_vec();
        let (first, second) = model.predict((&left, &right))?;
        found.extend(first.to_vec()?.into_iter().chain(second.to_vec()?).map(f64::from));
        Ok(found.into_iter().map(|x| x as f32).collect::<Vec<f32>>())
    });
    assert_close(&device, &plan, 1e-4);
}

#[test]
fn states_and_random_numbers_are_those_of_the_plan() {
    model! {
        pub struct Counter {
            Input(3, 2, batch = 4) => GRU(5, stateful = true) => Dropout(0.5, seed = 3)(training = true)
                => GaussianNoise(0.1)(training = true)
        }
    }
    let x = Array3::from_shape_fn((4, 3, 2), |(i, j, k)| number(i * 6 + j * 2 + k));
    let [plan, device] = both(|device| {
        let model = Counter::new();
        if device {
            on_device(&model);
        }
        let mut found = Vec::new();
        for step in 0..4 {
            if step == 3 {
                model.reset_states();
            }
            found.push(model.predict(&x)?.to_vec()?);
        }
        found.push(model.predict_one(&[0.5; 6]).map(|y| y.to_vec()).unwrap_or_default());
        Ok(found)
    });
    assert_ne!(plan[0], plan[1]);
    plan.iter().zip(&device).for_each(|(plan, device)| assert_close(device, plan, 1e-5));
}

/// Counts what a device is asked for.
#[derive(Debug)]
struct Counting {
    device: Arc<OnDevice>,
    prepared: AtomicUsize,
    uploaded: AtomicUsize,
}

impl Executor for Counting {
    fn prepare(&self, inputs: &[&Symbolic], outputs: &[&Symbolic]) -> keras_core::Result<Box<dyn Prepared>> {
        self.prepared.fetch_add(1, Ordering::Relaxed);
        self.device.prepare(inputs, outputs)
    }

    fn upload(&self, numbers: &[f32], spec: &TensorSpec) -> keras_core::Result<Buffer> {
        self.uploaded.fetch_add(1, Ordering::Relaxed);
        self.device.upload(numbers, spec)
    }

    fn download(&self, buffer: &Buffer, numbers: &mut [f32]) -> keras_core::Result<()> {
        self.device.download(buffer, numbers)
    }
}

#[test]
fn graphs_are_laid_out_once_and_weights_copied_when_they_change() {
    let device = OnDevice::new(&Device::flex());
    let counting =
        Arc::new(Counting { device, prepared: AtomicUsize::new(0), uploaded: AtomicUsize::new(0) });
    let taken = || [&counting.prepared, &counting.uploaded].map(|count| count.swap(0, Ordering::Relaxed));
    let x = Array2::from_shape_fn((8, 3), |(i, j)| number(i * 3 + j));
    let y = Array2::from_shape_fn((8, 2), |(i, j)| number(i * 2 + j));
    let mut model = model!(Input(3) => Dense(4) => Dense(2)).compile(SGD::new(0.1), MeanSquaredError, ());
    model.set_executor(Some(counting.clone()));
    model.predict(&x).expect("a prediction");
    assert_eq!(taken(), [1, 1 + 4]);
    model.predict(&x).expect("a prediction");
    assert_eq!(taken(), [0, 1], "only the input");
    model.fit(&x, &y).batch_size(4).epochs(3).verbose(0).run().expect("training");
    // A graph forward and one backward; for each of six steps the input, four weights and the gradient of the output.
    assert_eq!(taken(), [2, 6 * 6]);
    model.predict(&x).expect("a prediction");
    assert_eq!(taken(), [0, 1 + 4], "the weights are others");
    // A copy has the same numbers, and runs where the model does.
    let copy = model.clone();
    copy.predict(&x).expect("a prediction");
    assert_eq!(taken(), [0, 1]);
}

/// The losses of three steps of a model, in plans and on the device.
macro_rules! losses {
    ($axes:ident; $($body:tt)*) => {
        both(|device| {
            let mut model = model!($($body)*).compile(SGD::new(0.1), MeanSquaredError, ());
            if device {
                on_device(&*model);
            }
            let shape: Vec<usize> =
                model.input_shape().dims()[1..].iter().map(|dim| dim.fixed().unwrap_or(5)).collect();
            let shape = [&[6], &shape[..]].concat();
            let x = ndarray::ArrayD::from_shape_vec(shape.clone(), (0..shape.iter().product()).map(number).collect());
            let x = x.expect("as many numbers");
            let y = Array2::from_shape_fn((6, 2), |(i, j)| number(i * 2 + j));
            let x = x.into_dimensionality::<ndarray::$axes>().expect("axes");
            (0..3).map(|_| Ok(model.train_on_batch(&x, &y)?[0].1 as f32)).collect::<keras_core::Result<Vec<f32>>>()
        })
    };
}

#[test]
fn random_layers_draw_what_they_draw_in_plans() {
    let all = [
        ("dropout", losses!(Ix2; Input(4) => Dropout(0.5) => Dense(8) => Dropout(0.3, seed = 5) => Dense(2))),
        (
            "noise",
            losses!(Ix2; Input(4) => GaussianNoise(0.5) => Dense(8) => GaussianDropout(0.3) => AlphaDropout(0.2) => Dense(2)),
        ),
        ("spatial", losses!(Ix3; Input(5, 4) => SpatialDropout1D(0.5) => Flatten() => Dense(2))),
        ("lstm", losses!(Ix3; Input(5, 4) => LSTM(6, dropout = 0.3, recurrent_dropout = 0.2) => Dense(2))),
        ("gru", losses!(Ix3; Input(5, 4) => Bidirectional(GRU(3, dropout = 0.3)) => Dense(2))),
        (
            "image",
            losses!(Ix4; Input(6, 6, 3) => RandomFlip() => RandomRotation(0.1) => RandomContrast(0.2) => Flatten() => Dense(2)),
        ),
    ];
    for (name, [plan, device]) in all {
        assert!(plan.iter().all(|loss| loss.is_finite()), "{name}: {plan:?}");
        for (a, b) in device.iter().zip(&plan) {
            assert!((a - b).abs() < 1e-4 * (1.0 + b.abs()), "{name}: {device:?}, the plan {plan:?}");
        }
    }
}

#[test]
fn train_steps_and_looks_into_a_model_run_there() {
    let x = Array2::from_shape_fn((6, 3), |(i, j)| number(i * 3 + j));
    let [plan, device] = both(|device| {
        let mut first = model!(Input(3) => Dense(4, activation = tanh) => Dropout(0.2) => Dense(2));
        let mut second = model!(Input(2) => Dense(3));
        if device {
            let device = OnDevice::new(&Device::flex());
            first.set_executor(Some(device.clone()));
            second.set_executor(Some(device));
        }
        let mut step = TrainStep::new(|tape, [encoder, decoder], [x]| {
            let code = tape.call(encoder, &x)?;
            let y = tape.call(decoder, &code)?;
            let loss = ops::mean(ops::square(y - &x), None) + 0.1 * ops::mean(ops::abs(code), None);
            tape.minimize(&loss, [encoder.weights(), decoder.weights()], Adam::new(0.05))?;
            Ok([loss])
        });
        let mut found = Vec::new();
        for _ in 0..4 {
            let [loss] = step.run([&mut first, &mut second], [&x])?;
            found.push(loss as f32);
        }
        found.extend(first.input_gradients(&x, |y| ops::sum(ops::square(&y[0]), None))?[0].to_vec()?);
        found.extend(first.layer_output("dense", &x)?.to_vec()?);
        Ok(found)
    });
    assert!(plan[3] < plan[0]);
    assert_close(&device, &plan, 1e-5);

    let (mut first, mut second) = (model!(Input(3) => Dense(2)), model!(Input(2) => Dense(3)));
    first.set_executor(Some(OnDevice::new(&Device::flex())));
    let mut step = TrainStep::new(|tape, [encoder, decoder], [x]| {
        let code = tape.call(encoder, &x)?;
        let loss = ops::mean(ops::square(tape.call(decoder, &code)? - &x), None);
        tape.minimize(&loss, encoder, Adam::new(0.05))?;
        Ok([loss])
    });
    let text = step.run([&mut first, &mut second], [&x]).expect_err("two places").to_string();
    assert!(text.contains("the models run by different executors"), "{text}");
}

#[test]
fn blocks_at_every_step_of_a_sequence() {
    let x = Array3::from_shape_fn((6, 4, 5), |(i, j, k)| ((i * 11 + j * 3 + k) % 7) as i32);
    let y = Array2::from_shape_fn((6, 2), |(i, j)| number(i * 2 + j));
    let [plan, device] = both(|device| {
        let model = model!(
            let sentence = Embedding(7, 4, mask_zero = true) => LSTM(3) => BatchNormalization();
            Input(4, 5, dtype = int32) => TimeDistributed(sentence) => GRU(4) => Lambda(|x| x * 2.0) => Dense(2)
        );
        let mut model = model.compile(SGD::new(0.1), MeanSquaredError, ());
        if device {
            on_device(&*model);
        }
        let losses = (0..3).map(|_| Ok(model.train_on_batch(&x, &y)?[0].1 as f32));
        let mut found = losses.collect::<keras_core::Result<Vec<f32>>>()?;
        found.extend(model.predict(&x)?.to_vec()?);
        found.extend(model.evaluate(&x, &y).verbose(0).run().map(|found| found.loss() as f32));
        Ok(found)
    });
    assert_close(&device, &plan, 1e-4);
}

#[test]
fn a_model_goes_back_to_the_cpu() {
    let model = model!(Input(3) => Dense(2));
    let x = Array2::from_shape_fn((5, 3), |(i, j)| number(i * 3 + j));
    let expected = model.predict(&x).expect("a prediction").to_vec().expect("numbers");
    on_device(&model);
    let found = model.predict(&x).expect("a prediction").to_vec().expect("numbers");
    assert_close(&found, &expected, 1e-6);
    let one = model.predict_one(&[x[[1, 0]], x[[1, 1]], x[[1, 2]]]).expect("a prediction");
    assert_close(&one, &expected[2..4], 1e-6);
    model.set_executor(None);
    assert_eq!(model.predict(&x).expect("a prediction").to_vec().expect("numbers"), expected);
}

/// GELU times a weight for each feature, in tensors of Burn.
#[derive(Clone, Default)]
struct InBurn;

impl<B: Axis, const N: usize> Layer<(B, Len<N>)> for InBurn {
    const OUTPUT: Dims = <(B, Len<N>) as Shape>::DIMS;

    fn weights(&self) -> Vec<WeightSpec> {
        vec![WeightSpec::new("scale", Dims::fixed(&[N]), Initializer::Ones)]
    }

    fn trace(&self, x: Symbolic, cx: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        let shape = x.shape().clone();
        Ok(keras_burn::call(&[&x, &cx.weight("scale")], shape, ops::DType::Float32, |x| {
            let scale = x[1].float::<1>()?.unsqueeze::<2>();
            Ok((burn::tensor::activation::gelu(x[0].float::<2>()?) * scale).into())
        }))
    }
}

/// The same in operations.
#[derive(Clone, Default)]
struct InOps;

impl<B: Axis, const N: usize> Layer<(B, Len<N>)> for InOps {
    const OUTPUT: Dims = <(B, Len<N>) as Shape>::DIMS;

    fn weights(&self) -> Vec<WeightSpec> {
        vec![WeightSpec::new("scale", Dims::fixed(&[N]), Initializer::Ones)]
    }

    fn trace(&self, x: Symbolic, cx: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        Ok(ops::gelu(x, false) * cx.weight("scale"))
    }
}

#[test]
fn own_layers_in_tensors_of_burn_are_trained() {
    let x = Array2::from_shape_fn((20, 4), |(i, j)| number(i * 4 + j));
    let y = Array2::from_shape_fn((20, 1), |(i, _)| number(i) * number(i + 1));
    macro_rules! trained {
        ($layer:ident, $device:expr) => {
            with_seed(3, || {
            let mut model = model!(Input(4) => Dense(6) => $layer => Dense(1)).compile(Adam::new(0.01), MeanSquaredError, ());
            if $device {
                on_device(&*model);
            }
            let history = model.fit(&x, &y).epochs(5).batch_size(8).verbose(0).run().expect("training");
            history.get("loss").expect("it is kept").iter().map(|x| *x as f32).collect::<Vec<f32>>()
            })
        };
    }
    let expected = trained!(InOps, false);
    assert!(expected[4] < expected[0]);
    assert_close(&trained!(InBurn, false), &expected, 1e-5);
    assert_close(&trained!(InBurn, true), &expected, 1e-5);
    assert_close(&trained!(InOps, true), &expected, 1e-5);
}

#[test]
fn what_a_layer_finds_wrong_is_said() {
    let model = model!(Input(2, dtype = int32) => Embedding(4, 3) => Flatten());
    on_device(&model);
    let text = model.predict(&ndarray::arr2(&[[1, 9]])).expect_err("no such row").to_string();
    assert!(text.contains("the id 9"), "{text}");
}
