//! A Wasserstein GAN with gradient penalty, as [keras.io](https://keras.io/examples/generative/wgan_gp/) has it: a critic
//! scores pictures so that real ones get more than made ones, and what it may do is limited by the gradient of its own
//! gradient; a generator learns to be scored high. The pictures, soft discs of any size at any place, are made up.
//!
//!     cargo run --release --example wgan_gp

use keras_core::prelude::*;
use ndarray::{Array2, Array4, ArrayView4};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

const SIDE: usize = 8;
const BATCH: usize = 64;
const NOISE: usize = 16;
/// How often the critic learns for each time that the generator does.
const CRITIC_STEPS: usize = 3;

model! {
    pub struct Critic {
        Input(8, 8, 1)
            => Conv2D(16, 3, strides = 2, padding = same, activation = leaky_relu)
            => Conv2D(32, 3, strides = 2, padding = same, activation = leaky_relu)
            => Flatten()
            => Dense(1)
    }
}

model! {
    pub struct Generator {
        Input(16)
            => Dense(128, use_bias = false) => BatchNormalization() => LeakyReLU(0.2)
            => Reshape((2, 2, 32))
            => UpSampling2D() => Conv2D(32, 3, padding = same, use_bias = false) => BatchNormalization() => LeakyReLU(0.2)
            => UpSampling2D() => Conv2D(1, 3, padding = same, activation = tanh)
    }
}

/// Discs between -1, the ground, and 1.
fn discs(count: usize, rng: &mut ChaCha8Rng) -> Array4<f32> {
    let mut pictures = Array4::zeros((count, SIDE, SIDE, 1));
    for mut picture in pictures.outer_iter_mut() {
        let (row, column) = (rng.random_range(2.0..5.0), rng.random_range(2.0..5.0));
        let radius = rng.random_range(1.2..2.5);
        for ((i, j, _), pixel) in picture.indexed_iter_mut() {
            let distance = (i as f32 - row).hypot(j as f32 - column);
            *pixel = ((radius - distance) * 2.0).tanh();
        }
    }
    pictures
}

/// How far two sets of as many pictures are from each other: the mean Wasserstein distance of their brightness along fixed
/// directions in the space of pictures.
fn distance(a: ArrayView4<'_, f32>, b: ArrayView4<'_, f32>) -> f32 {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let along = |directions: &Array2<f32>, pictures: &ArrayView4<'_, f32>| -> Vec<Vec<f32>> {
        let flat =
            pictures.to_shape((pictures.len() / directions.nrows(), directions.nrows())).expect("pixels");
        let mut all: Vec<Vec<f32>> = flat.dot(directions).columns().into_iter().map(|x| x.to_vec()).collect();
        all.iter_mut().for_each(|numbers| numbers.sort_by(f32::total_cmp));
        all
    };
    let mut directions = Array2::from_shape_fn((SIDE * SIDE, 64), |_| rng.random_range(-1.0..1.0f32));
    for mut direction in directions.columns_mut() {
        let length = direction.dot(&direction).sqrt();
        direction /= length;
    }
    let (a, b) = (along(&directions, &a), along(&directions, &b));
    let apart = a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| (a - b).abs());
    apart.sum::<f32>() / a.iter().flatten().count() as f32
}

fn show(pictures: ArrayView4<'_, f32>) {
    for row in 0..SIDE {
        let line = pictures.outer_iter().map(|picture| {
            let shade = |x: f32| [' ', '.', ':', 'o', '#'][((x + 1.0) * 2.5).clamp(0.0, 4.0) as usize];
            (0..SIDE).map(|column| shade(picture[[row, column, 0]])).collect::<String>()
        });
        println!("  {}", line.collect::<Vec<_>>().join("  "));
    }
}

fn main() -> keras_core::Result<()> {
    set_random_seed(1);
    let (mut critic, mut generator) = (Critic::new(), Generator::new());

    let mut judge = TrainStep::new(|tape, [critic, generator], [real]| {
        let noise = tape.normal([BATCH, NOISE]);
        let fake = tape.call(generator, noise)?;
        let distance =
            ops::mean(tape.call(critic, &fake)?, None) - ops::mean(tape.call(critic, &real)?, None);
        // Between a real picture and a made one, the score is to change as fast as the picture.
        let share = tape.uniform([BATCH, 1, 1, 1]);
        let between = &real + share * (fake - &real);
        let slope = ops::gradients(tape.call(critic, &between)?, &[&between]).remove(0);
        let norm = ops::sqrt(ops::sum(ops::square(slope), [1, 2, 3]) + 1e-12);
        let penalty = ops::mean(ops::square(norm - 1.0), None).build();
        tape.minimize(&distance + &penalty * 10.0, critic, Adam::new(1e-3).beta_1(0.5).beta_2(0.9))?;
        Ok([distance, penalty])
    });
    let mut make = TrainStep::new(|tape, [critic, generator], []| {
        let noise = tape.normal([BATCH, NOISE]);
        let fake = tape.call(generator, noise)?;
        let loss = -ops::mean(tape.call(critic, fake)?, None).build();
        tape.minimize(&loss, generator, Adam::new(1e-3).beta_1(0.5).beta_2(0.9))?;
        Ok([loss])
    });

    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let noise = Array2::from_shape_fn((500, NOISE), |_| {
        // The sum of twelve numbers is nearly normal.
        (0..12).map(|_| rng.random_range(-0.5..0.5f32)).sum::<f32>()
    });
    let (some, others) = (discs(500, &mut rng), discs(500, &mut rng));
    let apart = |generator: &Generator| -> keras_core::Result<f32> {
        Ok(distance(some.view(), generator.predict(&noise)?.to_array()?.view()))
    };
    let before = apart(&generator)?;
    for step in 0..1000 {
        let mut judged = [0.0; 2];
        for _ in 0..CRITIC_STEPS {
            judged = judge.run([&mut critic, &mut generator], [&discs(BATCH, &mut rng)])?;
        }
        make.run([&mut critic, &mut generator], [])?;
        if step % 200 == 199 {
            let [score, penalty] = judged;
            println!(
                "step {:4}: real pictures score {:.3} more than made ones, penalty {penalty:.3}, distance {:.3}",
                step + 1,
                -score,
                apart(&generator)?
            );
        }
    }
    let after = apart(&generator)?;
    println!("real pictures:");
    show(some.slice(ndarray::s![..8, .., .., ..]));
    println!("made pictures:");
    show(generator.predict(&noise)?.to_array()?.slice(ndarray::s![..8, .., .., ..]));
    let floor = distance(some.view(), others.view());
    println!(
        "distance of made pictures from real ones: {before:.3} before, {after:.3} now; of real ones from others {floor:.3}"
    );
    assert!(after < before / 3.0, "the generator has not learnt the discs");
    Ok(())
}
