//! Reads handwritten digits with convolutions, which know that neighbouring pixels belong together.
//!
//! `cargo run --release --example digits_cnn [-- MNIST_FOLDER]`

use keras_core::prelude::*;
use keras_examples::{commonest, digits};
use ndarray::Axis as Along;

fn main() -> keras_core::Result<()> {
    set_random_seed(7);
    let data = digits()?;
    println!("Learning from {}.\n", data.source);
    // Convolutions want a channel axis; without it, `fit` below would not compile.
    let train_x = data.train_x.insert_axis(Along(3));
    let test_x = data.test_x.insert_axis(Along(3));
    let mut model = model!(
        Input(28, 28, 1)
            => Conv2D(32, (3, 3), activation = relu)
            => MaxPooling2D((2, 2))
            => Conv2D(64, (3, 3), activation = relu)
            => MaxPooling2D((2, 2))
            => Flatten()
            => Dense(10, activation = softmax)
    )
    .compile(Adam::new(1e-3), SparseCategoricalCrossentropy::new(), Accuracy::new());
    println!("{}", model.summary());
    model
        .fit(&train_x, &data.train_y)
        .epochs(8)
        .validation_split(0.1)
        .callback(EarlyStopping::new().patience(2).restore_best_weights(true))
        .run()?;
    let result = model.evaluate(&test_x, &data.test_y).run()?;
    println!("\nOn digits it has never seen: {:.1} % right.", 100.0 * result.get("accuracy").unwrap_or(0.0));
    println!("Always guessing the commonest digit: {:.1} %.", 100.0 * commonest(data.test_y.iter().copied()));
    Ok(())
}
