use keras_core::prelude::*;

#[derive(Default)]
struct Halves;

impl<B: Axis, const N: usize> Layer<(B, Len<N>)> for Halves {
    const OUTPUT: Dims = {
        assert!(N % 2 == 0, "Halves needs an even number of features");
        Dims::new(&[B::DIM, keras_core::shape::Dim::Fixed(N / 2)])
    };

    fn call(&self, x: burn::tensor::Tensor<2>, _: &mut LayerContext<'_>) -> keras_core::Result<Raw> {
        Ok(x.narrow(1, 0, N / 2).into())
    }
}

fn main() {
    let _ = model!(Input(28) => Dense(7) => Halves => Dense(2));
}
