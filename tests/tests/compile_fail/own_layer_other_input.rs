use keras_core::prelude::*;

#[derive(Default)]
struct Scale;

impl<B: Axis, const N: usize> Layer<(B, Len<N>)> for Scale {
    const OUTPUT: Dims = <(B, Len<N>) as Shape>::DIMS;

    fn trace(&self, x: Symbolic, _: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        Ok(x * 2.0)
    }
}

fn main() {
    let _ = model!(Input(28, 28) => Scale => Flatten());
}
