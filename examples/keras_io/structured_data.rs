//! Structured data classification from scratch: numbers, whole numbers and words side by side, each read by a preprocessing
//! layer of the model. Made-up patients: what makes ill is the age, a pressure, a kind of pain and a scan.

use keras_core::prelude::*;
use ndarray::Array2;
use rand::RngExt;

const THAL: [&str; 3] = ["normal", "fixed", "reversible"];

model! {
    pub struct Patients {
        let age = Input(shape = (1,));
        let trestbps = Input(shape = (1,));
        let cp = Input(shape = (1,), dtype = "int64");
        let thal = Input(shape = (1,), dtype = "string");
        let age_normalised = age => Normalization(name = "age_norm");
        let trestbps_normalised = trestbps => Normalization(name = "trestbps_norm");
        let cp_encoded = cp => IntegerLookup(vocabulary = [0, 1, 2, 3, 4], output_mode = "one_hot");
        let thal_encoded = thal => StringLookup(vocabulary = ["normal", "fixed", "reversible"], output_mode = "one_hot");
        let all_features = concatenate([age_normalised, trestbps_normalised, cp_encoded, thal_encoded]);
        let x = all_features => Dense(32, activation = "relu");
        let x = x => Dropout(0.5);
        x => Dense(1, activation = "sigmoid")
    }
}

struct Table {
    age: Array2<f32>,
    trestbps: Array2<f32>,
    cp: Array2<i64>,
    thal: Vec<&'static str>,
    target: Array2<u8>,
}

fn patients(n: usize, seed: u64) -> Table {
    let mut rng = keras_examples::rng(seed);
    let age = Array2::from_shape_fn((n, 1), |_| rng.random_range(29.0..78.0f32));
    let trestbps = Array2::from_shape_fn((n, 1), |_| rng.random_range(94.0..200.0f32));
    let cp = Array2::from_shape_fn((n, 1), |_| rng.random_range(0..5i64));
    let thal: Vec<_> = (0..n).map(|_| THAL[rng.random_range(0..3)]).collect();
    let target = Array2::from_shape_fn((n, 1), |(i, _)| {
        let pain = [-1.0, 0.5, 1.0, -0.5, 1.5][cp[[i, 0]] as usize];
        let scan = if thal[i] == "reversible" { 1.5 } else { -0.8 };
        let score = (age[[i, 0]] - 53.0) / 12.0 + (trestbps[[i, 0]] - 147.0) / 40.0 + pain + scan;
        u8::from(score + rng.random_range(-0.5..0.5) > 0.0)
    });
    Table { age, trestbps, cp, thal, target }
}

pub fn run() -> keras_core::Result<String> {
    let (train, test) = (patients(1500, 1), patients(500, 2));
    let mut model = Patients::new();
    model.age_norm.adapt(&train.age)?;
    model.trestbps_norm.adapt(&train.trestbps)?;
    let mut model = model.compile("rmsprop", BinaryCrossentropy::new(), ["accuracy"]);
    model
        .fit((&train.age, &train.trestbps, &train.cp, &train.thal), &train.target)
        .epochs(30)
        .verbose(0)
        .run()?;
    let result =
        model.evaluate((&test.age, &test.trestbps, &test.cp, &test.thal), &test.target).verbose(0).run()?;
    let (accuracy, guess) = (result["accuracy"], keras_examples::commonest(test.target.iter().copied()));
    assert!(accuracy > 0.85, "{accuracy}");
    Ok(format!("{:.1} % of new patients; the commonest answer gets {:.1} %", 100.0 * accuracy, 100.0 * guess))
}
