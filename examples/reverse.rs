//! An encoder-decoder: an LSTM reads a sequence of digits and hands its state to another, which writes
//! it backwards. The data is made up.

use keras_core::prelude::*;
use keras_examples::rng;
use ndarray::Array2;
use rand::RngExt;

/// Digits 1 to 9 are written; 0 starts the decoder.
const SYMBOLS: usize = 10;
const STEPS: usize = 5;
const UNITS: usize = 64;

model! {
    /// Writes a sequence backwards.
    pub struct Reverser {
        let source = Input(time: None, dtype = int32);
        let so_far = Input(written: None, dtype = int32);
        let (_, h, c) = source
            => Embedding(SYMBOLS, 16)
            => LSTM(UNITS, return_state = true);
        so_far
            => Embedding(SYMBOLS, 16, name = "written_embedding")
            => LSTM(UNITS, return_sequences = true, initial_state = [h, c])
            => Dense(SYMBOLS, activation = softmax)
    }
}

/// A sequence, the same backwards shifted by one, and the same backwards.
fn pairs(n: usize, seed: u64) -> (Array2<i32>, Array2<i32>, Array2<i32>) {
    let mut rng = rng(seed);
    let source = Array2::from_shape_fn((n, STEPS), |_| rng.random_range(1..SYMBOLS as i32));
    let target = Array2::from_shape_fn((n, STEPS), |(i, t)| source[[i, STEPS - 1 - t]]);
    let so_far = Array2::from_shape_fn((n, STEPS), |(i, t)| if t == 0 { 0 } else { target[[i, t - 1]] });
    (source, so_far, target)
}

fn main() -> keras_core::Result<()> {
    set_random_seed(12);
    println!("Made-up sequences of {STEPS} digits, to be written backwards.\n");
    let (source, so_far, target) = pairs(3000, 91);
    let (test_source, test_so_far, test_target) = pairs(300, 92);
    let mut model =
        Reverser::new().compile(Adam::new(5e-3), SparseCategoricalCrossentropy::new(), Accuracy::new());
    println!("{}", model.summary());
    model
        .fit(ReverserInputs { source: &source, so_far: &so_far }, &target)
        .epochs(12)
        .batch_size(64)
        .run()?;
    let result = model.evaluate((&test_source, &test_so_far), &test_target).run()?;
    println!(
        "\n{:.1} % of the digits right, given those before; guessing gets {:.1} %.",
        100.0 * result.get("accuracy").unwrap_or(0.0),
        100.0 / (SYMBOLS - 1) as f64
    );

    // Without help: each digit that it writes is what it reads next.
    let question = test_source.slice(ndarray::s![..1, ..]).to_owned();
    let mut written = Array2::<i32>::zeros((1, 1));
    for _ in 0..STEPS {
        let scores = model.predict((&question, &written))?.to_array()?;
        let last = scores.index_axis(ndarray::Axis(1), written.ncols() - 1);
        let best = (0..SYMBOLS).fold(0, |best, s| if last[[0, s]] > last[[0, best]] { s } else { best });
        written
            .push_column(ndarray::aview1(&[best as i32]))
            .map_err(|e| keras_core::Error::Argument(e.to_string()))?;
    }
    println!(
        "{:?} backwards is {:?}.",
        question.row(0).to_vec(),
        written.row(0).iter().skip(1).collect::<Vec<_>>()
    );
    Ok(())
}
