//! Metric learning for image similarity search: images of a class are to lie together, by a train step of one anchor and one
//! positive for each class. Real handwritten digits.

use keras_core::prelude::*;
use ndarray::{Array1, Array4, Axis};
use rand::RngExt;

use crate::data::{digits, share};

const CLASSES: usize = 10;

model! {
    pub struct Embedder {
        Input(shape = (8, 8, 1))
            => Conv2D(filters = 32, kernel_size = 3, activation = "relu")
            => Conv2D(filters = 64, kernel_size = 3, activation = "relu")
            => GlobalAveragePooling2D()
            => Dense(units = 8)
            => UnitNormalization()
    }
}

/// An image of each class.
fn one_each(x: &Array4<f32>, of_class: &[Vec<usize>], rng: &mut impl RngExt) -> Array4<f32> {
    let chosen: Vec<usize> = of_class.iter().map(|all| all[rng.random_range(0..all.len())]).collect();
    x.select(Axis(0), &chosen)
}

pub fn run() -> keras_core::Result<String> {
    let data = digits()?;
    let mut rng = keras_examples::rng(1);
    let of_class: Vec<Vec<usize>> = (0..CLASSES as u8)
        .map(|class| (0..data.train_y.len()).filter(|i| data.train_y[*i] == class).collect())
        .collect();
    let mut model = Embedder::new();
    let mut train_step = TrainStep::new(|tape, [model], [anchors, positives]| {
        let anchor_embeddings = tape.call(model, anchors)?;
        let positive_embeddings = tape.call(model, positives)?;
        // The similarity of every anchor with every positive; that of a class with itself is the right one.
        let similarities = ops::einsum("ae,pe->ap", &[&anchor_embeddings, &positive_embeddings]);
        let logits = similarities / 0.2;
        let sparse_labels = ops::arange(0, CLASSES as i32, 1);
        let loss = ops::sparse_categorical_crossentropy(sparse_labels, logits).from_logits(true);
        let loss = ops::mean(loss, None).build();
        tape.minimize(&loss, model, Adam::new(1e-3))?;
        Ok([loss])
    });
    for _ in 0..2000 {
        let (anchors, positives) =
            (one_each(&data.train_x, &of_class, &mut rng), one_each(&data.train_x, &of_class, &mut rng));
        train_step.run([&mut model], [&anchors, &positives])?;
    }
    // The class of the nearest neighbour among the others.
    let embeddings = model.predict(&data.test_x)?.to_array()?;
    let similarities = embeddings.dot(&embeddings.t());
    let nearest = similarities.outer_iter().enumerate().map(|(i, row)| {
        let better = |best: Option<usize>, j: usize| match best {
            Some(best) if row[best] >= row[j] => Some(best),
            _ => Some(j),
        };
        (0..row.len()).filter(|j| *j != i).fold(None, better).unwrap_or(0)
    });
    let nearest: Array1<u8> = nearest.map(|j| data.test_y[j]).collect();
    let right = share(&nearest, &data.test_y);
    assert!(right > 0.9, "{right}");
    Ok(format!(
        "the nearest neighbour of {:.1} % of new digits is the same digit; guessing gets 10 %",
        100.0 * right
    ))
}
