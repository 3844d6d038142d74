//! A Wasserstein GAN with gradient penalty: a critic says how real points are, and is held to slopes of 1 by the gradient
//! of its own gradient. The real points, two clusters, are made up.
//!
//!     cargo run --release --example gradient_penalty

use keras_core::prelude::*;
use ndarray::Array2;

const BATCH: usize = 128;
const NOISE: usize = 4;

model! {
    pub struct Generator {
        Input(4) => Dense(32, activation = relu) => Dense(32, activation = relu) => Dense(1)
    }
}

model! {
    pub struct Critic {
        Input(1) => Dense(32, activation = tanh) => Dense(32, activation = tanh) => Dense(1)
    }
}

fn mean(x: impl ops::Operand) -> Symbolic {
    ops::mean(x, None).build()
}

fn main() -> keras_core::Result<()> {
    set_random_seed(3);
    let (mut generator, mut critic) = (Generator::new(), Critic::new());

    let mut judge = TrainStep::new(|tape, [generator, critic], [real]| {
        let noise = tape.normal([BATCH, NOISE]);
        let fake = tape.call(generator, noise)?;
        let distance = mean(tape.call(critic, &fake)?) - mean(tape.call(critic, &real)?);
        // Anywhere between a real point and one that was made, the slope shall be 1.
        let share = tape.uniform([BATCH, 1]);
        let between = &real * &share + fake * (1.0 - share);
        let score = tape.call(critic, &between)?;
        let slope = ops::gradients(score, &[&between]).remove(0);
        let norm = ops::sqrt(ops::sum(ops::square(slope), -1) + 1e-12);
        let penalty = mean(ops::square(norm - 1.0));
        tape.minimize(&distance + &penalty * 10.0, critic, Adam::new(1e-3).beta_1(0.5))?;
        Ok([-distance, penalty])
    });
    let mut make = TrainStep::new(|tape, [generator, critic], []| {
        let noise = tape.normal([BATCH, NOISE]);
        let fake = tape.call(generator, noise)?;
        let loss = -mean(tape.call(critic, fake)?);
        tape.minimize(&loss, generator, Adam::new(5e-4).beta_1(0.5))?;
        Ok([loss])
    });

    for step in 0..1500 {
        let mut judged = [0.0; 2];
        for turn in 0..3 {
            let real = Array2::from_shape_fn((BATCH, 1), |(i, _)| {
                let spread = ((step * 3 + turn) as f32 * 0.37 + i as f32 * 0.618_034).fract() - 0.5;
                0.4 * spread + if i % 2 == 0 { 1.0 } else { -1.0 }
            });
            judged = judge.run([&mut generator, &mut critic], [&real])?;
        }
        make.run([&mut generator, &mut critic], [])?;
        if step % 300 == 299 {
            println!("step {:4}: distance {:.3}, penalty {:.4}", step + 1, judged[0], judged[1]);
        }
    }
    let noise =
        Array2::from_shape_fn((1000, NOISE), |(i, j)| ((i * 37 + j * 101) % 199) as f32 / 60.0 - 1.65);
    let made = generator.predict(&noise)?.to_vec()?;
    let near = |centre: f32| made.iter().filter(|x| (*x - centre).abs() < 0.4).count();
    println!("of 1000 points made, {} lie near -1 and {} near 1", near(-1.0), near(1.0));
    assert!(near(-1.0) > 200 && near(1.0) > 200, "the generator has not found both clusters");
    Ok(())
}
