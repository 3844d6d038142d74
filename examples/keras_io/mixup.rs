//! MixUp augmentation for image classification: a network learns from mixtures of two images with labels that are mixed alike.
//! Real handwritten digits, of which few are shown.

use keras_core::prelude::*;
use ndarray::{Array2, Array4, Axis, s};
use rand::seq::SliceRandom;
use rand_distr::{Beta, Distribution};

use crate::data::digits;

const FEW: usize = 200;

model! {
    #[derive(Clone)]
    pub struct Network {
        Input(shape = (8, 8, 1))
            => Conv2D(16, (3, 3), activation = "relu")
            => Conv2D(16, (3, 3), activation = "relu")
            => GlobalAveragePooling2D()
            => Dense(128, activation = "relu")
            => Dense(10, activation = "softmax")
    }
}

/// Images and labels, each mixed with those of another order by a share that is drawn for each.
fn mix_up(images: &Array4<f32>, labels: &Array2<f32>, alpha: f32, seed: u64) -> (Array4<f32>, Array2<f32>) {
    let mut rng = keras_examples::rng(seed);
    let beta = Beta::new(alpha, alpha).expect("a positive alpha");
    let mut others: Vec<usize> = (0..images.dim().0).collect();
    others.shuffle(&mut rng);
    let shares: Vec<f32> = others.iter().map(|_| beta.sample(&mut rng)).collect();
    let (mut x, mut y) = (images.clone(), labels.clone());
    for (i, (&other, &share)) in others.iter().zip(&shares).enumerate() {
        let mix = |a: &mut f32, b: &f32| *a = share * *a + (1.0 - share) * b;
        x.index_axis_mut(Axis(0), i).zip_mut_with(&images.index_axis(Axis(0), other), mix);
        y.index_axis_mut(Axis(0), i).zip_mut_with(&labels.index_axis(Axis(0), other), mix);
    }
    (x, y)
}

pub fn run() -> keras_core::Result<String> {
    let data = digits()?;
    let one_hot = |labels: &ndarray::Array1<u8>| keras_core::data::to_categorical(labels.iter().copied(), 10);
    let x = data.train_x.slice(s![..FEW, .., .., ..]).to_owned();
    let y = one_hot(&data.train_y)?.slice(s![..FEW, ..]).to_owned();
    let test_y = one_hot(&data.test_y)?;
    let initial_model = Network::new();
    let evaluate = |mixed: bool| -> keras_core::Result<(f64, f64)> {
        let mut model =
            initial_model.clone().compile(Adam::new(3e-3), CategoricalCrossentropy::new(), ["accuracy"]);
        let mut epoch = 0;
        let batches = move || {
            epoch += 1;
            let (x, y) = if mixed { mix_up(&x, &y, 0.2, epoch) } else { (x.clone(), y.clone()) };
            (0..FEW / 20).map(move |i| {
                let rows = i * 20..(i + 1) * 20;
                (x.slice(s![rows.clone(), .., .., ..]).to_owned(), y.slice(s![rows, ..]).to_owned())
            })
        };
        model.fit_batches(batches).epochs(60).verbose(0).run()?;
        let result = model.evaluate(&data.test_x, &test_y).verbose(0).run()?;
        Ok((result["accuracy"], result["loss"]))
    };
    let ((mixed, mixed_loss), (plain, plain_loss)) = (evaluate.clone()(true)?, evaluate(false)?);
    assert!(mixed > 0.85, "{mixed}");
    Ok(format!(
        "from {FEW} digits: {:.1} % of new ones with mixtures (loss {mixed_loss:.2}), {:.1} % without (loss {plain_loss:.2})",
        100.0 * mixed,
        100.0 * plain
    ))
}
