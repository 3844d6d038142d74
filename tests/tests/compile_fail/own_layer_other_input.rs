use keras_core::prelude::*;

#[derive(Default)]
struct Scale;

impl<B: Axis, const N: usize> Layer<(B, Len<N>)> for Scale {
    const OUTPUT: Dims = <(B, Len<N>) as Shape>::DIMS;

    fn call(&self, x: burn::tensor::Tensor<2>, _: &mut LayerContext<'_>) -> keras_core::Result<Raw> {
        Ok((x * 2.0).into())
    }
}

fn main() {
    let _ = model!(Input(28, 28) => Scale => Flatten());
}
