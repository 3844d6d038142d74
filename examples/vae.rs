//! A variational autoencoder: an encoder says of each picture where it lies in a plane, and how surely; a decoder draws it
//! from there. Two models are trained by one loss. The pictures, bars at all heights and widths, are made up.
//!
//!     cargo run --release --example vae

use keras_core::prelude::*;
use ndarray::Array2;

const SIDE: usize = 8;

model! {
    pub struct Encoder {
        let picture = Input(64);
        let hidden = picture => Dense(64, activation = relu);
        let mean = hidden => Dense(2);
        let log_variance = hidden => Dense(2);
        (mean, log_variance)
    }
}

model! {
    pub struct Decoder {
        Input(2) => Dense(64, activation = relu) => Dense(64)
    }
}

/// Bars from the left, `width` wide and `height` from the top.
fn picture(height: usize, width: usize) -> impl Iterator<Item = f32> {
    (0..SIDE * SIDE).map(move |at| f32::from(u8::from(at / SIDE >= height && at % SIDE < width)))
}

fn main() -> keras_core::Result<()> {
    set_random_seed(2);
    let all: Vec<f32> =
        (0..SIDE).flat_map(|height| (1..=SIDE).flat_map(move |width| picture(height, width))).collect();
    let pictures = Array2::from_shape_vec((SIDE * SIDE, SIDE * SIDE), all).expect("64 pictures of 64 points");
    let (mut encoder, mut decoder) = (Encoder::new(), Decoder::new());

    let mut step = TrainStep::new(|tape, [encoder, decoder], [x]| {
        let code = tape.call_all(encoder, &[&x])?;
        let (mean, log_variance) = (&code[0], &code[1]);
        // A point drawn around the mean.
        let point = mean + ops::exp(log_variance * 0.5) * tape.normal(mean.shape());
        let logits = tape.call(decoder, point)?;
        let crossentropy = ops::binary_crossentropy(x, logits).from_logits(true);
        let drawing = ops::mean(ops::sum(crossentropy, -1), None);
        // How far the points of each picture are from those of all.
        let divergence = (1.0 + log_variance - ops::square(mean) - ops::exp(log_variance)) * -0.5;
        let divergence = ops::mean(ops::sum(divergence, -1), None);
        let loss = &*drawing + &*divergence;
        tape.minimize(&loss, [encoder, decoder], Adam::new(3e-3))?;
        Ok([loss, drawing.build(), divergence.build()])
    });

    let mut first = None;
    let mut last = 0.0;
    for epoch in 0..1500 {
        let [loss, drawing, divergence] = step.run([&mut encoder, &mut decoder], [&pictures])?;
        first.get_or_insert(loss);
        last = loss;
        if epoch % 300 == 299 {
            println!(
                "epoch {:4}: loss {loss:6.2} = drawing {drawing:6.2} + divergence {divergence:5.2}",
                epoch + 1
            );
        }
    }
    println!("drawn from points along a line of the plane:");
    for i in -2i8..=2 {
        let logits = decoder.predict_one(&[f32::from(i) * 0.7, 0.3])?;
        let shown: Vec<String> = logits
            .chunks(SIDE)
            .map(|row| row.iter().map(|x| if *x > 0.0 { '#' } else { '.' }).collect())
            .collect();
        println!("{}\n", shown.join("\n"));
    }
    assert!(last < 0.5 * first.unwrap_or_default(), "the autoencoder has not learnt");
    Ok(())
}
