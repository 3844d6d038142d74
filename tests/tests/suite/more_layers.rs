//! Layers for attention in groups, einsum, spectral norms and preprocessing in models, beside Keras's numbers or beside
//! another layer that gives the same.
#![allow(clippy::excessive_precision)]

use keras_core::prelude::*;
use keras_core::preprocessing::TextVectorization;
use ndarray::{Array2, Array3, array};

fn near(found: &[f32], expected: &[f32], what: &str) {
    let close = found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 2e-6 + 1e-5 * b.abs());
    assert!(found.len() == expected.len() && close, "{what}: {found:?}, expected {expected:?}");
}

/// Two steps of SGD on Keras with TensorFlow: the kernel is divided at each of the two steps of the sequence.
#[test]
fn a_kernel_is_divided_at_each_step_of_a_sequence() -> keras_core::Result<()> {
    let mut model = model!(Input(2, 3) => TimeDistributed(SpectralNormalization(Dense(2))));
    for (name, values) in
        [("kernel", &[1., 2., -0.5, 0.25, 3., -1.][..]), ("vector_u", &[0.6, -0.8]), ("bias", &[0.1, -0.2])]
    {
        model.time_distributed.set_weight(name, values)?;
    }
    let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
    let x = array![[[1.0f32, 2., 3.], [0.5, -1., 2.]], [[-2., 0.25, 1.], [1., 1., 1.]]];
    let y = array![[[1.0f32, 0.], [0., 1.]], [[1., 1.], [0., 0.]]];
    for _ in 0..2 {
        model.train_on_batch(&x, &y)?;
    }
    let weight = |name: &str| model.time_distributed.weight(name).unwrap().value().to_vec();
    let kernel = [0.126_204_34, 0.575_438_98, -0.349_491_06, 0.059_257_593, 0.700_340_03, -0.099_832_2];
    near(&weight("kernel")?, &kernel, "kernel");
    near(&weight("vector_u")?, &[0.983_317_08, -0.181_900_08], "vector");
    near(&weight("bias")?, &[-0.118_389_11, -0.005_848_214], "bias");
    Ok(())
}

/// Two steps of SGD on Keras with TensorFlow: a layer that is applied twice divides its kernel twice.
#[test]
fn a_kernel_is_divided_at_each_application() -> keras_core::Result<()> {
    let mut model = model! {
        let a = Input(3);
        let b = Input(3);
        let normed = SpectralNormalization(Dense(2));
        let one = a => normed;
        let other = b => normed;
        [one, other] => Add()
    };
    for (name, values) in
        [("kernel", &[1., 2., -0.5, 0.25, 3., -1.][..]), ("vector_u", &[0.6, -0.8]), ("bias", &[0.1, -0.2])]
    {
        model.spectral_normalization.set_weight(name, values)?;
    }
    let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
    let x = array![[1.0f32, 2., 3.], [0.5, -1., 2.], [-2., 0.25, 1.], [1., 1., 1.]];
    let back = array![[1.0f32, 1., 1.], [-2., 0.25, 1.], [0.5, -1., 2.], [1., 2., 3.]];
    let y = array![[1.0f32, 0.], [0., 1.], [1., 1.], [0., 0.]];
    for _ in 0..2 {
        model.train_on_batch((&x, &back), &y)?;
    }
    let weight = |name: &str| model.spectral_normalization.weight(name).unwrap().value().to_vec();
    let kernel = [0.537_873_98, 0.275_004_89, -0.281_066_3, -0.477_249_38, 1.031_583_7, -0.137_453_32];
    near(&weight("kernel")?, &kernel, "kernel");
    near(&weight("vector_u")?, &[0.999_989_69, -0.004_537_517_2], "vector");
    near(&weight("bias")?, &[0.166_496_46, -0.072_496_772], "bias");
    Ok(())
}

/// In Keras the array that the inner layer gives keeps its mask, although the symbolic tensor of the wrapper has none: beside
/// it the `LSTM` behind gives what it gives without the wrapper (TensorFlow and JAX).
#[test]
fn a_mask_goes_through_spectral_normalization() -> keras_core::Result<()> {
    let mut wrapped =
        model!(Input(4, 3) => Masking() => SpectralNormalization(Dense(3), name = "dense") => LSTM(2));
    let mut plain = model!(Input(4, 3) => Masking() => Dense(3) => LSTM(2));
    for (name, values) in [("kernel", vec![0.5; 9]), ("bias", vec![1.0, -0.5, 0.25])] {
        wrapped.dense.set_weight(name, &values)?;
        plain.dense.set_weight(name, &values)?;
    }
    for name in ["kernel", "recurrent_kernel", "bias"] {
        let values = plain.lstm.weight(name).unwrap().value().to_vec()?;
        wrapped.lstm.set_weight(name, &values)?;
    }
    let mut x = Array3::from_shape_fn((2, 4, 3), |(i, t, k)| (i + 2 * t + k) as f32 * 0.1 - 0.4);
    x.slice_mut(ndarray::s![0, 2.., ..]).fill(0.0);
    x.slice_mut(ndarray::s![1, 0, ..]).fill(0.0);
    let (found, expected) = (wrapped.predict(&x)?.to_vec()?, plain.predict(&x)?.to_vec()?);
    near(&found, &expected, "masked");
    Ok(())
}

/// Two layers that give no mask in Keras (their `supports_masking` is false): the loss counts every step.
#[test]
fn some_layers_end_a_mask() -> keras_core::Result<()> {
    let mut x = sequence(2, 4, 3);
    x.slice_mut(ndarray::s![0, 2.., ..]).fill(0.0);
    let y = sequence(2, 4, 3).mapv(|y| y + 0.5);
    macro_rules! same {
        ($masked:expr, $plain:expr) => {{
            let mut losses = Vec::new();
            for found in [
                $masked.compile("sgd", MeanSquaredError::new(), ()).evaluate(&x, &y).verbose(0).run()?,
                $plain.compile("sgd", MeanSquaredError::new(), ()).evaluate(&x, &y).verbose(0).run()?,
            ] {
                losses.push(found.loss() as f32);
            }
            near(&losses[..1], &losses[1..], stringify!($masked));
        }};
    }
    same!(model!(Input(4, 3) => Masking() => RMSNormalization()), model!(Input(4, 3) => RMSNormalization()));
    same!(
        model!(Input(4, 3) => Masking() => EinsumDense("abc,cd->abd", (None, 3), kernel_initializer = ones)),
        model!(Input(4, 3) => EinsumDense("abc,cd->abd", (None, 3), kernel_initializer = ones))
    );
    Ok(())
}

/// A model gives one output for each sample.
#[test]
fn samples_are_not_joined() {
    let x = Array2::<f32>::ones((2, 3));
    let model = model! { let a = Input(3); let b = Input(3); [a, b] => Concatenate(axis = 0) => Dense(2) };
    for run in [model.predict((&x, &x)), keras_core::engine::without(|| model.predict((&x, &x)))] {
        let error = run.expect_err("samples joined").to_string();
        assert!(error.contains("`axis = 0` joins samples"), "{error}");
    }
}

/// Three steps of SGD on Keras with TensorFlow, where what the layer assigns to its kernel stays.
#[test]
fn spectral_normalization_trains_as_in_keras() -> keras_core::Result<()> {
    let mut model = model!(Input(3) => SpectralNormalization(Dense(2), power_iterations = 2));
    model.spectral_normalization.set_weight("kernel", &[1., 2., -0.5, 0.25, 3., -1.])?;
    model.spectral_normalization.set_weight("vector_u", &[0.6, -0.8])?;
    model.spectral_normalization.set_weight("bias", &[0.1, -0.2])?;
    let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
    let x = array![[1.0f32, 2., 3.], [0.5, -1., 2.], [-2., 0.25, 1.], [1., 1., 1.]];
    let y = array![[1.0f32, 0.], [0., 1.], [1., 1.], [0., 0.]];
    for _ in 0..3 {
        model.train_on_batch(&x, &y)?;
    }
    let weight = |name: &str| model.spectral_normalization.weight(name).unwrap().value().to_vec();
    let kernel = [0.066_184_945, 0.581_638_4, -0.423_456_4, 0.023_777_094, 0.720_449_27, -0.066_721_894];
    near(&weight("kernel")?, &kernel, "kernel");
    near(&weight("vector_u")?, &[0.995_377_3, -0.096_042_47], "vector");
    near(&weight("bias")?, &[-0.187_822_55, 0.051_815_532], "bias");
    let expected = [
        1.192_797_4,
        0.480_842_44,
        1.709_624_8,
        0.185_413_84,
        0.294_392_73,
        -1.172_238_9,
        0.175_355_26,
        0.590_509_06,
    ];
    near(&model.predict(&x)?.to_vec()?, &expected, "prediction");
    Ok(())
}

fn sequence(batch: usize, steps: usize, features: usize) -> Array3<f32> {
    Array3::from_shape_fn((batch, steps, features), |(i, j, k)| {
        ((i * 7 + j * 5 + k * 3) % 11) as f32 / 5.0 - 1.0
    })
}

/// With as many heads of key and value as of the query it is the attention of several heads, which other tests hold to
/// Keras.
#[test]
fn groups_of_one_head_are_plain_heads() -> keras_core::Result<()> {
    macro_rules! same {
        ($x:expr; $grouped:expr, $plain:expr) => {{
            let (mut grouped, plain) = ($grouped, $plain);
            for path in ["query", "key", "value", "attention_output"]
                .iter()
                .flat_map(|n| [format!("{n}/kernel"), format!("{n}/bias")])
            {
                let value = plain.multi_head_attention.weights().iter().find(|w| w.path == path).unwrap();
                let to =
                    grouped.grouped_query_attention.weights().iter().position(|w| w.path == path).unwrap();
                let mut params =
                    keras_core::model::AnyLayer::params_mut(&mut grouped.grouped_query_attention);
                params[to].set_value(value.value().clone()).expect("a value of the shape");
            }
            near(&grouped.predict(&$x)?.to_vec()?, &plain.predict(&$x)?.to_vec()?, stringify!($grouped));
        }};
    }
    let mut padded = sequence(3, 5, 4);
    padded.slice_mut(ndarray::s![1, 3.., ..]).fill(0.0);
    padded.slice_mut(ndarray::s![2, .., ..]).fill(0.0);
    same!(padded;
        model!(let x = Input(None, 4) => Masking(); [x, x] => GroupQueryAttention(3, 2, 2, kernel_initializer = random_normal) => Dense(2, kernel_initializer = ones)),
        model!(let x = Input(None, 4) => Masking(); [x, x] => MultiHeadAttention(2, 3) => Dense(2, kernel_initializer = ones)));
    same!(padded;
        model!(let x = Input(None, 4) => Masking(); [x, x] => GroupQueryAttention(3, 2, 2, use_causal_mask = true)),
        model!(let x = Input(None, 4) => Masking(); [x, x] => MultiHeadAttention(2, 3, use_causal_mask = true)));
    same!(padded;
        model!(let x = Input(None, 4) => Masking(); [x, x] => GroupQueryAttention(3, 2, 2, dropout = 0.5, sliding_window = 2)),
        model!(let x = Input(None, 4) => Masking(); [x, x] => MultiHeadAttention(2, 3, dropout = 0.5, sliding_window = 2)));
    Ok(())
}

#[test]
fn normalization_adapts() -> keras_core::Result<()> {
    let mut model = model!(Input(2) => Normalization());
    let x = array![[1.0f32, -10.], [3., 0.], [5., 40.]];
    model.normalization.adapt(&x)?;
    // Mean 3 and 10, variance 8/3 and 1400/3, by hand.
    let (a, b) = ((8.0f64 / 3.0).sqrt(), (1400.0f64 / 3.0).sqrt());
    let expected = [-2.0 / a, -20.0 / b, 0.0, -10.0 / b, 2.0 / a, 30.0 / b].map(|x| x as f32);
    near(&model.predict(&x)?.to_vec()?, &expected, "normalised");
    assert_eq!(model.normalization.count_params(), 5);
    let wide = Array2::<f32>::zeros((2, 3));
    assert!(model.normalization.adapt(&wide).unwrap_err().to_string().contains("3 means"));
    let mut given = model!(Input(2) => Normalization(mean = 1.0, variance = 4.0));
    assert!(given.normalization.adapt(&x).is_err());
    Ok(())
}

#[test]
fn an_embedding_goes_back_with_its_own_weights() -> keras_core::Result<()> {
    let mut model = model!(
        let embedding = ReversibleEmbedding(4, 2);
        Input(None, dtype = int32) => embedding => embedding(reverse = true)
    );
    model.reversible_embedding.set_weight("embeddings", &[1., 0., 0., 1., 1., 1., 2., -1.])?;
    let y = model.predict(&array![[0, 3]])?.to_vec()?;
    // Each row times each row.
    assert_eq!(y, [1., 0., 1., 2., 2., -1., 1., 5.]);
    assert!(model.predict(&array![[4]]).unwrap_err().to_string().contains("out of range"));
    Ok(())
}

#[test]
fn words_go_through_a_model() -> keras_core::Result<()> {
    let mut words = TextVectorization::new().output_sequence_length(3);
    words.adapt(&["a b", "b c"])?;
    let model = model!(Input(3, dtype = int32) => Embedding(5, 4, mask_zero = true) => LSTM(2) => Dense(1));
    assert_eq!(model.predict(&words.call(&["b a", "z"])?)?.to_vec()?.len(), 2);
    let model = model!(
        Input(3, dtype = int32) => IntegerLookup(vocabulary = [10, 20], mask_token = 0) => Embedding(4, 2) => Flatten()
    );
    assert_eq!(model.predict(&array![[10, 0, 7]])?.to_vec()?.len(), 6);
    let counts = model!(Input(3, dtype = int32) => IntegerLookup(vocabulary = [10, 20], output_mode = count));
    assert_eq!(counts.predict(&array![[10, 10, 7]])?.to_vec()?, [1., 2., 0.]);
    let crossed = model!(
        let city = Input(1, dtype = int32);
        let day = Input(1, dtype = int32);
        [city, day] => HashedCrossing(1_000_003) => Reshape((1,))
    );
    // `tf.sparse.cross_hashed` of TensorFlow.
    let y = crossed.predict((&array![[1], [2], [-3], [100_000]], &array![[5], [6], [7], [8]]))?.to_vec()?;
    assert_eq!(y, [507_143., 481_182., 787_960., 788_462.]);
    Ok(())
}

#[test]
fn einsum_dense_is_a_dense_layer() -> keras_core::Result<()> {
    let mut einsum =
        model!(Input(None, 3) => EinsumDense("abc,cd->abd", (None, 2), bias_axes = "d", activation = relu));
    let dense = model!(Input(None, 3) => Dense(2, activation = relu));
    let kernel = dense.dense.weight("kernel").unwrap().value().to_vec()?;
    einsum.einsum_dense.set_weight("kernel", &kernel)?;
    let x = sequence(2, 4, 3);
    near(&einsum.predict(&x)?.to_vec()?, &dense.predict(&x)?.to_vec()?, "einsum");
    let heads =
        model!(Input(5, 8) => EinsumDense("...x,xhd->...hd", (2, 3), bias_axes = "hd", lora_rank = 2));
    assert_eq!(heads.einsum_dense.count_params(), 8 * 6 + 6 + 8 * 2 * 2 + 2 * 3);
    Ok(())
}

/// Parameters as Keras 3.15 prints them, of all weights and of those that are trained.
#[test]
fn lora_trains_two_narrow_matrices() {
    let model = model!(Input(6, dtype = "int32")
        => Embedding(9, 5, lora_rank = 2)
        => Conv1D(4, 2, lora_rank = 2, lora_alpha = 3.0, activation = relu)
        => Flatten()
        => Dense(2, lora_rank = 3, use_bias = false));
    let summary = model.summary().to_string();
    assert!(summary.contains("Total params: 251"), "{summary}");
    assert!(summary.contains("Trainable params: 126"), "{summary}");
    assert!(summary.contains("Non-trainable params: 125"), "{summary}");
}

/// A mask of one number for all steps of a sample. The numbers are those of Keras 3.15.
#[test]
fn a_mask_of_batch_normalization_may_be_stretched() -> keras_core::Result<()> {
    let model = model!(
        let x = Input(3, 2);
        let m = Input(1);
        let counts = m > 0.5;
        x => BatchNormalization()(mask = counts, training = true)
    );
    let x = ndarray::Array3::from_shape_fn((2, 3, 2), |(i, j, k)| ((i * 6 + j * 2 + k) as f32).powf(1.5));
    let y = model.predict((&x, &ndarray::array![[1.0f32], [0.0]]))?.to_vec()?;
    let keras = [
        -1.089_651_7,
        -1.147_126,
        -0.235_788,
        -0.142_670_4,
        1.325_439_6,
        1.289_796_6,
        3.347_154_6,
        3.046_792,
        5.741_258,
        5.076_633_5,
        8.456_834,
        7.346_599_6,
    ];
    for (found, keras) in y.iter().zip(keras) {
        assert!((found - keras).abs() < 1e-5, "{found} and {keras}");
    }
    Ok(())
}
