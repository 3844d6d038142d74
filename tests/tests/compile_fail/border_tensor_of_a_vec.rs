use keras_core::prelude::*;

fn main() -> keras_core::Result<()> {
    let _ = Tensor::from(vec![1.0, 2.0]);
    let _ = Tensor::from([1.0f64, 2.0]);
    Ok(())
}
