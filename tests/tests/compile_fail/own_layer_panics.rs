use keras_core::prelude::*;

#[derive(Default)]
struct Halves;

impl<B: Axis, const N: usize> Layer<(B, Len<N>)> for Halves {
    const OUTPUT: Dims = {
        assert!(N % 2 == 0, "Halves needs an even number of features");
        Dims::new(&[B::DIM, keras_core::shape::Dim::Fixed(N / 2)])
    };

    fn trace(&self, x: Symbolic, _: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        Ok(ops::take(x, ops::arange(0, (N / 2) as i32, 1), 1))
    }
}

fn main() {
    let _ = model!(Input(28) => Dense(7) => Halves => Dense(2));
}
