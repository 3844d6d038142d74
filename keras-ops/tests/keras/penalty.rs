//! Gradients of gradients: the gradient penalty of a critic of two layers with tanh, by its weights, beside JAX.
#![allow(clippy::excessive_precision, clippy::unwrap_used)]

use keras_ops::{self as ops, DType, Plan, Symbolic};

const W1: [f32; 15] = [
    0.21151191,
    -0.39029121,
    -0.16145401,
    0.63844824,
    0.24986428,
    0.49225819,
    -0.018625397,
    -0.23867565,
    -0.23853794,
    0.024351049,
    0.45697409,
    0.46245602,
    -0.13983452,
    -1.2098098,
    -0.28361297,
];
const B1: [f32; 5] = [0.21692234, -0.3368524, -0.059383959, 0.48113161, 0.19539082];
const W2: [f32; 20] = [
    0.015922626,
    0.48499489,
    0.07959073,
    -0.15728752,
    0.0017890222,
    0.33662337,
    -0.027563319,
    -0.70282161,
    -0.015345276,
    -0.20812418,
    -0.083352849,
    -0.25292927,
    -0.024999913,
    -0.59374648,
    -0.030224804,
    0.71650976,
    0.024597257,
    0.00056540966,
    0.07595405,
    0.47342807,
];
const B2: [f32; 4] = [-0.056767091, -0.32551441, -0.15424119, -0.34836662];
const W3: [f32; 4] = [-0.20684357, 1.1177027, 0.32663813, -0.30488163];

fn wave(n: usize, by: f64) -> Vec<f32> {
    (0..n).map(|i| (by * (i as f64 * 1.3 + 0.2).sin()) as f32).collect()
}

#[test]
fn a_gradient_penalty_is_that_of_jax() {
    let shapes: [&[usize]; 6] = [&[3, 5], &[5], &[5, 4], &[4], &[4, 1], &[6, 3]];
    let scales = [1.0, 0.3, 0.8, 0.2, 0.9, 1.1];
    let inputs: Vec<Symbolic> = shapes.iter().map(|shape| ops::input(*shape, DType::Float32)).collect();
    let [w1, b1, w2, b2, w3, x] = &inputs[..] else { panic!("six inputs") };
    let hidden = ops::tanh(ops::matmul(ops::tanh(ops::matmul(x, w1) + b1), w2) + b2);
    let score = ops::matmul(hidden, w3);
    let slope = ops::gradients(score, &[x]).remove(0);
    let norm = ops::sqrt(ops::sum(ops::square(slope), 1));
    let penalty = ops::mean(ops::square(norm - 1.0), None).build();
    let gradients = ops::gradients(&penalty, &[w1, b1, w2, b2, w3]);
    let mut outputs = vec![&penalty];
    outputs.extend(&gradients);
    let given: Vec<&Symbolic> = inputs.iter().collect();
    let mut plan = Plan::new(&given, &outputs).unwrap();
    let numbers: Vec<Vec<f32>> =
        shapes.iter().zip(scales).map(|(shape, by)| wave(shape.iter().product(), by)).collect();
    plan.run(&numbers.iter().map(Vec::as_slice).collect::<Vec<_>>()).unwrap();
    assert!((plan.output(0)[0] - 0.7665857076644897).abs() < 1e-5, "{:?}", plan.output(0));
    for (i, wanted) in [&W1[..], &B1, &W2, &B2, &W3].into_iter().enumerate() {
        let found = plan.output(i + 1);
        let near = found.iter().zip(wanted).all(|(f, w)| (f - w).abs() < 1e-5);
        assert!(found.len() == wanted.len() && near, "{i}: {found:?}, wanted {wanted:?}");
    }
}
