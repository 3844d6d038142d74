//! Models of more inputs and outputs than tuples are usual for: a table with an input for each column.

use keras_core::prelude::*;
use keras_core::training::metrics::Metric;
use keras_tests::json::near;
use ndarray::Array2;

model! {
    /// An input for each of 13 columns.
    pub struct Table {
        let age = Input(1); let sex = Input(1); let cp = Input(1); let trestbps = Input(1); let chol = Input(1);
        let fbs = Input(1); let restecg = Input(1); let thalach = Input(1); let exang = Input(1);
        let oldpeak = Input(1); let slope = Input(1); let ca = Input(1); let thal = Input(1);
        [age, sex, cp, trestbps, chol, fbs, restecg, thalach, exang, oldpeak, slope, ca, thal]
            => Concatenate()
            => Dense(8, activation = relu)
            => Dense(1, activation = sigmoid)
    }
}

model! {
    /// Ten heads on one trunk.
    pub struct Heads {
        let x = Input(6);
        let trunk = x => Dense(5, activation = tanh);
        let a = trunk => Dense(1); let b = trunk => Dense(1); let c = trunk => Dense(1);
        let d = trunk => Dense(1); let e = trunk => Dense(1); let f = trunk => Dense(1);
        let g = trunk => Dense(1); let h = trunk => Dense(1); let i = trunk => Dense(1);
        let kind = trunk => Dense(3, activation = softmax);
        (a, b, c, d, e, f, g, h, i, kind)
    }
}

fn loss(logs: &[(String, f64)]) -> f64 {
    logs.iter().find(|(name, _)| name == "loss").map_or(f64::NAN, |(_, loss)| *loss)
}

fn columns() -> Vec<Array2<f32>> {
    (0..13)
        .map(|k| Array2::from_shape_fn((7, 1), |(i, _)| ((i * 5 + k * 3) % 11) as f32 / 11.0 - 0.4))
        .collect()
}

#[test]
fn thirteen_inputs_are_a_table_of_thirteen_columns() -> keras_core::Result<()> {
    let columns = columns();
    let c: [&Array2<f32>; 13] = std::array::from_fn(|i| &columns[i]);
    let whole = Array2::from_shape_fn((7, 13), |(i, k)| columns[k][[i, 0]]);
    let y = Array2::from_shape_fn((7, 1), |(i, _)| (i % 2) as f32);

    let mut one = model!(Input(13) => Dense(8, activation = relu) => Dense(1, activation = sigmoid)).compile(
        Adam::new(0.01),
        BinaryCrossentropy::new(),
        BinaryAccuracy::new(),
    );
    let mut many = Table::new().compile(Adam::new(0.01), BinaryCrossentropy::new(), BinaryAccuracy::new());
    let weights: Vec<Raw> = one.weights().into_iter().map(|(_, w)| w).collect();
    many.set_weights(&weights)?;
    let named = TableInputs {
        age: c[0],
        sex: c[1],
        cp: c[2],
        trestbps: c[3],
        chol: c[4],
        fbs: c[5],
        restecg: c[6],
        thalach: c[7],
        exang: c[8],
        oldpeak: c[9],
        slope: c[10],
        ca: c[11],
        thal: c[12],
    };
    let tuple = (c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9], c[10], c[11], c[12]);
    let near = |a: Vec<f32>, b: &[f32]| {
        assert_eq!(a.len(), b.len());
        a.iter().zip(b).for_each(|(a, b)| assert!((a - b).abs() < 1e-6, "{a} for {b}"));
    };
    let right = one.predict(&whole)?.to_vec()?;
    near(many.predict(c)?.to_vec()?, &right);
    near(many.predict(tuple)?.to_vec()?, &right);
    near(many.predict(named)?.to_vec()?, &right);
    let sample: [[f32; 1]; 13] = std::array::from_fn(|k| [whole[[2, k]]]);
    near(many.predict_one(sample)?.to_vec(), &right[2..3]);

    let (a, b) = (one.train_on_batch(&whole, &y)?, many.train_on_batch(named, &y)?);
    assert!((loss(&a) - loss(&b)).abs() < 1e-6, "{a:?} for {b:?}");
    many.fit(c, &y).epochs(2).verbose(0).run()?;
    many.evaluate(tuple, &y).verbose(0).run()?;
    Ok(())
}

#[test]
fn ten_outputs_have_losses_and_metrics_each() -> keras_core::Result<()> {
    let x = Array2::from_shape_fn((4, 6), |(i, j)| (i + j) as f32 / 9.0);
    let y = Array2::from_shape_fn((4, 1), |(i, _)| i as f32 / 4.0);
    let classes = ndarray::array![0u8, 2, 1, 2];
    let mse = MeanSquaredError::new;
    let losses = HeadsOutputs {
        a: mse(),
        b: mse(),
        c: mse(),
        d: mse(),
        e: mse(),
        f: mse(),
        g: mse(),
        h: mse(),
        i: mse(),
        kind: SparseCategoricalCrossentropy::new(),
    };
    let metrics = HeadsOutputs {
        a: (),
        b: (),
        c: (),
        d: (),
        e: MeanAbsoluteError::new(),
        f: (),
        g: (),
        h: (),
        i: (),
        kind: Accuracy::new(),
    };
    let targets =
        HeadsOutputs { a: &y, b: &y, c: &y, d: &y, e: &y, f: &y, g: &y, h: &y, i: &y, kind: &classes };
    let mut model = Heads::new().compile(SGD::new(0.1), losses, metrics);
    let (a, b, c, d, e, f, g, h, i, kind) = model.predict(&x)?;
    assert_eq!(kind.to_vec()?.len(), 12);
    // The loss is the sum of the losses: computed here from the predictions.
    let square =
        |found: &[f32]| found.iter().zip(&y).map(|(p, y)| f64::from(p - y).powi(2)).sum::<f64>() / 4.0;
    let mut right: f64 = 0.0;
    for head in [&a, &b, &c, &d, &e, &f, &g, &h, &i] {
        right += square(&head.to_vec()?);
    }
    let rows = kind.to_vec()?;
    let log = |row: usize, class: u8| -f64::from(rows[row * 3 + usize::from(class)]).ln();
    right += classes.iter().enumerate().map(|(row, class)| log(row, *class)).sum::<f64>() / 4.0;
    let logs = model.test_on_batch(&x, targets)?;
    let found = loss(&logs);
    assert!((found - right).abs() < 1e-5, "{found} for {right}");
    assert!(logs.iter().any(|(name, _)| name == "dense_5_mean_absolute_error"), "{logs:?}");

    // Targets and losses in order, as tuples and arrays.
    let same = model!(
        let x = Input(6);
        let a = x => Dense(1); let b = x => Dense(1); let c = x => Dense(1); let d = x => Dense(1);
        let e = x => Dense(1); let f = x => Dense(1); let g = x => Dense(1); let h = x => Dense(1);
        let i = x => Dense(1);
        (a, b, c, d, e, f, g, h, i)
    );
    let mut same = same.compile(SGD::new(0.1), [(); 9].map(|()| MeanAbsoluteError::new()), ());
    same.fit(&x, [&y; 9]).epochs(1).verbose(0).run()?;
    let (y0, ..) = same.predict_one(&[0.5f32; 6])?;
    assert_eq!(y0.len(), 1);
    Ok(())
}

#[test]
fn batches_of_several_inputs_come_from_an_iterator() -> keras_core::Result<()> {
    let model = || {
        let model = model!(
            let a = Input(2);
            let b = Input(1);
            [a, b] => Concatenate() => Dense(1)
        );
        model.compile(SGD::new(0.1), MeanSquaredError::new(), ())
    };
    let (a, b) = (Array2::from_shape_fn((4, 2), |(i, j)| (i + j) as f32 / 5.0), Array2::<f32>::ones((4, 1)));
    let y = Array2::from_shape_fn((4, 1), |(i, _)| i as f32);
    let (mut whole, mut stream) = (model(), model());
    let weights: Vec<Raw> = whole.weights().into_iter().map(|(_, w)| w).collect();
    stream.set_weights(&weights)?;
    whole.fit((&a, &b), &y).batch_size(4).shuffle(false).epochs(3).verbose(0).run()?;
    stream.fit_batches(|| std::iter::once(((a.clone(), b.clone()), y.clone()))).epochs(3).verbose(0).run()?;
    assert_eq!(whole.predict((&a, &b))?.to_vec()?, stream.predict((&a, &b))?.to_vec()?);
    Ok(())
}

#[test]
fn forty_tensors_are_joined_by_one_layer() -> keras_core::Result<()> {
    let model = model!({
        let x = Input(3);
        let y = x => Dense(2);
        [x, x, x, x, x, x, x, x, x, x, y, y, y, y, y, y, y, y, y, y, x, x, x, x, x, x, x, x, x, x, y, y, y, y, y, y,
            y, y, y, y] => Concatenate()
    });
    assert_eq!(model.structure().output_shape(0).to_string(), "(None, 100)");
    assert_eq!(model.count_params(), 8);
    let x = ndarray::array![[1.0f32, 2.0, 3.0]];
    let joined = model.predict(&x)?.to_vec()?;
    assert_eq!(&joined[27..30], [1.0, 2.0, 3.0]);
    assert_eq!(joined[30..32], joined[98..100]);
    assert_eq!(&joined[50..53], [1.0, 2.0, 3.0]);
    Ok(())
}

#[test]
fn a_model_may_have_many_metrics() -> keras_core::Result<()> {
    let x = Array2::<f32>::from_elem((4, 2), 0.5);
    let y = Array2::<f32>::from_elem((4, 1), 1.0);
    let metrics = (
        MeanAbsoluteError::new(),
        MeanSquaredError::new(),
        Huber::new(),
        LogCosh::new(),
        Hinge::new(),
        SquaredHinge::new(),
        Poisson::new(),
        MeanSquaredLogarithmicError::new(),
        BinaryAccuracy::new(),
        BinaryCrossentropy::new(),
        MeanAbsolutePercentageError::new(),
        KLDivergence::new(),
    );
    let mut model = model!(Input(2) => Dense(1, activation = sigmoid)).compile(
        SGD::new(0.1),
        MeanSquaredError::new(),
        metrics,
    );
    assert_eq!(model.test_on_batch(&x, &y)?.len(), 13);
    let any: Vec<Box<dyn Metric>> =
        (0..20).map(|i| Box::new(BinaryAccuracy::new().named(format!("m{i}"))) as Box<dyn Metric>).collect();
    let mut model = model!(Input(2) => Dense(1)).compile(SGD::new(0.1), MeanSquaredError::new(), any);
    assert_eq!(model.test_on_batch(&x, &y)?.len(), 21);
    Ok(())
}

/// The sum of any number of columns.
#[derive(Default)]
struct SumOf;

impl<const N: usize> Layer<keras_core::tensor::Many<N>> for SumOf {
    const OUTPUT: Dims = <(Dyn, Len<1>) as Shape>::DIMS;

    fn trace(&self, x: Vec<Symbolic>, _: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        assert_eq!(x.len(), N);
        Ok(ops::sum(ops::concatenate(x, -1), -1).keepdims(true).build())
    }
}

/// Seventeen columns of an input, given to a layer or a model.
macro_rules! to_seventeen {
    ($($layer:tt)*) => {
        model!(
            let x = Input(3);
            let a = x => Dense(1); let b = x => Dense(1); let c = x => Dense(1); let d = x => Dense(1);
            let e = x => Dense(1); let f = x => Dense(1); let g = x => Dense(1); let h = x => Dense(1);
            let i = x => Dense(1); let j = x => Dense(1); let k = x => Dense(1); let l = x => Dense(1);
            let m = x => Dense(1); let n = x => Dense(1); let o = x => Dense(1); let p = x => Dense(1);
            let q = x => Dense(1);
            [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q] => $($layer)*
        )
    };
}

model! {
    /// The sum of seventeen columns.
    pub struct Seventeen {
        let a = Input(1); let b = Input(1); let c = Input(1); let d = Input(1); let e = Input(1); let f = Input(1);
        let g = Input(1); let h = Input(1); let i = Input(1); let j = Input(1); let k = Input(1); let l = Input(1);
        let m = Input(1); let n = Input(1); let o = Input(1); let p = Input(1); let q = Input(1);
        [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q] => Add()
    }
}

#[test]
fn an_own_layer_and_a_model_take_more_than_sixteen_tensors() -> keras_core::Result<()> {
    let x = Array2::from_shape_fn((5, 3), |(i, j)| ((i * 3 + j) % 7) as f32 / 7.0);
    let y = Array2::<f32>::ones((5, 1));
    let keras = to_seventeen!(Add());
    let weights: Vec<Raw> = keras.weights().into_iter().map(|(_, w)| w).collect();
    let wanted = keras.predict(&x)?.to_vec()?;
    let mut keras = keras.compile(SGD::new(0.1), MeanSquaredError::new(), ());
    keras.train_on_batch(&x, &y)?;
    let trained: Vec<f32> =
        keras.weights().into_iter().flat_map(|(_, w)| w.to_vec().expect("numbers")).collect();
    macro_rules! check {
        ($what:literal, $model:expr) => {
            let mut model = $model;
            model.set_weights(&weights)?;
            near($what, &model.predict(&x)?.to_vec()?, &wanted, 1e-6);
            let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
            model.train_on_batch(&x, &y)?;
            let found: Vec<f32> =
                model.weights().into_iter().flat_map(|(_, w)| w.to_vec().expect("numbers")).collect();
            near($what, &found, &trained, 1e-6);
        };
    }
    check!("a layer of one's own", to_seventeen!(SumOf));
    check!("a model", to_seventeen!(Seventeen));
    Ok(())
}
