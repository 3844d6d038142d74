//! Whether a computation is the same for other lengths.

use std::collections::HashSet;

use keras_ops::graph::{Binary, Graph, Node, Operation, TensorId};

use crate::level::{OUTSIDE, makers};

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
            let ((a, own), (b, other)) = (self.through(0, self.a, a), self.through(1, self.b, b));
            if !self.seen.insert((a, b)) {
                continue;
            }
            match (own, other) {
                (None, None) => {}
                // Numbers that follow from constants may be made in other ways.
                (Some(own), Some(other)) if own.constant && other.constant => {}
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
