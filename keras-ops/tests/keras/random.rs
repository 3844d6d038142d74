//! Random numbers against the exact distributions: Kolmogorov's test for floats, the chi-squared test for integers. All
//! seeds are fixed, so the numbers are the same in every run; the limits are those of one chance in a thousand.

use keras_kernels::threads;
use keras_ops::{self as ops, DType, Plan, Symbolic, random};

fn draw(of: impl Fn(&Symbolic) -> Symbolic, seed: [i32; 2]) -> Vec<f32> {
    let given = ops::input([2], DType::Int32);
    let mut plan = Plan::new(&[&given], &[&of(&given)]).unwrap();
    plan.run(&[ops::integers(&seed)]).unwrap();
    match plan.dtype(0) {
        DType::Int32 => plan.integers(0).iter().map(|x| *x as f32).collect(),
        _ => plan.output(0).to_vec(),
    }
}

/// Kolmogorov's statistic stays below what it exceeds once in a thousand.
fn distributed(name: &str, mut x: Vec<f32>, cdf: impl Fn(f64) -> f64) {
    x.sort_by(f32::total_cmp);
    let n = x.len() as f64;
    let mut worst = 0f64;
    for (i, x) in x.iter().enumerate() {
        let p = cdf(f64::from(*x));
        assert!((0.0..=1.0).contains(&p), "{name}: cdf({x}) = {p}");
        worst = worst.max(p - i as f64 / n).max((i + 1) as f64 / n - p);
    }
    assert!(worst * n.sqrt() < 1.95, "{name}: {}", worst * n.sqrt());
}

/// How often each integer comes fits the probabilities.
fn counted(name: &str, x: &[f32], probabilities: &[f64]) {
    let mut counts = vec![0.0; probabilities.len()];
    for x in x {
        counts[*x as usize] += 1.0;
    }
    // Rare ones together.
    let (mut statistic, mut cells, mut rare) = (0.0, 0.0, (0.0, 0.0));
    let mut add = |count: f64, expected: f64| {
        statistic += (count - expected).powi(2) / expected;
        cells += 1.0;
    };
    for (count, p) in counts.iter().zip(probabilities) {
        let expected = p * x.len() as f64;
        if expected >= 8.0 { add(*count, expected) } else { rare = (rare.0 + count, rare.1 + expected) }
    }
    if rare.1 >= 8.0 {
        add(rare.0, rare.1);
    } else {
        assert!(rare.0 <= 3.0 * rare.1 + 6.0, "{name}: {rare:?}");
    }
    // Wilson and Hilferty's limit of the chi-squared distribution.
    let free: f64 = cells - 1.0;
    if free == 0.0 {
        return assert_eq!(statistic, 0.0, "{name}");
    }
    let limit = free * (1.0 - 2.0 / (9.0 * free) + 3.09 * (2.0 / (9.0 * free)).sqrt()).powi(3);
    assert!(statistic < limit, "{name}: {statistic} of {limit}");
}

/// The integral of `f` by Simpson's rule.
fn integral(f: impl Fn(f64) -> f64, from: f64, to: f64) -> f64 {
    let (n, h) = (400, (to - from) / 400.0);
    let weight = |i: usize| {
        if i == 0 || i == n {
            1.0
        } else if i % 2 == 1 {
            4.0
        } else {
            2.0
        }
    };
    (0..=n).map(|i| weight(i) * f(from + i as f64 * h)).sum::<f64>() * h / 3.0
}

fn normal(x: f64) -> f64 {
    let density = |x: f64| (-0.5 * x * x).exp() / core::f64::consts::TAU.sqrt();
    (0.5 + integral(density, 0.0, x.clamp(-9.0, 9.0))).clamp(0.0, 1.0)
}

fn log_factorial(n: usize) -> f64 {
    (1..=n).map(|k| (k as f64).ln()).sum()
}

const N: usize = 20_000;

#[test]
fn floats_have_their_distributions() {
    for (i, seed) in [[0, 0], [1, 0], [0, 1], [-7, 123_456_789]].into_iter().enumerate() {
        let name = |of: &str| format!("{of} {i}");
        distributed(&name("uniform"), draw(|s| random::uniform([N], -2.0, 3.0, s), seed), |x| {
            (x + 2.0) / 5.0
        });
        distributed(&name("normal"), draw(|s| random::normal([N], 1.0, 2.0, s), seed), |x| {
            normal((x - 1.0) / 2.0)
        });
        let cut = normal(2.0) - normal(-2.0);
        distributed(&name("truncated"), draw(|s| random::truncated_normal([N], -1.0, 0.5, s), seed), |x| {
            ((normal((x + 1.0) / 0.5) - normal(-2.0)) / cut).clamp(0.0, 1.0)
        });
        // An Erlang distribution, and one of a shape of 1/2: the square of a normal number by 2.
        distributed(&name("gamma 3"), draw(|s| random::gamma([N], 3.0, s), seed), |x| {
            1.0 - (-x).exp() * (1.0 + x + x * x / 2.0)
        });
        distributed(&name("gamma 1/2"), draw(|s| random::gamma([N], 0.5, s), seed), |x| {
            2.0 * normal((2.0 * x).sqrt()) - 1.0
        });
        // 3 x² - 2 x³ for beta(2, 2), and the law of the arc sine for beta(1/2, 1/2).
        distributed(&name("beta 2"), draw(|s| random::beta([N], 2.0, 2.0, s), seed), |x| {
            x * x * (3.0 - 2.0 * x)
        });
        distributed(&name("beta 1/2"), draw(|s| random::beta([N], 0.5, 0.5, s), seed), |x| {
            2.0 / core::f64::consts::PI * x.sqrt().asin()
        });
    }
}

#[test]
fn integers_have_their_distributions() {
    for seed in [[5, 0], [0, -1]] {
        counted("randint", &draw(|s| random::randint([N], 0, 7, s), seed), &[1.0 / 7.0; 7]);
        counted("bernoulli", &draw(|s| random::bernoulli([N], 0.3, s), seed), &[0.7, 0.3]);
        for (n, p) in [(5, 0.5f64), (20, 0.07), (100, 0.3), (1000, 0.01), (3, 1.0)] {
            let pmf: Vec<f64> = (0..=n)
                .map(|k| match p {
                    1.0 => f64::from(u8::from(k == n)),
                    _ => {
                        let ways = log_factorial(n) - log_factorial(k) - log_factorial(n - k);
                        (ways + k as f64 * p.ln() + (n - k) as f64 * (1.0 - p).ln()).exp()
                    }
                })
                .collect();
            let x = draw(|s| random::binomial([N], n as i32, p as f32, s), seed);
            counted(&format!("binomial {n} {p}"), &x, &pmf[..]);
        }
        // Classes by their weights: 1, 2, 0 and 5 of 8, in two rows of their own.
        let infinite = f32::NEG_INFINITY;
        let logits = [0.0, 2f32.ln(), infinite, 5f32.ln(), 500.0, 500.0, infinite, infinite];
        let x = draw(|s| random::categorical(ops::array(&logits, [2, 4]), N, s), seed);
        counted("categorical 0", &x[..N], &[0.125, 0.25, 0.0, 0.625]);
        counted("categorical 1", &x[N..], &[0.5, 0.5, 0.0, 0.0]);
    }
}

#[test]
fn an_order_of_chance_is_each_as_often() {
    let x = ops::array(&[10, 20, 30], [3]);
    let mut counts = [0.0; 6];
    for seed in 0..6000 {
        let y = draw(|s| random::shuffle(&x, 0, s), [seed, 3]);
        let orders = [[10, 20, 30], [10, 30, 20], [20, 10, 30], [20, 30, 10], [30, 10, 20], [30, 20, 10]];
        let order = [y[0] as i32, y[1] as i32, y[2] as i32];
        counts[orders.iter().position(|known| *known == order).unwrap()] += 1.0;
    }
    let statistic: f64 = counts.iter().map(|n: &f64| (n - 1000.0).powi(2) / 1000.0).sum();
    assert!(statistic < 20.5, "{counts:?}");
    // Along another axis all rows go together, and the gradient goes back the same way.
    let x = ops::input([2, 50], DType::Float32);
    let y = random::shuffle(&x, 1, 9);
    let w = ops::array(&(0..100).map(|i| i as f32).collect::<Vec<_>>(), [2, 50]);
    let dx = ops::gradients(&y * &w, &[&x]).remove(0);
    let mut plan = Plan::new(&[&x], &[&y, &dx]).unwrap();
    let data: Vec<f32> = (0..100).map(|i| i as f32).collect();
    plan.run(&[&data]).unwrap();
    let (y, dx) = (plan.output(0), plan.output(1));
    for j in 0..50 {
        let from = y[j] as usize;
        assert_eq!(y[50 + j] as usize, from + 50);
        assert_eq!((dx[from], dx[50 + from]), (j as f32, 50.0 + j as f32));
    }
}

#[test]
fn dropout_drops_its_part_and_scales_the_rest() {
    let x = ops::input([N], DType::Float32);
    let seed = ops::input([2], DType::Int32);
    let y = random::dropout(&x, 0.2, None, &seed);
    let dx = ops::gradients(&y, &[&x]).remove(0);
    let mut plan = Plan::new(&[&x, &seed], &[&y, &dx]).unwrap();
    let data = vec![3.0; N];
    plan.run(&[&data, ops::integers(&[1, 2])]).unwrap();
    let (y, dx) = (plan.output(0).to_vec(), plan.output(1).to_vec());
    let stays = 1.0f32 - 0.2;
    assert!(y.iter().zip(&dx).all(|(y, d)| (*y, *d) == (0.0, 0.0) || (*y, *d) == (3.0 / stays, 1.0 / stays)));
    let kept: Vec<f32> = y.iter().map(|y| f32::from(u8::from(*y != 0.0))).collect();
    counted("dropout", &kept, &[0.2, 0.8]);
    // One fate for all along an axis of length 1.
    let y = draw(|s| random::dropout(ops::ones([40, 30]), 0.5, ops::Shape::from([40, 1]), s), [4, 4]);
    assert!(y.chunks(30).all(|row| row.iter().all(|x| x == &row[0])));
    assert!(y.contains(&0.0) && y.contains(&2.0));
}

#[test]
fn equal_seeds_give_equal_numbers_at_any_number_of_threads() {
    let n = 300_001;
    let all = |s: &Symbolic| {
        let floats = [
            random::normal([n], 0.0, 1.0, s),
            random::uniform([n], 0.0, 1.0, s),
            random::truncated_normal([n], 0.0, 1.0, s),
            random::gamma([n], 0.7, s),
        ];
        ops::concatenate(&floats, 0)
    };
    threads::set_threads(1);
    let one = draw(all, [3, 4]);
    for threads in [2, 3] {
        threads::set_threads(threads);
        assert!(draw(all, [3, 4]) == one, "{threads} threads");
    }
    threads::set_threads(0);
    // Another seed, or a seed made of one, gives others, which do not hang together with the first.
    let correlation = |a: &[f32], b: &[f32]| {
        let sum: f64 = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        sum / (a.len() as f64).sqrt()
    };
    let first = draw(|s| random::normal([N], 0.0, 1.0, s), [3, 4]);
    let others = [
        draw(|s| random::normal([N], 0.0, 1.0, s), [4, 4]),
        draw(|s| random::normal([N], 0.0, 1.0, s), [3, 5]),
        draw(|s| random::normal([N], 0.0, 1.0, &random::split(s, 2)[0]), [3, 4]),
        draw(|s| random::normal([N], 0.0, 1.0, &random::split(s, 2)[1]), [3, 4]),
    ];
    for (i, a) in others.iter().enumerate() {
        assert!(correlation(&first, a).abs() < 3.3, "{i}");
        others[..i].iter().for_each(|b| assert!(correlation(a, b).abs() < 3.3, "{i}"));
    }
    assert!(correlation(&first[1..], &first[..N - 1]).abs() < 3.3);
}

#[test]
fn what_cannot_be_is_refused() {
    let text = |y: Symbolic| y.check().err().map(|mistake| mistake.to_string()).unwrap_or_default();
    let seed = ops::input([2], DType::Int32);
    let wrong = [
        (
            random::normal([2], 0.0, 1.0, ops::input([3], DType::Int32)),
            "seed (3,) must be two integers (2,), or one ()",
        ),
        (random::normal([2], 0.0, 1.0, 0.5), "seed is of float32, and must be of int32"),
        (
            random::randint([2], 3, 3, &seed),
            "there is no integer from 3 on below 3: maxval must be above minval",
        ),
        (random::dropout(ops::ones([2]), 1.0, None, &seed), "a rate of 1; it must be at least 0 and below 1"),
        (
            random::categorical(ops::ones([2]), 1, &seed),
            "logits needs 2 axes, batch and classes; the shape (2,) has 1 axis",
        ),
        (random::uniform([2], 1.0, 0.0, &seed), "minval 1 must not be above maxval 0, both finite"),
    ];
    for (found, expected) in wrong {
        let found = text(found);
        assert!(found.contains(expected), "{found}");
    }
    // Parameters that mean nothing give NaN, and end.
    assert!(
        draw(|s| random::gamma([3], ops::array(&[0.0, -1.0, f32::NAN], [3]), s), [1, 1])
            .iter()
            .all(|x| x.is_nan())
    );
    assert!(draw(|s| random::binomial([2], -1.0, 0.5, s), [1, 1]).iter().all(|x| x.is_nan()));
    let tiny = draw(|s| random::beta([100], 1e-4, 1e-4, s), [1, 1]);
    assert!(tiny.iter().all(|x| (0.0..=1.0).contains(x)), "{tiny:?}");
}
