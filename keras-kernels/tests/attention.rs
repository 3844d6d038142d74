//! Attention against plain loops in f64 and numeric gradients.

mod common;

use common::{close, dot, numbers, numeric, on_every_path, wide, with_threads};
use keras_kernels::attention::*;
use keras_kernels::threads;
use proptest::prelude::*;

/// An attention in plain loops; what counts is asked for by `(sample, head, row, column)`.
struct Plain<'a> {
    sizes: Attention,
    counts: &'a dyn Fn([usize; 4]) -> bool,
    factors: Option<&'a [f32]>,
}

#[derive(Clone, Copy)]
enum Scored<'a> {
    Dot(f64),
    Tanh(f64, &'a [f64]),
}

impl Plain<'_> {
    /// The result and the shares.
    fn run(&self, q: &[f64], k: &[f64], v: &[f64], score: Scored) -> (Vec<f64>, Vec<f64>) {
        let Attention { batch, heads, key_heads, rows, columns, width, value, .. } = self.sizes;
        let group = heads / key_heads;
        let (mut y, mut shares) = (vec![0.0; batch * rows * heads * value], vec![]);
        for b in 0..batch {
            for h in 0..heads {
                for i in 0..rows {
                    let scores: Vec<f64> = (0..columns)
                        .map(|j| {
                            let pairs = (0..width).map(|f| {
                                let q = q[((b * rows + i) * heads + h) * width + f];
                                (q, k[((b * columns + j) * key_heads + h / group) * width + f], f)
                            });
                            let x: f64 = match score {
                                Scored::Dot(scale) => scale * pairs.map(|(q, k, _)| q * k).sum::<f64>(),
                                Scored::Tanh(by, w) => {
                                    pairs.map(|(q, k, f)| w[f] * (by * (q + k)).tanh()).sum()
                                }
                            };
                            match ((self.counts)([b, h, i, j]), self.sizes.hidden) {
                                (true, _) => x,
                                (false, Hidden::Replaced | Hidden::Zeroed) => -1e9,
                                (false, Hidden::Lowered) => x - 1e9,
                                (false, Hidden::Lowest) => -0.7 * f64::from(f32::MAX),
                            }
                        })
                        .collect();
                    let max = scores.iter().fold(f64::MIN, |a, b| a.max(*b));
                    let e: Vec<f64> = scores.iter().map(|x| (x - max).exp()).collect();
                    let sum: f64 = e.iter().sum();
                    for (j, e) in e.iter().enumerate() {
                        let zero = self.sizes.hidden == Hidden::Zeroed && !(self.counts)([b, h, i, j]);
                        let e = if zero { &0.0 } else { e };
                        let factor = self.factors.map_or(1.0, |f| f64::from(f[shares.len()]));
                        shares.push(e / sum);
                        for f in 0..value {
                            let v = v[((b * columns + j) * key_heads + h / group) * value + f];
                            y[((b * rows + i) * heads + h) * value + f] += e / sum * factor * v;
                        }
                    }
                }
            }
        }
        (y, shares)
    }
}

/// Which masks a case has.
#[derive(Clone, Copy, Debug)]
struct Masks {
    rows: bool,
    columns: bool,
    causal: bool,
    window: Option<usize>,
    each: Option<[bool; 4]>,
}

fn masks() -> impl Strategy<Value = Masks> {
    let each = prop::option::weighted(0.3, any::<[bool; 4]>());
    (any::<bool>(), any::<bool>(), any::<bool>(), prop::option::weighted(0.3, 1..5usize), each)
        .prop_map(|(rows, columns, causal, window, each)| Masks { rows, columns, causal, window, each })
}

/// Attention over nothing, of nothing and with nothing.
#[test]
fn nothing_to_do() {
    for i in 0..729usize {
        let of = |digit: u32| [0, 1, 3][i / 3usize.pow(digit) % 3];
        let [batch, heads, rows, columns, width, value] = std::array::from_fn(|digit| of(digit as u32));
        let sizes = Attention {
            batch,
            heads,
            key_heads: heads,
            rows,
            columns,
            width,
            value,
            hidden: Hidden::Replaced,
        };
        let query = numbers(batch * rows * heads * width, 1);
        let key = numbers(batch * columns * heads * width, 2);
        let values = numbers(batch * columns * heads * value, 3);
        let weights = numbers(width, 4);
        for score in [Score::Dot(0.5), Score::Tanh { inner: 1.0, weights: &weights }] {
            let mask = Mask { causal: i % 2 == 1, ..Mask::default() };
            let given = Given { query: &query, key: &key, value: &values, score, mask, factors: None };
            let mut y = vec![9.0; batch * rows * heads * value];
            let mut shares = vec![9.0; sizes.shares()];
            sizes.forward(&given, Some(&mut shares), &mut y);
            assert!(columns > 0 || y.iter().all(|y| *y == 0.0));
            assert!(shares.chunks(columns.max(1)).all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-5));
            let mut again = vec![9.0; y.len()];
            sizes.forward(&given, None, &mut again);
            close("y", &again, &wide(&y), 1e-6);
            let [mut dq, mut dk, mut dv] = [&query, &key, &values].map(|x| vec![9.0; x.len()]);
            let mut dscore = vec![9.0; if matches!(score, Score::Dot(_)) { 1 } else { width + 1 }];
            let to = AttentionGradients {
                query: Some(&mut dq),
                key: Some(&mut dk),
                value: Some(&mut dv),
                score: Some(&mut dscore),
            };
            sizes.backward(&given, &shares, &y, None, to);
            assert!([dq, dk, dv, dscore].iter().flatten().all(|d| d.is_finite() && *d != 9.0));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn attention(batch in 1..3usize, (key_heads, group) in (1..3usize, 1..4usize), rows in 1..6usize,
        columns in prop_oneof![1..6usize, 1..40usize], width in prop_oneof![1..6usize, 1..20usize],
        value in prop_oneof![1..6usize, 1..20usize], tanh: bool, hides in 0..4u8, dropped: bool, used: bool,
        given in prop::option::of(masks()), seed: u64) {
        let seed = seed >> 8;
        let hidden = [Hidden::Replaced, Hidden::Zeroed, Hidden::Lowered, Hidden::Lowest][usize::from(hides)];
        let lowered = hidden == Hidden::Lowered;
        let heads = key_heads * group;
        let sizes = Attention { batch, heads, key_heads, rows, columns, width, value, hidden };
        let bits = |n: usize, s: u64| -> Vec<bool> { numbers(n, seed + s).iter().map(|x| *x > -0.4).collect() };
        let (looks, mut seen) = (bits(batch * rows, 20), bits(batch * columns, 21));
        let mut masks = given.unwrap_or(Masks { rows: false, columns: false, causal: false, window: None, each: None });
        if lowered {
            // Where nothing counts, f32 rounds the scores away but keeps their gradient, as in Keras: no plain loop does.
            (masks.rows, masks.window, masks.each) = (false, None, None);
            seen.chunks_mut(columns).for_each(|x| x[0] = true);
        }
        let lengths = [batch, heads, rows, columns];
        let shape = masks.each.map(|own| std::array::from_fn(|i| if own[i] { lengths[i] } else { 1 }));
        let each: Vec<f32> = shape.map_or(vec![], |shape: [usize; 4]| {
            bits(shape.iter().product(), 22).iter().map(|x| if *x { 0.5 } else { 0.0 }).collect()
        });
        let mask = Mask {
            rows: masks.rows.then_some(&looks),
            columns: masks.columns.then_some(&seen),
            causal: masks.causal,
            window: masks.window,
            each: shape.map(|shape| Counts { data: &each, shape }),
        };
        let counts = |at: [usize; 4]| {
            let [b, _, i, j] = at;
            (!masks.rows || looks[b * rows + i])
                && (!masks.columns || seen[b * columns + j])
                && (!masks.causal || j <= i)
                && masks.window.is_none_or(|w| i.abs_diff(j) < w)
                && shape.is_none_or(|s| {
                    let own: [usize; 4] = std::array::from_fn(|i| if s[i] == 1 { 0 } else { at[i] });
                    each[((own[0] * s[1] + own[1]) * s[2] + own[2]) * s[3] + own[3]] != 0.0
                })
        };
        let n = batch * heads * rows * columns;
        let factors: Vec<f32> = bits(n, 23).iter().map(|x| if *x { 1.25 } else { 0.0 }).collect();
        let factors = dropped.then_some(&factors[..]);
        let (q, k) = (numbers(batch * rows * heads * width, seed), numbers(batch * columns * key_heads * width, seed + 1));
        let v = numbers(batch * columns * key_heads * value, seed + 2);
        let (weights, by) = (numbers(width, seed + 3), 0.7f32);
        let score = if tanh { Score::Tanh { inner: by, weights: &weights } } else { Score::Dot(by) };
        let (dy, dshares) = (numbers(batch * rows * heads * value, seed + 4), numbers(n, seed + 5));

        let plain = Plain { sizes, counts: &counts, factors };
        let (wq, wk, wv) = (wide(&q), wide(&k), wide(&v));
        let mut numbers_of_score = if tanh { wide(&weights) } else { vec![] };
        numbers_of_score.push(f64::from(by));
        let run = |q: &[f64], k: &[f64], v: &[f64], s: &[f64]| {
            let score = if tanh { Scored::Tanh(s[width], &s[..width]) } else { Scored::Dot(s[0]) };
            plain.run(q, k, v, score)
        };
        let total = |q: &[f64], k: &[f64], v: &[f64], s: &[f64]| {
            let (y, shares) = run(q, k, v, s);
            dot(&y, &dy) + if used { dot(&shares, &dshares) } else { 0.0 }
        };
        let (y, shares) = run(&wq, &wk, &wv, &numbers_of_score);
        let dq = numeric(&wq, |q| total(q, &wk, &wv, &numbers_of_score));
        let dk = numeric(&wk, |k| total(&wq, k, &wv, &numbers_of_score));
        let dv = numeric(&wv, |v| total(&wq, &wk, v, &numbers_of_score));
        let ds = numeric(&numbers_of_score, |s| total(&wq, &wk, &wv, s));
        on_every_path(|| {
            let given = Given { query: &q, key: &k, value: &v, score, mask, factors };
            let (mut got, mut kept) = (vec![9.0; y.len()], vec![9.0; n]);
            sizes.forward(&given, None, &mut got);
            close("y alone", &got, &y, 1e-5);
            got.fill(9.0);
            sizes.forward(&given, Some(&mut kept), &mut got);
            close("y", &got, &y, 1e-5);
            close("shares", &kept, &shares, 1e-5);
            let more = used.then_some(&dshares[..]);
            // What is not asked for changes nothing.
            for wanted in [[true; 4], [true, false, false, false], [false, true, false, false], [false, false, true, false], [false, false, false, true]] {
                let mut to = [vec![9.0; q.len()], vec![9.0; k.len()], vec![9.0; v.len()], vec![9.0; ds.len()]];
                let [a, b, c, d] = &mut to;
                sizes.backward(&given, &kept, &dy, more, AttentionGradients {
                    query: wanted[0].then_some(a),
                    key: wanted[1].then_some(b),
                    value: wanted[2].then_some(c),
                    score: wanted[3].then_some(d),
                });
                let names = ["query", "key", "value", "score"];
                for (((name, got), want), wanted) in names.iter().zip(&to).zip([&dq, &dk, &dv, &ds]).zip(wanted) {
                    if wanted {
                        close(name, got, want, 5e-5);
                    }
                }
            }
        });
    }
}

/// More rows than are done at once, on several threads, against rows one by one.
#[test]
fn long_sequences_in_blocks() {
    with_threads(1, || {
        for (batch, rows, columns, heads) in [(1, 300, 140, 2), (3, 257, 9, 1), (5, 129, 130, 2)] {
            let sizes = Attention {
                batch,
                heads,
                key_heads: heads,
                rows,
                columns,
                width: 18,
                value: 7,
                hidden: Hidden::Replaced,
            };
            let (q, k) = (numbers(batch * rows * heads * 18, 1), numbers(batch * columns * heads * 18, 2));
            let (v, dy) = (numbers(batch * columns * heads * 7, 3), numbers(batch * rows * heads * 7, 4));
            let mask = Mask { causal: true, ..Mask::default() };
            let given = Given { query: &q, key: &k, value: &v, score: Score::Dot(0.3), mask, factors: None };
            let run = |n: usize| {
                threads::set_threads(n);
                let (mut alone, mut y, mut shares) = (dy.clone(), dy.clone(), vec![9.0; sizes.shares()]);
                sizes.forward(&given, None, &mut alone);
                sizes.forward(&given, Some(&mut shares), &mut y);
                let (mut dq, mut dk, mut dv, mut ds) = (q.clone(), k.clone(), v.clone(), [9.0]);
                let to = AttentionGradients {
                    query: Some(&mut dq),
                    key: Some(&mut dk),
                    value: Some(&mut dv),
                    score: Some(&mut ds),
                };
                sizes.backward(&given, &shares, &dy, None, to);
                threads::set_threads(0);
                (alone, y, dq, dk, dv, ds)
            };
            let (one, three) = (run(1), run(3));
            let plain = Plain { sizes, counts: &|[_, _, i, j]| j <= i, factors: None };
            let (y, _) = plain.run(&wide(&q), &wide(&k), &wide(&v), Scored::Dot(f64::from(0.3f32)));
            for (alone, kept) in [(&one.0, &one.1), (&three.0, &three.1)] {
                close("alone", alone, &y, 1e-5);
                close("kept", kept, &y, 1e-5);
            }
            close("dq", &three.2, &wide(&one.2), 1e-5);
            close("dk", &three.3, &wide(&one.3), 1e-5);
            close("dv", &three.4, &wide(&one.4), 1e-5);
            close("ds", &three.5, &wide(&one.5), 1e-4);
            // The gradient of a few numbers, by differences.
            let total = |q: &[f64], k: &[f64], v: &[f64]| {
                dot(&plain.run(q, k, v, Scored::Dot(f64::from(0.3f32))).0, &dy)
            };
            let (q, k, v) = (wide(&q), wide(&k), wide(&v));
            for at in [0, q.len() / 2, q.len() - 1] {
                let moved = |by: f64| {
                    let mut q = q.clone();
                    q[at] += by;
                    total(&q, &k, &v)
                };
                let want = (moved(1e-4) - moved(-1e-4)) / 2e-4;
                assert!((f64::from(one.2[at]) - want).abs() < 1e-4, "{} {want}", one.2[at]);
            }
            for at in [0, k.len() / 2, k.len() - 1] {
                let moved = |by: f64| {
                    let mut k = k.clone();
                    k[at] += by;
                    total(&q, &k, &v)
                };
                let want = (moved(1e-4) - moved(-1e-4)) / 2e-4;
                assert!((f64::from(one.3[at]) - want).abs() < 1e-4, "{} {want}", one.3[at]);
            }
        }
    });
}

#[test]
fn nothing_to_look_at_is_shared_by_all_or_zero() {
    on_every_path(|| {
        let sizes = Attention {
            batch: 1,
            heads: 1,
            key_heads: 1,
            rows: 2,
            columns: 4,
            width: 1,
            value: 1,
            hidden: Hidden::Replaced,
        };
        let (q, k, v) = ([5.0, 5.0], [1.0, -2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 6.0]);
        let all =
            [(Hidden::Replaced, 3.0), (Hidden::Lowered, 3.0), (Hidden::Lowest, 3.0), (Hidden::Zeroed, 0.0)];
        for (hidden, wanted) in all {
            let sizes = Attention { hidden, ..sizes };
            let mask = Mask { columns: Some(&[false; 4]), ..Mask::default() };
            let given = Given { query: &q, key: &k, value: &v, score: Score::Dot(1.0), mask, factors: None };
            let mut y = [9.0; 2];
            sizes.forward(&given, None, &mut y);
            assert_eq!(y, [wanted; 2]);
        }
    });
}

#[test]
fn no_steps_and_no_samples() {
    for (batch, rows, columns) in [(0, 2, 3), (2, 0, 3), (2, 3, 0)] {
        let sizes = Attention {
            batch,
            heads: 1,
            key_heads: 1,
            rows,
            columns,
            width: 2,
            value: 2,
            hidden: Hidden::Replaced,
        };
        let (q, k) = (vec![1.0; batch * rows * 2], vec![1.0; batch * columns * 2]);
        let given = Given {
            query: &q,
            key: &k,
            value: &k,
            score: Score::Dot(1.0),
            mask: Mask::default(),
            factors: None,
        };
        let mut y = q.clone();
        sizes.forward(&given, None, &mut y);
        assert!(y.iter().all(|y| *y == 0.0));
        let (mut dq, mut dk) = (q.clone(), k.clone());
        let to = AttentionGradients { query: Some(&mut dq), key: Some(&mut dk), value: None, score: None };
        sizes.backward(&given, &[], &q, None, to);
        assert!(dq.iter().chain(&dk).all(|d| *d == 0.0));
    }
}
