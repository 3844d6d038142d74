//! Text classification from scratch: strings go in, a layer of the model makes numbers of words. Made-up reviews of a sentence
//! or two.

use keras_core::prelude::*;
use ndarray::Array2;
use rand::seq::IndexedRandom;

const MAX_FEATURES: usize = 1000;
const EMBEDDING_DIM: usize = 32;
const SEQUENCE_LENGTH: usize = 24;

/// Reviews, and 1 for those that praise. "not" turns a word round.
fn reviews(n: usize, seed: u64) -> (Vec<String>, Array2<u8>) {
    const GOOD: [&str; 6] = ["good", "brilliant", "touching", "funny", "a joy", "superb"];
    const BAD: [&str; 6] = ["bad", "dull", "tedious", "a mess", "shallow", "awful"];
    const WHAT: [&str; 6] =
        ["The film", "This picture", "The story", "The whole thing", "Her acting", "His second film"];
    const FILL: [&str; 5] = [
        "I saw it on Tuesday.",
        "It lasts two hours.",
        "My neighbour came along!",
        "There is a dog in it.",
        "",
    ];
    let mut rng = keras_examples::rng(seed);
    let mut pick = |from: &[&'static str]| from.choose(&mut rng).copied().unwrap_or_default();
    let texts: Vec<(String, u8)> = (0..n)
        .map(|i| {
            let good = i % 2 == 1;
            let not = pick(&["", "", "not "]);
            let words = if good == not.is_empty() { &GOOD } else { &BAD };
            let text = format!("{} {} is {not}{}. {}", pick(&FILL), pick(&WHAT), pick(words), pick(&FILL));
            (text, u8::from(good))
        })
        .collect();
    let labels = Array2::from_shape_fn((n, 1), |(i, _)| texts[i].1);
    (texts.into_iter().map(|(text, _)| text).collect(), labels)
}

pub fn run() -> keras_core::Result<String> {
    let (texts, labels) = reviews(1500, 1);
    let (new_texts, new_labels) = reviews(400, 2);
    let mut model = model!(
        let inputs = Input(shape = (1,), dtype = "string", name = "text");
        let x = inputs => TextVectorization(max_tokens = MAX_FEATURES, output_mode = "int", output_sequence_length = SEQUENCE_LENGTH);
        let x = x => Embedding(MAX_FEATURES, EMBEDDING_DIM);
        let x = x => Dropout(0.5);
        let x = x => Conv1D(32, 3, padding = "valid", activation = "relu");
        let x = x => GlobalMaxPooling1D();
        let x = x => Dense(32, activation = "relu");
        let x = x => Dropout(0.5);
        x => Dense(1, activation = "sigmoid", name = "predictions")
    );
    model.text_vectorization.adapt(&texts)?;
    let mut model = model.compile("adam", BinaryCrossentropy::new(), ["accuracy"]);
    model.fit(&texts, &labels).epochs(12).verbose(0).run()?;
    let accuracy = model.evaluate(&new_texts, &new_labels).verbose(0).run()?["accuracy"];
    let said = model.predict_one("The story is not a mess.")?[0];
    assert!(accuracy > 0.9, "{accuracy}");
    Ok(format!("{:.1} % of new reviews; \"The story is not a mess.\": {said:.2}", 100.0 * accuracy))
}
