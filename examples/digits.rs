//! Reads handwritten digits with two dense layers: the first model of most Keras books.
//!
//! `cargo run --release --example digits` trains on real digits that come with it;
//! `cargo run --release --example digits -- FOLDER` on MNIST's four files in that folder.

use keras_core::prelude::*;
use keras_examples::{commonest, digits};

model! {
    /// Tells ten digits apart.
    pub struct DigitReader {
        Input(28, 28)
            => Flatten()
            => Dense(128, activation = relu)
            => Dense(10, activation = softmax)
    }
}

fn main() -> keras_core::Result<()> {
    set_random_seed(7);
    let data = digits()?;
    println!("Learning from {}.\n", data.source);
    let mut model =
        DigitReader::new().compile(Adam::new(1e-3), SparseCategoricalCrossentropy::new(), Accuracy::new());
    println!("{}", model.summary());
    model.fit(&data.train_x, &data.train_y).epochs(12).validation_split(0.1).run()?;
    let result = model.evaluate(&data.test_x, &data.test_y).run()?;
    let accuracy = result.get("accuracy").unwrap_or(0.0);
    println!("\nOn digits it has never seen: {:.1} % right.", 100.0 * accuracy);
    println!("Always guessing the commonest digit: {:.1} %.", 100.0 * commonest(data.test_y.iter().copied()));

    // A trained model is a file and a function.
    let path = std::env::temp_dir().join("digits.safetensors");
    model.save_weights(&path)?;
    let mut reader = DigitReader::new();
    reader.load_weights(&path)?;
    let first: Vec<f32> = data.test_x.iter().take(28 * 28).copied().collect();
    let scores = reader.predict_one(&first)?;
    let best = (0..10).fold(0, |best, i| if scores[i] > scores[best] { i } else { best });
    println!(
        "Read back from {}: the first test image is a {best} (written as a {}).",
        path.display(),
        data.test_y[0]
    );
    Ok(())
}
