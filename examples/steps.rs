//! A dense layer at every time step, then an LSTM: a sequence of any length to ten classes. The data is
//! made up.

use keras_core::prelude::*;
use keras_examples::{commonest, waves};

fn main() -> keras_core::Result<()> {
    set_random_seed(2);
    println!("Made-up sequences: waves of ten speeds under noise.\n");
    let (train_x, train_y) = waves(600, 16, 50, 10, 11);
    let (test_x, test_y) = waves(200, 16, 50, 10, 12);
    let mut model = model!(
        Input(None, 50)
            => TimeDistributed(Dense(64, activation = relu))
            => LSTM(32)
            => Dense(10, activation = softmax)
    )
    .compile(Adam::new(3e-3), SparseCategoricalCrossentropy::new(), Accuracy::new());
    println!("{}", model.summary());
    model.fit(&train_x, &train_y).epochs(10).run()?;
    let result = model.evaluate(&test_x, &test_y).run()?;
    println!(
        "\n{:.1} % right on new sequences; guessing gets {:.1} %.",
        100.0 * result.get("accuracy").unwrap_or(0.0),
        100.0 * commonest(test_y.iter().copied())
    );
    Ok(())
}
