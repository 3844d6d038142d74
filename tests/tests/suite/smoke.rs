use keras_core::prelude::*;

const HIDDEN: usize = 16;

#[derive(Default)]
struct Scale;

impl<B: Axis, const N: usize> Layer<(B, Len<N>)> for Scale {
    const OUTPUT: Dims = <(B, Len<N>) as Shape>::DIMS;

    fn weights(&self) -> Vec<WeightSpec> {
        vec![WeightSpec::new("scale", Dims::fixed(&[N]), Initializer::Ones)]
    }

    fn trace(&self, x: Symbolic, cx: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        Ok(x * cx.weight("scale"))
    }
}

model! {
    /// An encoder.
    #[derive(Clone)]
    pub struct Encoder {
        Input(HIDDEN) => Dense(2 * HIDDEN, activation = relu) => Dense(3)
    }
}

model! {
    /// A deep one.
    pub struct Outer {
        Input(784)
            => Dense(HIDDEN, activation = "relu", name = "first")
            => Encoder
            => Scale
            => Lambda(|x| x * 2.0)
            => [Dense(5); 3]
            => Dense(10, activation = softmax)
    }
}

#[test]
fn it_runs() {
    let m = Outer::new();
    assert_eq!(m.output_shape().to_string(), "(None, 10)");
    let x = ndarray::Array2::<f32>::zeros((4, 784));
    let y = m.predict(&x).unwrap();
    assert_eq!(y.shape(), [4, 10]);
    let y = m.predict(&Tensor::from([[0.5f32; 784]; 2])).unwrap();
    assert!((y.to_vec().unwrap().iter().sum::<f32>() - 2.0).abs() < 1e-5);
    println!("{:?} {}", m.first, m.count_params());
    let m = model!(< Input(28, 28) => Flatten() => Dense(128, activation = relu) => Dense(10, activation = softmax) >);
    assert_eq!(m.count_params(), 101770);
    assert_eq!(m.dense_1.count_params(), 1290);
}
