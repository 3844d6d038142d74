//! A critic that is trained with the gradient of its own gradient, beside Keras on JAX
//! (`tests/keras/make_gradient_penalty.py`): losses, penalties and the weights after several steps.

use keras_core::data::npy::Npz;
use keras_core::prelude::*;
use keras_core::tensor::Raw;
use keras_tests::json::near;
use ndarray::{ArrayD, Axis as Along, IxDyn};

struct Numbers {
    file: Npz,
    case: &'static str,
}

impl Numbers {
    fn of(case: &'static str) -> Self {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/gradient_penalty.npz");
        Numbers { file: Npz::open(path).expect("numbers of Keras"), case }
    }

    fn read(&mut self, name: &str) -> ArrayD<f32> {
        self.file.read::<f32, IxDyn>(&format!("{}_{name}", self.case)).expect("an array of Keras")
    }
}

fn check(case: &'static str, mut critic: impl Model) {
    let mut keras = Numbers::of(case);
    let count = critic.weights().len();
    let before = (0..count).map(|i| keras.read(&format!("before_{i}")));
    let before: Vec<Raw> = before
        .map(|w| Raw::from_f32(w.iter().copied().collect::<Vec<f32>>(), w.shape()).expect("a weight"))
        .collect();
    critic.set_weights(&before).expect("the weights of Keras fit");
    let mut step = TrainStep::new(|tape, [critic], [real, fake, share]| {
        let distance =
            ops::mean(tape.call(critic, &fake)?, None) - ops::mean(tape.call(critic, &real)?, None);
        let between = &real + share * (fake - &real);
        let slope = ops::gradients(tape.call(critic, &between)?, &[&between]).remove(0);
        let norm = ops::sqrt(ops::sum(ops::square(slope), [1, 2, 3]));
        let penalty = ops::mean(ops::square(norm - 1.0), None).build();
        let optimizer = Adam::new(0.01).beta_1(0.5).beta_2(0.9);
        tape.minimize(&distance + &penalty * 10.0, critic, optimizer)?;
        Ok([distance, penalty])
    });
    let [real, fake, share, losses] = ["real", "fake", "share", "losses"].map(|name| keras.read(name));
    for (i, expected) in losses.outer_iter().enumerate() {
        let batch = [&real, &fake, &share].map(|all| all.index_axis(Along(0), i).to_owned());
        let found = step.run([&mut critic], [&batch[0], &batch[1], &batch[2]]).expect("a step");
        let found = found.map(|x| x as f32);
        let what = format!("{case}: distance and penalty of step {i}");
        near(&what, &found, expected.as_slice().expect("two numbers"), 1e-5);
    }
    for (i, (path, found)) in critic.weights().into_iter().enumerate() {
        let expected: Vec<f32> = keras.read(&format!("after_{i}")).iter().copied().collect();
        near(&format!("{case}: {path}"), &found.to_vec().expect("numbers"), &expected, 2e-5);
    }
}

#[test]
fn of_convolutions() {
    check(
        "conv",
        model!(
            Input(6, 6, 1)
                => Conv2D(3, 3, strides = 2, padding = same, activation = leaky_relu)
                => Conv2D(4, 3, strides = 2, padding = same, activation = tanh)
                => Flatten()
                => Dense(1)
        ),
    );
}

#[test]
fn of_a_recurrent_layer_and_normalisation() {
    check(
        "lstm",
        model!(
            Input(6, 6, 1)
                => Reshape((6, 6))
                => Dense(5, activation = gelu)
                => LayerNormalization()
                => LSTM(4)
                => Dense(1)
        ),
    );
}
