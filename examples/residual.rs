//! A small residual network on handwritten digits: blocks that add to what they are given.
//!
//! `cargo run --release --example residual [-- MNIST_FOLDER]`

use keras_core::prelude::*;
use keras_examples::{commonest, digits};
use ndarray::Axis as Along;

model! {
    /// Two residual blocks.
    pub struct Residual {
        let image = Input(28, 28, 1);
        let stem = image
            => Conv2D(16, 3, strides = 2, padding = same, use_bias = false)
            => BatchNormalization()
            => Activation(relu);
        let first = stem
            => Conv2D(16, 3, padding = same, activation = relu)
            => Conv2D(16, 3, padding = same);
        let one = [stem, first] => Add() => Activation(relu);
        let second = one
            => Conv2D(16, 3, padding = same, activation = relu)
            => Conv2D(16, 3, padding = same);
        [one, second]
            => Add()
            => Activation(relu)
            => GlobalAveragePooling2D()
            => Dense(10, activation = softmax)
    }
}

fn main() -> keras_core::Result<()> {
    set_random_seed(13);
    let data = digits()?;
    println!("Learning from {}.\n", data.source);
    let (train_x, test_x) = (data.train_x.insert_axis(Along(3)), data.test_x.insert_axis(Along(3)));
    let mut model =
        Residual::new().compile(Adam::new(5e-3), SparseCategoricalCrossentropy::new(), Accuracy::new());
    println!("{}", model.summary());
    model.fit(&train_x, &data.train_y).epochs(20).run()?;
    let result = model.evaluate(&test_x, &data.test_y).run()?;
    println!("\nOn digits it has never seen: {:.1} % right.", 100.0 * result.get("accuracy").unwrap_or(0.0));
    println!("Always guessing the commonest digit: {:.1} %.", 100.0 * commonest(data.test_y.iter().copied()));
    Ok(())
}
