//! Operations in a model: signs, indices and functions of `keras.ops`. The numbers and the summary are those of Keras 3.15.1
//! for the same model, written in Python.
#![allow(clippy::approx_constant, clippy::excessive_precision, clippy::unwrap_used)]

use keras_core::prelude::*;
use ndarray::{Array2, Array3};

const THREE: f64 = 3.0;

model! {
    pub struct Sums {
        let x = Input(4, 3);
        let y = Input(4, 3);
        let h = x => Dense(3);
        let z = 0.5 * h + y;
        let z = ops::mean(-z, axis = 1);
        let w = h[.., -1, ..];
        let z = ops::concatenate([z, w], axis = -1);
        let z = z / 2.0;
        let s = ops::sigmoid(h[:, 1:, ::-2]);
        let s = keras.ops.sum(s, axis = (1, 2));
        let s = ops::expand_dims(s, 1);
        let t = h => ops::transpose((0, 2, 1));
        let t = ops::max(ops::matmul(h, t), axis = -1);
        let u = ops::logsumexp(ops::stack([h, y], axis = 2), axis = 2);
        let u = u[..., 0];
        let v = (1 - ops::square(h)) ** 2;
        let v = ops::squeeze(ops::std(v, axis = 1, keepdims = true), 1);
        let r = ops::cumsum(ops::roll(ops::flip(h, 1), 1, 1), axis = 1)[:, 2, None, :];
        let r = ops::reshape(ops::repeat(r, 2, axis = 1), (-1, 6));
        let c = ops::clip(h, -0.25, 0.5)[:, 0] / (y[:, 0] + THREE);
        [z, s, t, u, v, r, c] => Concatenate(axis = 1)
    }
}

model! {
    /// Integers stay integers where they do in Keras.
    pub struct Wholes {
        let i = Input(3, dtype = int32);
        let h = ops::one_hot(i, 4);
        (ops::abs(i - 2) * 3, ops::floor_divide(i, 2), i % 3, h[:, 0], ops::argmax(i, axis = 1, keepdims = true),
         ops::cast(i, float32) / 4, i / 2, ops::maximum(i, 1), ops::sqrt(i))
    }
}

fn wave(n: usize) -> Vec<f32> {
    (0..n).map(|i| (i as f32).sin()).collect()
}

/// Each weight is half of a sine, as in the Python script.
fn with_waves<M: Model>(model: &mut M) {
    let weights = Model::weights(model).into_iter().map(|(_, raw)| {
        let shape = raw.shape();
        let numbers = wave(shape.iter().product()).into_iter().map(|x| 0.5 * x).collect();
        Raw::from_f32(numbers, &shape).unwrap()
    });
    let weights: Vec<Raw> = weights.collect();
    model.set_weights(&weights).unwrap();
}

fn inputs() -> (Array3<f32>, Array3<f32>) {
    let x = Array3::from_shape_vec((2, 4, 3), wave(24)).unwrap();
    let y = x.mapv(|x| (x * 3.0).cos());
    (x, y)
}

fn close(found: &[f32], wanted: &[f32]) {
    assert_eq!(found.len(), wanted.len());
    for (i, (f, w)) in found.iter().zip(wanted).enumerate() {
        assert!((f - w).abs() <= 1e-5 * (1.0 + w.abs()), "{i}: {f}, wanted {w}");
    }
}

const OUTPUT: [f32; 54] = [
    -0.364988029,
    0.132305861,
    0.368311286,
    0.0506601222,
    0.235748276,
    0.204090506,
    3.34651923,
    0.416401744,
    0.38729167,
    0.409948826,
    0.399186522,
    1.29550993,
    1.27326202,
    1.05224001,
    0.914350748,
    0.00421972759,
    0.0515814349,
    0.0674566701,
    -0.0582054779,
    1.25208497,
    1.41121411,
    -0.0582054779,
    1.25208497,
    1.41121411,
    -0.0169154219,
    0.183576345,
    0.239881724,
    0.230562389,
    -0.462835133,
    0.34793812,
    0.0587994978,
    0.249058917,
    0.210334703,
    3.35482359,
    0.391709238,
    0.429855496,
    0.384595215,
    0.438913673,
    0.619926095,
    0.593773246,
    0.352029502,
    0.451684952,
    0.00156187487,
    0.0958019271,
    0.0574937314,
    -0.108119719,
    1.20746541,
    1.41291237,
    -0.108119719,
    1.20746541,
    1.41291237,
    -0.036725875,
    0.109337129,
    0.247855917,
];

/// After one step of `SGD(0.1)` on mean squares, towards 0.
const KERNEL: [f32; 9] = [
    -0.00594006805,
    0.42054823,
    0.453956246,
    0.0747960731,
    -0.392881244,
    -0.495000958,
    -0.129190162,
    0.313033432,
    0.478580266,
];

const BIAS: [f32; 3] = [-0.0252444986, 0.353995562, 0.362564921];

#[test]
fn outputs_are_those_of_keras() {
    let mut model = Sums::new();
    with_waves(&mut model);
    let (x, y) = inputs();
    let out = model.predict((&x, &y)).unwrap();
    assert_eq!(out.shape(), [2, 27]);
    close(&out.to_vec().unwrap(), &OUTPUT);
    let x = x.as_slice().unwrap();
    let y = y.as_slice().unwrap();
    close(&model.predict_one((&x[..12], &y[..12])).unwrap(), &OUTPUT[..27]);
}

#[test]
fn a_step_is_that_of_keras() {
    let mut model = Sums::new();
    with_waves(&mut model);
    let (x, y) = inputs();
    let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
    model.train_on_batch((&x, &y), &Array2::<f32>::zeros((2, 27))).unwrap();
    let weights = Model::weights(&*model);
    close(&weights[0].1.to_vec().unwrap(), &KERNEL);
    close(&weights[1].1.to_vec().unwrap(), &BIAS);
}

#[test]
fn integers_are_those_of_keras() {
    let x = ndarray::array![[0i32, 1, 3], [2, 3, 1]];
    let model = Wholes::new();
    let (a, b, c, d, e, f, g, h, i) = model.predict(&x).unwrap();
    close(&a.to_vec().unwrap(), &[6.0, 3.0, 3.0, 0.0, 3.0, 3.0]);
    close(&b.to_vec().unwrap(), &[0.0, 0.0, 1.0, 1.0, 1.0, 0.0]);
    close(&c.to_vec().unwrap(), &[0.0, 1.0, 0.0, 2.0, 0.0, 1.0]);
    close(&d.to_vec().unwrap(), &[1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    close(&e.to_vec().unwrap(), &[2.0, 1.0]);
    close(&f.to_vec().unwrap(), &[0.0, 0.25, 0.75, 0.5, 0.75, 0.25]);
    close(&g.to_vec().unwrap(), &[0.0, 0.5, 1.5, 1.0, 1.5, 0.5]);
    close(&h.to_vec().unwrap(), &[1.0, 1.0, 3.0, 2.0, 3.0, 1.0]);
    close(&i.to_vec().unwrap(), &[0.0, 1.0, 1.7320508, 1.4142135, 1.7320508, 1.0]);
    let specs: Vec<bool> = (0..9)
        .map(|i| {
            let structure = AnyModel::structure(&model);
            let keras_core::model::Source::Node(node, _) = structure.outputs[i] else { panic!("a node") };
            structure.nodes[node].outputs.output(0).unwrap().dtype == keras_core::shape::DType::Int32
        })
        .collect();
    assert_eq!(specs, [true, true, true, false, true, false, false, true, false]);
}

/// The names and classes that Keras shows.
#[test]
fn the_summary_is_that_of_keras() {
    let model = model!({
        let x = Input(4, 3);
        let y = Input(4, 3);
        let z = 0.5 * x + y;
        let z = ops::mean(-z, axis = 1);
        let z = ops::concatenate([z, x[.., -1, ..]], axis = -1) / 2.0;
        let z = ops::expand_dims(ops::relu(z), 1);
        let z = 1 - ops::reshape(z, (-1, 6));
        ops::square(z ** 2) => Dense(2)
    });
    let structure = model.structure();
    let layers: Vec<String> =
        structure.layers.iter().map(|layer| format!("{} ({})", layer.name, layer.class)).collect();
    let wanted = "multiply (Multiply), add (Add), negative (Negative), mean (Mean), get_item (GetItem), \
                  concatenate (Concatenate), true_divide (TrueDivide), relu (Relu), expand_dims (ExpandDims), \
                  reshape (Reshape), subtract (Subtract), power (Power), square (Square), dense (Dense)";
    let mut sorted: Vec<&str> = wanted.split(", ").collect();
    let mut found: Vec<&str> = layers.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, sorted);
    assert!(model.summary().to_string().contains("true_divide (TrueDivide)"));
}

/// Lengths that only the data knows.
#[test]
fn open_lengths() {
    let model = model!({
        let x = Input(None, 2);
        (x[:, 1:], x[:, -1], ops::flip(x, 1)[:, :2], ops::max(x, axis = 1))
    });
    let x = Array3::from_shape_vec((1, 3, 2), vec![1.0f32, 2.0, 5.0, 4.0, 3.0, 6.0]).unwrap();
    let (rest, last, two, max) = model.predict(&x).unwrap();
    assert_eq!((rest.shape(), rest.to_vec().unwrap()), (vec![1, 2, 2], vec![5.0, 4.0, 3.0, 6.0]));
    assert_eq!(last.to_vec().unwrap(), [3.0, 6.0]);
    assert_eq!(two.to_vec().unwrap(), [3.0, 6.0, 5.0, 4.0]);
    assert_eq!(max.to_vec().unwrap(), [5.0, 6.0]);
    let far = model!({
        let x = Input(None, 2);
        x[:, -5]
    });
    assert_eq!(far.predict(&Array3::<f32>::zeros((1, 5, 2))).unwrap().shape(), [1, 2]);
    let error = far.predict(&x).unwrap_err().to_string();
    assert!(error.contains("get_item") && error.contains("-5"), "{error}");
}

/// What a mistake about a mask that ends at an operation says to write.
#[test]
fn a_mask_is_dropped_on_purpose_before_an_operation() {
    let model = model!({
        let x = Input(None, dtype = int32) => Embedding(10, 4, mask_zero = true) => Identity(mask = None);
        2 * x => LSTM(3)
    });
    assert_eq!(model.predict(&ndarray::array![[1i32, 0, 2]]).unwrap().shape(), [1, 3]);
}

model! {
    /// As the source of a file in which the operations are `add_7` and `add_8`.
    struct WithNamesOfOperations {
        let x = Input(4);
        let add = x => Dense(4, name = "add");
        let sum = ops::add(add, x);
        let again = ops::add(sum, add);
        again => Dense(2, name = "add_1")
    }
}

#[test]
fn operations_make_way_for_names_that_are_given() {
    let model = WithNamesOfOperations::new();
    let names: Vec<&str> = model.structure().layers.iter().map(|layer| layer.name).collect();
    assert_eq!(names, ["add", "add_2", "add_3", "add_1"]);
}

model! {
    /// Functions that order numbers, and products along letters.
    pub struct Ordered {
        let x = Input(3, 4);
        let y = Input(5, 4);
        let s = ops.einsum("bqd, bkd -> bqk", x, y);
        let (values, places) = ops::top_k(s, 2);
        let again = x => ops::einsum("bqd,bkd->bqk", y);
        (s, values, places, ops::sort(s, axis = 1), ops::argsort(s), ops::moveaxis(s, 1, -1),
         ops::moveaxis(again, (1, 2), (2, 1)))
    }
}

/// Numbers by Keras 3.15.1 on JAX for the same inputs, which are fractions that float32 holds exactly.
#[test]
fn orders_and_letters_are_those_of_keras() {
    let model = Ordered::new();
    let numbers = |n: usize, by: usize, rest: usize, over: f32, less: f32| -> Vec<f32> {
        (0..n).map(|i| ((i * by) % rest) as f32 / over - less).collect()
    };
    let x = Array3::from_shape_vec((2, 3, 4), numbers(24, 7, 11, 4.0, 1.0)).unwrap();
    let y = Array3::from_shape_vec((2, 5, 4), numbers(40, 5, 13, 8.0, 0.5)).unwrap();
    let found = model.predict((&x, &y)).unwrap();
    let (s, values, places, sorted, order, moved, again) = &found;
    macro_rules! raw {
        ($x:expr) => {
            $x.to_vec().unwrap()
        };
    }
    assert_eq!(
        raw!(s)[..15],
        [
            0.03125, 1.3125, 0.15625, 0.21875, 0.28125, 0.5625, -0.15625, 0.75, 0.84375, 0.9375, 0.75,
            0.09375, 0.65625, -1.625, 0.5625
        ]
    );
    assert_eq!(
        raw!(values),
        [1.3125, 0.28125, 0.9375, 0.84375, 0.75, 0.65625, 1.6875, 1.375, 0.5, 0.46875, 1.125, 1.03125]
    );
    assert_eq!(raw!(places), [1.0, 4.0, 4.0, 3.0, 0.0, 2.0, 2.0, 0.0, 3.0, 1.0, 2.0, 0.0]);
    assert_eq!(
        raw!(sorted)[..15],
        [
            0.03125, -0.15625, 0.15625, -1.625, 0.28125, 0.5625, 0.09375, 0.65625, 0.21875, 0.5625, 0.75,
            1.3125, 0.75, 0.84375, 0.9375
        ]
    );
    assert_eq!(
        raw!(order)[..15],
        [0.0, 2.0, 3.0, 4.0, 1.0, 1.0, 0.0, 2.0, 3.0, 4.0, 3.0, 1.0, 4.0, 2.0, 0.0]
    );
    let first = [0.03125, 0.5625, 0.75, 1.3125, -0.15625, 0.09375];
    assert_eq!((&raw!(moved)[..6], &raw!(again)[..6]), (&first[..], &first[..]));
    let summary = model.summary().to_string();
    for row in
        ["einsum (Einsum)", "top_k (TopK)", "argsort (Argsort)", "moveaxis_1 (Moveaxis)", "(None, 5, 3)"]
    {
        assert!(summary.contains(row), "{row}\n{summary}");
    }
}

#[test]
fn parts_of_integers_are_integers() {
    let model = model! {
        let i = Input(4, dtype = int32);
        let (a, b) = ops::split(i, 2, axis = 1);
        (a, b * 3)
    };
    let x = Array2::<i32>::from_shape_vec((2, 4), (1..9).collect()).unwrap();
    let (a, b) = model.predict(&x).unwrap();
    assert_eq!(a.to_vec().unwrap(), [1.0, 2.0, 5.0, 6.0]);
    assert_eq!(b.to_vec().unwrap(), [9.0, 12.0, 21.0, 24.0]);
}

/// What is 1.5 beside integers is 1, a single number is reflected as itself, and arrays of whole numbers keep integers.
#[test]
fn operations_of_integers_keep_integers() {
    let model = model! {
        let i = Input(3, dtype = int32);
        (ops::pad(i, ((0, 0), (1, 1)), constant_values = 1.5), ops::pad(i[:, :1], ((0, 0), (2, 1)), mode = "reflect"),
         ops::threshold(i, 1, 0), ops::threshold(i, 1.5, 0), ops::threshold(i, 1, 0.5),
         np.full((3,), 2) + i, i * np.array([true, false, true]))
    };
    let (a, b, c, d, e, f, g) = model.predict(&ndarray::array![[1i32, 2, 3]]).unwrap();
    assert_eq!(a.to_vec().unwrap(), [1.0, 1.0, 2.0, 3.0, 1.0]);
    assert_eq!(b.to_vec().unwrap(), [1.0, 1.0, 1.0, 1.0]);
    assert_eq!(c.to_vec().unwrap(), [0.0, 2.0, 3.0]);
    assert_eq!(d.to_vec().unwrap(), [0.0, 2.0, 3.0]);
    assert_eq!(e.to_vec().unwrap(), [0.5, 2.0, 3.0]);
    assert_eq!(f.to_vec().unwrap(), [3.0, 4.0, 5.0]);
    assert_eq!(g.to_vec().unwrap(), [1.0, 0.0, 3.0]);
    let is_int: Vec<bool> = (0..7)
        .map(|i| {
            let structure = AnyModel::structure(&model);
            let keras_core::model::Source::Node(node, _) = structure.outputs[i] else { panic!("a node") };
            structure.nodes[node].outputs.output(0).unwrap().dtype == keras_core::shape::DType::Int32
        })
        .collect();
    assert_eq!(is_int, [true, true, true, true, false, true, true]);
}
