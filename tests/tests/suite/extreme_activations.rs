//! Numbers that nobody scaled: activations of every size of f32 against real Keras, recurrent layers on data up to a
//! million against sums in f64. `tests/keras/make_extreme_activations.py` asks Keras.

use std::ops::{Add, Mul, Sub};

use keras_core::engine::without;
use keras_core::prelude::*;
use keras_tests::Archive;
use ndarray::{Array2, Array3};

use super::engine::noise;

/// Whether `found` is `wanted`, up to `relative` of it and `least`. NaN and infinities must be the same.
fn same(what: &str, x: &[f32], found: &[f32], wanted: &[f32], (relative, least): (f32, f32)) {
    assert_eq!(found.len(), wanted.len(), "{what}");
    let equal =
        |f: f32, w: f32| f == w || f.is_nan() && w.is_nan() || (f - w).abs() <= relative * w.abs() + least;
    let wrong: Vec<_> = (0..found.len())
        .filter(|i| !equal(found[*i], wanted[*i]))
        .map(|i| format!("{:e} gives {:e} instead of {:e}", x[i], found[i], wanted[i]))
        .collect();
    assert!(wrong.is_empty(), "{what}: {wrong:#?}");
}

fn raw(numbers: &[f32], shape: &[usize]) -> Raw {
    Raw::from_f32(numbers.to_vec(), shape).expect("a tensor")
}

/// What Keras says of an elementwise activation: inputs, values, derivatives.
fn case(name: &str) -> [Vec<f32>; 3] {
    let archive = Archive::open("extreme_activations");
    [String::from("x"), format!("{name}/y"), format!("{name}/g")]
        .map(|key| archive.get(&key).iter().copied().collect())
}

/// Only those numbers whose place `f` wants.
fn only(f: impl Fn(usize) -> bool, numbers: [&[f32]; 3]) -> [Vec<f32>; 3] {
    numbers.map(|x| x.iter().enumerate().filter(|(i, _)| f(*i)).map(|(_, x)| *x).collect())
}

/// What the code for other devices may miss: `squareplus` loses its digits there, as Keras's float32.
fn spoilt(name: &str, x: f32) -> bool {
    name == "squareplus" && x.abs() >= 100.0
}

fn check_values(name: &str, kernels: &[f32], burn: &[f32]) {
    let [x, y, _] = case(name);
    // Far below 0 squareplus is 1 / |x|, which Keras loses even in float64.
    let [some, found, want] = only(|i| name != "squareplus" || x[i] > -1e6, [&x, kernels, &y]);
    // And `x - tanh(x)` of 1e-8 is below the last digit of float64.
    let least = if name == "tanh_shrink" { 1e-24 } else { 2e-36 };
    same(name, &some, &found, &want, (2e-6, least));
    let [x, burn, y] = only(|i| !spoilt(name, x[i]), [&x, burn, &y]);
    same(&format!("{name} on Burn"), &x, &burn, &y, (1e-5, 1e-6));
}

/// Gradients of the mean distance to [`TARGET`].
fn check_gradients(name: &str, kernels: &[f32], burn: &[f32]) {
    let [x, y, g] = case(name);
    let n = x.len() as f32;
    let wanted: Vec<f32> = g.iter().zip(&y).map(|(g, y)| g * (y - TARGET).signum() / n).collect();
    let [some, found, want] = only(|i| !y[i].is_nan(), [&x, kernels, &wanted]);
    same(&format!("{name}'"), &some, &found, &want, (1e-5, 6e-7 / n));
    let [some, found, want] = only(|i| x[i].is_finite() && !spoilt(name, x[i]), [&x, burn, &wanted]);
    same(&format!("{name}' on Burn"), &some, &found, &want, (1e-5, 1e-5 / n));
}

/// No activation is just that.
const TARGET: f32 = -0.33;

/// Each activation alone, and behind a dense layer whose bias is what goes in and gets the gradient.
macro_rules! activations {
    ($($test:ident: $($name:literal $act:ident)*;)*) => { $(
        #[test]
        fn $test() { $(
            let [x, ..] = case($name);
            assert_eq!(x.len(), 75);
            let row = Array2::from_shape_vec((1, 75), x.clone()).expect("a row");
            let alone = model!(Input(75) => Activation($act));
            let run = || alone.predict(&row).expect("a prediction").to_vec().expect("numbers");
            check_values($name, &run(), &without(run));
            let mut dense = model!(Input(75) => Dense(75, activation = $act))
                .compile(Adam::new(0.1), MeanAbsoluteError::new(), ());
            dense.set_weights(&[raw(&[0.0; 75 * 75], &[75, 75]), raw(&x, &[75])]).expect("weights");
            let (zeros, target) = (Array2::<f32>::zeros((1, 75)), Array2::from_elem((1, 75), TARGET));
            let mut run = || {
                let (_, gradients) = dense.gradients(&zeros, &target).expect("gradients");
                gradients[1].as_ref().expect("that of the bias").to_vec().expect("numbers")
            };
            let kernels = run();
            check_gradients($name, &kernels, &without(run));
        )* }
    )* };
}

activations! {
    rectifiers: "relu" relu "relu6" relu6 "leaky_relu" leaky_relu "elu" elu "celu" celu "selu" selu;
    gates: "gelu" gelu "silu" silu "sigmoid" sigmoid "hard_sigmoid" hard_sigmoid "hard_silu" hard_silu "mish" mish;
    bounded: "hard_tanh" hard_tanh "hard_shrink" hard_shrink "soft_shrink" soft_shrink "tanh" tanh
        "tanh_shrink" tanh_shrink "softsign" softsign;
    smooth: "softplus" softplus "squareplus" squareplus "sparse_plus" sparse_plus "sparse_sigmoid" sparse_sigmoid
        "log_sigmoid" log_sigmoid "exponential" exponential;
}

#[test]
fn activations_of_whole_rows() {
    let archive = Archive::open("extreme_activations");
    let rows = archive.get("rows");
    let x = Array2::from_shape_vec((11, 4), rows.iter().copied().collect()).expect("rows");
    let check = |name: &str, found: [Vec<f32>; 2], least: f32| {
        let want: Vec<f32> = archive.get(&format!("{name}/rows")).iter().copied().collect();
        let x: Vec<f32> = (0..want.len()).map(|i| (i / (want.len() / 11)) as f32).collect();
        same(&format!("{name}, by row"), &x, &found[0], &want, (2e-6, least));
        same(&format!("{name} on Burn, by row"), &x, &found[1], &want, (1e-5, 1e-6));
    };
    macro_rules! both {
        ($model:expr) => {{
            let model = $model;
            let run = || model.predict(&x).expect("a prediction").to_vec().expect("numbers");
            [run(), without(run)]
        }};
    }
    check("softmax", both!(model!(Input(4) => Activation(softmax))), 2e-38);
    check("softmax", both!(model!(Input(4) => Softmax())), 2e-38);
    check("log_softmax", both!(model!(Input(4) => Activation(log_softmax))), 2e-7);
    check("glu", both!(model!(Input(4) => Activation(glu))), 2e-36);
}

#[test]
fn a_saturated_gate_leaves_the_others_alone() {
    let mut model = model!(Input(None, 1) => LSTM(1, return_sequences = true));
    let weights =
        [raw(&[1.0, 0.0, 1.0, -1.0], &[1, 4]), raw(&[0.0; 4], &[1, 4]), raw(&[0.0, 1.0, 0.0, 0.0], &[4])];
    model.set_weights(&weights).expect("weights");
    let x = Array3::from_shape_vec((1, 3, 1), vec![100.0f32, -1.0, 0.5]).expect("a sequence");
    // Keras 3.15 on JAX.
    let want = [0.0, 0.352_733_9, 0.221_438_3];
    let run = || model.predict(&x).expect("a prediction").to_vec().expect("numbers");
    for found in [run(), without(run), model.predict_one(&[100.0, -1.0, 0.5]).expect("a prediction").to_vec()]
    {
        assert!(found.iter().zip(want).all(|(f, w)| (f - w).abs() < 1e-6), "{found:?}");
    }
}

// ------------------------------------------------------------------------------------- recurrent layers in f64

/// A number and its derivative in one direction.
#[derive(Clone, Copy, Default)]
struct Dual(f64, f64);

impl Add for Dual {
    type Output = Dual;
    fn add(self, b: Dual) -> Dual {
        Dual(self.0 + b.0, self.1 + b.1)
    }
}

impl Sub for Dual {
    type Output = Dual;
    fn sub(self, b: Dual) -> Dual {
        Dual(self.0 - b.0, self.1 - b.1)
    }
}

impl Mul for Dual {
    type Output = Dual;
    fn mul(self, b: Dual) -> Dual {
        Dual(self.0 * b.0, self.0 * b.1 + self.1 * b.0)
    }
}

impl Dual {
    fn sigmoid(self) -> Dual {
        let (e, up) = ((-self.0.abs()).exp(), self.0 >= 0.0);
        Dual(if up { 1.0 } else { e } / (1.0 + e), self.1 * e / (1.0 + e).powi(2))
    }

    fn tanh(self) -> Dual {
        Dual(self.0.tanh(), if self.0.abs() > 300.0 { 0.0 } else { self.1 / self.0.cosh().powi(2) })
    }
}

/// A layer's sizes and weights `[kernel, recurrent kernel, bias]`.
struct Cell<'a> {
    gates: usize,
    units: usize,
    inputs: usize,
    weights: &'a [Vec<Dual>],
}

impl Cell<'_> {
    /// `x . W` or `h . U`, with a part of the bias.
    fn product(&self, x: &[Dual], which: usize, bias: Option<usize>) -> Vec<Dual> {
        let n = self.gates * self.units;
        (0..n)
            .map(|j| {
                let start = bias.map_or(Dual::default(), |b| self.weights[2][b * n + j]);
                x.iter().enumerate().fold(start, |sum, (i, x)| sum + *x * self.weights[which][i * n + j])
            })
            .collect()
    }

    /// The states after all steps of one sequence.
    fn run(&self, x: &[f32]) -> Vec<Dual> {
        let u = self.units;
        let (mut h, mut c, mut all) = (vec![Dual::default(); u], vec![Dual::default(); u], Vec::new());
        for x in x.chunks_exact(self.inputs) {
            let x: Vec<Dual> = x.iter().map(|x| Dual(f64::from(*x), 0.0)).collect();
            let a = self.product(&x, 0, Some(0));
            let b = self.product(&h, 1, (self.gates == 3).then_some(1));
            for j in 0..u {
                let z = |g: usize| a[g * u + j] + b[g * u + j];
                h[j] = if self.gates == 4 {
                    c[j] = z(1).sigmoid() * c[j] + z(0).sigmoid() * z(2).tanh();
                    z(3).sigmoid() * c[j].tanh()
                } else {
                    let g = (a[2 * u + j] + z(1).sigmoid() * b[2 * u + j]).tanh();
                    z(0).sigmoid() * h[j] + (Dual(1.0, 0.0) - z(0).sigmoid()) * g
                };
            }
            all.extend_from_slice(&h);
        }
        all
    }
}

/// Integers up to `reach`, small ones among them, and kernels of eighths: sums of their products have no rounding.
fn sequences(batch: usize, reach: f32) -> Vec<f32> {
    let size = |(i, x): (usize, f32)| (x * if i % 3 == 1 { 3.0 } else { reach }).round();
    noise(batch * TIME * INPUTS, batch).into_iter().enumerate().map(size).collect()
}

const TIME: usize = 5;
const INPUTS: usize = 3;

/// Weights as a model has them, and a direction.
fn weights(gates: usize, units: usize) -> [[Vec<f32>; 2]; 3] {
    let n = gates * units;
    let lens = [INPUTS * n, units * n, if gates == 3 { 2 * n } else { n }];
    let by = |i: usize, x: f32| match i {
        0 => (x * 8.0).round() / 8.0,
        1 => x / (units as f32).sqrt(),
        _ => (x * 4.0).round() / 4.0,
    };
    std::array::from_fn(|i| {
        [noise(lens[i], 3 + i).into_iter().map(|x| by(i, x)).collect(), noise(lens[i], 13 + i)]
    })
}

/// A recurrent layer of `$units`: predictions, single samples and the gradient along a direction.
macro_rules! recurrent {
    ($($test:ident: $layer:ident, $gates:literal, [$($units:literal)*];)*) => { $(
        #[test]
        fn $test() { $(
            let (own, units) = (weights($gates, $units), $units);
            let mut model = model!(Input(None, 3) => $layer($units, return_sequences = true))
                .compile(Adam::new(0.1), MeanSquaredError::new(), ());
            let shapes = [
                vec![INPUTS, $gates * units],
                vec![units, $gates * units],
                if $gates == 3 { vec![2, 3 * units] } else { vec![4 * units] },
            ];
            let raws: Vec<Raw> = own.iter().zip(&shapes).map(|([w, _], s)| raw(w, s)).collect();
            model.set_weights(&raws).expect("weights");
            let dual: Vec<Vec<Dual>> = own
                .iter()
                .map(|[w, d]| w.iter().zip(d).map(|(w, d)| Dual(f64::from(*w), f64::from(*d))).collect())
                .collect();
            let cell = Cell { gates: $gates, units, inputs: INPUTS, weights: &dual };
            for (batch, reach) in [(1, 255.0), (5, 255.0), (17, 1e6), (2, 1e6)] {
                let x = sequences(batch, reach);
                let want: Vec<Dual> = x.chunks_exact(TIME * INPUTS).flat_map(|x| cell.run(x)).collect();
                let input = Array3::from_shape_vec((batch, TIME, INPUTS), x.clone()).expect("sequences");
                let found = model.predict(&input).expect("a prediction").to_vec().expect("numbers");
                let one = model.predict_one(&x[..TIME * INPUTS]).expect("a prediction");
                for (i, (f, w)) in found.iter().zip(&want).chain(one.iter().zip(&want)).enumerate() {
                    let error = (f64::from(*f) - w.0).abs();
                    assert!(error < 1e-5, "{} of {units}, batch {batch}, {i}: {f} {}", stringify!($layer), w.0);
                }
                let target = noise(want.len(), 99);
                let loss = want.iter().zip(&target).fold(0.0, |sum, (w, t)| sum + 2.0 * (w.0 - f64::from(*t)) * w.1)
                    / want.len() as f64;
                let target = Array3::from_shape_vec((batch, TIME, units), target).expect("targets");
                let (_, gradients) = model.gradients(&input, &target).expect("gradients");
                let (mut sum, mut size) = (0.0, 0.0);
                for (g, [_, d]) in gradients.iter().zip(&own) {
                    for (g, d) in g.as_ref().expect("a gradient").to_vec().expect("numbers").iter().zip(d) {
                        sum += f64::from(*g) * f64::from(*d);
                        size += (f64::from(*g) * f64::from(*d)).abs();
                    }
                }
                // A sigmoid of 1 - 1e-8 has no slope in f32: that much of each input is lost, in Keras too.
                let lost = f64::from(reach) * 1e-6;
                let error = (sum - loss).abs();
                assert!(error < 1e-4 * size + lost, "{} of {units}: {sum} {loss} {size}", stringify!($layer));
            }
        )* }
    )* };
}

recurrent! {
    lstms: LSTM, 4, [1 3 8 17 32 64 300];
    grus: GRU, 3, [1 3 8 17 32 64 300];
}

#[test]
fn both_directions() {
    let own: [[[Vec<f32>; 2]; 3]; 2] = [weights(4, 17), weights(4, 17)];
    let mut model = model!(Input(None, 3) => Bidirectional(LSTM(17, return_sequences = true)));
    let shapes = [vec![INPUTS, 68], vec![17, 68], vec![68]];
    let raws: Vec<Raw> =
        own.iter().flatten().zip(shapes.iter().cycle()).map(|([w, _], s)| raw(w, s)).collect();
    model.set_weights(&raws).expect("weights");
    let dual: Vec<Vec<Dual>> =
        own[0].iter().map(|[w, _]| w.iter().map(|w| Dual(f64::from(*w), 0.0)).collect()).collect();
    let cell = Cell { gates: 4, units: 17, inputs: INPUTS, weights: &dual };
    for (batch, reach) in [(1, 255.0), (6, 1e6)] {
        let x = sequences(batch, reach);
        let input = Array3::from_shape_vec((batch, TIME, INPUTS), x.clone()).expect("sequences");
        let found = model.predict(&input).expect("a prediction").to_vec().expect("numbers");
        for (x, found) in x.chunks_exact(TIME * INPUTS).zip(found.chunks_exact(TIME * 34)) {
            let back: Vec<f32> = x.chunks_exact(INPUTS).rev().flatten().copied().collect();
            let (there, back) = (cell.run(x), cell.run(&back));
            for t in 0..TIME {
                let want = there[t * 17..][..17].iter().chain(&back[(TIME - 1 - t) * 17..][..17]);
                for (f, w) in found[t * 34..][..34].iter().zip(want) {
                    assert!((f64::from(*f) - w.0).abs() < 1e-5, "{f} {}", w.0);
                }
            }
        }
    }
}
