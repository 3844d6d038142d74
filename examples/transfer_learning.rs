//! Transfer learning: a MobileNet that has learnt the digits 0 to 4 looks at 5 to 9, of which it sees ten images each. Its
//! features are frozen, and a new head learns behind them.
//!
//! `cargo run --release -p keras-examples --features applications --example transfer_learning`. The digits are real handwriting that comes with it; with photographs
//! one would take the weights that Keras offers, see `keras_applications`.

use keras_applications::mobilenet::mobilenet;
use keras_core::prelude::*;
use keras_examples::digits;
use ndarray::{Array1, Array3, Axis};

model! {
    /// What a narrow MobileNet sees in an image of 28 x 28, which it takes as one of 32 x 32 in three equal colours.
    pub struct Features {
        let image = Input(28, 28);
        let gray = image => Reshape((28, 28, 1)) => ZeroPadding2D(2);
        [gray, gray, gray] => Concatenate() => mobilenet(alpha = 0.25, include_top = false, pooling = "avg")
    }
}

model! {
    /// Five classes behind the features, which also train in their normalisations unless they are frozen.
    pub struct Classifier {
        let features = Features;
        let image = Input(28, 28);
        image => features => Dense(5, activation = softmax)
    }
}

model! {
    /// The same behind features that stay as they are: their normalisations use the averages that they have.
    pub struct Transferred {
        let features = Features;
        let image = Input(28, 28);
        image => features(training = false) => Dropout(0.2) => Dense(5, activation = softmax)
    }
}

/// The images of the digits from `first` to `first + 4`, at most `most` of each, and which of the five they are.
fn five(x: &Array3<f32>, y: &[u8], first: u8, most: usize) -> (Array3<f32>, Array1<u8>) {
    let mut seen = [0; 5];
    let mut rows = Vec::new();
    for (i, digit) in y.iter().enumerate() {
        let Some(class) = digit.checked_sub(first).filter(|class| *class < 5) else { continue };
        seen[usize::from(class)] += 1;
        if seen[usize::from(class)] <= most {
            rows.push(i);
        }
    }
    (x.select(Axis(0), &rows), rows.iter().map(|row| y[*row] - first).collect())
}

fn main() -> keras_core::Result<()> {
    set_random_seed(5);
    let data = digits()?;
    let (train_y, test_y) = (data.train_y.to_vec(), data.test_y.to_vec());
    let (base_x, base_y) = five(&data.train_x, &train_y, 0, usize::MAX);
    let (few_x, few_y) = five(&data.train_x, &train_y, 5, 10);
    let (test_x, test_y) = five(&data.test_x, &test_y, 5, usize::MAX);

    println!("Learning 0 to 4 from {} of {}.", base_y.len(), data.source);
    let mut base =
        Classifier::new().compile(Adam::new(2e-3), SparseCategoricalCrossentropy::new(), Accuracy::new());
    base.fit(&base_x, &base_y).epochs(12).batch_size(32).verbose(2).run()?;
    let path = std::env::temp_dir().join("features.safetensors");
    base.features.save_weights(&path)?;

    println!("\nLearning 5 to 9 from {} images, behind features that stay.", few_y.len());
    let mut model = Transferred::new();
    model.features.load_weights(&path)?;
    model.features.set_trainable(false);
    let mut model = model.compile(Adam::new(1e-2), SparseCategoricalCrossentropy::new(), Accuracy::new());
    println!("{}", model.summary());
    model.fit(&few_x, &few_y).epochs(40).batch_size(10).verbose(0).run()?;
    let transferred = model.evaluate(&test_x, &test_y).verbose(0).run()?;

    println!("Learning them from nothing, for as long.");
    let mut fresh =
        Classifier::new().compile(Adam::new(2e-3), SparseCategoricalCrossentropy::new(), Accuracy::new());
    fresh.fit(&few_x, &few_y).epochs(40).batch_size(10).verbose(0).run()?;
    let from_nothing = fresh.evaluate(&test_x, &test_y).verbose(0).run()?;

    let percent = |evaluation: &Evaluation| 100.0 * evaluation["accuracy"];
    println!(
        "\nOn {} digits that nobody has shown them: {:.1} % right behind the features, {:.1} % from nothing; guessing gets 20 %.",
        test_y.len(),
        percent(&transferred),
        percent(&from_nothing)
    );
    Ok(())
}
