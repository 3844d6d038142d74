//! Gradients in reverse mode. They are operations like all others, so there are gradients of gradients.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use keras_kernels::tile::Reduce;
use smallvec::SmallVec;

use crate::create::{ones, zeros};
use crate::op::Applied;
use crate::operand::Operand;
use crate::order::order;
use crate::reduce::reduce;
use crate::shapes::shaped;
use crate::symbolic::{Key, Node};
use crate::{Shape, Symbolic};

/// The sum of a gradient over all places that one element of an operand was broadcast to.
pub(crate) fn unbroadcast(dy: Symbolic, to: &Shape) -> Symbolic {
    if dy.is_mistake() || dy.shape() == to {
        return dy;
    }
    let shape = dy.shape().clone();
    let lead = shape.rank() - to.rank();
    let axes: Vec<usize> =
        (0..shape.rank()).filter(|axis| *axis < lead || to[axis - lead] == 1 && shape[*axis] != 1).collect();
    let summed = if axes.is_empty() { dy } else { reduce(&dy, Reduce::Sum, &axes, "sum") };
    shaped(&summed, to.clone(), "squeeze")
}

/// The gradients of the sum of all elements of `y`, a loss, with regard to each of `xs`, in their shapes; zeros for one
/// that `y` does not depend on.
#[track_caller]
pub fn gradients(y: impl Operand, xs: &[&Symbolic]) -> Vec<Symbolic> {
    let y = y.symbolic();
    let dy = ones(y.shape());
    vjp(&[(y, dy)], xs)
}

/// The gradients with regard to each of `xs` of the sum of `y * dy` over all pairs.
pub fn vjp(ys: &[(Symbolic, Symbolic)], xs: &[&Symbolic]) -> Vec<Symbolic> {
    if let Some((y, _)) = ys.iter().find(|(y, dy)| y.is_mistake() || dy.is_mistake()) {
        return xs.iter().map(|_| y.clone()).collect();
    }
    let outputs: Vec<Symbolic> = ys.iter().map(|(y, _)| y.clone()).collect();
    let nodes = order(&outputs);
    let mut known = Known::new(xs, &nodes);
    for (y, dy) in ys {
        known.add(y, dy.clone());
    }
    for node in nodes.iter().rev() {
        known.pass(node);
    }
    xs.iter().map(|x| known.take(x).unwrap_or_else(|| zeros(x.shape()))).collect()
}

/// The gradients that are known so far.
struct Known {
    gradients: HashMap<Key, Symbolic>,
    /// Nodes that depend on something that gradients are asked for.
    depends: HashMap<*const Node, bool>,
    asked: Vec<Key>,
    /// The first node that computes the same as each, so that gradients of equal tensors are added before they go on.
    first: HashMap<*const Node, Arc<Node>>,
}

impl Known {
    fn new(xs: &[&Symbolic], nodes: &[Arc<Node>]) -> Known {
        let asked: Vec<Key> = xs.iter().filter_map(|x| x.key()).collect();
        let mut depends: HashMap<*const Node, bool> = HashMap::new();
        for node in nodes {
            let own = asked.iter().any(|(at, _)| *at == Arc::as_ptr(node));
            let below =
                node.inputs.iter().filter_map(Symbolic::key).any(|(at, _)| depends.get(&at) == Some(&true));
            depends.insert(Arc::as_ptr(node), own || below);
        }
        let first = firsts(nodes, &asked);
        Known { gradients: HashMap::new(), depends, asked, first }
    }

    /// What a tensor's gradient is known by.
    fn key(&self, x: &Symbolic) -> Option<Key> {
        let (at, index) = x.key()?;
        Some((self.first.get(&at).map_or(at, Arc::as_ptr), index))
    }

    /// The same tensor, of the first node that computes it.
    fn first(&self, x: &Symbolic) -> Symbolic {
        let first = x.node().and_then(|(node, index)| Some((self.first.get(&Arc::as_ptr(node))?, index)));
        first.map_or_else(|| x.clone(), |(node, index)| Symbolic::output(node.clone(), index))
    }

    fn add(&mut self, x: &Symbolic, dx: Symbolic) {
        let Some(key) = self.key(x) else { return };
        let sum = match self.gradients.remove(&key) {
            Some(known) => known + dx,
            None => dx,
        };
        self.gradients.insert(key, sum);
    }

    /// Hands the gradients of a node's outputs to its inputs.
    fn pass(&mut self, node: &Arc<Node>) {
        let at = Arc::as_ptr(node);
        if Arc::as_ptr(&self.first[&at]) != at {
            return;
        }
        let wanted = |x: &Symbolic| x.key().is_some_and(|(at, _)| self.depends.get(&at) == Some(&true));
        let wanted: SmallVec<[bool; 4]> = node.inputs.iter().map(wanted).collect();
        let gradients: Vec<Option<Symbolic>> = (0..node.outputs.len())
            .map(|index| match self.asked.contains(&(at, index)) {
                true => self.gradients.get(&(at, index)).cloned(),
                false => self.gradients.remove(&(at, index)),
            })
            .collect();
        if !wanted.contains(&true) || gradients.iter().all(Option::is_none) {
            return;
        }
        let outputs: Vec<Symbolic> =
            (0..node.outputs.len()).map(|i| Symbolic::output(node.clone(), i)).collect();
        let inputs: SmallVec<[Symbolic; 3]> = node.inputs.iter().map(|x| self.first(x)).collect();
        let applied = Applied { inputs: &inputs, outputs: &outputs, gradients: &gradients };
        let found = node.op.gradient(&applied);
        for ((x, dx), wanted) in node.inputs.iter().zip(found).zip(wanted) {
            if let (Some(dx), true) = (dx, wanted) {
                self.add(x, dx);
            }
        }
    }

    fn take(&self, x: &Symbolic) -> Option<Symbolic> {
        self.gradients.get(&self.key(x)?).cloned()
    }
}

/// The first node that computes the same as each, from the same tensors. One that gradients are asked for is only itself.
fn firsts(nodes: &[Arc<Node>], asked: &[Key]) -> HashMap<*const Node, Arc<Node>> {
    let asked: HashSet<*const Node> = asked.iter().map(|(at, _)| *at).collect();
    let mut first: HashMap<*const Node, Arc<Node>> = HashMap::new();
    let mut known: HashMap<u64, Vec<&Arc<Node>>> = HashMap::new();
    for node in nodes {
        let at = Arc::as_ptr(node);
        let key = |x: &Symbolic| x.key().map(|(at, index)| (first.get(&at).map_or(at, Arc::as_ptr), index));
        let mut same = None;
        if node.op.repeats() && !asked.contains(&at) {
            let mut hasher = DefaultHasher::new();
            node.op.hash(&mut hasher);
            node.inputs.iter().for_each(|x| key(x).hash(&mut hasher));
            let alike = known.entry(hasher.finish()).or_default();
            let equal = |other: &&&Arc<Node>| {
                let inputs = node.inputs.iter().map(key).eq(other.inputs.iter().map(key));
                inputs && node.op.same(&*other.op) && node.outputs == other.outputs
            };
            same = alike.iter().find(equal).map(|other| (*other).clone());
            if same.is_none() {
                alike.push(node);
            }
        }
        first.insert(at, same.unwrap_or_else(|| node.clone()));
    }
    first
}
