//! What is refused, in words.

use keras_ops::{self as ops, DType, Symbolic};

use crate::{Export, Input, Trace, Weight, bytes};

/// A graph of one input `(batch, time, 2)`, with `f` as its only layer, for several lengths.
fn export(f: impl Fn(&Symbolic) -> Symbolic) -> Export {
    let trace = |batch: usize, time: usize| {
        let x = ops::input([batch, time, 2], DType::Float32);
        let y = f(&x);
        Trace { inputs: vec![x], layers: vec![vec![y.clone()]], outputs: vec![y], ..Trace::default() }
    };
    Export {
        name: "test".into(),
        inputs: vec![Input { name: "x".into(), axes: vec![Some("batch".into()), Some("time".into()), None] }],
        outputs: vec!["y".into()],
        layers: vec!["own".into()],
        traces: vec![trace(2, 7), trace(3, 8), trace(5, 10), trace(7, 13), trace(4, 15)],
        probes: vec![trace(2, 3), trace(40, 41)],
        ..Export::default()
    }
}

fn told(f: impl Fn(&Symbolic) -> Symbolic) -> String {
    bytes(&export(f)).unwrap_err().to_string()
}

#[test]
fn what_has_no_operator_is_refused_with_layer_and_operation() {
    assert_eq!(
        told(|x| ops::eigh(ops::matmul(ops::swapaxes(x, 1, 2), x)).0),
        "layer `own`: `eigh` cannot be written in the operators of ONNX: there is no operator for it, and how it is computed \
         follows from the numbers"
    );
    // Joining nothing is no operation.
    let text = told(|x| {
        let batch = x.shape()[0];
        ops::inv(ops::slice(ops::matmul(ops::swapaxes(x, 1, 2), x), [0, 0, 0], [batch, 0, 0]))
    });
    assert!(text.contains("its matrices have no rows"), "{text}");
}

#[test]
fn numbers_that_depend_on_a_length_in_some_way_are_refused() {
    let text = told(|x| {
        let time = x.shape()[1];
        let squares: Vec<f32> = (0..time).map(|i| (i * i) as f32).collect();
        x * ops::array(&squares, [time, 1])
    });
    assert!(
        text.starts_with(
            "layer `own`: `multiply` cannot be written in the operators of ONNX: numbers depend"
        ),
        "{text}"
    );
}

#[test]
fn another_computation_for_short_sequences_is_found() {
    let text = told(|x| if x.shape()[1] < 5 { ops::exp(x) } else { ops::tanh(x) });
    assert_eq!(
        text,
        "layer `own`: it computes otherwise for inputs of shape (2, 3, 2); give the axes numbers"
    );
    let text = told(|x| if x.shape()[1] > 10 { ops::exp(x) } else { ops::tanh(x) });
    assert!(text.contains("how many operations it takes depends on a length"), "{text}");
}

/// No sequence that is traced is cut by this, and one of the probes is.
#[test]
fn what_leaves_out_elements_of_long_sequences_alone_is_found() {
    let text = told(|x| {
        let [batch, time, features] = **x.shape() else { unreachable!("three axes") };
        ops::slice(x, [0, 0, 0], [batch, time.min(20), features])
    });
    assert!(text.starts_with("the model computes otherwise for inputs of shape (40, 41, 2)"), "{text}");
    // Here it is a length that does not follow from the others.
    let text = told(|x| {
        let [batch, time, features] = **x.shape() else { unreachable!("three axes") };
        ops::slice(x, [0, 1, 0], [batch, (time - 1) / 2, features])
    });
    assert!(text.contains("follows from those of the inputs in a way that is not known"), "{text}");
    // The second to the twenty-first element, or as many of them as there are.
    let all = export(|x| {
        let [batch, time, features] = **x.shape() else { unreachable!("three axes") };
        ops::slice(x, [0, 1, 0], [batch, (time - 1).min(20), features])
    });
    assert!(bytes(&all).is_ok());
}

#[test]
fn steps_that_depend_on_nothing_but_their_number_are_written() {
    // Sums, means, ranges and bands of lengths that the file does not know.
    let written = |f: fn(&Symbolic) -> Symbolic| bytes(&export(f)).unwrap();
    let has =
        |file: &[u8], operator: &str| file.windows(operator.len()).any(|text| text == operator.as_bytes());
    let file = written(|x| ops::mean(x, 1).build());
    assert!(has(&file, "ReduceMean") && !has(&file, "ReduceSum"));
    assert!(has(
        &written(|x| x * ops::reshape(ops::arange(0.0, x.shape()[1] as f32, 1.0), [-1, 1])),
        "Range"
    ));
    assert!(!has(&written(|x| ops::flip(x, 1)), "Shape"));
    // Every second step, from the last on.
    let places = |x: &Symbolic| -> Vec<i32> { (0..x.shape()[1] as i32).rev().step_by(2).collect() };
    let file = bytes(&export(|x| ops::take(x, ops::array(&places(x), places(x).len()), 1))).unwrap();
    assert!(has(&file, "Slice") && !has(&file, "Gather"));
}

#[test]
fn traces_that_are_not_as_said_are_refused() {
    let good = export(|x| ops::exp(x));
    let mut other = good.clone();
    other.outputs.push("z".into());
    assert!(bytes(&other).is_err());
    let mut other = good.clone();
    other.inputs[0].axes.pop();
    assert!(bytes(&other).is_err());
    let mut other = good.clone();
    other.weights.push(Weight { path: "w".into(), numbers: vec![1.0] });
    assert!(bytes(&other).is_err());
    assert!(bytes(&Export { traces: Vec::new(), ..good }).is_err());
}
