//! Train steps and looks into models against sums by hand.

use ndarray::{Array2, arr2};

use crate::prelude::*;

/// A dense layer in operations.
#[derive(Default)]
struct Linear<const IN: usize, const OUT: usize>;

impl<B: Axis, const IN: usize, const OUT: usize> Layer<(B, Len<IN>)> for Linear<IN, OUT> {
    const OUTPUT: Dims = <(B, Len<OUT>) as Shape>::DIMS;

    fn weights(&self) -> Vec<WeightSpec> {
        vec![
            WeightSpec::new("kernel", Dims::fixed(&[IN, OUT]), Initializer::GlorotUniform { seed: None }),
            WeightSpec::new("bias", Dims::fixed(&[OUT]), Initializer::Zeros),
        ]
    }

    fn trace(&self, x: Symbolic, cx: &mut Trace<'_>) -> crate::Result<Symbolic> {
        Ok(ops::matmul(x, cx.weight("kernel")) + cx.weight("bias"))
    }
}

fn numbers<M: Model>(model: &M) -> Vec<Vec<f32>> {
    model.weights().iter().map(|(_, raw)| raw.to_vec().expect("numbers")).collect()
}

/// `x w + b` of the first layer.
fn linear(w: &[Vec<f32>], x: &[f32], out: usize) -> Vec<f64> {
    (0..out)
        .map(|j| {
            let products = x.iter().enumerate().map(|(i, x)| f64::from(*x) * f64::from(w[0][i * out + j]));
            products.sum::<f64>() + f64::from(w[1][j])
        })
        .collect()
}

#[test]
fn each_optimizer_changes_its_own_weights() {
    set_random_seed(3);
    let (mut a, mut b) = (model!(Input(2) => Linear::<2, 3>), model!(Input(3) => Linear::<3, 1>));
    let before = (numbers(&a), numbers(&b));
    let mut step = TrainStep::new(|tape, [a, b], [x, y]| {
        let hidden = tape.call(a, &x)?;
        let error = tape.call(b, &hidden)? - y;
        let loss = ops::mean(ops::square(error), None).build();
        tape.minimize(&loss, b, SGD::new(0.1))?;
        Ok([loss, ops::sum(hidden, None).build()])
    });
    let (x, y) = (arr2(&[[1.0f32, 2.0], [-0.5, 0.25]]), arr2(&[[0.5f32], [1.0]]));
    let [loss, sum] = step.run([&mut a, &mut b], [&x, &y]).expect("a step");
    assert_eq!(numbers(&a), before.0);
    // By hand, in float64.
    let hidden: Vec<Vec<f64>> =
        x.rows().into_iter().map(|x| linear(&before.0, x.as_slice().expect("a row"), 3)).collect();
    let outputs: Vec<f64> = hidden
        .iter()
        .map(|h| linear(&before.1, &h.iter().map(|x| *x as f32).collect::<Vec<_>>(), 1)[0])
        .collect();
    let errors: Vec<f64> = outputs.iter().zip(&y).map(|(p, t)| p - f64::from(*t)).collect();
    let expected = errors.iter().map(|e| e * e).sum::<f64>() / 2.0;
    assert!((loss - expected).abs() < 1e-5, "{loss}, {expected}");
    assert!((sum - hidden.iter().flatten().sum::<f64>()).abs() < 1e-5);
    let after = numbers(&b);
    for i in 0..3 {
        let gradient: f64 = errors.iter().zip(&hidden).map(|(e, h)| e * h[i]).sum();
        let expected = f64::from(before.1[0][i]) - 0.1 * gradient;
        assert!((f64::from(after[0][i]) - expected).abs() < 1e-5);
    }
    let gradient: f64 = errors.iter().sum();
    assert!((f64::from(after[1][0]) - (f64::from(before.1[1][0]) - 0.1 * gradient)).abs() < 1e-5);
    // Another batch size, the same optimiser.
    step.run([&mut a, &mut b], [&Array2::<f32>::ones((5, 2)), &Array2::<f32>::ones((5, 1))]).expect("a step");
    assert_eq!((step.steps(), step.optimizer_mut(0).map(|o| o.iterations())), (2, Some(2)));
    assert!(step.optimizer_mut(1).is_none());
}

#[test]
fn gradients_of_gradients_train() {
    set_random_seed(3);
    let mut critic = model!(Input(2) => Linear::<2, 1>);
    let w = numbers(&critic)[0].clone();
    let mut step = TrainStep::new(|tape, [critic], [x]| {
        let y = tape.call(critic, &x)?;
        let slope = ops::gradients(&y, &[&x]).remove(0);
        let norm = ops::sqrt(ops::sum(ops::square(slope), -1));
        let penalty = ops::mean(ops::square(norm - 1.0), None).build();
        tape.minimize(&penalty, critic, SGD::new(0.5))?;
        Ok([penalty])
    });
    let x = arr2(&[[1.0f32, 2.0], [3.0, 4.0]]);
    let [penalty] = step.run([&mut critic], [&x]).expect("a step");
    // The slope is w everywhere: the penalty (|w| - 1)^2 has the gradient 2 (|w| - 1) w / |w|.
    let norm = w.iter().map(|w| f64::from(*w).powi(2)).sum::<f64>().sqrt();
    assert!((penalty - (norm - 1.0).powi(2)).abs() < 1e-6);
    for (found, w) in numbers(&critic)[0].iter().zip(&w) {
        let expected = f64::from(*w) * (1.0 - (norm - 1.0) / norm);
        assert!((f64::from(*found) - expected).abs() < 1e-5, "{found}, {expected}");
    }
    let [penalty] = step.test([&mut critic], [&x]).expect("numbers");
    assert!(penalty < 1e-10, "{penalty}");
}

#[test]
fn equal_seeds_give_equal_steps() {
    let run = || {
        set_random_seed(5);
        let mut model = model!(Input(2) => Linear::<2, 2>);
        let mut step = TrainStep::new(|tape, [model], [x]| {
            let noise = tape.normal(x.shape());
            let loss = ops::mean(ops::square(tape.call(model, x + noise)?), None).build();
            tape.minimize(&loss, model, "adam")?;
            Ok([loss])
        })
        .seed(1);
        let x = Array2::<f32>::ones((4, 2));
        let losses: Vec<[f64; 1]> = (0..3).map(|_| step.run([&mut model], [&x]).expect("a step")).collect();
        (losses, numbers(&model))
    };
    let (losses, weights) = run();
    assert_eq!((losses.clone(), weights), run());
    assert!(losses[0] != losses[1]);
}

#[test]
fn what_cannot_be_is_told() {
    fn error<T>(result: crate::Result<T>) -> String {
        match result {
            Ok(_) => panic!("an error"),
            Err(error) => error.to_string(),
        }
    }
    let (mut model, mut other) = (model!(Input(2) => Linear::<2, 3>), model!(Input(2) => Linear::<2, 3>));
    let x = Array2::<f32>::ones((4, 2));
    let mut step = TrainStep::new(|tape, [model], [x]| {
        let y = tape.call(model, &x)?;
        tape.minimize(&y, model, "adam")?;
        Ok([y])
    });
    assert_eq!(
        error(step.run([&mut model], [&x])),
        "`minimize`: a loss is one number, found shape (4, 3) of float32\nhelp: take the mean: `ops::mean(loss, None)`"
    );
    let mut step = TrainStep::new(|tape, [model, other], [x]| {
        let loss = ops::mean(tape.call(model, &x)?, None).build();
        tape.call(other, &x)?;
        tape.minimize(&loss, other, "adam")?;
        Ok([loss])
    });
    assert_eq!(
        error(step.run([&mut model, &mut other], [&x])),
        "`minimize`: the loss depends on none of these weights, or none of them is trained"
    );
    let mut step = TrainStep::new(|tape, [model], [x]| {
        let loss = ops::mean(tape.call(model, &x)?, None).build();
        tape.minimize(&loss, model.layer("linera"), "adam")?;
        Ok([loss])
    });
    assert_eq!(
        error(step.run([&mut model], [&x])),
        "the model has no layer `linera`\nhelp: did you mean `linear`?"
    );
    let wide = Array2::<f32>::ones((4, 3));
    assert_eq!(
        error(step.run([&mut model], [&wide])),
        "input_layer: axis 1 has 3, and (None, 2) has 2 there"
    );
}

#[test]
fn gradients_by_inputs_and_inner_outputs() {
    let model = model!(Input(2) => Linear::<2, 3> => Linear::<3, 2>);
    let w = numbers(&model);
    let x = arr2(&[[1.0f32, 2.0], [0.5, -1.0]]);
    let inner = model.layer_output("linear", &x).expect("an output");
    assert_eq!(inner.shape(), [2, 3]);
    for (row, x) in inner.to_vec().expect("numbers").chunks(3).zip(x.rows()) {
        let expected = linear(&w[..2], x.as_slice().expect("a row"), 3);
        assert!(row.iter().zip(expected).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-5));
    }
    assert_eq!(
        model.layer_output("linaer", &x).expect_err("no layer").to_string(),
        "the model has no layer `linaer`\nhelp: did you mean `linear`?"
    );
    // The gradient of output j by input i is the sum of the products on the way.
    let way = |i: usize, j: usize| -> f64 {
        (0..3).map(|k| f64::from(w[0][i * 3 + k]) * f64::from(w[2][k * 2 + j])).sum()
    };
    let y = model.predict(&x).and_then(|y| y.to_vec()).expect("outputs");
    let saliency = model.saliency(&x).expect("gradients").to_vec().expect("numbers");
    for row in 0..2 {
        let best = usize::from(y[2 * row + 1] > y[2 * row]);
        for i in 0..2 {
            assert!((f64::from(saliency[2 * row + i]) - way(i, best).abs()).abs() < 1e-5);
        }
    }
}
