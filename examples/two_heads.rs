//! A graph with a layer used twice, a residual connection and two outputs with a loss each. The data is
//! made up: two views of a point, of which the model finds the kind and the distance.

use keras_core::prelude::*;
use keras_examples::{commonest, rng};
use ndarray::{Array1, Array2};
use rand::RngExt;

model! {
    /// Finds kind and distance from two views.
    pub struct TwoHeads {
        let left = Input(8);
        let right = Input(8);
        let see = Dense(32, activation = relu);
        let a = left => see;
        let b = right => see;
        let seen = [a, b] => Add();
        let thought = seen => Dense(32, activation = relu) => Dense(32);
        let both = [seen, thought] => Add() => Activation(relu);
        let kind = both => Dense(3, activation = softmax, name = "kind");
        let distance = both => Dense(1, name = "distance");
        (kind, distance)
    }
}

fn views(n: usize, seed: u64) -> (Array2<f32>, Array2<f32>, Array1<u8>, Array2<f32>) {
    let mut rng = rng(seed);
    let kinds: Array1<u8> = (0..n).map(|_| rng.random_range(0..3)).collect();
    let distances = Array2::from_shape_fn((n, 1), |_| rng.random_range(0.0..1.0f32));
    let mut view = |shift: usize| {
        Array2::from_shape_fn((n, 8), |(i, f)| {
            let on = (f + shift) % 3 == usize::from(kinds[i]);
            f32::from(u8::from(on)) * (1.5 - distances[[i, 0]]) + rng.random_range(-0.1..0.1)
        })
    };
    (view(0), view(3), kinds, distances)
}

fn main() -> keras_core::Result<()> {
    set_random_seed(11);
    println!("Made-up views of points of three kinds.\n");
    let (left, right, kind, distance) = views(1500, 81);
    let (test_left, test_right, test_kind, test_distance) = views(400, 82);
    let mut model = TwoHeads::new()
        .compile(
            Adam::new(3e-3),
            TwoHeadsOutputs { kind: SparseCategoricalCrossentropy::new(), distance: MeanSquaredError::new() },
            (Accuracy::new(), MeanAbsoluteError::new()),
        )
        .loss_weights(&[1.0, 5.0]);
    println!("{}", model.summary());
    let x = TwoHeadsInputs { left: &left, right: &right };
    model.fit(x, TwoHeadsOutputs { kind: &kind, distance: &distance }).epochs(10).run()?;
    let result = model.evaluate((&test_left, &test_right), (&test_kind, &test_distance)).run()?;
    let mean = distance.mean().unwrap_or(0.0);
    println!(
        "\nKind: {:.1} % right; guessing gets {:.1} %.\nDistance: off by {:.3} on average; saying the mean, {:.3}.",
        100.0 * result.get("kind_accuracy").unwrap_or(0.0),
        100.0 * commonest(test_kind.iter().copied()),
        result.get("distance_mean_absolute_error").unwrap_or(f64::NAN),
        test_distance.mapv(|d| (d - mean).abs()).mean().unwrap_or(f32::NAN)
    );
    Ok(())
}
