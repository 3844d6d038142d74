use keras_core::prelude::*;

fn main() -> keras_core::Result<()> {
    let mut model = model!(Input(4) => Dense(3, activation = softmax)).compile("adam", SparseCategoricalCrossentropy::new(), "accuracy");
    model.fit("x.csv", "y.csv").run()?;
    Ok(())
}
