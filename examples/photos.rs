//! Bytes go in as they are: 1000 photos of 64x64 pixels in three colours, as `u8`. The data is made up:
//! stripes of ten kinds.

use keras_core::prelude::*;
use keras_examples::{commonest, photos};

fn main() -> keras_core::Result<()> {
    set_random_seed(6);
    println!("Made-up photos: stripes of ten kinds under noise.\n");
    let (train_x, train_y) = photos(1000, 51);
    let (test_x, test_y) = photos(200, 52);
    let mut model = model!(
        Input(64, 64, 3)
            => Rescaling(1.0 / 255.0)
            => Conv2D(32, (3, 3), activation = relu)
            => Flatten()
            => Dense(10, activation = softmax)
    )
    .compile(Adam::new(5e-4), SparseCategoricalCrossentropy::new(), Accuracy::new());
    println!("{}", model.summary());
    model.fit(&train_x, &train_y).epochs(3).run()?;
    let result = model.evaluate(&test_x, &test_y).run()?;
    println!(
        "\n{:.1} % right on new photos; guessing gets {:.1} %.",
        100.0 * result.get("accuracy").unwrap_or(0.0),
        100.0 * commonest(test_y.iter().copied())
    );
    Ok(())
}
