//! Sorts sequences of any length into ten classes with two LSTMs. The data is made up.

use keras_core::data::to_categorical;
use keras_core::prelude::*;
use keras_examples::{commonest, waves};

model! {
    /// Sorts variable-length sequences of 50 features into 10 classes.
    pub struct SequenceClassifier {
        Input(None, 50)
            => LSTM(64, return_sequences = true)
            => LSTM(32)
            => Dense(10, activation = softmax)
    }
}

model! {
    /// The same with a name for every tensor: Keras's functional form.
    pub struct Functional {
        let steps = Input(None, 50);
        let all = steps => LSTM(64, return_sequences = true);
        let last = all => LSTM(32);
        last => Dense(10, activation = softmax)
    }
}

fn main() -> keras_core::Result<()> {
    set_random_seed(1);
    println!("Made-up sequences: waves of ten speeds under noise.\n");
    let (train_x, train_y) = waves(600, 20, 50, 10, 1);
    let (test_x, test_y) = waves(200, 20, 50, 10, 2);
    let (train_hot, test_hot) = (to_categorical(&train_y, 10)?, to_categorical(&test_y, 10)?);
    let mut model =
        SequenceClassifier::new().compile(Adam::new(2e-3), CategoricalCrossentropy::new(), Accuracy::new());
    println!("{}", model.summary());
    model.fit(&train_x, &train_hot).epochs(10).batch_size(32).run()?;
    let result = model.evaluate(&test_x, &test_hot).batch_size(20).run()?;
    println!(
        "\n{:.1} % right on new sequences; guessing gets {:.1} %.",
        100.0 * result.get("accuracy").unwrap_or(0.0),
        100.0 * commonest(test_y.iter().copied())
    );

    // The length is the data's own: the same model takes longer sequences.
    let (longer, kinds) = waves(200, 33, 50, 10, 3);
    let result = model.evaluate(&longer, &to_categorical(&kinds, 10)?).run()?;
    println!("On sequences of 33 steps: {:.1} %.", 100.0 * result.get("accuracy").unwrap_or(0.0));

    let mut functional = Functional::new();
    let weights: Vec<Raw> = model.weights().into_iter().map(|(_, weight)| weight).collect();
    functional.set_weights(&weights)?;
    let same = functional.predict(&test_x)?.to_vec()? == model.predict(&test_x)?.to_vec()?;
    println!("Written with named tensors, the model gives the same numbers: {same}.");
    Ok(())
}
