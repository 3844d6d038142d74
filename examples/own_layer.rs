//! A layer of your own, written in operations: a gate that learns which features to listen to. It takes part in the proof, in training, in the summary and in files, as Keras's layers do.

use keras_core::prelude::*;
use keras_examples::{commonest, waves};

/// Multiplies each feature by a number between 0 and 1 that is learnt.
#[derive(Default)]
struct Gate;

impl<B: Axis, T: Axis, const N: usize> Layer<(B, T, Const<N>)> for Gate {
    const OUTPUT: Dims = <(B, T, Const<N>) as Shape>::DIMS;

    fn weights(&self) -> Vec<WeightSpec> {
        vec![WeightSpec::new("gate", Dims::fixed(&[N]), Initializer::Zeros)]
    }

    fn trace(&self, x: Symbolic, cx: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        Ok(x * ops::sigmoid(cx.weight("gate")))
    }
}

fn main() -> keras_core::Result<()> {
    set_random_seed(9);
    println!("Made-up sequences: waves of three speeds under noise.\n");
    let (x, y) = waves(400, 20, 12, 3, 61);
    let (test_x, test_y) = waves(200, 20, 12, 3, 62);
    let mut model = model!(Input(None, 12) => Gate => GRU(24) => Dense(3, activation = softmax)).compile(
        Adam::new(5e-3),
        SparseCategoricalCrossentropy::new(),
        Accuracy::new(),
    );
    println!("{}", model.summary());
    model.fit(&x, &y).epochs(8).verbose(2).run()?;
    let result = model.evaluate(&test_x, &test_y).verbose(0).run()?;
    println!(
        "\n{:.1} % right on new sequences; guessing gets {:.1} %.",
        100.0 * result.get("accuracy").unwrap_or(0.0),
        100.0 * commonest(test_y.iter().copied())
    );
    let gates = model.get_layer("gate").map(|gate| gate.params()[0].value().to_vec()).transpose()?;
    println!("What the gate learnt, per feature: {:.2?}", gates.unwrap_or_default());
    Ok(())
}
