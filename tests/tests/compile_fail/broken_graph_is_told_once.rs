use keras_core::prelude::*;
use ndarray::Array2;

model! {
    pub struct Scorer {
        let person = Input(4);
        let text = Input(4);
        let both = [person, text] => Concatenate() => Dense(3, activaton = relu);
        let kind = both => Dense(3, activation = softmax);
        let score = both => Dense(1);
        (kind, score)
    }
}

fn main() -> keras_core::Result<()> {
    let (x, y) = (Array2::<f32>::zeros((4, 4)), Array2::<f32>::zeros((4, 1)));
    let losses = (CategoricalCrossentropy::new(), MeanSquaredError::new());
    let mut model = Scorer::new().compile(Adam::new(0.01), losses, (Accuracy::new(), ()));
    model.fit((&x, &x), (&x, &y)).verbose(0).run()?;
    let (kind, score) = model.predict((&x, &x))?;
    println!("{:?} {:?}", kind.to_vec()?, score.to_vec()?);
    let (kind, _score) = model.predict_one((&[1.0; 4], &[1.0; 4]))?;
    println!("{}", kind[0]);
    let inputs = ScorerInputs { person: &x, text: &x };
    model.evaluate(inputs, ScorerOutputs { kind: &x, score: &y }).run()?;
    let losses = ScorerOutputs { kind: CategoricalCrossentropy::new(), score: MeanSquaredError::new() };
    let metrics = ScorerOutputs { kind: Accuracy::new(), score: () };
    Scorer::new().compile(Adam::new(0.01), losses, metrics).train_on_batch(inputs, [&x, &y])?;
    Ok(())
}
