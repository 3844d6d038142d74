//! An OCR model for reading captchas: convolutions, recurrent layers over columns, and CTC, which needs no places of letters.
//! Made up of real handwritten digits: four to six side by side at uneven distances.

use keras_core::prelude::*;
use ndarray::{Array2, Array4, s};
use rand::RngExt;

use crate::data::{Split, digits, share};

const WIDTH: usize = 64;
const MOST: usize = 6;

model! {
    pub struct Ocr {
        // The time axis is the image's width.
        let input_img = Input(shape = (WIDTH, 8, 1), name = "image");
        let x = input_img => Conv2D(32, (3, 3), activation = "relu", kernel_initializer = "he_normal", padding = "same", name = "Conv1");
        let x = x => MaxPooling2D((2, 2), name = "pool1");
        let x = x => Reshape(target_shape = (WIDTH / 2, 4 * 32), name = "reshape");
        let x = x => Dense(64, activation = "relu", name = "dense1");
        let x = x => Bidirectional(LSTM(48, return_sequences = true));
        // One more than digits: class 0 of CTC is no digit.
        x => Dense(11, name = "dense2")
    }
}

/// Images `(n, width, height, 1)`, and their digits from 1 to 10, filled up with 0.
fn captchas(
    images: &Array4<f32>,
    labels: &[u8],
    n: usize,
    rng: &mut impl RngExt,
) -> (Array4<f32>, Array2<i32>) {
    let mut x = Array4::zeros((n, WIDTH, 8, 1));
    let mut y = Array2::zeros((n, MOST));
    for i in 0..n {
        let (mut column, length) = (0, rng.random_range(4..=MOST));
        for place in 0..length {
            column += rng.random_range(0..3);
            let digit = rng.random_range(0..labels.len());
            let image = images.slice(s![digit, .., .., ..]);
            x.slice_mut(s![i, column..column + 8, .., ..]).assign(&image.permuted_axes([1, 0, 2]));
            y[[i, place]] = i32::from(labels[digit]) + 1;
            column += 8;
        }
    }
    (x, y)
}

/// Greedy decoding: the likeliest class of each step, repetitions once, without those that are no digit.
fn decode(steps: ndarray::ArrayView2<'_, f32>) -> Vec<i32> {
    let (mut text, mut last) = (Vec::new(), 0);
    for step in steps.outer_iter() {
        let best = (0..11).fold(0, |best, class| if step[class] > step[best] { class } else { best });
        if best != 0 && best != last {
            text.push(best as i32);
        }
        last = best;
    }
    text
}

pub fn run() -> keras_core::Result<String> {
    let Split { train_x, train_y, test_x, test_y } = digits()?;
    let mut rng = keras_examples::rng(1);
    let (x, y) = captchas(&train_x, &train_y.to_vec(), 1500, &mut rng);
    let (new_x, new_y) = captchas(&test_x, &test_y.to_vec(), 200, &mut rng);
    let mut model = Ocr::new().compile(Adam::new(3e-3), CTC::new(), ());
    model.fit(&x, &y).batch_size(32).epochs(10).verbose(0).run()?;
    let read = model.predict(&new_x)?.to_array()?;
    let read: Vec<Vec<i32>> = read.outer_iter().map(decode).collect();
    let written: Vec<Vec<i32>> =
        new_y.outer_iter().map(|row| row.iter().copied().filter(|digit| *digit > 0).collect()).collect();
    let right = share(&read, &written);
    assert!(right > 0.6, "{right}");
    Ok(format!("{:.0} % of new captchas of 4 to 6 digits are read without a mistake", 100.0 * right))
}
