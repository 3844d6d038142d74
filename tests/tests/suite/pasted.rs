//! Models as they are pasted from Keras's examples: what each argument becomes.

use keras_core::prelude::*;
use ndarray::{Array2, Array4};

const N: usize = 6;

/// Multiplies by a number.
struct Times(f64);

impl Times {
    fn new(factor: f64) -> Self {
        Times(factor)
    }
}

impl<B: Axis, const W: usize> Layer<(B, Len<W>)> for Times {
    const OUTPUT: keras_core::shape::Shape = <(B, Len<W>) as Shape>::DIMS;

    fn trace(&self, x: Symbolic, _: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        Ok(x * self.0)
    }
}

fn pixels() -> Array4<f32> {
    Array4::from_shape_fn((2, 4, 4, 1), |(a, b, c, _)| ((a * 97 + b * 41 + c * 13) % 256) as f32)
}

#[test]
fn pixels_are_rescaled_by_a_quotient() -> keras_core::Result<()> {
    let x = pixels();
    let right: Vec<f32> = x.iter().map(|v| (f64::from(*v) / 255.0) as f32).collect();
    let near = |found: Vec<f32>| {
        for (a, b) in found.iter().zip(&right) {
            assert!((a - b).abs() <= 1e-6, "{a} for {b}");
        }
    };
    near(model!(Input(4, 4, 1) => Rescaling(1./255)).predict(&x)?.to_vec()?);
    near(model!(Input(4, 4, 1) => Rescaling(1/255)).predict(&x)?.to_vec()?);
    near(model!(Input(4, 4, 1) => Rescaling(scale = 1.0 / 255.0)).predict(&x)?.to_vec()?);
    near(model!(Input(shape = (4, 4, 1)) => layers.Rescaling((1. / 255))).predict(&x)?.to_vec()?);
    Ok(())
}

#[test]
fn sizes_are_computed_as_in_python() {
    let model =
        model!(Input(28*28) => Dense(2**3) => Dense(64 / 2) => Dense(N / 4) => Dense(N**2) => Dropout(.5));
    assert_eq!(model.structure().output_shape(0).to_string(), "(None, 36)");
    let widths: Vec<String> = model.weights().iter().map(|(_, w)| format!("{:?}", w.shape())).collect();
    assert_eq!(widths, ["[784, 8]", "[8]", "[8, 32]", "[32]", "[32, 1]", "[1]", "[1, 36]", "[36]"]);
    let model =
        model!(Input(2 * 2, (1 + 2)) => Reshape((4 * 3, 10 - 9)) => Conv1D(2**2, (1 + 2,), padding = "SAME"));
    assert_eq!(model.structure().output_shape(0).to_string(), "(None, 12, 4)");
}

#[test]
fn arithmetic_for_an_own_layer_is_taken_too() -> keras_core::Result<()> {
    let model = model!(Input(2) => Times(1. / 4) => Times(2.0 * 3.0) => Times(2.**3));
    assert_eq!(model.predict(&ndarray::array![[1.0f32, 2.0]])?.to_vec()?, [12.0, 24.0]);
    Ok(())
}

#[test]
fn a_seed_makes_the_same_weight_each_time() {
    let kernel = |seed: u64| {
        let model = model!(Input(5) => Dense(4, kernel_initializer = keras.initializers.HeNormal(seed = 3)));
        set_random_seed(seed);
        let other = model!(Input(5) => Dense(4, kernel_initializer = he_normal(seed = 3)));
        let bits = |raw: &Raw| raw.to_vec().map(|v| v.into_iter().map(f32::to_bits).collect::<Vec<_>>());
        let (a, b) = (bits(&model.weights()[0].1), bits(&other.weights()[0].1));
        assert_eq!(a.as_ref().ok(), b.as_ref().ok());
        a.ok()
    };
    let first = kernel(1);
    assert!(first.is_some());
    assert_eq!(first, kernel(2));
}

#[test]
fn modules_of_python_may_stand_before_names() -> keras_core::Result<()> {
    let pasted = model!(
        tf.keras.Input(shape=(N,))
            => layers.Dense(10, activation=keras.activations.relu, kernel_regularizer=regularizers.L2(0.01))
            => tf.keras.layers.Dense(
                4,
                activation="tanh",
                bias_initializer=initializers.Constant(0.5),
                kernel_constraint=constraints.MaxNorm(2),
                kernel_regularizer=regularizers.l1_l2(l1=1e-5, l2=1.e-4),
            )
            => keras.layers.Dense(1, tf.nn.sigmoid)
    );
    let plain = model!(
        Input(6)
            => Dense(10, activation = relu, kernel_regularizer = L2(0.01))
            => Dense(4, activation = tanh, bias_initializer = Constant(0.5), kernel_constraint = MaxNorm(2),
                kernel_regularizer = L1L2(0.00001, 0.0001))
            => Dense(1, sigmoid)
    );
    assert_eq!(pasted.summary().to_string(), plain.summary().to_string());
    let x = Array2::from_shape_fn((3, 6), |(i, j)| (i as f32 - j as f32) / 4.0);
    let y = Array2::<f32>::zeros((3, 1));
    let (mut a, mut b) = (
        pasted.compile(SGD::new(0.1), MeanSquaredError::new(), ()),
        plain.compile(SGD::new(0.1), MeanSquaredError::new(), ()),
    );
    let weights: Vec<Raw> = b.weights().into_iter().map(|(_, w)| w).collect();
    a.set_weights(&weights)?;
    // The regularisers are in the loss, the constraint in the weights after it.
    assert_eq!(a.train_on_batch(&x, &y)?, b.train_on_batch(&x, &y)?);
    assert_eq!(a.predict(&x)?.to_vec()?, b.predict(&x)?.to_vec()?);
    Ok(())
}

#[test]
fn tensors_are_added_as_in_python() -> keras_core::Result<()> {
    let signs = model!({
        let a = Input(3);
        let b = keras.Input((3,));
        let c = Input(3);
        a + b * c - a
    });
    let layers = model!({
        let a = Input(3);
        let b = Input(3);
        let c = Input(3);
        let product = [b, c] => Multiply();
        let sum = [a, product] => Add();
        [sum, a] => Subtract()
    });
    let functions = model!({
        let a = Input(3);
        let b = Input(3);
        let c = Input(3);
        let product = keras.layers.multiply([b, c]);
        let sum = add([a, product]);
        subtract([sum, a])
    });
    let of = |k: f32| Array2::from_shape_fn((2, 3), |(i, j)| k + i as f32 * 0.5 - j as f32);
    let (a, b, c) = (of(0.25), of(1.5), of(-2.0));
    let right: Vec<f32> = a.iter().zip(&b).zip(&c).map(|((a, b), c)| a + b * c - a).collect();
    for found in [
        signs.predict((&a, &b, &c))?.to_vec()?,
        layers.predict((&a, &b, &c))?.to_vec()?,
        functions.predict((&a, &b, &c))?.to_vec()?,
    ] {
        assert_eq!(found, right);
    }
    let joined = model!({
        let a = Input(3);
        let b = Input(3);
        concatenate([a, b => Dense(2)], axis=-1) => Dense(1)
    });
    assert_eq!(joined.structure().output_shape(0).to_string(), "(None, 1)");
    assert_eq!(joined.count_params(), 3 * 2 + 2 + 5 + 1);
    Ok(())
}

#[test]
fn the_pattern_says_which_tensors_are_used() -> keras_core::Result<()> {
    let model = model!({
        let steps = Input(None, 3);
        let (y, _h, _c) = steps => LSTM(4, return_sequences = True, return_state = True);
        y => Dense(2)
    });
    assert_eq!(model.structure().output_shape(0).to_string(), "(None, None, 2)");
    let first = model!({
        let steps = Input(None, 3);
        let (y, ..) = steps => GRU(4, return_state = true);
        y => Dense(2)
    });
    assert_eq!(first.structure().output_shape(0).to_string(), "(None, 2)");
    // A name with capitals is no matter of style.
    let named = model!(Input(3) => Dense(2, name = "Conv1_BN"));
    assert_eq!(named.weights()[0].0, "Conv1_BN/kernel");
    Ok(())
}
