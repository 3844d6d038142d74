//! One model, five answers: the constants, the types, the macro's rules, a run, and real Keras agree on its shape.

use keras_core::prelude::*;
use ndarray::{ArrayD, IxDyn};

/// `declared` and `params` are constants of the type; what follows is Keras's.
pub fn check<M: Model>(
    model: M,
    declared: Dims,
    params: usize,
    keras: &str,
    keras_params: usize,
    x: &[usize],
    y: &[usize],
) where
    for<'a> &'a ArrayD<f32>: keras_core::tensor::IntoInputs<'a, M::Inputs>,
    M::Outputs: keras_core::tensor::Shapes<Tensors = Tensor<M::Output>>,
{
    assert_eq!(declared.to_string(), keras, "the constant");
    assert_eq!(<M::Output as Shape>::DIMS.to_string(), keras, "the type");
    assert_eq!(model.output_shape().to_string(), keras, "the rules");
    assert_eq!(params, keras_params, "the constant");
    assert_eq!(model.count_params(), keras_params, "the weights");
    let input = <M::Input as Shape>::DIMS;
    assert_eq!(input.to_string(), model.input_shape().to_string());
    assert_eq!(input.rank(), x.len());
    let n: usize = x.iter().product();
    let data: Vec<f32> = (0..n).map(|i| (i % 17) as f32 / 17.0 - 0.5).collect();
    let data = ArrayD::from_shape_vec(IxDyn(x), data).expect("data");
    // `predict` carries the result in the type `M::Output`: a length that the type denies would be an error.
    let found = model.predict(&data).expect("a run");
    assert_eq!(found.shape(), y, "the run");
    assert!(found.to_vec().expect("numbers").iter().all(|x| x.is_finite()));
}

/// Which axis it is, only the compiler knows: nothing is said of it before.
#[test]
fn arguments_that_only_the_compiler_evaluates() {
    const AXIS: isize = 1;
    const LAST: isize = -AXIS;
    const WITH_BIAS: bool = AXIS < 0;
    const SEQUENCES: bool = !WITH_BIAS;
    model! {
        struct Named {
            Input(5, 4)
                => BatchNormalization(axis = AXIS)
                => LayerNormalization(axis = LAST)
                => LSTM(3, return_sequences = SEQUENCES)
                => Dense(2, use_bias = WITH_BIAS)
        }
    }
    // 4 * 5, 2 * 4, 4 * 3 * (4 + 3 + 1) and 3 * 2 parameters.
    check(
        Named::new(),
        Named::OUTPUT_SHAPE,
        Named::PARAMS,
        "(None, 5, 2)",
        20 + 8 + 96 + 6,
        &[2, 5, 4],
        &[2, 5, 2],
    );
}
