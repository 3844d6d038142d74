//! Whether a computation is the same for other lengths.

use std::collections::HashSet;

use keras_ops::graph::{Binary, Graph, Node, Operation, TensorId};

use crate::level::{OUTSIDE, makers};
use crate::resized::Resized;

/// Compares the graphs of one computation for two sets of lengths, from the outputs back. Whatever only says in which
/// shape elements are is passed over: it is left out where it changes nothing, and what is equal by chance is there once.
pub(crate) struct Comparison<'a> {
    a: &'a Graph,
    b: &'a Graph,
    makers: [Vec<usize>; 2],
    seen: HashSet<(TensorId, TensorId)>,
}

/// Whether an operation only says in which shape elements are. What leaves elements out or adds some is looked at.
fn is_place(node: &Node) -> bool {
    matches!(
        node.operation,
        Operation::Reshape | Operation::BroadcastTo | Operation::Transpose { .. } | Operation::StopGradient
    )
}

/// Whether an operation is left out where its constant is 1 or the axes that it is over are.
fn is_nothing(graph: &Graph, node: &Node) -> bool {
    match node.operation {
        Operation::Reduce { .. } => true,
        Operation::Binary(Binary::Divide | Binary::Multiply) => {
            node.inputs.iter().any(|id| graph.tensor(*id).shape.size() == 1)
        }
        _ => false,
    }
}

/// Whether an operation of the graph that is written would take all elements of another graph's tensor: the first or the last ones, or all
/// where there are no more.
fn takes_all(graph: &Graph, node: &Node, other: &Graph, id: TensorId) -> bool {
    let Operation::Slice { start, step } = &node.operation else { return false };
    let [from, to] = [node.inputs[0], node.outputs[0]].map(|id| &graph.tensor(id).shape);
    let there = &other.tensor(id).shape;
    let all = |axis: usize| {
        let at_an_end = start[axis] == 0 || start[axis] + to[axis] == from[axis];
        step[axis] == 1 && (from[axis] == to[axis] || (at_an_end && there[axis] <= to[axis]))
    };
    there.rank() == to.rank() && (0..to.rank()).all(all)
}

/// What tells operations apart that take elements by their places: axes that are cut, or the lengths that an axis is brought to.
fn taken(graph: &Graph, makers: &[usize], node: &Node) -> Vec<usize> {
    let shape = |id: TensorId| &graph.tensor(id).shape;
    match node.operation {
        Operation::Slice { .. } => {
            let [from, to] = [node.inputs[0], node.outputs[0]].map(shape);
            (0..to.rank()).filter(|axis| from[*axis] != to[*axis]).collect()
        }
        Operation::Matmul { .. } if constant(graph, makers, node.inputs[0]).is_some() => {
            vec![shape(node.inputs[0])[0]]
        }
        Operation::Gather { axis, along: false, .. } => vec![axis],
        _ => Vec::new(),
    }
}

/// The numbers of a tensor that is written out.
fn constant<'g>(graph: &'g Graph, makers: &[usize], id: TensorId) -> Option<&'g [f32]> {
    match &graph.nodes().get(makers[id])?.operation {
        Operation::Constant(numbers) => Some(numbers),
        _ => None,
    }
}

/// Whether an operation brings an axis to a length that the axis has already of another graph's tensor.
fn resizes(graph: &Graph, makers: &[usize], node: &Node, other: &Graph, id: TensorId) -> bool {
    let there = &other.tensor(id).shape;
    let shape = |id: TensorId| &graph.tensor(id).shape;
    match node.operation {
        Operation::Matmul { transposed: [false, false] } => {
            let matrix = node.inputs[0];
            let (Some(numbers), [to, from]) = (constant(graph, makers, matrix), &shape(matrix)[..]) else {
                return false;
            };
            let (rows, columns) = (vec![*to as i64], vec![*from as i64]);
            there.contains(to) && Resized::of(&[numbers.to_vec()], &rows, &columns).is_some()
        }
        Operation::Gather { axis, along: false, .. } => {
            let Some(numbers) = constant(graph, makers, node.inputs[1]) else { return false };
            let (from, to) = (shape(node.inputs[0])[axis], numbers.len());
            let nearest =
                |(place, x): (usize, &f32)| x.to_bits() as usize == (2 * place + 1) * from / (2 * to);
            there.get(axis) == Some(&to) && numbers.iter().enumerate().all(nearest)
        }
        _ => false,
    }
}

/// What such an operation would leave as it is.
fn own_operand(graph: &Graph, node: &Node) -> TensorId {
    let size = |id: &&TensorId| graph.tensor(**id).shape.size();
    node.inputs.iter().rev().max_by_key(size).copied().unwrap_or(node.inputs[0])
}

impl<'a> Comparison<'a> {
    pub fn new(a: &'a Graph, b: &'a Graph) -> Comparison<'a> {
        Comparison { a, b, makers: [makers(a), makers(b)], seen: HashSet::new() }
    }

    fn through<'g>(&self, which: usize, graph: &'g Graph, mut id: TensorId) -> (TensorId, Option<&'g Node>) {
        loop {
            let node = graph.nodes().get(self.makers[which][id]);
            match node.filter(|node| is_place(node)) {
                Some(node) => id = node.inputs[0],
                None => return (id, node),
            }
        }
    }

    /// The first operation of the first graph that is another one in the second, by number.
    pub fn differs(&mut self, outputs: usize) -> Option<usize> {
        let pairs = self.a.outputs().iter().zip(self.b.outputs()).take(outputs);
        let mut open: Vec<(TensorId, TensorId)> = pairs.map(|(a, b)| (*a, *b)).collect();
        while let Some((a, b)) = open.pop() {
            // As what reads it there has it.
            let read = b;
            let ((a, own), (b, other)) = (self.through(0, self.a, a), self.through(1, self.b, b));
            if !self.seen.insert((a, b)) {
                continue;
            }
            let apart = |own: &Node| {
                other.is_none_or(|other| {
                    let taken = |which: usize, graph, node| taken(graph, &self.makers[which], node);
                    own.name != other.name || taken(0, self.a, own) != taken(1, self.b, other)
                })
            };
            match (own, other) {
                (None, None) => {}
                // Numbers that follow from constants may be made in other ways.
                (Some(own), Some(other)) if own.constant && other.constant => {}
                (Some(own), _) if apart(own) && takes_all(self.a, own, self.b, read) => {
                    open.push((own.inputs[0], read));
                }
                (Some(own), _)
                    if apart(own)
                        && [read, b].iter().any(|id| resizes(self.a, &self.makers[0], own, self.b, *id)) =>
                {
                    let of = usize::from(matches!(own.operation, Operation::Matmul { .. }));
                    open.push((own.inputs[of], read));
                }
                (Some(own), Some(other))
                    if own.name == other.name && own.inputs.len() == other.inputs.len() =>
                {
                    open.extend(own.inputs.iter().zip(&other.inputs).map(|(a, b)| (*a, *b)));
                }
                // A mean of one number, a sum of one: nothing stands there.
                (Some(own), _) if is_nothing(self.a, own) => open.push((own_operand(self.a, own), b)),
                (_, Some(other)) if is_nothing(self.b, other) => open.push((a, own_operand(self.b, other))),
                _ => return Some(if self.makers[0][a] == OUTSIDE { 0 } else { self.makers[0][a] }),
            }
        }
        None
    }
}
