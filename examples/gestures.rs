//! Two kinds of gestures, each exactly 100 readings of 32 sensors: a fixed length, which other data
//! cannot be mistaken for. The data is made up.

use keras_core::prelude::*;
use keras_examples::{commonest, waves};

fn main() -> keras_core::Result<()> {
    set_random_seed(4);
    println!("Made-up gestures: 100 readings of 32 sensors.\n");
    let (train_x, train_y) = waves(256, 100, 32, 2, 31);
    let (test_x, test_y) = waves(128, 100, 32, 2, 32);
    let mut model = model!(Input(100, 32) => LSTM(64) => Dense(2, activation = softmax)).compile(
        Adam::new(2e-3),
        SparseCategoricalCrossentropy::new(),
        Accuracy::new(),
    );
    println!("{}", model.summary());
    model.fit(&train_x, &train_y).epochs(4).run()?;
    let result = model.evaluate(&test_x, &test_y).run()?;
    println!(
        "\n{:.1} % right on new gestures; guessing gets {:.1} %.",
        100.0 * result.get("accuracy").unwrap_or(0.0),
        100.0 * commonest(test_y.iter().copied())
    );
    // An array says its lengths only at run time: they are checked before anything is computed.
    let (short, _) = waves(4, 80, 32, 2, 33);
    if let Err(error) = model.predict(&short) {
        println!("\nGestures of 80 readings are refused:\n  {error}");
    }
    Ok(())
}
