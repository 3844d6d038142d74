//! A generative adversarial network: one network makes points of noise, another tells them from real ones, and each
//! learns from the other. The real points lie on a circle; the data are made up.
//!
//!     cargo run --release --example gan

use keras_core::prelude::*;
use ndarray::{Array2, ArrayView2};

const BATCH: usize = 128;
const NOISE: usize = 8;

model! {
    pub struct Generator {
        Input(8) => Dense(32, activation = relu) => Dense(32, activation = relu) => Dense(2)
    }
}

model! {
    pub struct Discriminator {
        Input(2) => Dense(32, activation = leaky_relu) => Dense(32, activation = leaky_relu) => Dense(1)
    }
}

/// The mean crossentropy of logits that should all be `target`.
fn against(target: f32, logits: Symbolic) -> Symbolic {
    let targets = ops::full(logits.shape(), target);
    ops::mean(ops::binary_crossentropy(targets, logits).from_logits(true), None).build()
}

/// Mean and spread of the distances from the origin.
fn distances(points: ArrayView2<'_, f32>) -> (f32, f32) {
    let distances: Vec<f32> = points.rows().into_iter().map(|p| p[0].hypot(p[1])).collect();
    let mean = distances.iter().sum::<f32>() / distances.len() as f32;
    let square = distances.iter().map(|d| (d - mean).powi(2)).sum::<f32>() / distances.len() as f32;
    (mean, square.sqrt())
}

fn main() -> keras_core::Result<()> {
    set_random_seed(1);
    let (mut generator, mut discriminator) = (Generator::new(), Discriminator::new());

    // Real points are to be called 1, made ones 0.
    let mut judge = TrainStep::new(|tape, [generator, discriminator], [real]| {
        let noise = tape.normal([BATCH, NOISE]);
        let fake = tape.call(generator, noise)?;
        let loss =
            against(1.0, tape.call(discriminator, real)?) + against(0.0, tape.call(discriminator, fake)?);
        tape.minimize(&loss, discriminator, Adam::new(2e-3).beta_1(0.5))?;
        Ok([loss])
    });
    // Made points are to be taken for real ones: only the generator changes.
    let mut make = TrainStep::new(|tape, [generator, discriminator], []| {
        let noise = tape.normal([BATCH, NOISE]);
        let fake = tape.call(generator, noise)?;
        let loss = against(1.0, tape.call(discriminator, fake)?);
        tape.minimize(&loss, generator, Adam::new(1e-3).beta_1(0.5))?;
        Ok([loss])
    });

    let noise =
        Array2::from_shape_fn((1000, NOISE), |(i, j)| ((i * 37 + j * 101) % 199) as f32 / 60.0 - 1.65);
    let (before, _) = distances(generator.predict(&noise)?.to_array()?.view());
    for step in 0..3000 {
        let real = Array2::from_shape_fn((BATCH, 2), |(i, axis)| {
            let angle = ((step * BATCH + i) as f32 * 0.618_034).fract() * core::f32::consts::TAU;
            2.0 * if axis == 0 { angle.cos() } else { angle.sin() }
        });
        let [judged] = judge.run([&mut generator, &mut discriminator], [&real])?;
        let [made] = make.run([&mut generator, &mut discriminator], [])?;
        if step % 500 == 499 {
            println!("step {:4}: discriminator {judged:.3}, generator {made:.3}", step + 1);
        }
    }
    let (mean, spread) = distances(generator.predict(&noise)?.to_array()?.view());
    println!(
        "real points lie 2 from the origin; those that were made lay {before:.2} from it, and now {mean:.2} +- {spread:.2}"
    );
    assert!((mean - 2.0).abs() < 0.4, "the generator has not learnt the circle");
    Ok(())
}
