//! Expressions of tensors and arguments as Python writes them. Numbers and names are real Keras 3.15's.

use keras_core::prelude::*;
use ndarray::{Array2, Array3, array};

fn shapes(model: &impl Model) -> Vec<String> {
    model.output_shapes().iter().map(ToString::to_string).collect()
}

#[test]
fn parentheses_stand_around_tensors() -> keras_core::Result<()> {
    let model = model!(
        let x = Input(None, 4);
        let last = (x[:, -1, :] * 2.0);
        let same = (x);
        let sum = ((same[:, 0, :]) + last);
        let negative = (-sum);
        (negative => Dense(3)) => Dense(2)
    );
    assert_eq!(shapes(&model), ["(None, 2)"]);
    let model = model!(let x = Input(2, 2); (x[:, -1, :] + x[:, 0, :]) => ops.square());
    let x = array![[[1.0f32, 2.0], [3.0, -5.0]]];
    assert_eq!(model.predict(&x)?.to_vec()?, [16.0, 9.0]);
    // In parentheses may stand a block, too.
    let model = model!(let block = (Dense(3) => Dense(2)); Input(4) => block => block_of());
    assert_eq!(model.count_params(), 15 + 8 + 3);
    Ok(())
}

model! {
    fn block_of(x) { (x) => (Dense(1)) }
}

#[test]
fn tensors_are_compared() -> keras_core::Result<()> {
    let model = model!(
        let t = Input(4);
        let positive = ops.cast(t > 0, "float32");
        let d = ops.where(t >= -0.5, t, 0.1);
        let e = (t < d) | (t != positive);
        let f = ~e & (t <= 1.0);
        (positive, d, ops.cast(f, "float32"))
    );
    let x = array![[-1.5f32, -0.25, 0.0, 2.0], [1.0, 0.1, -0.5, 0.75]];
    let (a, b, c) = model.predict(&x)?;
    assert_eq!(a.to_vec()?, [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0]);
    assert_eq!(b.to_vec()?, [0.1, -0.25, 0.0, 2.0, 1.0, 0.1, -0.5, 0.75]);
    assert_eq!(c.to_vec()?, [0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
    let product = model!(let a = Input(2, 3); let b = Input(3, 2); ops.cast((a @ b) * 2 > a @ b, "float32"));
    let count = |n: usize, m: usize, less: f32| {
        Array3::from_shape_fn((1, n, m), |(_, i, j)| (i * m + j) as f32 - less)
    };
    let y = product.predict((&count(2, 3, 2.5), &count(3, 2, 3.0)))?;
    assert_eq!(y.to_vec()?, [1.0, 1.0, 0.0, 1.0]);
    Ok(())
}

/// The default of `approximate` is false in `keras.activations` and TensorFlow, and true in `keras.ops`. Numbers of Keras.
#[test]
fn gelu_has_the_default_of_its_module() -> keras_core::Result<()> {
    let model = model!(
        let x = keras.Input(shape=(2,));
        (keras.activations.gelu(x), tf.nn.gelu(x), keras.ops.gelu(x), keras.activations.gelu(x, True),
            keras.activations.gelu(x, approximate=True))
    );
    let (a, b, c, d, e) = model.predict(&array![[1.0f32, -0.5]])?;
    let (exact, approximate) = ([0.841_344_7, -0.154_268_77], [0.841_192, -0.154_286f32]);
    for (found, right) in [(a, exact), (b, exact), (c, approximate), (d, approximate), (e, approximate)] {
        for (found, right) in found.to_vec()?.iter().zip(right) {
            assert!((found - right).abs() < 1e-6, "{found} {right}");
        }
    }
    Ok(())
}

#[test]
fn functions_are_called_by_their_modules() -> keras_core::Result<()> {
    let model = model!(
        let x = keras.Input(shape=(4,));
        (keras.activations.relu(x, negative_slope=0.5), activations.exponential(x), ops.nn.gelu(x),
            ops.numpy.mean(x, axis=-1), tf.nn.relu(x))
    );
    let (a, b, c, d, e) = model.predict(&array![[-2.0f32, -0.5, 0.0, 1.0]])?;
    assert_eq!(a.to_vec()?, [-1.0, -0.25, 0.0, 1.0]);
    for (found, right) in b.to_vec()?.iter().zip([0.135_335_28, 0.606_530_67, 1.0, 2.718_281_7f32]) {
        assert!((found - right).abs() < 1e-6);
    }
    for (found, right) in c.to_vec()?.iter().zip([-0.045_402_35, -0.154_286, 0.0, 0.841_192f32]) {
        assert!((found - right).abs() < 1e-6);
    }
    assert_eq!((d.to_vec()?, e.to_vec()?), (vec![-0.375], vec![0.0, 0.0, 0.0, 1.0]));
    let summary = model.summary().to_string();
    for row in ["re_lu (ReLU)", "exp (Exp)", "gelu (Gelu)"] {
        assert!(summary.contains(row), "{summary}");
    }
    Ok(())
}

#[test]
fn what_is_by_default_may_be_said() {
    let model = model!(
        keras.Input(batch_shape=(None, 5, 32), name=None, dtype=None, sparse=False)
            => Sequential([Dense(3, trainable=False, name=None)], name=None)
            => TimeDistributed(Dense(2), trainable=False, name="steps")
            => Lambda(|x| x * 2.0, name=None)
    );
    assert_eq!(shapes(&model), ["(None, 5, 2)"]);
    assert!(model.summary().to_string().contains("Trainable params: 0 (0.00 B)"));
    assert_eq!(shapes(&model!(Input((32,), 4) => Dense(3, trainable=True))), ["(4, 3)"]);
    assert_eq!(shapes(&model!(Input(batch_shape = (4, 32)) => Dense(3))), ["(4, 3)"]);
}

/// The layers that Keras makes inside of others count in its numbering.
#[test]
fn hidden_layers_are_counted() {
    let model = model!(
        let x = Input(4, 6);
        let attended = Dropout(0.1);
        let y = [x, x] => MultiHeadAttention(2, 3) => attended => Dropout(0.2);
        let z = [y, y] => GroupQueryAttention(3, 2, 2) => Softmax() => Dropout(0.3);
        z
    );
    let names: Vec<&str> = model.layers().into_iter().map(|layer| layer.name()).collect();
    let right =
        ["multi_head_attention", "dropout", "dropout_2", "grouped_query_attention", "softmax_2", "dropout_4"];
    assert_eq!(names, right);
    let model = model!(
        Input(8, 8, 3)
            => RandAugment((0, 255))
            => RandomColorJitter((0, 255), brightness_factor = 0.1)
            => RandomBrightness(0.1)
            => RandomContrast(0.1)
    );
    let names: Vec<&str> = model.layers().into_iter().map(|layer| layer.name()).collect();
    assert_eq!(names, ["rand_augment", "random_color_jitter", "random_brightness_2", "random_contrast_1"]);
}

/// Of a frozen weight Keras counts no regulariser.
#[test]
fn frozen_weights_are_not_regularised() -> keras_core::Result<()> {
    let (x, y) = (Array2::<f32>::ones((2, 3)), Array2::<f32>::zeros((2, 1)));
    let mut model = model!(
        Input(3)
            => Dense(2, kernel_initializer = Constant(0.5), kernel_regularizer = L2(0.1), trainable = false)
            => Dense(1, kernel_initializer = ones, kernel_regularizer = L1(0.25))
    )
    .compile(SGD::new(0.01), MeanSquaredError::new(), ());
    assert_eq!(model.evaluate(&x, &y).verbose(0).run()?.loss(), 9.5);
    let (loss, _) = model.gradients(&x, &y)?;
    assert_eq!(loss, 9.5);
    let logs = model.train_on_batch(&x, &y)?;
    assert!(logs.iter().any(|(name, value)| *name == "loss" && *value == 9.5), "{logs:?}");
    let after = model.evaluate(&x, &y).verbose(0).run()?.loss();
    assert!((after - 7.542_657).abs() < 1e-5, "{after}");
    model.dense.set_trainable(true);
    // Keras's 7.692657, of the kernel that has not moved 0.15.
    let thawed = model.evaluate(&x, &y).verbose(0).run()?.loss();
    assert!((thawed - after - 0.15).abs() < 1e-5, "{thawed} after {after}");
    Ok(())
}

/// A layer inside of a wrapper may be frozen on its own.
#[test]
fn layers_in_wrappers_are_frozen() {
    let trained = |summary: String| {
        let line =
            summary.lines().find(|line| line.trim_start().starts_with("Trainable")).map(str::to_string);
        line.unwrap_or_default().trim().split(' ').nth(2).unwrap_or_default().to_string()
    };
    let found = [
        model!(Input(5, 4) => TimeDistributed(Dense(3, trainable = false))).summary().to_string(),
        model!(Input(5, 4) => Bidirectional(LSTM(3, trainable = False))).summary().to_string(),
        model!(Input(5, 4) => Bidirectional(LSTM(3, trainable = false), backward_layer = GRU(3, go_backwards = true)))
            .summary()
            .to_string(),
        model!(Input(5, 4) => RNN([LSTMCell(3, trainable = false), GRUCell(2)])).summary().to_string(),
        model!(Input(5, 4) => SpectralNormalization(Dense(3, trainable = false))).summary().to_string(),
        model!(Input(2, 5, 4) => TimeDistributed(TimeDistributed(Dense(3, trainable = false)))).summary().to_string(),
        model!(let lstm = LSTM(3, trainable = false); Input(5, 4) => Bidirectional(lstm)).summary().to_string(),
    ]
    .map(trained);
    assert_eq!(found, ["0", "0", "81", "42", "0", "0", "0"]);
}
