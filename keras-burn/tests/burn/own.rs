//! Code in tensors of Burn as an operation.

use burn::tensor::activation::{gelu, softmax};
use burn::tensor::{Device, Tensor};
use keras_burn::{Error, Executor, call};
use keras_ops::{self as ops, DType, Plan, Symbolic};

use crate::agree::{agree, agree_natively, numbers};

#[test]
fn it_runs_on_the_device_and_in_plans() {
    let x = ops::input([3, 4], DType::Float32);
    let w = ops::input([4], DType::Float32);
    let y = call(&[&x, &w], [3, 4], DType::Float32, |x| {
        let row = x[1].float::<1>()?.unsqueeze::<2>();
        Ok(softmax(gelu(x[0].float::<2>()?) * row, 1).into())
    });
    let same = ops::softmax(ops::gelu(&x, false) * &w, -1);
    let gradients = |y: &Symbolic| ops::gradients(ops::square(y), &[&x, &w]);
    let (own, expected) = (gradients(&y), gradients(&same));
    let mut outputs = vec![y, same];
    outputs.extend(own);
    outputs.extend(expected);
    let (a, b) = (numbers(12, 1), numbers(4, 2));
    agree_natively("own", &[&x, &w], &outputs, &[&a, &b]);
    let mut plan = Plan::new(&[&x, &w], &outputs.iter().collect::<Vec<_>>()).expect("a plan");
    plan.run(&[&a, &b]).expect("a run");
    for (own, expected) in [(0, 1), (2, 4), (3, 5)] {
        let pairs = plan.output(own).iter().zip(plan.output(expected));
        pairs.for_each(|(a, b)| assert!((a - b).abs() < 1e-5, "{a} is not {b}"));
    }
}

#[test]
fn it_takes_integers_truth_values_and_single_numbers() {
    let (n, x) = (ops::input([3], DType::Int32), ops::input((), DType::Float32));
    let y = call(&[&n, &x], (), DType::Float32, |x| {
        let sum = x[0].int::<1>()?.float().sum();
        Ok((sum * x[1].float::<1>()?).into())
    });
    let above = call(&[&n], [3], DType::Bool, |x| Ok(x[0].int::<1>()?.greater_elem(1).into()));
    let more = call(&[&above], [3], DType::Int32, |x| Ok((x[0].bool::<1>()?.int() + 1).into()));
    let mut outputs = vec![y.clone(), above, more];
    outputs.extend(ops::gradients(&y, &[&x]));
    let executor = agree("kinds", &[&n, &x], &outputs, &[ops::integers(&[1, 2, 3]), &[0.5]]);
    let found = executor.run(&[ops::integers(&[1, 2, 3]), &[0.5]]).expect("a run");
    assert_eq!((found[0][0], found[3][0]), (3.0, 6.0));
    assert_eq!(found[1], [0.0, 1.0, 1.0]);
    assert_eq!(found[2].iter().map(|x| x.to_bits()).collect::<Vec<u32>>(), [1, 2, 2]);
}

#[test]
fn what_does_not_follow_from_the_operands_has_no_gradient() {
    let x = ops::input([3], DType::Float32);
    let detached = call(&[&x], [3], DType::Float32, |x| Ok((x[0].float::<1>()?.detach() * 2.0).into()));
    let constant = call(&[&x], [3], DType::Float32, |_| Ok(Tensor::<1>::ones([3], &Device::flex()).into()));
    let half = call(&[&x, &x.clone()], [3], DType::Float32, |x| Ok(x[1].float::<1>()?.powi_scalar(2).into()));
    let mut outputs = vec![detached, constant, half];
    for y in outputs.clone() {
        outputs.extend(ops::gradients(ops::square(&y), &[&x]));
    }
    let executor = agree("constants", &[&x], &outputs, &[&[1.0, 2.0, -3.0]]);
    let found = executor.run(&[&[1.0, 2.0, -3.0]]).expect("a run");
    assert_eq!(found[3..5], [[0.0; 3], [0.0; 3]]);
    assert_eq!(found[5], [4.0, 32.0, -108.0]);
}

#[test]
fn what_is_wrong_with_it_is_said() {
    let x = ops::input([2, 3], DType::Float32);
    let shape = call(&[&x], [2, 4], DType::Float32, |x| Ok(x[0].float::<2>()?.into()));
    let text = shape.check().expect_err("a mistake").to_string();
    assert!(text.contains("the code gave float32 (2, 3), and was to give float32 (2, 4)"), "{text}");
    let rank = call(&[&x], [2, 3], DType::Float32, |x| Ok(x[0].float::<3>()?.into()));
    let text = rank.check().expect_err("a mistake").to_string();
    assert!(text.contains("a tensor of 3 axes of float32 is asked for; it is float32 (2, 3)"), "{text}");

    // What fails only in a run is the run's error, on the device and in a plan.
    let late = call(&[&x], [2, 3], DType::Float32, |x| {
        if x[0].to_host()?[0] > 0.0 {
            Err(Error::Argument("too large".to_string()))
        } else {
            Ok(x[0].clone())
        }
    });
    let twice =
        ops::gradients(ops::square(ops::gradients(ops::square(&late), &[&x]).remove(0)), &[&x]).remove(0);
    let text = twice.check().expect_err("a mistake").to_string();
    assert!(text.contains("has a gradient, but not the gradient of that"), "{text}");
    let executor = Executor::new(&[&x], &[&late], &Device::flex()).expect("an executor");
    let numbers = [1.0; 6];
    assert_eq!(executor.run(&[&numbers]).expect_err("a failure").to_string(), "too large");
    let mut plan = Plan::new(&[&x], &[&late]).expect("a plan");
    assert!(plan.run(&[&numbers]).expect_err("a failure").to_string().contains("too large"));
    plan.run(&[&[0.0; 6]]).expect("the plan runs again");
}

#[test]
fn an_executor_says_what_does_not_fit() {
    let x = ops::input([2], DType::Float32);
    let executor = Executor::new(&[&x], &[&ops::exp(&x)], &Device::flex()).expect("an executor");
    let text = |r: Result<Vec<Vec<f32>>, Error>| r.expect_err("an error").to_string();
    assert_eq!(text(executor.run(&[])), "the graph has 1 inputs, and was given 0");
    assert_eq!(text(executor.run(&[&[1.0]])), "a tensor of shape (2,) has 2 elements, not 1");
    let other = ops::input([2], DType::Float32);
    assert!(Executor::new(&[&x], &[&(&x + &other)], &Device::flex()).is_err());
}
