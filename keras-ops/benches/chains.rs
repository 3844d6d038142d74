//! Chains of operations beside kernels that were fused by hand: microseconds of a run, the least of many, in turns.
//!
//! `cargo bench -p keras-ops`; words pick cases.

use std::time::Instant;

use keras_kernels::activation::Act;
use keras_kernels::aligned::Aligned;
use keras_kernels::norm;
use keras_kernels::softmax::{Target, Weight, crossentropy_from_logits};
use keras_ops::{self as ops, DType, Plan, Symbolic};

fn numbers(n: usize, seed: u32) -> Aligned {
    let mut state = seed;
    let mut all = Aligned::zeros(n);
    for x in &mut all[..] {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *x = (state >> 8) as f32 / (1 << 23) as f32 - 1.0;
    }
    all
}

/// Runs all in turns, and prints the least time of each, and its ratio to that of the last.
fn compare(title: &str, mut cases: Vec<(&str, Box<dyn FnMut() + '_>)>) {
    let only: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    if !only.is_empty() && !only.iter().any(|word| title.contains(word)) {
        return;
    }
    let mut chunks = Vec::new();
    for (_, f) in &mut cases {
        f();
        let began = Instant::now();
        (0..3).for_each(|_| f());
        chunks.push((2e-4 / (began.elapsed().as_secs_f64() / 3.0)).ceil() as usize);
    }
    let mut best = vec![f64::MAX; cases.len()];
    let began = Instant::now();
    let mut rounds = 0;
    while rounds < 50 || began.elapsed().as_secs_f64() < 1.5 {
        for ((best, (_, f)), chunk) in best.iter_mut().zip(&mut cases).zip(&chunks) {
            let start = Instant::now();
            (0..*chunk).for_each(|_| f());
            *best = best.min(start.elapsed().as_secs_f64() / *chunk as f64);
        }
        rounds += 1;
    }
    println!("{title}");
    let base = *best.last().expect("at least one case");
    for ((name, _), best) in cases.iter().zip(&best) {
        println!("  {name:44} {:10.2} us   {:.2}", best * 1e6, best / base);
    }
}

/// A plan and numbers for its inputs.
fn planned<'a>(inputs: &[&Symbolic], outputs: &[&Symbolic]) -> Box<dyn FnMut() + 'a> {
    let mut plan = Plan::new(inputs, outputs).expect("the graph is right");
    if std::env::var_os("LIST").is_some() {
        println!("{plan:#?}");
    }
    let data: Vec<Aligned> = (0u32..).zip(inputs).map(|(i, x)| numbers(x.shape().size(), i)).collect();
    Box::new(move || {
        let given: Vec<&[f32]> = data.iter().map(|x| &x[..]).collect();
        plan.run(&given).expect("the inputs fit");
    })
}

/// A plan forward and one backward, which reads what the first keeps for it: as layers run them.
fn two_plans<'a>(inputs: &[&Symbolic], y: &Symbolic, dy: &Symbolic) -> Box<dyn FnMut() + 'a> {
    let gradients = ops::vjp(&[(y.clone(), dy.clone())], inputs);
    let kept = ops::shared(core::slice::from_ref(y), &gradients);
    let outputs: Vec<&Symbolic> = [y].into_iter().chain(&kept).collect();
    let mut forward = Plan::new(inputs, &outputs).expect("the graph is right");
    let given: Vec<&Symbolic> = inputs.iter().copied().chain(&kept).chain([dy]).collect();
    let mut backward = Plan::new(&given, &gradients.iter().collect::<Vec<_>>()).expect("the graph is right");
    if std::env::var_os("LIST").is_some() {
        println!("{forward:#?}\n{backward:#?}");
    }
    let data: Vec<Aligned> = (0u32..).zip(inputs).map(|(i, x)| numbers(x.shape().size(), i)).collect();
    let d = numbers(dy.shape().size(), 9);
    let count = kept.len();
    Box::new(move || {
        let mut given: Vec<&[f32]> = data.iter().map(|x| &x[..]).collect();
        forward.run(&given).expect("the inputs fit");
        given.extend((1..=count).map(|i| forward.output(i)));
        given.push(&d);
        backward.run(&given).expect("the inputs fit");
    })
}

fn composed(x: &Symbolic, gamma: &Symbolic, beta: &Symbolic) -> Symbolic {
    let mean = ops::mean(x, -1).keepdims(true);
    let variance = ops::var(x, -1).keepdims(true);
    (x - mean) * ops::rsqrt(variance + 1e-3) * gamma + beta
}

/// A gradient of `y` that is known only when all of `y` is.
fn later(y: &Symbolic, given: &Symbolic) -> Symbolic {
    given * ops::take(ops::reshape(y, [-1]), ops::array(&[0], [1]), 0)
}

fn norm_gelu(rows: usize, n: usize) {
    let (x, gamma, beta, dy) = (
        ops::input([rows, n], DType::Float32),
        ops::input([n], DType::Float32),
        ops::input([n], DType::Float32),
        ops::input([rows, n], DType::Float32),
    );
    let both = |z: &Symbolic, apart: bool| {
        let y = ops::gelu(z, true);
        let d = if apart { later(&y, &dy) } else { dy.clone() };
        let found = ops::vjp(&[(y.clone(), d)], &[&x, &gamma, &beta]);
        planned(&[&x, &gamma, &beta, &dy], &[&y, &found[0], &found[1], &found[2]])
    };
    let apart = |z: &Symbolic| two_plans(&[&x, &gamma, &beta], &ops::gelu(z, true), &dy);
    let fused = ops::layer_normalization(&x).gamma(&gamma).beta(&beta).epsilon(1e-3).build();
    let small = composed(&x, &gamma, &beta);
    let forward = planned(&[&x, &gamma, &beta], &[&ops::gelu(&small, true)]);
    let (a, g, b, d) = (numbers(rows * n, 1), numbers(n, 2), numbers(n, 3), numbers(rows * n, 4));
    let [mut y, mut z, mut dz, mut dx] = core::array::from_fn(|_| Aligned::zeros(rows * n));
    let (mut dg, mut db, mut saved) = (Aligned::zeros(n), Aligned::zeros(n), Aligned::zeros(2 * rows));
    let by_hand = move || {
        norm::layer_norm(&a, Some(&g), Some(&b), 1e-3, &mut z, &mut saved);
        y.copy_from_slice(&z);
        Act::GeluTanh.forward(&mut y);
        Act::GeluTanh.backward(&z, &d, &mut dz);
        norm::layer_norm_backward(&a, Some(&g), &saved, &dz, &mut dx, &mut dg, &mut db);
    };
    compare(
        &format!("layer norm, gelu ({rows}, {n})"),
        vec![
            ("composed, forward", forward),
            ("composed, both, two plans", apart(&small)),
            ("composed, both, backward later", both(&small, true)),
            ("composed, both, backward at once", both(&small, false)),
            ("layer_normalization, both, two plans", apart(&fused)),
            ("kernels, both", Box::new(by_hand)),
        ],
    );
}

fn own_layers() {
    let (x, w, d) = (
        ops::input([32, 20, 64], DType::Float32),
        ops::input([64], DType::Float32),
        ops::input([32, 20, 64], DType::Float32),
    );
    let both = |y: Symbolic, apart: bool| {
        let dy = if apart { later(&y, &d) } else { d.clone() };
        let found = ops::vjp(&[(y.clone(), dy)], &[&x, &w]);
        planned(&[&x, &w, &d], &[&y, &found[0], &found[1]])
    };
    let rms = &x * ops::rsqrt(ops::mean(ops::square(&x), -1).keepdims(true) + 1e-3) * &w;
    compare(
        "own layers (32, 20, 64)",
        vec![
            ("rms norm, both, later", both(rms, true)),
            ("gate by sigmoid, both, later", both(&x * ops::sigmoid(&w), true)),
            ("tanh(x) * w, both, later", both(ops::tanh(&x) * &w, true)),
            ("gate by sigmoid, both, at once", both(&x * ops::sigmoid(&w), false)),
        ],
    );
}

fn crossentropy(rows: usize, n: usize) {
    let (x, t) = (ops::input([rows, n], DType::Float32), ops::input([rows, n], DType::Float32));
    let shifted = &x - ops::stop_gradient(ops::max(&x, -1).keepdims(true));
    let log = &shifted - ops::log(ops::sum(ops::exp(&shifted), -1).keepdims(true));
    let losses = -ops::sum(&t * log, -1);
    let dx = ops::gradients(ops::mean(&losses, None), &[&x]).remove(0);
    let plan = planned(&[&x, &t], &[&losses, &dx]);
    let (a, b) = (numbers(rows * n, 1), numbers(rows * n, 2));
    let (mut loss, mut d) = (Aligned::zeros(rows), Aligned::zeros(rows * n));
    let weight = 1.0 / rows as f32;
    let by_hand = move || {
        crossentropy_from_logits(&a, n, Target::Dense(&b), Weight::Same(weight), &mut loss, &mut d);
    };
    compare(
        &format!("softmax crossentropy ({rows}, {n})"),
        vec![("composed, both", plan), ("kernel", Box::new(by_hand))],
    );
}

fn main() {
    keras_kernels::threads::set_threads(1);
    norm_gelu(32, 256);
    norm_gelu(4096, 256);
    own_layers();
    crossentropy(32, 1000);
    crossentropy(1024, 10);
}
