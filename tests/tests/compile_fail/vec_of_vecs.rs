use keras_core::prelude::*;

fn main() -> keras_core::Result<()> {
    let rows: Vec<Vec<f32>> = vec![vec![0.0; 4]; 100];
    let labels: Vec<u8> = vec![0; 100];
    let mut model = model!(Input(4) => Dense(3, activation = softmax)).compile(
        Adam::new(0.001),
        SparseCategoricalCrossentropy::new(),
        Accuracy::new(),
    );
    model.fit(&rows, &labels).run()?;
    Ok(())
}
