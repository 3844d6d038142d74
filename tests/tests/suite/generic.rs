//! Named models with parameters.
#![allow(clippy::unwrap_used)]

use keras_core::prelude::*;

model! {
    /// A residual block.
    #[derive(Clone)]
    pub struct Residual<const FILTERS: usize, const STRIDES: usize = 1> {
        let x = Input(8, 8, FILTERS);
        let y = x => Conv2D(FILTERS * 2, 3, strides = STRIDES, padding = same, activation = relu)
            => Conv2D(FILTERS, 3, padding = same);
        let short = x => Conv2D(FILTERS, 1, strides = STRIDES);
        [short, y] => Add() => ReLU()
    }
}

model! {
    pub struct Head<const UNITS: usize> {
        Input(4) => Dense(UNITS * 4, activation = relu) => Dense(UNITS)
    }
}

#[test]
fn it_runs() {
    let model = Head::<3>::new();
    println!("{}", model.summary());
    assert_eq!(model.count_params(), Head::<3>::PARAMS);
    let x = ndarray::Array2::<f32>::ones((2, 4));
    let y: Tensor<(Dyn, Len<3>)> = model.predict(&x).unwrap();
    assert_eq!(y.shape(), [2, 3]);
    let outer = model!(Input(8, 8, 4) => Residual::<4> => Residual::<4, 1>() => [Residual::<4>; 2] => Flatten() => Dense(1));
    println!("{}", outer.summary());
    let x = ndarray::Array4::<f32>::ones((2, 8, 8, 4));
    assert_eq!(outer.predict(&x).unwrap().shape(), [2, 1]);
}
