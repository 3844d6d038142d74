//! Operations on random shapes: against plain sums in f64, against the arithmetic that fused ones stand for, and gradients
//! against differences.

use keras_ops::{self as ops, DType, Operand, Padding, Plan, Symbolic};
use proptest::prelude::*;

/// Numbers between -1 and 1 that depend on `seed`.
fn numbers(n: usize, seed: u64) -> Vec<f32> {
    let mut x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        (x >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..8).for_each(|_| _ = next());
    (0..n).map(|_| next()).collect()
}

fn floats(shape: &[usize]) -> Symbolic {
    ops::input(shape, DType::Float32)
}

fn run(x: &[Symbolic], data: &[Vec<f32>], outputs: &[Symbolic]) -> Vec<Vec<f32>> {
    let mut plan = Plan::new(&x.iter().collect::<Vec<_>>(), &outputs.iter().collect::<Vec<_>>()).unwrap();
    let data: Vec<&[f32]> = data.iter().map(|x| &x[..]).collect();
    plan.run(&data).unwrap();
    (0..outputs.len()).map(|i| plan.output(i).to_vec()).collect()
}

fn data_of(x: &[Symbolic], seed: u64) -> Vec<Vec<f32>> {
    x.iter().enumerate().map(|(i, x)| numbers(x.shape().size(), seed + 31 * i as u64)).collect()
}

/// The sum of all elements, each times a number of its own.
fn weighted(y: &Symbolic, seed: u64) -> Symbolic {
    let w = numbers(y.shape().size(), seed);
    ops::sum(y * ops::array(&w, y.shape()), None).build()
}

/// The slope of `loss` in a direction by its gradients and by differences.
fn slopes(x: &[Symbolic], data: &[Vec<f32>], loss: &Symbolic, seed: u64) -> (f64, f64) {
    let directions = data_of(x, seed);
    let outputs: Vec<Symbolic> =
        [loss.clone()].into_iter().chain(ops::gradients(loss, &x.iter().collect::<Vec<_>>())).collect();
    let moved = |h: f32| -> Vec<Vec<f32>> {
        let add = |(x, d): (&Vec<f32>, &Vec<f32>)| x.iter().zip(d).map(|(x, d)| x + h * d).collect();
        data.iter().zip(&directions).map(add).collect()
    };
    let value = |h: f32| f64::from(run(x, &moved(h), &outputs[..1])[0][0]);
    let h = 1.0 / 128.0;
    // Of fourth order: the differences of two lengths.
    let by = |h: f32| (value(h) - value(-h)) / (2.0 * f64::from(h));
    let numeric = (4.0 * by(h) - by(2.0 * h)) / 3.0;
    let found = run(x, data, &outputs);
    let along = |(g, d): (&Vec<f32>, &Vec<f32>)| -> f64 {
        g.iter().zip(d).map(|(g, d)| f64::from(*g) * f64::from(*d)).sum()
    };
    (found[1..].iter().zip(&directions).map(along).sum(), numeric)
}

/// Gradients, and gradients of gradients, against differences.
fn smooth(x: &[Symbolic], y: &Symbolic, seed: u64) -> Result<(), TestCaseError> {
    let data = data_of(x, seed);
    let loss = weighted(y, seed + 5);
    let first = ops::gradients(&loss, &x.iter().collect::<Vec<_>>());
    let of_gradients = first.iter().enumerate().map(|(i, g)| weighted(g, seed + 70 + i as u64));
    let second = of_gradients.reduce(|a, b| a + b).unwrap();
    for (order, loss) in [(1, loss), (2, second)] {
        let (found, numeric) = slopes(x, &data, &loss, seed + 9);
        let near = (found - numeric).abs() <= 4e-3 * (1.0 + numeric.abs());
        prop_assert!(near, "order {order}: {found} by gradients, {numeric} by differences");
    }
    Ok(())
}

/// Two ways to compute the same, with their gradients and the gradients of those.
fn alike(x: &[Symbolic], a: &Symbolic, b: &Symbolic, seed: u64) -> Result<(), TestCaseError> {
    let all = |y: &Symbolic| {
        let of: Vec<&Symbolic> = x.iter().collect();
        let first = ops::gradients(weighted(y, seed + 5), &of);
        let penalty =
            first.iter().map(|g| ops::sum(ops::square(g), None).build()).reduce(|a, b| a + b).unwrap();
        let second = ops::gradients(penalty, &of);
        [y.clone()].into_iter().chain(first).chain(second).collect::<Vec<_>>()
    };
    let data = data_of(x, seed);
    let (a, b) = (run(x, &data, &all(a)), run(x, &data, &all(b)));
    for (i, (a, b)) in a.iter().zip(&b).enumerate() {
        let largest = b.iter().fold(1f32, |a, b| a.max(b.abs()));
        for (a, b) in a.iter().zip(b) {
            prop_assert!((a - b).abs() <= 1e-4 * largest, "tensor {i}: {a} and {b}");
        }
    }
    Ok(())
}

fn near(found: &[f32], wanted: &[f64]) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.len(), wanted.len());
    for (i, (a, b)) in found.iter().zip(wanted).enumerate() {
        prop_assert!((f64::from(*a) - b).abs() <= 2e-5 * (1.0 + b.abs()), "{}: {} {}", i, a, b);
    }
    Ok(())
}

/// A short length: 0, 1 and some.
fn length() -> impl Strategy<Value = usize> {
    prop_oneof![1 => Just(0usize), 2 => Just(1), 7 => 2..7usize]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn matmul_is_plain_sums(
        m in 0..40usize, n in 0..40usize, k in 0..40usize, batch in length(), spread in 0..3u8,
        ta: bool, tb: bool, seed: u64,
    ) {
        let [of_a, of_b] = [if spread == 1 { 1 } else { batch }, if spread == 2 { 1 } else { batch }];
        let turned = |of, r, c, t: bool| if t { [of, c, r] } else { [of, r, c] };
        let x = [floats(&turned(of_a, m, k, ta)), floats(&turned(of_b, k, n, tb))];
        let side = |x: &Symbolic, t: bool| if t { ops::einsum("bij->bji", &[x]) } else { x.clone() };
        let y = ops::matmul(side(&x[0], ta), side(&x[1], tb));
        prop_assert_eq!(&y.shape()[..], &[batch, m, n][..]);
        let data = data_of(&x, seed);
        let mut wanted = Vec::new();
        for b in 0..batch {
            let (a_at, b_at) = (b.min(of_a.max(1) - 1) * m * k, b.min(of_b.max(1) - 1) * k * n);
            for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                let a = |l: usize| data[0][a_at + if ta { l * m + i } else { i * k + l }];
                let b = |l: usize| data[1][b_at + if tb { j * k + l } else { l * n + j }];
                wanted.push((0..k).map(|l| f64::from(a(l)) * f64::from(b(l))).sum());
            }
        }
        near(&run(&x, &data, &[y])[0], &wanted)?;
    }

    #[test]
    fn matmul_has_gradients(
        m in length(), n in length(), k in length(), batch in length(), spread in 0..4u8, seed: u64,
    ) {
        let a: &[usize] = if spread == 1 { &[m, k] } else { &[batch, m, k] };
        let b: &[usize] = if spread == 2 { &[k, n] } else if spread == 3 { &[1, k, n] } else { &[batch, k, n] };
        let x = [floats(a), floats(b)];
        smooth(&x, &ops::matmul(&x[0], &x[1]), seed)?;
    }

    #[test]
    fn einsum_has_gradients(i in length(), j in length(), k in length(), which in 0..6usize, seed: u64) {
        let (text, shapes): (&str, Vec<Vec<usize>>) = [
            ("ij,jk->ki", vec![vec![i, j], vec![j, k]]),
            ("iij->j", vec![vec![i, i, j]]),
            ("ij,jk,ik->k", vec![vec![i, j], vec![j, k], vec![i, k]]),
            ("...i,j...->ij", vec![vec![k, i], vec![j, k]]),
            ("ij,ij->i", vec![vec![i, 1], vec![i, j]]),
            ("bi,bj,b->bij", vec![vec![k, i], vec![k, j], vec![k]]),
        ][which].clone();
        let x: Vec<Symbolic> = shapes.iter().map(|shape| floats(shape)).collect();
        let operands: Vec<&dyn Operand> = x.iter().map(|x| x as &dyn Operand).collect();
        smooth(&x, &ops::einsum(text, &operands), seed)?;
    }
}

/// A convolution of up to three axes by plain sums: `x (batch, z, y, x, channels)`.
struct Plain {
    batch: usize,
    image: [usize; 3],
    kernel: [usize; 3],
    windows: [usize; 3],
    before: [usize; 3],
    stride: [usize; 3],
    dilation: [usize; 3],
    channels: usize,
    filters: usize,
    groups: usize,
}

impl Plain {
    /// Calls `f(place in x, in w, in y)` for every product.
    fn each(&self, mut f: impl FnMut(usize, usize, usize)) {
        let (c, g) = (self.channels / self.groups, self.filters / self.groups);
        let all = |n: [usize; 3]| {
            (0..n[0]).flat_map(move |z| (0..n[1]).flat_map(move |y| (0..n[2]).map(move |x| [z, y, x])))
        };
        let flat = |at: [usize; 3], n: [usize; 3]| (at[0] * n[1] + at[1]) * n[2] + at[2];
        for b in 0..self.batch {
            for window in all(self.windows) {
                for tap in all(self.kernel) {
                    let at: [usize; 3] =
                        std::array::from_fn(|i| window[i] * self.stride[i] + tap[i] * self.dilation[i]);
                    if (0..3).any(|i| at[i] < self.before[i] || at[i] - self.before[i] >= self.image[i]) {
                        continue;
                    }
                    let pixel = flat(std::array::from_fn(|i| at[i] - self.before[i]), self.image);
                    let pixel = b * self.image.iter().product::<usize>() + pixel;
                    let result = b * self.windows.iter().product::<usize>() + flat(window, self.windows);
                    for (k, j) in (0..self.filters).flat_map(|k| (0..c).map(move |j| (k, j))) {
                        f(
                            pixel * self.channels + k / g * c + j,
                            (flat(tap, self.kernel) * c + j) * self.filters + k,
                            result * self.filters + k,
                        );
                    }
                }
            }
        }
    }
}

fn along() -> impl Strategy<Value = (usize, usize, usize, usize)> {
    (1..7usize, 1..4usize, 1..3usize, 1..3usize)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn convolutions_are_plain_sums(
        axes in prop::collection::vec(along(), 1..4), batch in 0..3usize, groups in 1..3usize,
        c in 1..4usize, f in 1..4usize, same: bool, seed: u64,
    ) {
        let rank = axes.len();
        let (channels, filters) = (c * groups, f * groups);
        let mut plain = Plain {
            batch, image: [1; 3], kernel: [1; 3], windows: [1; 3], before: [0; 3], stride: [1; 3], dilation: [1; 3],
            channels, filters, groups,
        };
        for (i, (n, k, s, d)) in axes.iter().copied().enumerate() {
            let at = 3 - rank + i;
            let reach = (k - 1) * d + 1;
            let n = if same { n } else { n + reach - 1 };
            let count = if same { n.div_ceil(s) } else { (n - reach) / s + 1 };
            let pad = if same { ((count - 1) * s + reach).saturating_sub(n) / 2 } else { 0 };
            (plain.image[at], plain.kernel[at], plain.windows[at]) = (n, k, count);
            (plain.before[at], plain.stride[at], plain.dilation[at]) = (pad, s, d);
        }
        let own = |lengths: &[usize; 3]| lengths[3 - rank..].to_vec();
        let x = [
            floats(&[vec![batch], own(&plain.image), vec![channels]].concat()),
            floats(&[own(&plain.kernel), vec![c, filters]].concat()),
        ];
        let padding = if same { Padding::Same } else { Padding::Valid };
        let y = ops::conv(&x[0], &x[1])
            .padding(padding).strides(own(&plain.stride)).dilation_rate(own(&plain.dilation)).build();
        let data = data_of(&x, seed);
        let dy = numbers(y.shape().size(), seed + 8);
        let gradients = ops::vjp(&[(y.clone(), ops::array(&dy, y.shape()))], &[&x[0], &x[1]]);
        let found = run(&x, &data, &[y.clone(), gradients[0].clone(), gradients[1].clone()]);
        let mut wanted = [y.shape().size(), data[0].len(), data[1].len()].map(|n| vec![0f64; n]);
        plain.each(|i, j, k| {
            let [a, b, d] = [data[0][i], data[1][j], dy[k]].map(f64::from);
            wanted[0][k] += a * b;
            wanted[1][i] += d * b;
            wanted[2][j] += d * a;
        });
        for (found, wanted) in found.iter().zip(&wanted) {
            near(found, wanted)?;
        }
    }

    #[test]
    fn convolutions_have_gradients(
        axes in prop::collection::vec(along(), 1..4), which in 0..3usize, c in 1..3usize, f in 1..3usize, seed: u64,
    ) {
        let list = |pick: fn(&(usize, usize, usize, usize)) -> usize| axes.iter().map(pick).collect::<Vec<_>>();
        let image = [vec![1], list(|a| a.0), vec![c]].concat();
        let kernel = [list(|a| a.1), if which == 1 { vec![f, c] } else { vec![c, f] }].concat();
        let x = [floats(&image), floats(&kernel)];
        // Strides and dilations together are not of Keras on all backends; here they are.
        let strides = list(|a| a.2);
        let y = match which {
            0 => ops::conv(&x[0], &x[1]).padding(Padding::Same).strides(strides).build(),
            1 => ops::conv_transpose(&x[0], &x[1]).padding(Padding::Same).strides(strides).build(),
            _ => ops::depthwise_conv(&x[0], &x[1]).padding(Padding::Same).strides(strides).build(),
        };
        smooth(&x, &y, seed)?;
    }

    #[test]
    fn average_poolings_have_gradients(axes in prop::collection::vec(along(), 1..4), adaptive: bool, seed: u64) {
        let list = |pick: fn(&(usize, usize, usize, usize)) -> usize| axes.iter().map(pick).collect::<Vec<_>>();
        let x = [floats(&[vec![2], list(|a| a.0), vec![2]].concat())];
        let y = match adaptive {
            true => ops::adaptive_average_pool(&x[0], list(|a| a.1)).build(),
            false => ops::average_pool(&x[0], list(|a| a.1)).strides(list(|a| a.2)).padding(Padding::Same).build(),
        };
        smooth(&x, &y, seed)?;
    }

    #[test]
    fn max_pooling_is_the_largest(axes in prop::collection::vec(along(), 1..4), seed: u64) {
        let list = |pick: fn(&(usize, usize, usize, usize)) -> usize| axes.iter().map(pick).collect::<Vec<_>>();
        let x = [floats(&[vec![2], list(|a| a.0), vec![3]].concat())];
        let y = ops::max_pool(&x[0], list(|a| a.1)).strides(list(|a| a.2)).padding(Padding::Same).build();
        // The gradient of each result goes to one element, which has its value.
        let data = data_of(&x, seed);
        let ones = ops::ones(y.shape());
        let dx = ops::vjp(&[(y.clone(), ones)], &[&x[0]]).remove(0);
        let again = ops::gradients(ops::sum(&dx * &x[0], None), &[&x[0]]).remove(0);
        let found = run(&x, &data, &[y, dx, again]);
        let values: f64 = found[1].iter().zip(&data[0]).map(|(d, x)| f64::from(*d) * f64::from(*x)).sum();
        let sum: f64 = found[0].iter().map(|y| f64::from(*y)).sum();
        prop_assert!((values - sum).abs() < 1e-4, "{} {}", values, sum);
        prop_assert_eq!(&found[1], &found[2]);
    }
}

/// Shapes `(rows, n)`.
fn rows() -> impl Strategy<Value = (usize, usize)> {
    (length(), prop_oneof![length(), 15..35usize])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn softmax_is_its_arithmetic((m, n) in rows(), logarithm: bool, seed: u64) {
        let x = [floats(&[m, n]) ];
        let e = ops::exp(&x[0] * 3.0);
        let sum = ops::sum(&e, -1).keepdims(true);
        let (a, b) = match logarithm {
            true => (ops::log_softmax(&x[0] * 3.0, -1), &x[0] * 3.0 - ops::log(sum)),
            false => (ops::softmax(&x[0] * 3.0, -1), e / sum),
        };
        if n > 0 {
            alike(&x, &a, &b, seed)?;
        }
    }

    #[test]
    fn layer_normalization_is_its_arithmetic((m, n) in rows(), scaled: bool, moved: bool, seed: u64) {
        let x = [floats(&[m, n]), floats(&[n]), floats(&[n])];
        let centred = &x[0] - ops::mean(&x[0], -1).keepdims(true);
        let y = centred * ops::rsqrt(ops::var(&x[0], -1).keepdims(true) + 0.1);
        let mut fused = ops::layer_normalization(&x[0]).epsilon(0.1);
        let mut plain = y;
        if scaled {
            (fused, plain) = (fused.gamma(&x[1]), plain * &x[1]);
        }
        if moved {
            (fused, plain) = (fused.beta(&x[2]), plain + &x[2]);
        }
        if n > 0 {
            alike(&x, &fused.build(), &plain, seed)?;
        }
    }

    #[test]
    fn attention_is_its_arithmetic(
        batch in length(), rows in length(), columns in 1..6usize, heads in 1..3usize, groups in 1..3usize,
        width in 1..5usize, causal: bool, masked: bool, seed: u64,
    ) {
        let other = [batch, columns, heads, width];
        let x = [floats(&[batch, rows, heads * groups, width]), floats(&other), floats(&other)];
        let counts: Vec<bool> = numbers(rows * columns, seed + 3).iter().map(|x| *x > -0.4).collect();
        let mask = ops::array(&counts, [1, 1, rows, columns]);
        let attention = ops::dot_product_attention(&x[0], &x[1], &x[2]).is_causal(causal);
        let attention = if masked { attention.mask(mask) } else { attention };
        // With something to add it is computed in single operations.
        let plain = attention.clone().bias(ops::zeros([1, 1, 1, 1]));
        alike(&x, &attention.build(), &plain.build(), seed)?;
    }

    #[test]
    fn a_scan_is_its_steps(steps in 0..5usize, n in length(), reverse: bool, seed: u64) {
        let x = [floats(&[n]), floats(&[steps, n]), floats(&[n])];
        let f = |c: &Symbolic, now: &Symbolic| ops::sin(c * now) + &x[2] * c;
        let (last, stacked) = ops::scan(
            |c, now| {
                let next = f(&c[0], &now[0]);
                (vec![next.clone()], vec![&next * &now[0], next])
            },
            &[&x[0]], &[&x[1]], None, reverse,
        );
        let weights = numbers(steps * n, seed + 2);
        let y = &last[0] + ops::sum((&stacked[0] + &stacked[1]) * ops::array(&weights, [steps, n]), 0);
        let (mut c, mut sum) = (x[0].clone(), ops::zeros([n]));
        for step in 0..steps {
            let at = if reverse { steps - 1 - step } else { step };
            let pick: Vec<f32> = (0..steps).map(|i| f32::from(u8::from(i == at))).collect();
            let now = ops::matmul(ops::array(&pick, [steps]), &x[1]);
            c = f(&c, &now);
            sum = sum + &c * (now + 1.0) * ops::array(&weights[at * n..(at + 1) * n], [n]);
        }
        alike(&x, &y, &(c + sum), seed)?;
    }

    #[test]
    fn the_rest_has_gradients(m in length(), n in 1..6usize, which in 0..9usize, seed: u64) {
        let x = [floats(&[m, 2 * n]), floats(&[m, 2 * n])];
        let inside = |x: &Symbolic| ops::sigmoid(x) * 0.8 + 0.1;
        let y = match which {
            0 => ops::glu(&x[0] * &x[1], -1),
            1 => ops::celu(&x[0] * &x[1] + 2.0, 0.7),
            2 => ops::rms_normalization(&x[0] * &x[1]).epsilon(0.1).build(),
            3 => ops::normalize(&x[0] + 3.0 * ops::exp(&x[1]), 1, 2).build(),
            4 => ops::normalize(&x[0] + 3.0 * ops::exp(&x[1]), 1, 3).build(),
            5 => ops::binary_crossentropy(inside(&x[0]), inside(&x[1])).build(),
            6 => ops::binary_crossentropy(&x[0], &x[1]).from_logits(true).build(),
            7 => ops::categorical_crossentropy(inside(&x[0]), inside(&x[1])).build(),
            _ => ops::categorical_crossentropy(inside(&x[0]), &x[1]).from_logits(true).build(),
        };
        smooth(&x, &y, seed)?;
    }
}

/// Work that is split over threads.
#[test]
fn large_work_is_the_same() {
    let x = [floats(&[4, 150, 120]), floats(&[4, 120, 130])];
    let data = data_of(&x, 3);
    let mut wanted = vec![0f64; 4 * 150 * 130];
    for (at, sum) in wanted.iter_mut().enumerate() {
        let (b, i, j) = (at / (150 * 130), at / 130 % 150, at % 130);
        *sum = (0..120)
            .map(|l| {
                f64::from(data[0][(b * 150 + i) * 120 + l]) * f64::from(data[1][(b * 120 + l) * 130 + j])
            })
            .sum();
    }
    near(&run(&x, &data, &[ops::matmul(&x[0], &x[1])])[0], &wanted).unwrap();

    let plain = Plain {
        batch: 3,
        image: [9, 10, 11],
        kernel: [3; 3],
        windows: [9, 10, 11],
        before: [1; 3],
        stride: [1; 3],
        dilation: [1; 3],
        channels: 8,
        filters: 8,
        groups: 1,
    };
    let x = [floats(&[3, 9, 10, 11, 8]), floats(&[3, 3, 3, 8, 8])];
    let y = ops::conv(&x[0], &x[1]).padding(Padding::Same).build();
    let data = data_of(&x, 4);
    let dy = numbers(y.shape().size(), 12);
    let gradients = ops::vjp(&[(y.clone(), ops::array(&dy, y.shape()))], &[&x[0], &x[1]]);
    let found = run(&x, &data, &[y, gradients[0].clone(), gradients[1].clone()]);
    let mut wanted = [dy.len(), data[0].len(), data[1].len()].map(|n| vec![0f64; n]);
    plain.each(|i, j, k| {
        let [a, b, d] = [data[0][i], data[1][j], dy[k]].map(f64::from);
        wanted[0][k] += a * b;
        wanted[1][i] += d * b;
        wanted[2][j] += d * a;
    });
    found.iter().zip(&wanted).for_each(|(found, wanted)| near(found, wanted).unwrap());
}

/// The same, where one operation is another's check: poolings axis by axis, and a softmax by its arithmetic.
#[test]
fn large_poolings_and_softmax_are_the_same() {
    let x = [floats(&[4, 16, 17, 18, 40])];
    let one = ops::reshape(&x[0], [4, 16, 17 * 18, 40]);
    let deep = ops::reshape(ops::max_pool(&one, [2, 1]).strides(1), [4 * 15, 17, 18, 40]);
    let steps = ops::max_pool(ops::max_pool(&deep, [2, 1]).strides(1), [1, 2]).strides(1);
    let steps = ops::reshape(steps, [4, 15, 16, 17, 40]);
    let y = ops::max_pool(&x[0], 2).strides(1).build();
    // The sums of windows of a mean are the sums of its gradient.
    let mean = ops::average_pool(&x[0], 2).strides(1).build();
    let spread = ops::gradients(&mean, &[&x[0]]).remove(0);
    let total = ops::sum(&spread * &x[0], None) - ops::sum(&mean, None);
    let data = data_of(&x, 5);
    let found = run(&x, &data, &[y, steps, total]);
    assert_eq!(found[0], found[1]);
    assert!(found[2][0].abs() < 0.5, "{}", found[2][0]);

    let x = [floats(&[1500, 300])];
    let e = ops::exp(&x[0]);
    let plain = &e / ops::sum(&e, -1).keepdims(true);
    alike(&x, &ops::softmax(&x[0], -1), &plain, 6).unwrap();
}
