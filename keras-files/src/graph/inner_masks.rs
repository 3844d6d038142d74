//! Masks of models inside a model. Keras 3 writes the mask that the tensor of a call carries among its arguments, as a tensor of
//! the operations that make it. A model inside takes the mask of its tensor here as it is, so that it need not be named.

use keras_shape::Arg;

use super::operations::Operation;
use super::state_masks::{Origin, origin};
use super::{Argument, Call, Graph, TensorRef, tensors};
use crate::writer::Writer;

/// Leaves out the masks of calls of models inside which are those that their tensors carry. Another one stays, for whoever says
/// that it cannot be taken.
pub(super) fn leave_out(graph: &mut Graph, writer: &Writer) {
    let mut carried: Vec<(usize, usize)> = Vec::new();
    for (at, layer) in graph.layers.iter().enumerate().filter(|(_, layer)| layer.inner.is_some()) {
        let calls = layer.calls.iter().enumerate();
        carried.extend(
            calls.filter(|(_, call)| is_carried(graph, writer, call)).map(|(number, _)| (at, number)),
        );
    }
    let mut left: Vec<TensorRef> = Vec::new();
    for (at, number) in carried {
        let kwargs = &mut graph.layers[at].calls[number].kwargs;
        let (masks, others) = core::mem::take(kwargs).into_iter().partition(|(name, _)| name == "mask");
        *kwargs = others;
        let masks: Vec<(String, Argument)> = masks;
        left.extend(masks.iter().flat_map(|(_, mask)| mask.tensors()));
    }
    without_takers(graph, left);
    for inner in graph.layers.iter_mut().filter_map(|layer| layer.inner.as_mut()) {
        leave_out(inner, writer);
    }
}

/// Leaves out operations that gave these tensors, and what gave their own, where nothing takes them any more.
fn without_takers(graph: &mut Graph, mut left: Vec<TensorRef>) {
    while let Some(tensor) = left.pop() {
        let same = |other: TensorRef| (other.layer, other.call) == (tensor.layer, tensor.call);
        let mut calls = graph.layers.iter().flat_map(|layer| &layer.calls);
        let taken =
            calls.any(|call| tensors(call).any(same)) || graph.outputs.iter().any(|output| same(*output));
        let layer = &mut graph.layers[tensor.layer];
        if !taken && layer.operation.is_some() && layer.calls.len() == 1 {
            left.extend(layer.calls.iter().flat_map(tensors));
            layer.calls.clear();
        }
    }
}

/// Whether a call names masks, and each is that of the tensor at its place.
pub(super) fn is_carried(graph: &Graph, writer: &Writer, call: &Call) -> bool {
    let Some((_, named)) = call.kwargs.iter().find(|(name, arg)| name == "mask" && !arg.tensors().is_empty())
    else {
        return false;
    };
    let each: Vec<Option<TensorRef>> = match named {
        Argument::List(list) => list.iter().map(|arg| arg.tensors().first().copied()).collect(),
        other => vec![other.tensors().first().copied()],
    };
    let inputs: Vec<TensorRef> = call.args.iter().flat_map(Argument::tensors).collect();
    inputs.len() == each.len()
        && inputs.iter().zip(each).all(|(input, mask)| match (origin(graph, writer, *input, 0), mask) {
            (Origin::None, None) => true,
            (Origin::Ids(ids), Some(mask)) => differs(graph, mask, ids, 0.0),
            (Origin::Features(x, value), Some(mask)) => of(graph, mask, "any", "axis", -1.0)
                .is_some_and(|differing| differs(graph, differing, x, value)),
            _ => false,
        })
}

/// Whether a tensor says where another one is not a number.
fn differs(graph: &Graph, mask: TensorRef, from: TensorRef, value: f64) -> bool {
    of(graph, mask, "not_equal", "x2", value) == Some(from)
}

/// What an operation is applied to, if a tensor is that of one with this name and one argument of this name and value.
fn of(graph: &Graph, tensor: TensorRef, operation: &str, name: &str, value: f64) -> Option<TensorRef> {
    let layer = &graph.layers[tensor.layer];
    let Some(Ok(Operation::Node(Arg::Call(found, args)))) = &layer.operation else { return None };
    let number = |arg: &Arg| match arg {
        Arg::Int(n) => Some(*n as f64),
        Arg::Float(x) => Some(*x),
        Arg::Bool(b) => Some(f64::from(u8::from(*b))),
        _ => None,
    };
    // Others are there too, with what they are if nobody says so.
    let said = |(own, arg): &(Option<String>, Arg)| match own.as_deref() {
        Some(own) if own == name => number(arg) == Some(value),
        _ => matches!(arg, Arg::Bool(false) | Arg::None),
    };
    let named = args.iter().any(|(own, _)| own.as_deref() == Some(name));
    let fits = found == operation && named && args.iter().all(said);
    let call = layer.calls.get(tensor.call).filter(|_| fits)?;
    match call.args.iter().flat_map(Argument::tensors).collect::<Vec<_>>()[..] {
        [one] => Some(one),
        _ => None,
    }
}
