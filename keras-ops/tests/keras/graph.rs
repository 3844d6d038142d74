//! Graphs as data: what is said of an operation is what its plan computes; and operations from outside of the crate.

use keras_ops::custom::{CustomOp, View, custom};
use keras_ops::graph::{Graph, Node, Operation, Reduce, TensorSpec};
use keras_ops::{self as ops, DType, Plan, Symbolic};
use proptest::prelude::*;

/// All places of a shape in order.
fn places(shape: &[usize]) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for n in shape {
        all = all.into_iter().flat_map(|at| (0..*n).map(move |i| [&at[..], &[i]].concat())).collect();
    }
    all
}

fn strides(shape: &[usize]) -> Vec<usize> {
    (0..shape.len()).map(|axis| shape[axis + 1..].iter().product()).collect()
}

fn at(index: &[usize], shape: &[usize]) -> usize {
    index.iter().zip(strides(shape)).map(|(i, stride)| i * stride).sum()
}

/// What an operation that moves elements says that it does, done place by place.
fn moved(node: &Node, x: &[f32], from: &[usize], to: &[usize]) -> Option<Vec<f32>> {
    let stepped = |index: &[usize], start: &[usize], step: &[isize]| -> Vec<usize> {
        let along = |axis: usize| (start[axis] as isize + step[axis] * index[axis] as isize) as usize;
        (0..index.len()).map(along).collect()
    };
    let strided = |index: &[usize], start: usize, strides: &[isize]| {
        let along = index.iter().zip(strides).map(|(i, stride)| *i as isize * stride);
        (start as isize + along.sum::<isize>()) as usize
    };
    let size = to.iter().product();
    Some(match &node.operation {
        Operation::Transpose { axes } => {
            let element = |index: Vec<usize>| {
                let mut own = vec![0; index.len()];
                axes.iter().zip(&index).for_each(|(axis, i)| own[*axis] = *i);
                x[at(&own, from)]
            };
            places(to).into_iter().map(element).collect()
        }
        Operation::Slice { start, step } => {
            places(to).into_iter().map(|index| x[at(&stepped(&index, start, step), from)]).collect()
        }
        Operation::Strided { start, strides } => {
            places(to).into_iter().map(|index| x[strided(&index, *start, strides)]).collect()
        }
        Operation::Pad { start, step, fill } => {
            let mut y = vec![*fill; size];
            places(from).iter().zip(x).for_each(|(index, x)| y[at(&stepped(index, start, step), to)] = *x);
            y
        }
        Operation::ScatterStrided { start, strides, fill } => {
            let mut y = vec![*fill; size];
            for (index, x) in places(from).iter().zip(x) {
                let to = &mut y[strided(index, *start, strides)];
                *to = if *fill == 0.0 { *to + x } else { *x };
            }
            y
        }
        _ => return None,
    })
}

/// Runs a graph node by node, and says how many of the nodes moved elements.
fn node_by_node(inputs: &[&Symbolic], outputs: &[Symbolic], numbers: &[&[f32]]) -> (Vec<Vec<f32>>, usize) {
    let graph = Graph::new(inputs, &outputs.iter().collect::<Vec<_>>()).expect("a graph");
    let mut values: Vec<Vec<f32>> = vec![Vec::new(); graph.tensors()];
    graph.inputs().iter().zip(numbers).for_each(|(id, x)| values[*id] = x.to_vec());
    let mut count = 0;
    for node in graph.nodes() {
        let mut plan = node.plan().expect("a plan");
        let inputs: Vec<&[f32]> = node.inputs.iter().map(|id| &values[*id][..]).collect();
        plan.run(&inputs).expect("a run");
        let shape = |id: usize| &graph.tensor(id).shape[..];
        if let [x] = node.inputs[..]
            && let Some(y) = moved(node, &values[x], shape(x), shape(node.outputs[0]))
        {
            assert_eq!(y, plan.output(0), "{node:?}");
            count += 1;
        }
        for (i, id) in node.outputs.iter().enumerate() {
            assert_eq!((plan.shape(i), plan.dtype(i)), (&graph.tensor(*id).shape, graph.tensor(*id).dtype));
            values[*id] = plan.output(i).to_vec();
        }
    }
    (graph.outputs().iter().map(|id| values[*id].clone()).collect(), count)
}

fn numbers(n: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * 37 + 11) % 23) as f32 / 7.0 - 1.5).collect()
}

#[test]
fn node_by_node_is_the_plan() {
    let x = ops::input([3, 4, 4], DType::Float32);
    let w = ops::input([4, 5], DType::Float32);
    let seed = ops::array(&[1, 2], [2]);
    let h = ops::layer_normalization(ops::matmul(&x, &w)).build();
    let attention = ops::expand_dims(&x, 2);
    let y = ops::dot_product_attention(&attention, &attention, &attention).is_causal(true).build();
    let numbered = ops::cast(&x * 3.0, DType::Int32);
    let (top, at) = ops::top_k(&x, 2);
    let mut outputs = vec![
        ops::softmax(&h, -1),
        y,
        ops::diagonal(&x, 1).build(),
        ops::pad(&x, [(1, 0), (0, 2), (1, 1)]).constant_values(2.5).build(),
        ops::floor_divide(&numbered, 3),
        ops::take(&x, ops::mod_(&numbered, 3), 0),
        ops::sum(ops::sort(&x, 1), [0, 2]).build(),
        ops::cumprod(&x, 1),
        top,
        ops::det(&x),
        ops::random::normal([7], 0.0, 1.0, &seed),
    ];
    let loss = outputs.iter().fold(ops::zeros(()), |sum, y| sum + ops::sum(ops::tanh(y), None));
    outputs.extend(ops::gradients(loss, &[&x, &w]));
    outputs.push(at);
    let (a, b) = (numbers(48), numbers(20));
    let (found, moves) = node_by_node(&[&x, &w], &outputs, &[&a, &b]);
    let mut plan = Plan::new(&[&x, &w], &outputs.iter().collect::<Vec<_>>()).expect("a plan");
    plan.run(&[&a, &b]).expect("a run");
    for (i, found) in found.iter().enumerate() {
        let pairs = found.iter().zip(plan.output(i));
        let far = |(a, b): (&f32, &f32)| (a - b).abs() > 1e-4 * (1.0 + b.abs()) && a.to_bits() != b.to_bits();
        assert!(!pairs.into_iter().any(far), "output {i}: {found:?}, the plan {:?}", plan.output(i));
    }
    assert!(moves > 6, "{moves}");
}

#[test]
fn a_graph_has_equal_operations_once_and_whole_reductions() {
    let x = ops::input([2, 3, 4], DType::Float32);
    let [a, b] = [(); 2].map(|()| ops::sum(ops::exp(&x), [0, 2]).build());
    let graph = Graph::new(&[&x], &[&a, &b]).expect("a graph");
    let names: Vec<&str> = graph.nodes().iter().map(|node| node.name).collect();
    assert_eq!(names, ["exp", "sum", "squeeze"]);
    let Operation::Reduce { reduce: Reduce::Sum, axes } = &graph.nodes()[1].operation else {
        panic!("a sum")
    };
    assert_eq!(axes, &[0, 2]);
    assert_eq!(graph.outputs()[0], graph.outputs()[1]);
    let other = ops::input([2], DType::Float32);
    let text = Graph::new(&[&x], &[&other]).expect_err("it is not given").to_string();
    assert!(text.contains("an input of shape (2,)"), "{text}");
}

proptest! {
    #[test]
    fn moves_are_what_is_said(
        lengths in prop::collection::vec(1usize..5, 1..5),
        order in any::<u64>(),
        from in 0usize..3,
        step in 1usize..3,
        around in (0usize..3, 0usize..3),
        flip: bool,
    ) {
        let x = ops::input(lengths.as_slice(), DType::Float32);
        let mut axes: Vec<isize> = (0..lengths.len() as isize).collect();
        let mut rest = order;
        for i in (1..axes.len()).rev() {
            axes.swap(i, (rest % (i as u64 + 1)) as usize);
            rest /= 7;
        }
        let axis = (order % lengths.len() as u64) as usize;
        let turned = ops::transpose(&x, axes);
        let flipped = if flip { ops::flip(&turned, axis as isize) } else { turned };
        let n = flipped.shape()[axis];
        let start = from.min(n - 1);
        let mut starts = vec![0isize; lengths.len()];
        starts[axis] = start as isize;
        let mut to = flipped.shape().to_vec();
        to[axis] = n - start;
        let part = ops::slice(&flipped, &starts, to.clone());
        let width: Vec<(usize, usize)> =
            (0..lengths.len()).map(|k| if k == axis { around } else { (0, 0) }).collect();
        let padded = ops::pad(&part, width).constant_values(step as f64).build();
        let outputs = [vec![padded.clone()], ops::gradients(ops::square(&padded), &[&x])].concat();
        let numbers = numbers(lengths.iter().product());
        let (found, _) = node_by_node(&[&x], &outputs, &[&numbers]);
        let mut plan = Plan::new(&[&x], &outputs.iter().collect::<Vec<_>>()).expect("a plan");
        plan.run(&[&numbers]).expect("a run");
        prop_assert_eq!(&found[0][..], plan.output(0));
        prop_assert_eq!(&found[1][..], plan.output(1));
    }
}

/// The sum of each row, and how many numbers it has; fails where one is negative.
#[derive(Debug)]
struct RowSums;

impl CustomOp for RowSums {
    fn name(&self) -> &'static str {
        "row_sums"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<Vec<TensorSpec>, String> {
        let [rows, _] = inputs[0].shape[..] else { return Err(format!("rows, not {}", inputs[0].shape)) };
        Ok(vec![TensorSpec::float(rows), TensorSpec::new(rows, DType::Int32)])
    }

    fn compute(&self, inputs: &[View<'_>], outputs: &mut [&mut [f32]]) -> Result<(), String> {
        let n = inputs[0].shape()[1];
        for (i, row) in inputs[0].data.chunks_exact(n).enumerate() {
            if let Some(x) = row.iter().find(|x| **x < 0.0) {
                return Err(format!("{x} is negative"));
            }
            outputs[0][i] = row.iter().sum();
            outputs[1][i] = f32::from_bits(n as u32);
        }
        Ok(())
    }

    fn gradient(&self, x: &[Symbolic], _: &[Symbolic], dy: &[Option<Symbolic>]) -> Vec<Option<Symbolic>> {
        vec![dy[0].as_ref().map(|dy| ops::broadcast_to(ops::expand_dims(dy, 1), x[0].shape()))]
    }
}

#[test]
fn an_operation_from_outside_is_traced_planned_and_differentiated() {
    let x = ops::input([2, 3], DType::Float32);
    let y = custom(RowSums, &[&x]);
    let dx = ops::gradients(ops::square(&y[0]), &[&x]).remove(0);
    let ddx = ops::gradients(ops::square(&dx), &[&x]).remove(0);
    let mut plan = Plan::new(&[&x], &[&y[0], &y[1], &dx, &ddx]).expect("a plan");
    plan.run(&[&[1.0, 2.0, 3.0, 0.0, 0.5, 0.0]]).expect("a run");
    assert_eq!((plan.output(0), plan.integers(1)), (&[6.0, 0.5][..], &[3, 3][..]));
    assert_eq!(plan.output(2), [12.0, 12.0, 12.0, 1.0, 1.0, 1.0]);
    // The sum of (2 s)² of three elements each: 24 s for each.
    assert_eq!(plan.output(3), [144.0, 144.0, 144.0, 12.0, 12.0, 12.0]);
    // It is itself alone: two of them are computed twice.
    let other = custom(RowSums, &[&x]);
    let graph = Graph::new(&[&x], &[&y[0], &other[0]]).expect("a graph");
    assert_eq!(graph.nodes().len(), 2);
    assert!(matches!(&graph.nodes()[0].operation, Operation::Custom(op) if op.name() == "row_sums"));
}

#[test]
fn an_operation_from_outside_may_fail() {
    let x = ops::input([2, 3], DType::Float32);
    let y = custom(RowSums, &[&x]).remove(0);
    let mut plan = Plan::new(&[&x], &[&ops::exp(&y)]).expect("a plan");
    let text = plan.run(&[&[1.0, -2.0, 3.0, 0.0, 0.5, 0.0]]).expect_err("a failure").to_string();
    assert!(text.contains("row_sums") && text.contains("-2 is negative"), "{text}");
    plan.run(&[&[0.0; 6]]).expect("the plan runs again");
    assert_eq!(plan.output(0), [1.0, 1.0]);
    // In the steps of a scan, and of constants, which are computed when the plan is made.
    let step = |carry: &[Symbolic], x: &[Symbolic]| {
        let sums = custom(RowSums, &[&x[0]]).remove(0);
        (vec![&carry[0] + sums], Vec::new())
    };
    let xs = ops::input([2, 1, 2], DType::Float32);
    let (sum, _) = ops::scan(step, &[&ops::zeros([1])], &[&xs], None, false);
    let mut plan = Plan::new(&[&xs], &[&sum[0]]).expect("a plan");
    plan.run(&[&[1.0, 2.0, 3.0, 4.0]]).expect("a run");
    assert_eq!(plan.output(0), [10.0]);
    assert!(
        plan.run(&[&[1.0, 2.0, 3.0, -4.0]]).expect_err("a failure").to_string().contains("-4 is negative")
    );
    let constant = custom(RowSums, &[&ops::array(&[-1.0f32], [1, 1])]).remove(0);
    assert!(Plan::new(&[], &[&constant]).expect_err("a failure").to_string().contains("-1 is negative"));
    let text = custom(RowSums, &[&ops::zeros([2])]).remove(0).check().expect_err("no rows").to_string();
    assert!(text.contains("rows, not (2,)"), "{text}");
}

/// Claims a gradient of another shape.
#[derive(Debug)]
struct Wrong;

impl CustomOp for Wrong {
    fn name(&self) -> &'static str {
        "wrong"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<Vec<TensorSpec>, String> {
        Ok(vec![inputs[0].clone()])
    }

    fn compute(&self, inputs: &[View<'_>], outputs: &mut [&mut [f32]]) -> Result<(), String> {
        outputs[0].copy_from_slice(inputs[0].data);
        Ok(())
    }

    fn gradient(&self, _: &[Symbolic], _: &[Symbolic], _: &[Option<Symbolic>]) -> Vec<Option<Symbolic>> {
        vec![Some(ops::zeros([7]))]
    }
}

#[test]
fn a_gradient_of_another_shape_is_a_mistake() {
    let x = ops::input([2], DType::Float32);
    let y = custom(Wrong, &[&x]).remove(0);
    let text = ops::gradients(&y, &[&x]).remove(0).check().expect_err("a mistake").to_string();
    assert!(text.contains("the gradient of input 0 has the shape (7,), and must be floats (2,)"), "{text}");
}
