//! Parts of a graph as functions: made once on tensors that stand for arguments, then applied to others.

use std::collections::HashMap;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::create::input;
use crate::op::{Applied, Spec};
use crate::order::order;
use crate::symbolic::{Key, Node};
use crate::{Symbolic, vjp};

/// Tensors that stand for arguments of these shapes and types.
pub(crate) fn arguments<'a>(specs: impl IntoIterator<Item = &'a Spec>) -> Vec<Symbolic> {
    specs.into_iter().map(|spec| input(&spec.shape, spec.dtype)).collect()
}

/// `outputs` with `with` in the place of `arguments`.
pub(crate) fn substituted(outputs: &[Symbolic], arguments: &[Symbolic], with: &[Symbolic]) -> Vec<Symbolic> {
    let given: HashMap<Key, &Symbolic> = arguments
        .iter()
        .zip(with)
        .filter_map(|(argument, with)| argument.key().map(|key| (key, with)))
        .collect();
    let mut made: HashMap<*const Node, Arc<Node>> = HashMap::new();
    let of = |made: &HashMap<*const Node, Arc<Node>>, x: &Symbolic| match x.key() {
        Some(key) => given
            .get(&key)
            .map_or_else(|| Symbolic::output(made[&key.0].clone(), key.1), |with| (*with).clone()),
        None => x.clone(),
    };
    for node in order(outputs) {
        let inputs: SmallVec<[Symbolic; 3]> = node.inputs.iter().map(|x| of(&made, x)).collect();
        // What depends on no argument stays the node that it is: an input is one of its own.
        let same = inputs.iter().zip(&node.inputs).all(|(a, b)| a.key() == b.key());
        let new = match same {
            true => node.clone(),
            false => Arc::new(Node { op: node.op.clone(), inputs, outputs: node.outputs.clone() }),
        };
        made.insert(Arc::as_ptr(&node), new);
    }
    outputs.iter().map(|x| of(&made, x)).collect()
}

/// The gradient of an operation that computes what `composed` says at once: that of `composed`.
pub(crate) fn gradient_of(
    composed: impl FnOnce(&[Symbolic]) -> Vec<Symbolic>,
    at: &Applied<'_>,
) -> Vec<Option<Symbolic>> {
    let stand = arguments(at.inputs.iter().map(Symbolic::spec));
    let given: Vec<(usize, &Symbolic)> =
        at.gradients.iter().enumerate().filter_map(|(i, dy)| dy.as_ref().map(|dy| (i, dy))).collect();
    let stand_dy = arguments(given.iter().map(|(_, dy)| dy.spec()));
    let outputs = composed(&stand);
    let pairs: Vec<(Symbolic, Symbolic)> =
        given.iter().zip(&stand_dy).map(|((i, _), dy)| (outputs[*i].clone(), dy.clone())).collect();
    let found = vjp(&pairs, &stand.iter().collect::<Vec<_>>());
    let arguments: Vec<Symbolic> = stand.iter().chain(&stand_dy).cloned().collect();
    let with: Vec<Symbolic> = at.inputs.iter().chain(given.iter().map(|(_, dy)| *dy)).cloned().collect();
    let found = substituted(&found, &arguments, &with);
    found.into_iter().zip(at.inputs).map(|(dx, x)| x.dtype().is_float().then_some(dx)).collect()
}

/// `outputs` with the tensors of `with` in the places of those of `of`: a part of a graph, made on tensors that stand for
/// its arguments, applied to others of their shapes and types.
///
/// ```
/// use keras_ops::{self as ops, DType};
/// let x = ops::input([3], DType::Float32);
/// let double = &x * 2.0;
/// let y = ops::ones([3]);
/// let found = ops::substitute(&[double], &[&x], &[y]);
/// assert_eq!(**found[0].shape(), [3]);
/// ```
pub fn substitute(outputs: &[Symbolic], of: &[&Symbolic], with: &[Symbolic]) -> Vec<Symbolic> {
    let fits = |(of, with): (&&Symbolic, &Symbolic)| of.spec() == with.spec();
    if let Some(mistake) = with.iter().find(|x| x.is_mistake()) {
        return outputs.iter().map(|_| mistake.clone()).collect();
    }
    if of.len() != with.len() || !of.iter().zip(with).all(fits) {
        let text = "the tensors that stand for others are of other shapes or types".to_string();
        return outputs.iter().map(|_| Symbolic::invalid("substitute", text.clone())).collect();
    }
    let of: Vec<Symbolic> = of.iter().map(|x| (*x).clone()).collect();
    substituted(outputs, &of, with)
}
