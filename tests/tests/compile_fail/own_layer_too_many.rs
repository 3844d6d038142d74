//! More tensors than an own layer has said that it takes.

use keras_core::prelude::*;

#[derive(Default)]
struct First;

impl Layer<(Of<(Dyn, Len<1>)>, Of<(Dyn, Len<1>)>)> for First {
    const OUTPUT: Dims = <(Dyn, Len<1>) as Shape>::DIMS;

    fn call(
        &self,
        (x, _): (burn::tensor::Tensor<2>, burn::tensor::Tensor<2>),
        _: &mut LayerContext<'_>,
    ) -> keras_core::Result<Raw> {
        Ok(x.into())
    }
}

fn main() {
    let _ = model!(
        let x = Input(1);
        [x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x] => First => Dense(1)
    );
}
