//! Attention-based deep multiple instance learning: a bag of images is positive if one of them is an 8, and which one it was
//! nobody says. The attention finds it. Real handwritten digits.

use keras_core::prelude::*;
use ndarray::{Array1, Array3, s};
use rand::RngExt;

use crate::data::{Split, digits};

const BAG: usize = 5;

model! {
    pub struct Mil {
        let bag = Input(BAG, 64);
        let embeddings = bag => Dense(128, activation = "relu") => Dense(64, activation = "relu");
        // Gated attention over the images of a bag.
        let v = embeddings => Dense(64, activation = "tanh");
        let u = embeddings => Dense(64, activation = "sigmoid");
        let scores = v * u;
        let alpha = scores => Dense(1, use_bias = false) => Softmax(axis = 1, name = "alpha");
        let weighted = layers.multiply([alpha, embeddings]);
        ops::sum(weighted, axis = 1) => Dense(2, activation = "softmax")
    }
}

/// Bags of images, whether each has an 8, and where.
fn bags(
    data: &(ndarray::Array4<f32>, Array1<u8>),
    n: usize,
    rng: &mut impl RngExt,
) -> (Array3<f32>, Array1<u8>, Vec<usize>) {
    let (images, labels) = data;
    let mut x = Array3::zeros((n, BAG, 64));
    let (mut positive, mut places) = (Array1::zeros(n), vec![0; n]);
    for i in 0..n {
        positive[i] = u8::from(rng.random::<bool>());
        places[i] = rng.random_range(0..BAG);
        for place in 0..BAG {
            let key = positive[i] == 1 && place == places[i];
            let image = loop {
                let j = rng.random_range(0..labels.len());
                if (labels[j] == 8) == key {
                    break j;
                }
            };
            let pixels = images.slice(s![image, .., .., 0]);
            x.slice_mut(s![i, place, ..]).iter_mut().zip(pixels).for_each(|(x, pixel)| *x = *pixel);
        }
    }
    (x, positive, places)
}

pub fn run() -> keras_core::Result<String> {
    let Split { train_x, train_y, test_x, test_y } = digits()?;
    let mut rng = keras_examples::rng(1);
    let (x, y, _) = bags(&(train_x, train_y), 1200, &mut rng);
    let (new_x, new_y, places) = bags(&(test_x, test_y), 300, &mut rng);
    let mut model = Mil::new().compile(Adam::new(1e-3), SparseCategoricalCrossentropy::new(), ["accuracy"]);
    model.fit(&x, &y).epochs(20).verbose(0).run()?;
    let accuracy = model.evaluate(&new_x, &new_y).verbose(0).run()?["accuracy"];
    let alpha = model.layer_output("alpha", &new_x)?.to_vec()?;
    let positive: Vec<usize> = (0..places.len()).filter(|i| new_y[*i] == 1).collect();
    let found: f32 =
        positive.iter().map(|i| alpha[i * BAG + places[*i]]).sum::<f32>() / positive.len() as f32;
    assert!(accuracy > 0.85 && found > 0.6, "{accuracy} {found}");
    Ok(format!(
        "{:.1} % of new bags; {:.0} % of the attention of positive bags is on the 8 (evenly it were 20 %)",
        100.0 * accuracy,
        100.0 * found
    ))
}
