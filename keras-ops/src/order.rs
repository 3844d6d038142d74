//! Nodes in an order in which each comes after what it reads.

use std::collections::HashSet;
use std::sync::Arc;

use keras_kernels::activation::Act;
use keras_kernels::tile;

use crate::Symbolic;
use crate::elementwise::Elementwise;
use crate::op::Run;
use crate::symbolic::{Key, Node};

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

/// How many numbers the constant tensors hold that tensors depend on: they are in memory as soon as the graph is.
pub fn constants(outputs: &[Symbolic]) -> usize {
    let nodes = order(outputs);
    let constant = nodes.iter().filter(|node| node.inputs.is_empty() && node.op.name() == "constant");
    constant.flat_map(|node| &node.outputs).map(|spec| spec.shape.size()).fold(0, usize::saturating_add)
}

/// The tensors that are computed for `first` and read by what is computed for `then` alone: what one plan keeps for
/// another that runs after it. Inputs and constants are not among them, nor what is computed again faster than it is
/// kept: a few sums and products of the elements of one other tensor.
pub fn shared(first: &[Symbolic], then: &[Symbolic]) -> Vec<Symbolic> {
    let keeper = Keeper::new(first);
    let mut kept = Kept::default();
    let before = |x: &Symbolic| x.node().is_some_and(|(node, _)| keeper.known.contains(&Arc::as_ptr(node)));
    let nodes = order_from(then, &before);
    // What a kernel of its own reads is in memory anyway.
    for node in nodes.iter().filter(|node| matches!(node.op.run(), Run::Kernel)) {
        node.inputs.iter().for_each(|x| kept.add(&keeper, x));
    }
    for node in &nodes {
        for x in &node.inputs {
            match keeper.again(x) {
                Some(from) => from.iter().for_each(|x| kept.add(&keeper, x)),
                None => kept.add(&keeper, x),
            }
        }
    }
    // A gradient that is itself a tensor of the first plan.
    then.iter().for_each(|x| kept.add(&keeper, x));
    kept.tensors
}

/// What is kept.
#[derive(Default)]
struct Kept {
    tensors: Vec<Symbolic>,
    seen: HashSet<Key>,
}

impl Kept {
    fn add(&mut self, keeper: &Keeper, x: &Symbolic) {
        if keeper.computed(x) && x.key().is_some_and(|key| self.seen.insert(key)) {
            self.tensors.push(x.clone());
        }
    }
}

/// What is computed by a first plan.
struct Keeper {
    known: HashSet<*const Node>,
    /// Nodes that depend on inputs.
    varies: HashSet<*const Node>,
    outputs: HashSet<Key>,
}

/// How many operations are computed again rather than kept.
const AGAIN: usize = 6;

/// Numbers of a tensor that may be out of the cache when it is read again. A smaller one is kept.
const LARGE: usize = 1 << 15;

impl Keeper {
    fn new(first: &[Symbolic]) -> Keeper {
        let before = order(first);
        let known = before.iter().map(Arc::as_ptr).collect();
        let mut varies: HashSet<*const Node> = HashSet::new();
        for node in &before {
            let below = |x: &Symbolic| x.node().is_some_and(|(node, _)| varies.contains(&Arc::as_ptr(node)));
            if is_input(node) || !node.op.repeats() || node.inputs.iter().any(below) {
                varies.insert(Arc::as_ptr(node));
            }
        }
        Keeper { known, varies, outputs: first.iter().filter_map(Symbolic::key).collect() }
    }

    /// Whether the first plan computes it from inputs.
    fn computed(&self, x: &Symbolic) -> bool {
        x.node().is_some_and(|(node, _)| {
            let at = Arc::as_ptr(node);
            self.known.contains(&at) && self.varies.contains(&at) && !is_input(node)
        })
    }

    /// What `x` is computed from again: one tensor of its size, if it is not an output, and smaller ones.
    fn again(&self, x: &Symbolic) -> Option<Vec<Symbolic>> {
        if x.shape().size() < LARGE {
            return None;
        }
        let (mut from, mut large, mut todo, mut steps) = (Vec::new(), None, vec![x.clone()], 0);
        let mut seen: HashSet<Key> = HashSet::new();
        while let Some(next) = todo.pop() {
            let Some(((node, _), key)) = next.node().zip(next.key()) else { continue };
            if !seen.insert(key) || !self.varies.contains(&Arc::as_ptr(node)) {
                continue;
            }
            let looked_into = self.computed(&next) && !self.outputs.contains(&key);
            if looked_into && is_cheap(node) {
                steps += usize::from(matches!(node.op.run(), Run::Elementwise(_)));
                todo.extend(node.inputs.iter().cloned());
            } else if next.shape().size() < x.shape().size() {
                from.push(next);
            } else if large.replace(key).is_some() {
                return None;
            } else {
                from.push(next);
            }
            if steps > AGAIN {
                return None;
            }
        }
        Some(from)
    }
}

fn is_input(node: &Node) -> bool {
    node.op.as_any().is::<crate::create::Input>()
}

/// Whether an operation takes no longer than reading its result from memory.
fn is_cheap(node: &Node) -> bool {
    use tile::{Binary as B, Unary as U};
    match node.op.run() {
        Run::View | Run::Elementwise(Elementwise::Where) => true,
        Run::Elementwise(Elementwise::Unary(f)) => matches!(
            f,
            U::Copy | U::Negative | U::Absolute | U::Square | U::Not | U::IsTrue | U::Activation(Act::Relu)
        ),
        Run::Elementwise(Elementwise::Binary(f)) => !matches!(
            f,
            B::Divide | B::Power | B::FloorDivide | B::Mod | B::Arctan2 | B::Hypot | B::Logaddexp
        ),
        Run::Kernel | Run::Reduction(_) => false,
    }
}

/// Whether `y` is computed from each of `xs`, smoothly or not.
pub fn depends(y: &Symbolic, xs: &[&Symbolic]) -> Vec<bool> {
    let nodes: HashSet<*const Node> = order(core::slice::from_ref(y)).iter().map(Arc::as_ptr).collect();
    xs.iter().map(|x| x.key().is_some_and(|(at, _)| nodes.contains(&at))).collect()
}
