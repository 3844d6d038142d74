//! Image similarity by a Siamese network with a contrastive loss: two images go through one network, and are alike if what
//! comes out is near. Real handwritten digits.

use keras_core::prelude::*;
use keras_core::training::metrics::BinaryAccuracy;
use ndarray::{Array2, Array4, Axis};
use rand::RngExt;

use crate::data::digits;

model! {
    pub struct Siamese {
        let embedding_network = BatchNormalization()
            => Conv2D(4, (3, 3), activation = "tanh")
            => AveragePooling2D(pool_size = (2, 2))
            => Conv2D(16, (2, 2), activation = "tanh")
            => Flatten()
            => BatchNormalization()
            => Dense(10, activation = "tanh");
        let input_1 = Input((8, 8, 1));
        let input_2 = Input((8, 8, 1));
        let tower_1 = input_1 => embedding_network;
        let tower_2 = input_2 => embedding_network;
        let difference = tower_1 - tower_2;
        let distance = ops::sqrt(ops::sum(difference ** 2, axis = 1, keepdims = true) + 1e-7);
        distance => BatchNormalization() => Dense(1, activation = "sigmoid")
    }
}

/// The contrastive loss with a margin of 1: 0 stands for alike, 1 for another.
fn contrastive(y_true: Symbolic, y_pred: Symbolic) -> Symbolic {
    let square_pred = ops::square(&y_pred);
    let margin_square = ops::square(ops::maximum(1.0 - y_pred, 0.0));
    ops::mean((1.0 - &y_true) * square_pred + y_true * margin_square, -1).build()
}

/// For each image one of its own class and one of another.
fn pairs(x: &Array4<f32>, y: &[u8], rng: &mut impl RngExt) -> (Array4<f32>, Array4<f32>, Array2<f32>) {
    let (mut left, mut right, mut labels) = (Vec::new(), Vec::new(), Vec::new());
    for i in 0..y.len() {
        for other in [false, true] {
            let j = loop {
                let j = rng.random_range(0..y.len());
                if (y[i] != y[j]) == other {
                    break j;
                }
            };
            left.push(i);
            right.push(j);
            labels.push(f32::from(u8::from(other)));
        }
    }
    let n = labels.len();
    let labels = Array2::from_shape_fn((n, 1), |(i, _)| labels[i]);
    (x.select(Axis(0), &left), x.select(Axis(0), &right), labels)
}

pub fn run() -> keras_core::Result<String> {
    let data = digits()?;
    let mut rng = keras_examples::rng(1);
    let (left, right, labels) = pairs(&data.train_x, &data.train_y.to_vec(), &mut rng);
    let (test_left, test_right, test_labels) = pairs(&data.test_x, &data.test_y.to_vec(), &mut rng);
    let mut siamese = Siamese::new().compile(RMSprop::new(1e-3), contrastive, BinaryAccuracy::new());
    siamese.fit((&left, &right), &labels).batch_size(16).epochs(20).verbose(0).run()?;
    let result = siamese.evaluate((&test_left, &test_right), &test_labels).verbose(0).run()?;
    let accuracy = result["binary_accuracy"];
    assert!(accuracy > 0.85, "{accuracy}");
    Ok(format!("{:.1} % of pairs of new digits are told alike or not; guessing gets 50 %", 100.0 * accuracy))
}
