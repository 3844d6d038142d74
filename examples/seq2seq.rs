//! Translation letter by letter, after <https://keras.io/examples/nlp/lstm_seq2seq/>. Keras's example builds three
//! models over the same layers: one to train, and an encoder and a decoder to translate with. Here encoder and decoder
//! are models by name, the trained model is made of them, and `model.encoder` and `model.decoder` are them with the
//! weights that it has learnt: nothing is built again or copied. The data is made up: dates in words, and as ISO 8601
//! writes them.

use keras_core::prelude::*;
use keras_examples::rng;
use ndarray::{Array3, s};
use rand::RngExt;

const LETTERS: &str = " -0123456789abcdefghijklmnopqrstuvwxyz<>";
const TOKENS: usize = 40;
const LATENT: usize = 96;
/// The longest date in words, and that of ten letters with a begin or an end.
const READ: usize = 17;
const WRITTEN: usize = 11;

model! {
    /// Reads a text, and gives what is left of it in its states.
    pub struct Encoder {
        let (_, h, c) = Input(read: None, TOKENS) => LSTM(LATENT, return_state = true);
        (h, c)
    }
}

model! {
    /// Writes a text on from what has been written so far and from states.
    pub struct Decoder {
        let written = Input(written: None, TOKENS);
        let h = Input(LATENT);
        let c = Input(LATENT);
        let (y, next_h, next_c) = written
            => LSTM(LATENT, return_sequences = true, return_state = true, initial_state = [h, c]);
        let letters = y => Dense(TOKENS, activation = softmax);
        (letters, next_h, next_c)
    }
}

model! {
    /// Encoder and decoder together, as they are trained: each letter is foretold from those before it.
    pub struct Translator {
        let read = Input(read: None, TOKENS);
        let written = Input(written: None, TOKENS);
        let (h, c) = read => Encoder;
        let (letters, ..) = [written, h, c] => Decoder;
        letters
    }
}

/// A date in words and as ISO 8601 writes it.
fn date(rng: &mut impl RngExt) -> (String, String) {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let (year, month, day) =
        (rng.random_range(1900..2100), rng.random_range(0..12), rng.random_range(1..=28));
    let words = match rng.random_range(0..2) {
        0 => format!("{day} {} {year}", MONTHS[month]),
        _ => format!("{} {day} {year}", MONTHS[month]),
    };
    (words, format!("{year}-{:02}-{day:02}", month + 1))
}

/// Texts as one number 1 a letter, padded with spaces.
fn one_hot(texts: &[String], length: usize) -> Array3<f32> {
    let mut x = Array3::zeros((texts.len(), length, TOKENS));
    for (i, text) in texts.iter().enumerate() {
        let padded = text.chars().chain(std::iter::repeat(' '));
        for (t, letter) in padded.take(length).enumerate() {
            x[[i, t, LETTERS.find(letter).unwrap_or(0)]] = 1.0;
        }
    }
    x
}

/// Greedy decoding: the likeliest letter is written, and read again with the states that it leaves.
fn translate(model: &Translator, words: &str) -> keras_core::Result<String> {
    let read = one_hot(&[words.to_string()], READ);
    let (mut h, mut c) = model.encoder.predict(&read)?;
    let (mut last, mut text) = ('<', String::new());
    while text.len() < WRITTEN {
        let written = one_hot(&[last.to_string()], 1);
        let (letters, next_h, next_c) = model.decoder.predict((&written, &h, &c))?;
        let letters = letters.to_vec()?;
        let best = (0..TOKENS).fold(0, |best, i| if letters[i] > letters[best] { i } else { best });
        last = LETTERS.chars().nth(best).unwrap_or('>');
        if last == '>' {
            break;
        }
        text.push(last);
        (h, c) = (next_h, next_c);
    }
    Ok(text)
}

fn main() -> keras_core::Result<()> {
    set_random_seed(8);
    println!("Made-up dates in words, to be written as ISO 8601 does.\n");
    let mut rng = rng(71);
    let (words, dates): (Vec<String>, Vec<String>) = (0..4000).map(|_| date(&mut rng)).unzip();
    let read = one_hot(&words, READ);
    let begun: Vec<String> = dates.iter().map(|date| format!("<{date}")).collect();
    let ended: Vec<String> = dates.iter().map(|date| format!("{date}>")).collect();
    let (written, target) = (one_hot(&begun, WRITTEN), one_hot(&ended, WRITTEN));
    let n = 3800;
    let part = |x: &Array3<f32>| x.slice(s![..n, .., ..]).to_owned();

    let mut model =
        Translator::new().compile(Adam::new(5e-3), CategoricalCrossentropy::new(), Accuracy::new());
    println!("{}", model.summary());
    let inputs = (part(&read), part(&written));
    model.fit((&inputs.0, &inputs.1), &part(&target)).batch_size(64).epochs(12).verbose(2).run()?;

    let mut right = 0;
    for (i, (words, date)) in words.iter().zip(&dates).enumerate().skip(n) {
        let found = translate(&model, words)?;
        right += usize::from(found == *date);
        if i < n + 5 {
            println!("{words:>17} -> {found}");
        }
    }
    println!("\n{right} of {} new dates are right to the letter.", dates.len() - n);
    Ok(())
}
