//! Plans against plain sums in f64.

use crate::{self as ops, DType, Plan, Symbolic};

fn run(inputs: &[(&Symbolic, Vec<f32>)], outputs: &[&Symbolic]) -> Vec<Vec<f32>> {
    let symbols: Vec<&Symbolic> = inputs.iter().map(|(x, _)| *x).collect();
    let mut plan = Plan::new(&symbols, outputs).unwrap();
    let data: Vec<&[f32]> = inputs.iter().map(|(_, x)| x.as_slice()).collect();
    plan.run(&data).unwrap();
    let first: Vec<Vec<f32>> = (0..outputs.len()).map(|i| plan.output(i).to_vec()).collect();
    // What is left in buffers does not matter.
    plan.run(&data).unwrap();
    assert!((0..outputs.len()).all(|i| plan.output(i) == first[i]));
    first
}

fn close(a: &[f32], b: &[f64]) {
    assert_eq!(a.len(), b.len());
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((f64::from(*a) - b).abs() <= 2e-6 * (1.0 + b.abs()), "{i}: {a} {b}");
    }
}

fn numbers(n: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * 7919 + 13) % 1009) as f32 / 504.0 - 1.0).collect()
}

#[test]
fn layer_normalisation_is_one_pass_forward() {
    for (rows, n) in [(1, 1), (2, 3), (5, 17), (700, 33), (3, 5000)] {
        let x = ops::input([rows, n], DType::Float32);
        let gamma = ops::input([n], DType::Float32);
        let centred = &x - ops::mean(&x, -1).keepdims(true);
        let y = &centred * ops::rsqrt(ops::var(&x, -1).keepdims(true) + 1e-3) * &gamma;
        let plan = Plan::new(&[&x, &gamma], &[&y]).unwrap();
        if rows > 1 && n > 1 {
            assert_eq!(plan.passes(), 1, "{rows} {n}");
        }
        let (a, g) = (numbers(rows * n), numbers(n));
        let found = run(&[(&x, a.clone()), (&gamma, g.clone())], &[&y]).remove(0);
        let expected: Vec<f64> = a
            .chunks(n)
            .flat_map(|row| {
                let row: Vec<f64> = row.iter().map(|x| f64::from(*x)).collect();
                let mean = row.iter().sum::<f64>() / n as f64;
                let var = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64;
                row.into_iter().map(move |x| (x - mean) / (var + 1e-3).sqrt()).collect::<Vec<_>>()
            })
            .zip(g.iter().cycle())
            .map(|(x, g)| x * f64::from(*g))
            .collect();
        close(&found, &expected);
    }
}

#[test]
fn gradients_are_those_of_differences() {
    let x = ops::input([4, 5], DType::Float32);
    let b = ops::input([5], DType::Float32);
    let y = ops::tanh(&x * 2.0 + &b) / (1.0 + ops::exp(&x))
        - ops::max(&x, 1).keepdims(true) * ops::sum(&x, [0, 1]);
    let loss = ops::sum(ops::square(&y), None);
    let gradients = ops::gradients(&loss, &[&x, &b]);
    let (a, c) = (numbers(20), numbers(5));
    let value =
        |a: &[f32], c: &[f32]| f64::from(run(&[(&x, a.to_vec()), (&b, c.to_vec())], &[&loss]).remove(0)[0]);
    let found = run(&[(&x, a.clone()), (&b, c.clone())], &[&gradients[0], &gradients[1]]);
    for i in 0..20 {
        let h = 1e-2;
        let (mut up, mut down) = (a.clone(), a.clone());
        up[i] += h;
        down[i] -= h;
        let slope = (value(&up, &c) - value(&down, &c)) / f64::from(up[i] - down[i]);
        assert!(
            (slope - f64::from(found[0][i])).abs() < 2e-2 * (1.0 + slope.abs()),
            "{i} {slope} {}",
            found[0][i]
        );
    }
    for i in 0..5 {
        let h = 1e-2;
        let (mut up, mut down) = (c.clone(), c.clone());
        up[i] += h;
        down[i] -= h;
        let slope = (value(&a, &up) - value(&a, &down)) / f64::from(up[i] - down[i]);
        assert!((slope - f64::from(found[1][i])).abs() < 2e-2 * (1.0 + slope.abs()), "{i} {slope}");
    }
}

#[test]
fn a_gradient_of_a_gradient() {
    // y = x³: the gradient of the sum of the squares of 3 x² is 36 x³.
    let x = ops::input([3], DType::Float32);
    let y = &x * &x * &x;
    let dy = ops::gradients(&y, &[&x]).remove(0);
    let ddy = ops::gradients(ops::square(&dy), &[&x]).remove(0);
    let found = run(&[(&x, vec![1.0, -2.0, 0.5])], &[&dy, &ddy]);
    close(&found[0], &[3.0, 12.0, 0.75]);
    close(&found[1], &[36.0, -288.0, 4.5]);
}

#[test]
fn broadcasts_of_every_kind() {
    let shapes: [(&[usize], &[usize]); 7] = [
        (&[2, 1, 3], &[4, 1]),
        (&[1], &[3, 2]),
        (&[2, 3, 1, 2], &[2, 1, 4, 1]),
        (&[3, 1], &[1, 5]),
        (&[], &[2, 2]),
        (&[0, 3], &[1, 3]),
        (&[2, 1, 2], &[1, 3, 1]),
    ];
    for (sa, sb) in shapes {
        let (a, b) = (ops::input(sa, DType::Float32), ops::input(sb, DType::Float32));
        let y = &a - 2.0 * &b;
        let shape = y.shape().clone();
        let (x, z) = (numbers(a.shape().size()), numbers(b.shape().size()));
        let found = run(&[(&a, x.clone()), (&b, z.clone())], &[&y]).remove(0);
        let mut expected = vec![0.0; shape.size()];
        let strides = [sa, sb].map(|s| crate::shapes::broadcast_strides(&s.into(), &shape));
        crate::shapes::each_place(&shape, &strides, |at, [i, j]| {
            expected[at] = f64::from(x[i]) - 2.0 * f64::from(z[j]);
        });
        close(&found, &expected);
        let gradients = ops::gradients(ops::square(&y), &[&a, &b]);
        assert_eq!((gradients[0].shape(), gradients[1].shape()), (a.shape(), b.shape()));
        run(&[(&a, x), (&b, z)], &[&gradients[0], &gradients[1]]);
    }
}

#[test]
fn a_long_chain_is_one_pass_and_no_recursion() {
    let x = ops::input([64], DType::Float32);
    let mut y = x.clone();
    for _ in 0..100_000 {
        y = y * 0.999 + 1e-3;
    }
    let plan = Plan::new(&[&x], &[&y]).unwrap();
    assert_eq!(plan.passes(), 1);
    drop(plan);
    drop(y);
}

#[test]
fn mistakes_are_told_in_words() {
    let (a, b) = (ops::input([2, 3], DType::Float32), ops::input([4], DType::Float32));
    let y = ops::exp(&a + &b) * 2.0;
    let text = y.check().unwrap_err().to_string();
    assert!(text.starts_with("ops::add: shapes (2, 3) and (4,) do not broadcast"), "{text}");
    assert!(text.contains("tests.rs:"), "{text}");
    let text = ops::sum(&a, 2).build().check().unwrap_err().to_string();
    assert!(
        text.contains("there is no axis 2 in a tensor of 2 axes: they are 0 to 1, or -2 to -1"),
        "{text}"
    );
    let text = Plan::new(&[&a], &[&(&b + 1.0)]).unwrap_err().to_string();
    assert!(text.contains("an input of shape (4,)"), "{text}");
}

#[test]
fn constants_are_computed_once() {
    let x = ops::input([2, 2], DType::Float32);
    let table = ops::exp(ops::array(&[0.0, 1.0], [2]));
    let y = &x + &table * 2.0;
    let plan = Plan::new(&[&x], &[&y]).unwrap();
    assert_eq!(plan.passes(), 1);
    close(
        &run(&[(&x, vec![0.0; 4])], &[&y, &table]).remove(0),
        &[2.0, 2.0 * 1f64.exp(), 2.0, 2.0 * 1f64.exp()],
    );
}

#[test]
fn outputs_in_memory_of_the_caller_are_each_written() {
    let x = ops::input([2, 2], DType::Float32);
    let (y, again) = (&x + 1.0, &x + 1.0);
    let flat = ops::reshape(&x, [4]);
    let seven = ops::full([1], 7.0);
    let double = 2.0 * &y;
    let outputs = [&y, &again, &y, &flat, &seven, &double];
    let mut plan = Plan::with_results(&[&x], &outputs, 5).unwrap();
    let mut memory: Vec<Vec<f32>> = [4, 4, 4, 4, 1].iter().map(|n| vec![9.0; *n]).collect();
    let mut results: Vec<&mut [f32]> = memory.iter_mut().map(Vec::as_mut_slice).collect();
    plan.run_into(&[&[1.0, 2.0, 3.0, 4.0]], &mut results).unwrap();
    assert_eq!(plan.output(5), [4.0, 6.0, 8.0, 10.0]);
    assert!(plan.run(&[&[1.0; 4]]).is_err());
    for y in &memory[..3] {
        assert_eq!(y, &[2.0, 3.0, 4.0, 5.0]);
    }
    assert_eq!((&memory[3][..], &memory[4][..]), (&[1.0, 2.0, 3.0, 4.0][..], &[7.0][..]));
}

#[test]
fn a_plan_may_start_at_any_tensor() {
    let x = ops::input([2], DType::Float32);
    let y = ops::exp(&x);
    let z = &y * 3.0;
    let mut plan = Plan::new(&[&y], &[&z]).unwrap();
    plan.run(&[&[1.0, 2.0]]).unwrap();
    assert_eq!(plan.output(0), [3.0, 6.0]);
}

#[test]
fn equal_tensors_share_a_gradient_unless_it_is_asked_for() {
    let w = ops::input([3], DType::Float32);
    let (a, b) = (ops::exp(&w), ops::exp(&w));
    let y = &a * &b;
    // By the first alone it is the second; by what both are made of it is that of the square.
    let da = ops::gradients(&y, &[&a]).remove(0);
    let dw = ops::gradients(&y, &[&w]).remove(0);
    let found = run(&[(&w, vec![0.5, -1.0, 2.0])], &[&da, &dw]);
    let exact = [0.5f64, -1.0, 2.0];
    close(&found[0], &exact.map(f64::exp));
    close(&found[1], &exact.map(|w| 2.0 * (2.0 * w).exp()));
}

/// Layer normalisation and a function of it, with a gradient that is given.
fn normalised(rows: usize, n: usize) -> (Vec<Symbolic>, Symbolic, Symbolic, Vec<Symbolic>) {
    let inputs = vec![
        ops::input([rows, n], DType::Float32),
        ops::input([n], DType::Float32),
        ops::input([n], DType::Float32),
    ];
    let x = &inputs[0];
    let centred = x - ops::mean(x, -1).keepdims(true);
    let z = centred * ops::rsqrt(ops::var(x, -1).keepdims(true) + 1e-3) * &inputs[1] + &inputs[2];
    let y = ops::gelu(&z, true);
    let dy = ops::input([rows, n], DType::Float32);
    let gradients = ops::vjp(&[(y.clone(), dy.clone())], &inputs.iter().collect::<Vec<_>>());
    (inputs, y, dy, gradients)
}

#[test]
fn a_backward_plan_is_one_pass_and_keeps_little() {
    for (rows, n) in [(7, 33), (300, 130)] {
        let (inputs, y, dy, gradients) = normalised(rows, n);
        let kept = ops::shared(core::slice::from_ref(&y), &gradients);
        // What is large and cheap is computed again: a number a row is kept.
        if rows * n > 1 << 15 {
            assert!(kept.iter().all(|x| x.shape().size() == rows), "{kept:?}");
        }
        let given: Vec<&Symbolic> = inputs.iter().chain(&kept).chain([&dy]).collect();
        let mut backward = Plan::new(&given, &gradients.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!(backward.passes(), 1, "{backward:?}");
        let data = [rows * n, n, n].map(numbers);
        let d = numbers(rows * n + 3)[3..].to_vec();
        let pairs: Vec<(&Symbolic, Vec<f32>)> = inputs.iter().zip(data.clone()).collect();
        let forward = run(&pairs, &[y].iter().chain(&kept).collect::<Vec<_>>());
        let slices: Vec<&[f32]> = data.iter().chain(&forward[1..]).chain([&d]).map(Vec::as_slice).collect();
        backward.run(&slices).unwrap();
        // Against one plan of both.
        let all: Vec<(&Symbolic, Vec<f32>)> = pairs.into_iter().chain([(&dy, d.clone())]).collect();
        let whole = run(&all, &gradients.iter().collect::<Vec<_>>());
        for (i, whole) in whole.iter().enumerate() {
            let exact: Vec<f64> = whole.iter().map(|x| f64::from(*x)).collect();
            let size = exact.iter().fold(1.0f64, |a, b| a.max(b.abs()));
            for (a, b) in backward.output(i).iter().zip(&exact) {
                assert!((f64::from(*a) - b).abs() <= 2e-6 * size, "{i} {a} {b}");
            }
        }
    }
}

use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Graphs of chance: each operation planned alone, from numbers that are given, against all of them in one plan.
    #[test]
    fn a_plan_of_many_is_that_of_each(
        rows in 1usize..6,
        n in 1usize..20,
        steps in prop::collection::vec((0usize..9, 0usize..64, 0usize..64), 1..24),
        wanted in prop::collection::vec(0usize..64, 1..4),
    ) {
        let x = ops::input([rows, n], DType::Float32);
        let (row, column) = (ops::input([n], DType::Float32), ops::input([rows, 1], DType::Float32));
        let mut all = vec![x.clone(), row.clone(), column.clone()];
        let mut values = vec![numbers(rows * n), numbers(n + 1)[1..].to_vec(), numbers(rows + 5)[5..].to_vec()];
        for (code, i, j) in steps {
            let (a, b) = (all[i % all.len()].clone(), all[j % all.len()].clone());
            let y = match code {
                0 => &a + &b,
                1 => &a * &b,
                2 => &a - ops::tanh(&b),
                3 => ops::sigmoid(&a),
                4 => ops::maximum(&a, 0.25 * &b),
                5 if a.ndim() == 2 => ops::mean(&a, 1).keepdims(true).build(),
                6 if a.ndim() == 2 => ops::mean(&a, 0).build(),
                7 => ops::mean(&a, None).build(),
                8 => ops::flip(&a, -1),
                _ => ops::negative(&a),
            };
            if y.is_mistake() {
                continue;
            }
            let mut one = Plan::new(&[&a, &b], &[&y]).unwrap();
            let (p, q) = (&values[i % all.len()], &values[j % all.len()]);
            one.run(&[p, q]).unwrap();
            let value = one.output(0).to_vec();
            all.push(y);
            values.push(value);
        }
        let which: Vec<usize> = wanted.iter().map(|k| k % all.len()).chain([all.len() - 1]).collect();
        let outputs: Vec<&Symbolic> = which.iter().map(|k| &all[*k]).collect();
        let mut plan = Plan::new(&[&x, &row, &column], &outputs).unwrap();
        plan.run(&[&values[0], &values[1], &values[2]]).unwrap();
        for (at, k) in which.iter().enumerate() {
            for (a, b) in plan.output(at).iter().zip(&values[*k]) {
                prop_assert!((a - b).abs() <= 1e-4 * (1.0 + b.abs()) || a == b, "{} {} {:?}", a, b, plan);
            }
        }
    }
}

/// What is asked of `op` at a line of this file cannot be held in memory.
#[track_caller]
fn too_large(found: Result<Plan, crate::OpError>, op: &str, line: u32, text: &str) {
    let error = found.unwrap_err();
    assert_eq!((error.op, error.location.line()), (op, line), "{error}");
    assert!(error.location.file().ends_with("tests.rs") && error.to_string().contains(text), "{error}");
}

#[test]
fn tensors_beyond_memory_are_mistakes() {
    let text = "larger than memory can be";
    // 2^64 numbers, of which 64 bits hold the lowest: none.
    let (x, line) = (ops::zeros([1 << 32, 1 << 32]), line!());
    too_large(Plan::new(&[], &[&x]), "broadcast_to", line, text);
    // Numbers that can be counted, but not their bytes.
    let (x, line) = (ops::zeros([1 << 61]), line!());
    too_large(Plan::new(&[], &[&x]), "broadcast_to", line, text);
    let (x, line) = (ops::input([1 << 40, 1 << 40], DType::Float32), line!());
    too_large(Plan::new(&[&x], &[&x]), "input", line, text);
    // Nothing of that is in memory where one length is 0.
    assert_eq!(ops::zeros([0, 1 << 40, 1 << 40]).check().unwrap().shape().size(), 0);
}

#[test]
fn plans_beyond_memory_are_mistakes() {
    let row = ops::input([1 << 30], DType::Float32);
    let column = ops::input([1 << 28, 1], DType::Float32);
    let sums = ops::sort(&row + &column, -1);
    let (plan, line) = (Plan::new(&[&row, &column], &[&sums]), line!());
    too_large(plan, "add", line, "more than there is memory");
}

#[test]
fn sizes_do_not_wrap() {
    assert_eq!(crate::Shape::from([1 << 32, 1 << 32]).size(), usize::MAX);
    assert_eq!(crate::Shape::from([1 << 32, 1 << 32, 0]).size(), 0);
}
