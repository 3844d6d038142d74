//! Nodes in an order in which each comes after what it reads.

use std::collections::HashSet;
use std::sync::Arc;

use crate::Symbolic;
use crate::symbolic::Node;

/// All nodes that tensors depend on, each after those that it reads.
pub(crate) fn order(outputs: &[Symbolic]) -> Vec<Arc<Node>> {
    order_from(outputs, &|_| false)
}

/// [`order`] where what `given` holds for is not looked into.
pub(crate) fn order_from(outputs: &[Symbolic], given: &dyn Fn(&Symbolic) -> bool) -> Vec<Arc<Node>> {
    let open = |x: &Symbolic| x.node().filter(|_| !given(x)).map(|(node, _)| node.clone());
    let (mut sorted, mut seen) = (Vec::new(), HashSet::new());
    // Not by recursion: a chain may be longer than the stack is deep. A node comes twice: to be looked into, and done.
    let mut todo: Vec<(Arc<Node>, bool)> = Vec::new();
    for output in outputs.iter().rev() {
        todo.extend(open(output).map(|node| (node, false)));
    }
    while let Some((node, done)) = todo.pop() {
        if done {
            sorted.push(node);
        } else if seen.insert(Arc::as_ptr(&node)) {
            let inputs: Vec<Arc<Node>> = node.inputs.iter().rev().filter_map(open).collect();
            todo.push((node, true));
            todo.extend(
                inputs.into_iter().filter(|node| !seen.contains(&Arc::as_ptr(node))).map(|n| (n, false)),
            );
        }
    }
    sorted
}

/// The tensors that are computed for `first` and read by what is computed for `then` alone: what one plan keeps for
/// another that runs after it. Inputs and constants are not among them.
pub fn shared(first: &[Symbolic], then: &[Symbolic]) -> Vec<Symbolic> {
    let before = order(first);
    let known: HashSet<*const Node> = before.iter().map(Arc::as_ptr).collect();
    let mut varies: HashSet<*const Node> = HashSet::new();
    for node in &before {
        let input = node.op.as_any().is::<crate::create::Input>();
        let below = |x: &Symbolic| x.node().is_some_and(|(node, _)| varies.contains(&Arc::as_ptr(node)));
        if input || !node.op.repeats() || node.inputs.iter().any(below) {
            varies.insert(Arc::as_ptr(node));
        }
    }
    let (mut shared, mut seen) = (Vec::new(), HashSet::new());
    let mut add = |x: &Symbolic| {
        let Some((node, index)) = x.node() else { return };
        let at = Arc::as_ptr(node);
        let computed =
            known.contains(&at) && varies.contains(&at) && !node.op.as_any().is::<crate::create::Input>();
        if computed && seen.insert((at, index)) {
            shared.push(x.clone());
        }
    };
    for node in order_from(then, &|x| x.node().is_some_and(|(node, _)| known.contains(&Arc::as_ptr(node)))) {
        node.inputs.iter().for_each(&mut add);
    }
    // A gradient that is itself a tensor of the first plan.
    then.iter().for_each(&mut add);
    shared
}
