use keras_core::prelude::*;

fn main() -> keras_core::Result<()> {
    let model = model!(Input(4) => Dense(3, activation = softmax));
    let x = keras_core::burn::tensor::Tensor::<3>::zeros([2, 4, 1], &keras_core::device::default_device());
    model.predict(&x)?;
    Ok(())
}
