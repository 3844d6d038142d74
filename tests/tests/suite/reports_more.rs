//! Further reports of users of Keras and PyTorch on losses, metrics, normalisation, masks, optimisers and callbacks, tried
//! here. Numbers are those of Keras 3.15.1 on JAX, of the arrays that stand here, or sums in double precision.

use keras_core::engine::without;
use keras_core::prelude::*;
use keras_tests::json::near;
use ndarray::{Array2, Array3, array};

/// `((np.arange(n) * m) % k - k // 2) / k`.
fn numbers(n: usize, m: usize, k: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * m % k) as f32 - (k / 2) as f32) / k as f32).collect()
}

/// Runs code with plans and with Burn code alone.
fn both_ways(code: impl Fn()) {
    code();
    without(code);
}

/// Loss and gradient of one row of predictions: the bias of a layer.
macro_rules! row {
    ($n:literal, $loss:expr, $t:expr, $p:expr) => {{
        let mut model = model!(Input(1) => Dense($n)).compile(SGD::new(0.1), $loss, ());
        model.dense.set_weight("kernel", &[0.0; $n]).expect("the kernel");
        model.dense.set_weight("bias", &$p).expect("the bias");
        let t = Array2::from_shape_vec((1, $n), $t.to_vec()).expect("a row");
        let (loss, gradients) = model.gradients(&array![[1.0f32]], &t).expect("gradients");
        (loss as f32, gradients[1].as_ref().expect("a gradient").to_vec().expect("numbers"))
    }};
}

// pytorch#13773, pytorch#2298: logits of -120 have a finite loss, and the gradient at 0 is 0.5.
#[test]
fn logits_of_any_size_have_a_loss() {
    both_ways(|| {
        let (loss, gradient) =
            row!(2, BinaryCrossentropy::new().from_logits(true), [0.0, 1.0], [0.0, -120.0]);
        near("loss", &[loss], &[60.346_573], 1e-6);
        near("gradient", &gradient, &[0.25, -0.5], 1e-6);
        let (loss, gradient) = row!(1, BinaryCrossentropy::new().from_logits(true), [0.0], [0.0]);
        near("at 0", &[loss, gradient[0]], &[core::f32::consts::LN_2, 0.5], 1e-6);
    });
}

// pytorch#24933, pytorch#103316: probabilities near 0 are kept from it, and have no gradient there.
#[test]
fn saturated_probabilities() {
    both_ways(|| {
        for (p, loss, gradient) in [
            (1e-22, 16.118_095, 0.0),
            (1e-8, 16.118_095, 0.0),
            (1e-6, 13.815_511, -1e6),
            (1.0, 1.192_093e-7, 0.0),
        ] {
            let found = row!(1, BinaryCrossentropy::new(), [1.0], [p]);
            near("loss", &[found.0], &[loss], 1e-6);
            near("gradient", &found.1, &[gradient], 1e-5);
        }
    });
}

// tf-keras#242: a crossentropy of large logits is right from the logits, and clipped from their softmax.
#[test]
fn large_logits() {
    both_ways(|| {
        let (loss, gradient) =
            row!(3, CategoricalCrossentropy::new().from_logits(true), [1.0, 0.0, 0.0], [14.4, 50.1, 3.5]);
        near("loss", &[loss], &[35.7], 1e-6);
        near("gradient", &gradient, &[-1.0, 1.0, 0.0], 1e-6);
        let mut model =
            model!(Input(3) => Softmax()).compile(SGD::new(0.1), CategoricalCrossentropy::new(), ());
        let (x, y) = (array![[14.4f32, 50.1, 3.5]], array![[1.0f32, 0.0, 0.0]]);
        let loss = model.test_on_batch(&x, &y).expect("a loss")[0].1 as f32;
        near("of a softmax", &[loss], &[16.118_095], 1e-6);
    });
}

// pytorch#89558: a Kullback-Leibler divergence of targets of 0 has a gradient.
#[test]
fn divergence_of_zeros() {
    both_ways(|| {
        let (loss, gradient) = row!(2, KLDivergence::new(), [1.0, 0.0], [0.5, 0.5]);
        near("loss", &[loss], &[0.693_145_6], 1e-6);
        near("gradient", &gradient, &[-2.0, -2e-7], 1e-6);
        let (loss, gradient) = row!(2, KLDivergence::new(), [1.0, 0.0], [1.0, 0.0]);
        near("equal", &[loss, gradient[0]], &[0.0, -0.5], 1e-6);
    });
}

// tensorflow#32231, tensorflow#39329: labels of sequences are smoothed over the classes, not over the steps.
#[test]
fn smooth_labels_of_sequences() {
    let labels = [0usize, 1, 2, 2, 1, 1, 0, 2];
    let y = Array3::from_shape_fn((2, 4, 3), |(i, j, k)| f32::from(u8::from(labels[i * 4 + j] == k)));
    let logits: Vec<f32> = numbers(24, 5, 13).iter().map(|x| x * 4.0).collect();
    let x = Array3::from_shape_vec((2, 4, 3), logits).expect("logits");
    both_ways(|| {
        let smooth = || CategoricalCrossentropy::new().label_smoothing(0.2);
        let mut model = model!(Input(4, 3) => Softmax()).compile(SGD::new(0.1), smooth(), ());
        let found = model.test_on_batch(&x, &y).expect("a loss")[0].1 as f32;
        near("of a softmax", &[found], &[2.012_996_4], 1e-6);
        let mut model =
            model!(Input(4, 3) => Identity()).compile(SGD::new(0.1), smooth().from_logits(true), ());
        let found = model.test_on_batch(&x, &y).expect("a loss")[0].1 as f32;
        near("from logits", &[found], &[2.012_996_4], 1e-6);
    });
}

// keras#19740: the loss is a mean over all samples, those of weight 0 too. tensorflow#34158, keras#15323: of masked steps
// it is one over those that count, as the metric is.
#[test]
fn what_a_mean_is_over() -> keras_core::Result<()> {
    let (x, y) = (array![[2.0f32], [3.0]], array![[1.0f32], [2.0]]);
    let mut model = model!(Input(1) => Identity()).compile(SGD::new(0.1), MeanAbsoluteError::new(), ());
    let found = model.evaluate(&x, &y).sample_weight(&[0.0f32, 1.0][..]).verbose(0).run()?;
    assert_eq!(found.loss(), 0.5);
    let mut model = model!(Input(3, 1) => Masking(0.0)).compile(
        SGD::new(0.1),
        MeanAbsoluteError::new(),
        keras_core::training::metrics::MeanAbsoluteError::new(),
    );
    let (x, y) = (array![[[1.0f32], [0.0], [1.0]]], array![[[0.0f32], [1.0], [1.0]]]);
    let found = model.evaluate(&x, &y).verbose(0).run()?;
    assert_eq!((found.loss(), found.get("mean_absolute_error")), (0.5, Some(0.5)));
    Ok(())
}

// keras#4592, keras#5400: recall and precision are those of all samples, not means of batches, and not the accuracy.
#[test]
fn counts_of_an_epoch() -> keras_core::Result<()> {
    let (x, y) = (array![[0.0f32], [1.0], [0.0], [1.0], [0.9]], array![[0.0f32], [0.0], [1.0], [1.0], [0.0]]);
    let metrics = (Recall::new(), Precision::new(), BinaryAccuracy::new());
    let mut model = model!(Input(1) => Identity()).compile(SGD::new(0.1), MeanSquaredError::new(), metrics);
    let found = model.evaluate(&x, &y).batch_size(2).verbose(0).run()?;
    for (name, wanted) in
        [("recall", 0.5), ("precision", 1.0 / 3.0), ("binary_accuracy", 0.4), ("loss", 0.562)]
    {
        near(name, &[found.get(name).expect("a value") as f32], &[wanted as f32], 1e-6);
    }
    Ok(())
}

// pytorch#41527, pyg#2917, pytorch#94288: rows without a spread, and of one number, are 0, with finite gradients;
// pytorch#81090: a row of large numbers is normalised by its true mean (Keras on JAX gives -1.75 for the first).
#[test]
fn layer_normalisation_of_rows_without_a_spread() -> keras_core::Result<()> {
    for constant in [0.0f32, 2.0, 6.4e6] {
        let model = model!(Input(10) => LayerNormalization(epsilon = 1e-12));
        let y = model.predict(&Array2::from_elem((2, 10), constant))?.to_vec()?;
        assert!(y.iter().all(|y| *y == 0.0), "{constant}: {y:?}");
        let y = model!(Input(1) => LayerNormalization())
            .predict(&Array2::from_elem((7, 1), constant))?
            .to_vec()?;
        assert!(y.iter().all(|y| *y == 0.0));
        let mut model = model!(Input(1) => Dense(3) => LayerNormalization()).compile(
            SGD::new(0.1),
            MeanSquaredError::new(),
            (),
        );
        model.dense.set_weight("kernel", &[constant; 3])?;
        let (_, gradients) = model.gradients(&array![[1.0f32]], &array![[1.0f32, 2.0, 3.0]])?;
        let gradient = gradients[0].as_ref().expect("a gradient").to_vec()?;
        // 2 / 3 (y - t) and its mean, over the root of epsilon.
        near("gradient", &gradient, &[21.081_85, 0.0, -21.081_85], 2e-6);
    }
    let x = Array2::from_shape_fn((1, 32), |(_, i)| 6.4e6 + i as f32);
    let y = model!(Input(32) => LayerNormalization(epsilon = 1e-5)).predict(&x)?.to_vec()?;
    let wanted: Vec<f32> =
        (0..32).map(|i| ((f64::from(i) - 15.5) / (85.25f64 + 1e-5).sqrt()) as f32).collect();
    near("large numbers", &y, &wanted, 1e-6);
    Ok(())
}

// pytorch#54293: the mean of a large image, whose sum has many digits.
#[test]
fn normalisation_of_many_numbers() -> keras_core::Result<()> {
    let n = 300;
    let x = Array3::from_shape_fn((1, n, n), |(_, i, j)| ((i * n + j) * 7919 % 10007) as f32 / 10007.0);
    let (mean, square) =
        x.iter().fold((0.0, 0.0), |(m, s), x| (m + f64::from(*x), s + f64::from(*x).powi(2)));
    let (mean, square) = (mean / (n * n) as f64, square / (n * n) as f64);
    let wanted: Vec<f32> =
        x.iter().map(|x| ((f64::from(*x) - mean) / (square - mean * mean + 1e-3).sqrt()) as f32).collect();
    let y = model!(Input(300, 300) => LayerNormalization(axis = [1, 2])).predict(&x)?.to_vec()?;
    near("a large image", &y, &wanted, 5e-6);
    Ok(())
}

// mlverse#821, FlagGems#4989, jettify#454: weight decay is taken off the weights, not put into the gradient; three steps
// of gradients (0.5, -0.25 s, 0).
#[test]
fn weight_decay_is_decoupled() -> keras_core::Result<()> {
    macro_rules! check {
        ($($optimizer:expr => $wanted:expr;)*) => { $(
            let mut model = model!(Input(3) => Dense(1, use_bias = false)).compile(
                $optimizer, MeanSquaredError::new(), ());
            model.dense.set_weight("kernel", &[1.0, -2.0, 3.0])?;
            for step in 0..3 {
                // The prediction is 1 above its target, so that the gradient is twice the input.
                let x = array![[0.25f32, -0.125 * step as f32, 0.0]];
                let y = model.predict(&x)?.to_vec()?[0] - 1.0;
                model.train_on_batch(&x, &array![[y]])?;
            }
            let found = model.weights()[0].1.to_vec()?;
            near(stringify!($optimizer), &found, &$wanted, 2e-6);
        )* };
    }
    check! {
        Adam::new(0.1).weight_decay(0.05) => [0.686_575_9, -1.813_253_3, 2.955_224_5];
        AdamW::new(0.1).weight_decay(0.05) => [0.686_575_9, -1.813_253_3, 2.955_224_5];
        SGD::new(0.1).momentum(0.9).weight_decay(0.05) => [0.705_548_64, -1.872_774_7, 2.955_224_5];
        RMSprop::new(0.1).weight_decay(0.05) => [0.251_639_1, -1.369_791_9, 2.955_224_5];
        Lion::new(0.1).weight_decay(0.05) => [0.686_572_3, -1.770_649_7, 2.955_224_5];
        Nadam::new(0.1).weight_decay(0.05) => [0.731_750_55, -1.769_074_9, 2.955_224_5];
        // pytorch#64475: so small a decay that 1 stays 1.
        AdamW::new(1e-4).weight_decay(1e-4) => [0.999_699_95, -1.999_842_8, 3.0];
    }
    Ok(())
}

// keras#19818, keras#3651, tensorflow#42127: masks of words in sentences through a normalisation, a mean at each sentence
// and a layer behind: what padding holds says nothing.
#[test]
fn padding_in_sentences_of_words() -> keras_core::Result<()> {
    let words =
        Array3::from_shape_vec((2, 2, 3), vec![1i32, 2, 0, 3, 0, 0, 4, 1, 2, 0, 0, 0]).expect("words");
    let y = Array2::<f32>::ones((2, 1));
    let mut model = model!(
        Input(2, 3, dtype = int32) => Embedding(6, 4, mask_zero = true) => BatchNormalization(momentum = 0.5)
            => TimeDistributed(GRU(3)) => LSTM(2) => Dense(1)
    )
    .compile(SGD::new(0.1), MeanSquaredError::new(), ());
    let table = model.embedding.weights()[0].value().to_vec()?;
    model.train_on_batch(&words, &y)?;
    // The moments of the batch are those of the words that count.
    let rows: Vec<&[f32]> = [1usize, 2, 3, 4, 1, 2].map(|word| &table[word * 4..][..4]).to_vec();
    let wanted: Vec<f32> =
        (0..4).map(|j| (rows.iter().map(|row| f64::from(row[j])).sum::<f64>() / 12.0) as f32).collect();
    let moving = model.batch_normalization.weight("moving_mean").expect("the mean").value().to_vec()?;
    near("moving mean", &moving, &wanted, 1e-6);
    // Another row of the table at the place of padding changes nothing.
    let before = model.predict(&words)?.to_vec()?;
    let mut table = model.embedding.weights()[0].value().to_vec()?;
    table[..4].fill(50.0);
    model.embedding.set_weight("embeddings", &table)?;
    near("prediction", &model.predict(&words)?.to_vec()?, &before, 0.0);
    Ok(())
}

// tensorflow#59577, keras#15491: a threshold that a checkpoint must beat. keras#21100: no folder is made for a file that
// is not saved. keras#4426: a log that goes on has one header.
#[test]
fn files_of_callbacks() -> keras_core::Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let (x, y) = (array![[1.0f32]], array![[0.0f32]]);
    let (log, deep) = (folder.path().join("log.csv"), folder.path().join("deep/best.safetensors"));
    for run in 0..2 {
        let mut model = model!(Input(1) => Identity()).compile(SGD::new(0.1), MeanSquaredError::new(), ());
        let checkpoint =
            ModelCheckpoint::new(&deep).monitor("loss").save_best_only(true).initial_value_threshold(0.5);
        model
            .fit(&x, &y)
            .initial_epoch(2 * run)
            .epochs(2 * run + 2)
            .callback(checkpoint)
            .callback(CSVLogger::new(&log).append(run > 0))
            .verbose(0)
            .run()?;
    }
    assert!(!folder.path().join("deep").exists(), "the loss of 1 does not beat 0.5");
    let text = std::fs::read_to_string(&log).expect("a log");
    let first: Vec<&str> = text.lines().map(|line| line.split(',').next().unwrap_or_default()).collect();
    assert_eq!(first, ["epoch", "0", "1", "2", "3"], "{text}");
    Ok(())
}

// tensorflow#39462: a rate at `min_lr` is not reduced again; tensorflow#36612: one under a schedule is refused in words.
#[test]
fn rates_that_cannot_be_reduced() -> keras_core::Result<()> {
    let (x, y) = (array![[1.0f32]], array![[0.0f32]]);
    let mut model = model!(Input(1) => Dense(1)).compile(SGD::new(0.1), MeanSquaredError::new(), ());
    model.dense.set_trainable(false);
    let plateau = || ReduceLROnPlateau::new().monitor("loss").patience(1).factor(0.5).min_lr(0.04);
    model.fit(&x, &y).epochs(9).callback(plateau()).verbose(0).run()?;
    near("the rate", &[model.learning_rate() as f32], &[0.04], 1e-6);
    let schedule = schedules::ExponentialDecay::new(0.1, 10, 0.9);
    let mut model = model!(Input(1) => Dense(1)).compile(SGD::new(schedule), MeanSquaredError::new(), ());
    model.dense.set_trainable(false);
    let error =
        model.fit(&x, &y).epochs(9).callback(plateau()).verbose(0).run().map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("schedule"), "{error}");
    Ok(())
}
