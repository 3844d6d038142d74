//! Sequence to sequence learning for performing number addition: "12+34 " goes in letter by letter, "46 " comes out. The sums
//! are made up, and those that are tested were never shown.

use keras_core::prelude::*;
use ndarray::{Array3, s};
use rand::seq::SliceRandom;

const CHARS: &str = "0123456789+ ";
const MAXLEN: usize = 5;
const DIGITS: usize = 3;

/// One-hot letters.
fn encode(texts: &[String], length: usize) -> Array3<f32> {
    let mut x = Array3::zeros((texts.len(), length, CHARS.len()));
    for (i, text) in texts.iter().enumerate() {
        for (t, letter) in text.chars().chain(std::iter::repeat(' ')).take(length).enumerate() {
            x[[i, t, CHARS.find(letter).unwrap_or(11)]] = 1.0;
        }
    }
    x
}

pub fn run() -> keras_core::Result<String> {
    let mut sums: Vec<(usize, usize)> = (0..60).flat_map(|a| (0..60).map(move |b| (a, b))).collect();
    sums.shuffle(&mut keras_examples::rng(1));
    // The question is reversed, as Keras's example has it: the units come last.
    let questions: Vec<String> =
        sums.iter().map(|(a, b)| format!("{:MAXLEN$}", format!("{a}+{b}")).chars().rev().collect()).collect();
    let answers: Vec<String> = sums.iter().map(|(a, b)| (a + b).to_string()).collect();
    let (x, y) = (encode(&questions, MAXLEN), encode(&answers, DIGITS));
    let n = 3300;
    let part = |x: &Array3<f32>| x.slice(s![..n, .., ..]).to_owned();

    let mut model = model!(
        Input((MAXLEN, 12))
            // Encode the question, say it again for every letter of the answer, and decode it.
            => LSTM(64)
            => RepeatVector(DIGITS)
            => LSTM(64, return_sequences = true)
            => Dense(12, activation = "softmax")
    )
    .compile(Adam::new(5e-3), CategoricalCrossentropy::new(), ["accuracy"]);
    model.fit(&part(&x), &part(&y)).epochs(40).batch_size(32).verbose(0).run()?;

    let said = model.predict(&x.slice(s![n.., .., ..]))?.to_array()?;
    let mut right = 0;
    for (answer, letters) in answers[n..].iter().zip(said.outer_iter()) {
        let best = |letter: ndarray::ArrayView1<'_, f32>| {
            (0..12).fold(0, |b, i| if letter[i] > letter[b] { i } else { b })
        };
        let text: String =
            letters.outer_iter().filter_map(|letter| CHARS.chars().nth(best(letter))).collect();
        right += usize::from(text.trim_end() == answer);
    }
    let share = right as f64 / (answers.len() - n) as f64;
    assert!(share > 0.6, "{share}");
    Ok(format!("{:.0} % of sums that were never shown are right to the digit", 100.0 * share))
}
