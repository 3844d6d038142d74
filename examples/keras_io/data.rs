//! Data that several of the examples take.

use keras_core::data::npy::Npz;
use ndarray::{Array1, Array4, Axis};

/// Images and what they show.
pub struct Split {
    pub train_x: Array4<f32>,
    pub train_y: Array1<u8>,
    pub test_x: Array4<f32>,
    pub test_y: Array1<u8>,
}

/// The 1797 real handwritten digits that come with the examples, `(samples, 8, 8, 1)` from 0 to 1; a fifth is kept aside.
pub fn digits() -> keras_core::Result<Split> {
    let mut file = Npz::open(keras_examples::data("digits.npz"))?;
    let images: ndarray::Array3<u8> = file.read("images")?;
    let labels: Array1<u8> = file.read("labels")?;
    let images = images.mapv(|ink| f32::from(ink) / 16.0).insert_axis(Axis(3));
    let (train, test) = keras_core::data::split_indices(labels.len(), 0.2, 1)?;
    Ok(Split {
        train_x: images.select(Axis(0), &train),
        train_y: labels.select(Axis(0), &train),
        test_x: images.select(Axis(0), &test),
        test_y: labels.select(Axis(0), &test),
    })
}

/// The share of equal pairs.
pub fn share<A: PartialEq<B>, B>(
    found: impl IntoIterator<Item = A>,
    expected: impl IntoIterator<Item = B>,
) -> f64 {
    let (mut equal, mut all) = (0.0, 0.0);
    for (found, expected) in found.into_iter().zip(expected) {
        equal += f64::from(u8::from(found == expected));
        all += 1.0;
    }
    equal / all
}
