//! Recurrent layers against plain loops in f64, and their gradients against differences of these loops.

mod common;

use common::{close, dot, numbers, numeric, on_every_path, wide, with_threads};
use keras_kernels::activation::Act;
use keras_kernels::recurrent::*;
use keras_kernels::threads;
use proptest::prelude::*;

fn act(a: Act, x: f64) -> f64 {
    match a {
        Act::Tanh => x.tanh(),
        Act::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Act::Softsign => x / (1.0 + x.abs()),
        Act::Softplus => x.exp().ln_1p(),
        _ => x,
    }
}

/// `x . w` for one row of x and columns `from..` of w.
fn times(x: &[f64], w: &[f64], columns: usize, j: usize) -> f64 {
    x.iter().enumerate().map(|(i, x)| x * w[i * columns + j]).sum()
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Lstm,
    GruAfter,
    GruBefore,
    Simple,
}

/// All that a layer reads, in one vector each, as f64.
#[derive(Clone)]
struct Inputs {
    x: Vec<f64>,
    w: Vec<f64>,
    u: Vec<f64>,
    b: Vec<f64>,
    h0: Vec<f64>,
    c0: Vec<f64>,
}

/// The states of all steps and the last cell.
fn reference(
    kind: Kind,
    z: Sequence,
    a: Act,
    ra: Act,
    mask: Option<&[bool]>,
    i: &Inputs,
) -> (Vec<f64>, Vec<f64>) {
    let Sequence { batch, time, inputs, units: h, go_backwards, .. } = z;
    let (mut hs, mut cs) = (vec![0.0; batch * time * h], vec![0.0; batch * h]);
    for r in 0..batch {
        let (mut s, mut c) = (i.h0[r * h..][..h].to_vec(), i.c0[r * h..][..h].to_vec());
        for step in 0..time {
            let t = if go_backwards { time - 1 - step } else { step };
            let x = &i.x[(r * time + t) * inputs..][..inputs];
            if mask.is_none_or(|m| m[r * time + t]) {
                let old = s.clone();
                for j in 0..h {
                    match kind {
                        Kind::Lstm => {
                            let g = |k: usize| {
                                times(x, &i.w, 4 * h, k * h + j)
                                    + times(&old, &i.u, 4 * h, k * h + j)
                                    + i.b[k * h + j]
                            };
                            c[j] = act(ra, g(1)) * c[j] + act(ra, g(0)) * act(a, g(2));
                            s[j] = act(ra, g(3)) * act(a, c[j]);
                        }
                        Kind::Simple => {
                            s[j] = act(a, times(x, &i.w, h, j) + i.b[j] + times(&old, &i.u, h, j));
                        }
                        _ => {
                            let xs = |k: usize, j: usize| times(x, &i.w, 3 * h, k * h + j) + i.b[k * h + j];
                            let after = kind == Kind::GruAfter;
                            let hh = |k: usize, j: usize| {
                                times(&old, &i.u, 3 * h, k * h + j)
                                    + if after { i.b[(3 + k) * h + j] } else { 0.0 }
                            };
                            let zg = act(ra, xs(0, j) + hh(0, j));
                            let g = if after {
                                act(a, xs(2, j) + act(ra, xs(1, j) + hh(1, j)) * hh(2, j))
                            } else {
                                let reset: Vec<f64> =
                                    (0..h).map(|l| act(ra, xs(1, l) + hh(1, l)) * old[l]).collect();
                                act(a, xs(2, j) + times(&reset, &i.u, 3 * h, 2 * h + j))
                            };
                            s[j] = zg * old[j] + (1.0 - zg) * g;
                        }
                    }
                }
            }
            hs[(r * time + step) * h..][..h].copy_from_slice(&s);
        }
        cs[r * h..][..h].copy_from_slice(&c);
    }
    (hs, cs)
}

/// Compares with the loops, and `gradients` elements of each gradient (all, if there are not more) with differences.
#[allow(clippy::too_many_arguments)]
fn check(kind: Kind, z: Sequence, a: Act, ra: Act, masked: bool, states: bool, gradients: usize, seed: u64) {
    let Sequence { batch, time, inputs, units: h, .. } = z;
    let g = match kind {
        Kind::Lstm => 4,
        Kind::Simple => 1,
        _ => 3,
    };
    let biases = if kind == Kind::GruAfter { 6 * h } else { g * h };
    let x = numbers(batch * time * inputs, seed);
    // Sums of many terms are kept from saturating the activations, where no gradient would be left.
    let scale = (8.0 / (inputs + h) as f32).min(1.0);
    let small = |n, seed| numbers(n, seed).iter().map(|x| x * scale).collect::<Vec<f32>>();
    let (w, u) = (small(inputs * g * h, seed + 1), small(h * g * h, seed + 2));
    let b = numbers(biases, seed + 3);
    let zero = |x: Vec<f32>| if states { x } else { vec![0.0; x.len()] };
    let (h0, c0) = (zero(numbers(batch * h, seed + 4)), zero(numbers(batch * h, seed + 5)));
    let mask: Vec<bool> = numbers(batch * time, seed + 6).iter().map(|x| *x < 0.3).collect();
    let mask = masked.then_some(&mask[..]);
    let (dy, dh, dc) =
        (numbers(batch * time * h, seed + 7), numbers(batch * h, seed + 8), numbers(batch * h, seed + 9));
    let all = Inputs { x: wide(&x), w: wide(&w), u: wide(&u), b: wide(&b), h0: wide(&h0), c0: wide(&c0) };
    let (want, want_c) = reference(kind, z, a, ra, mask, &all);

    let loss = |i: &Inputs| {
        let (hs, c) = reference(kind, z, a, ra, mask, i);
        let last: Vec<f64> = (0..batch).flat_map(|r| hs[((r + 1) * time - 1) * h..][..h].to_vec()).collect();
        dot(&hs, &dy) + dot(&last, &dh) + if kind == Kind::Lstm { dot(&c, &dc) } else { 0.0 }
    };
    let some = |n: usize| -> Vec<usize> {
        if n <= gradients {
            (0..n).collect()
        } else {
            (0..gradients).map(|i| (i * 2 + 1) * n / (2 * gradients)).collect()
        }
    };
    let wanted = (gradients > 0).then(|| -> [Vec<f64>; 6] {
        let change = |f: fn(&mut Inputs) -> &mut Vec<f64>| {
            let at = f(&mut all.clone()).clone();
            let places = some(at.len());
            let values: Vec<f64> = places.iter().map(|i| at[*i]).collect();
            numeric(&values, |x| {
                let mut i = all.clone();
                places.iter().zip(x).for_each(|(at, x)| f(&mut i)[*at] = *x);
                loss(&i)
            })
        };
        [
            change(|i| &mut i.x),
            change(|i| &mut i.w),
            change(|i| &mut i.u),
            change(|i| &mut i.b),
            change(|i| &mut i.h0),
            change(|i| &mut i.c0),
        ]
    });

    let c0 = states.then_some(&c0[..]);
    let layer = Layer { kind, size: z, a, ra, w: &w, u: &u, b: &b };
    on_every_path(|| {
        let given = Given { x: &x, mask, h0: states.then_some(&h0[..]) };
        let found = layer.run(given, c0, [&dy, &dh, &dc], (&want, &want_c));
        if let Some(wanted) = &wanted {
            let names = ["dx", "dw", "du", "db", "dh0", "dc0"];
            let all = names.iter().zip(&found).zip(wanted);
            for ((name, got), want) in all.take(if kind == Kind::Lstm { 6 } else { 5 }) {
                let got: Vec<f32> = some(got.len()).iter().map(|i| got[*i]).collect();
                close(name, &got, want, 1e-4);
            }
        }
    });
}

/// A layer with its weights.
struct Layer<'a> {
    kind: Kind,
    size: Sequence,
    a: Act,
    ra: Act,
    w: &'a [f32],
    u: &'a [f32],
    b: &'a [f32],
}

impl Layer<'_> {
    /// Compares the states and the last cell with what they should be; gives the gradients of inputs, weights and first states.
    fn run(
        &self,
        given: Given,
        c0: Option<&[f32]>,
        [dy, dh, dc]: [&[f32]; 3],
        (want, want_c): (&[f64], &[f64]),
    ) -> [Vec<f32>; 6] {
        let Layer { kind, size, a: act, ra: recurrent_act, w, u, b } = *self;
        let states = size.batch * size.units;
        let mut hs = vec![9.0; want.len()];
        let [mut dx, mut dw, mut du, mut db, mut h, mut c] =
            [given.x.len(), w.len(), u.len(), b.len(), states, states].map(|n| vec![9.0f32; n]);
        let (dx_to, dh0, dc0) = (Some(&mut dx[..]), Some(&mut h[..]), Some(&mut c[..]));
        let (dw_to, du_to, db_to) = (&mut dw[..], &mut du[..], &mut db[..]);
        match kind {
            Kind::Lstm => {
                let l = Lstm { size, act, recurrent_act };
                let weights = LstmWeights { w, u, b: Some(b) };
                let (mut cache, mut last) = (vec![9.0; l.cache_len()], vec![9.0; states]);
                l.forward(given, c0, weights, None, &mut hs, None);
                close("h", &hs, want, 2e-5);
                l.forward(given, c0, weights, Some(&mut cache), &mut hs, Some(&mut last));
                close("c", &last, want_c, 2e-5);
                let to = LstmGradients { dw: dw_to, du: du_to, db: db_to, dx: dx_to, dh0, dc0 };
                l.backward(given, c0, weights, &hs, &cache, Some(dy), Some(dh), Some(dc), to);
            }
            Kind::Simple => {
                let l = SimpleRnn { size, act };
                let weights = SimpleRnnWeights { w, u, b: Some(b) };
                l.forward(given, weights, &mut hs);
                let to = SimpleRnnGradients { dw: dw_to, du: du_to, db: db_to, dx: dx_to, dh0 };
                l.backward(given, weights, &hs, Some(dy), Some(dh), to);
            }
            Kind::GruAfter | Kind::GruBefore => {
                let l = Gru { size, act, recurrent_act, reset_after: kind == Kind::GruAfter };
                let weights = GruWeights { w, u, b: Some(b) };
                let mut cache = vec![9.0; l.cache_len()];
                l.forward(given, weights, None, &mut hs);
                close("h", &hs, want, 2e-5);
                l.forward(given, weights, Some(&mut cache), &mut hs);
                let to = GruGradients { dw: dw_to, du: du_to, db: db_to, dx: dx_to, dh0 };
                l.backward(given, weights, &hs, &cache, Some(dy), Some(dh), to);
            }
        }
        close("h", &hs, want, 2e-5);
        [dx, dw, du, db, h, c]
    }
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![Kind::Lstm, Kind::GruAfter, Kind::GruBefore, Kind::Simple])
}

fn acts() -> impl Strategy<Value = (Act, Act)> {
    prop::sample::select(vec![
        (Act::Tanh, Act::Sigmoid),
        (Act::Tanh, Act::Sigmoid),
        (Act::Softsign, Act::Tanh),
        (Act::Linear, Act::Sigmoid),
        (Act::Softplus, Act::Softsign),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn gradients_agree_with_differences(
        kind in kinds(), (a, ra) in acts(), batch in 1..4usize, time in 1..5usize, inputs in 1..4usize,
        units in 1..6usize, go_backwards: bool, masked: bool, states: bool, seed: u64,
    ) {
        let z = Sequence { batch, time, inputs, units, go_backwards, threads: 2 };
        check(kind, z, a, ra, masked, states, usize::MAX, seed >> 8);
    }

    #[test]
    fn states_of_larger_layers_agree(
        kind in kinds(), (_, ra) in acts(), batch in 1..40usize, time in 1..6usize, inputs in 1..40usize,
        units in 1..40usize, go_backwards: bool, masked: bool, states: bool, seed: u64,
    ) {
        let z = Sequence { batch, time, inputs, units, go_backwards, threads: 2 };
        // Activations that keep the states bounded: else five steps make rounding errors large.
        let a = if ra == Act::Sigmoid { Act::Tanh } else { Act::Softsign };
        let ra = Act::Sigmoid;
        check(kind, z, a, ra, masked, states, 0, seed >> 8);
    }
}

#[test]
fn layers_with_large_weights_agree() {
    // Weights that stay in no cache: products over all steps at once, and one row by a way of its own.
    let sizes = [
        (Kind::Lstm, 230, 100),
        (Kind::GruAfter, 210, 130),
        (Kind::GruBefore, 210, 130),
        (Kind::Simple, 1, 362),
    ];
    for (at, (kind, inputs, units)) in sizes.into_iter().enumerate() {
        for (batch, go_backwards) in [(20, at % 2 == 0), (1, at % 2 == 1)] {
            let z = Sequence { batch, time: 4, inputs, units, go_backwards, threads: 2 };
            check(kind, z, Act::Tanh, Act::Sigmoid, at > 1, at != 0, 3, 77 + at as u64);
        }
    }
}

/// The states, and the gradients of x, w, u and b, with masks. `between` is called between the passes.
fn all_of(
    kind: Kind,
    z: Sequence,
    x: &[f32],
    mask: &[bool],
    dy: &[f32],
    seed: u64,
    between: impl FnOnce(),
) -> [Vec<f32>; 5] {
    let g = match kind {
        Kind::Lstm => 4,
        Kind::Simple => 1,
        _ => 3,
    };
    let h = z.units;
    let biases = if kind == Kind::GruAfter { 6 * h } else { g * h };
    // Weights under which differences between states die out: else many steps make roundings large.
    let scale = 0.8 / ((z.inputs + h) as f32).sqrt();
    let small = |n, seed| numbers(n, seed).iter().map(|x| x * scale).collect::<Vec<f32>>();
    let (w, u, b) = (small(z.inputs * g * h, seed), small(h * g * h, seed + 1), small(biases, seed + 2));
    let given = Given { x, mask: Some(mask), h0: None };
    let mut hs = vec![0.0; dy.len()];
    let [mut dx, mut dw, mut du, mut db] = [x.len(), w.len(), u.len(), b.len()].map(|n| vec![0.0f32; n]);
    let (act, recurrent_act) = (Act::Tanh, Act::Sigmoid);
    match kind {
        Kind::Lstm => {
            let l = Lstm { size: z, act, recurrent_act };
            let weights = LstmWeights { w: &w, u: &u, b: Some(&b) };
            let mut cache = vec![0.0; l.cache_len()];
            l.forward(given, None, weights, Some(&mut cache), &mut hs, None);
            between();
            let (dw, du, db) = (&mut dw[..], &mut du[..], &mut db[..]);
            let to = LstmGradients { dw, du, db, dx: Some(&mut dx), dh0: None, dc0: None };
            l.backward(given, None, weights, &hs, &cache, Some(dy), None, None, to);
        }
        Kind::Simple => {
            let l = SimpleRnn { size: z, act };
            let weights = SimpleRnnWeights { w: &w, u: &u, b: Some(&b) };
            l.forward(given, weights, &mut hs);
            between();
            let (dw, du, db) = (&mut dw[..], &mut du[..], &mut db[..]);
            let to = SimpleRnnGradients { dw, du, db, dx: Some(&mut dx), dh0: None };
            l.backward(given, weights, &hs, Some(dy), None, to);
        }
        _ => {
            let l = Gru { size: z, act, recurrent_act, reset_after: kind == Kind::GruAfter };
            let weights = GruWeights { w: &w, u: &u, b: Some(&b) };
            let mut cache = vec![0.0; l.cache_len()];
            l.forward(given, weights, Some(&mut cache), &mut hs);
            between();
            let (dw, du, db) = (&mut dw[..], &mut du[..], &mut db[..]);
            let to = GruGradients { dw, du, db, dx: Some(&mut dx), dh0: None };
            l.backward(given, weights, &hs, &cache, Some(dy), None, to);
        }
    }
    [hs, dx, dw, du, db]
}

/// Blocks, threads, and steps that are multiplied some at a time: the gradient of a batch is the sum of those of its
/// rows.
fn check_rows(kind: Kind, z: Sequence, seed: u64) {
    let x = numbers(z.batch * z.time * z.inputs, seed);
    let dy = numbers(z.batch * z.time * z.units, seed + 1);
    let mask: Vec<bool> = numbers(z.batch * z.time, seed + 2).iter().map(|x| *x < 0.8).collect();
    let one = Sequence { batch: 1, ..z };
    let mut want: [Vec<f64>; 5] = Default::default();
    for r in 0..z.batch {
        let (nx, ny) = (z.time * z.inputs, z.time * z.units);
        let (x, dy, mask) = (&x[r * nx..][..nx], &dy[r * ny..][..ny], &mask[r * z.time..][..z.time]);
        for (i, (want, found)) in
            want.iter_mut().zip(all_of(kind, one, x, mask, dy, seed + 3, || ())).enumerate()
        {
            if i < 2 {
                want.extend(wide(&found));
            } else {
                want.resize(found.len(), 0.0);
                want.iter_mut().zip(&found).for_each(|(sum, x)| *sum += f64::from(*x));
            }
        }
    }
    for n in [1, 2, 3] {
        let z = Sequence { threads: n, ..z };
        let run = |then: usize| all_of(kind, z, &x, &mask, &dy, seed + 3, || threads::set_threads(then));
        let (found, again) = with_threads(n, || (run(n), run(n)));
        assert!(found == again, "the same number of threads gives the same numbers");
        // Another number for the backward pass.
        let changed = with_threads(n, || run(n % 3 + 1));
        for found in [found, changed] {
            for (name, (found, want)) in ["h", "dx", "dw", "du", "db"].iter().zip(found.iter().zip(&want)) {
                close(name, found, want, 1e-4);
            }
        }
    }
}

const KINDS: [Kind; 4] = [Kind::Lstm, Kind::GruAfter, Kind::GruBefore, Kind::Simple];

#[test]
fn many_rows_have_the_gradients_of_few() {
    for (i, kind) in KINDS.into_iter().enumerate() {
        let z = Sequence { batch: 70, time: 9, inputs: 20, units: 30, go_backwards: i % 2 == 1, threads: 0 };
        check_rows(kind, z, 11 * i as u64);
    }
}

#[test]
fn many_rows_of_long_sequences_have_the_gradients_of_few() {
    for (i, kind) in KINDS.into_iter().enumerate() {
        for go_backwards in [false, true] {
            let time = if kind == Kind::Simple { 150 } else { 45 };
            let z = Sequence { batch: 35, time, inputs: 5, units: 64, go_backwards, threads: 0 };
            check_rows(kind, z, 17 * i as u64);
        }
    }
}

#[test]
fn many_rows_of_large_layers_have_the_gradients_of_few() {
    for (i, kind) in KINDS.into_iter().enumerate() {
        let (inputs, units) = [(230, 100), (210, 130), (210, 130), (1, 362)][i];
        for go_backwards in [false, true] {
            let z = Sequence { batch: 70, time: 23, inputs, units, go_backwards, threads: 0 };
            check_rows(kind, z, 13 * i as u64);
        }
    }
}

#[test]
fn threads_share_the_steps_of_one_sequence() {
    for (i, kind) in KINDS.into_iter().enumerate() {
        let units = if kind == Kind::Simple { 450 } else { 250 };
        let z = Sequence { batch: 1, time: 9, inputs: 60, units, go_backwards: i % 2 == 1, threads: 1 };
        let (x, dy) = (numbers(z.time * z.inputs, 3), numbers(z.time * z.units, 4));
        let mask: Vec<bool> = (0..z.time).map(|t| t != 4).collect();
        let run = |n: usize| with_threads(n, || all_of(kind, z, &x, &mask, &dy, 5, || ()));
        let alone = run(1).map(|found| wide(&found));
        for n in [2, 3] {
            let found = run(n);
            assert!(found == run(n), "the same number of threads gives the same numbers");
            for (name, (found, want)) in ["h", "dx", "dw", "du", "db"].iter().zip(found.iter().zip(&alone)) {
                close(name, found, want, 1e-5);
            }
        }
    }
}
