//! Speaker recognition: who speaks, by the spectrum of the voice. Keras's example takes Fourier transforms of recordings and a
//! network with residual blocks; here a layer makes mel spectrograms, before the training as there. Made-up voices: five speakers, each with
//! overtones of their own at any pitch, on noise.

use keras_core::prelude::*;
use ndarray::{Array1, Array2};
use rand::RngExt;

const SAMPLES: usize = 2048;
const SPEAKERS: usize = 5;
const BINS: usize = 32;
const FRAMES: usize = 9;

model! {
    pub struct Recognizer {
        let residual_block = |x, filters, conv_num = 2, activation = "relu"| {
            let s = x => Conv1D(filters, 1, padding = "same");
            let mut x = x;
            for _i in 0..conv_num - 1 {
                x = x => Conv1D(filters, 3, padding = "same");
                x = x => Activation(activation);
            }
            x = x => Conv1D(filters, 3, padding = "same");
            x = layers.add([x, s]);
            x = x => Activation(activation);
            x => MaxPooling1D(pool_size = 2, strides = 2)
        };
        // `(bins, frames)`: the convolutions go along the bins.
        let inputs = Input(shape = (BINS, FRAMES), name = "input");
        let x = inputs => Rescaling(1. / 40);
        let x = residual_block(x, 16, 2);
        let x = residual_block(x, 32, 2);
        let x = x => Flatten();
        let x = x => Dense(32, activation = "relu");
        x => Dense(SPEAKERS, activation = "softmax", name = "output")
    }
}

fn voices(n: usize, seed: u64) -> (Array2<f32>, Array1<u8>) {
    let mut rng = keras_examples::rng(seed);
    let speakers = Array1::from_shape_fn(n, |_| rng.random_range(0..SPEAKERS as u8));
    let mut x = Array2::zeros((n, SAMPLES));
    for (mut sound, speaker) in x.outer_iter_mut().zip(&speakers) {
        let pitch = rng.random_range(110.0..180.0f32);
        let overtones: Vec<(f32, f32)> = (1..=8)
            .map(|k: u32| {
                // The overtone that is loudest says who it is.
                let distance = k as f32 - (2.0 + f32::from(*speaker));
                ((-distance * distance / 2.0).exp() + 0.1, rng.random_range(0.0..std::f32::consts::TAU))
            })
            .collect();
        for (t, value) in sound.iter_mut().enumerate() {
            let angle = t as f32 * std::f32::consts::TAU * pitch / 8000.0;
            let tone =
                |(k, (loud, phase)): (usize, &(f32, f32))| loud * ((k + 1) as f32 * angle + phase).sin();
            *value = 0.2 * overtones.iter().enumerate().map(tone).sum::<f32>() + rng.random_range(-0.3..0.3);
        }
    }
    (x, speakers)
}

pub fn run() -> keras_core::Result<String> {
    let (x, y) = voices(600, 1);
    let (test_x, test_y) = voices(200, 2);
    let spectrum = model!(
        Input(SAMPLES)
            => MelSpectrogram(fft_length = 512, sequence_stride = 256, num_mel_bins = BINS, sampling_rate = 8000)
    );
    let (x, test_x) = (spectrum.predict(&x)?, spectrum.predict(&test_x)?);
    let mut model =
        Recognizer::new().compile(Adam::new(1e-3), SparseCategoricalCrossentropy::new(), ["accuracy"]);
    model.fit(&x, &y).batch_size(32).epochs(15).verbose(0).run()?;
    let accuracy = model.evaluate(&test_x, &test_y).verbose(0).run()?["accuracy"];
    assert!(accuracy > 0.8, "{accuracy}");
    Ok(format!("{:.1} % of new recordings of {SPEAKERS} voices; guessing gets 20 %", 100.0 * accuracy))
}
