//! Where elements lie: places of a tensor one after the other, and operations that only change the shape.

use smallvec::SmallVec;

use crate::elementwise::Elementwise;
use crate::error::Problem;
use crate::gradient::unbroadcast;
use crate::graph::Operation;
use crate::op::{Applied, Eval, Op, Outputs, Run, Spec, one};
use crate::operand::Operand;
use crate::symbolic::apply;
use crate::{Axes, Shape, Symbolic};

/// The distance of two neighbours of a tensor along each axis of a shape that it broadcasts to; 0 where it has one
/// element for all.
pub(crate) fn broadcast_strides(from: &Shape, to: &Shape) -> SmallVec<[usize; 5]> {
    let lead = to.rank() - from.rank();
    let own = from.strides();
    (0..to.rank())
        .map(|axis| if axis < lead || from[axis - lead] == 1 { 0 } else { own[axis - lead] })
        .collect()
}

/// Calls `f(i, [j, ...])` for every place of a shape in order: its number, and where operands with these strides have
/// their element.
pub(crate) fn each_place<const K: usize>(
    shape: &Shape,
    strides: &[SmallVec<[usize; 5]>; K],
    mut f: impl FnMut(usize, [usize; K]),
) {
    let size = shape.size();
    if size == 0 {
        return;
    }
    let Some((last, lead)) = shape.split_last() else { return f(0, [0; K]) };
    let mut index: SmallVec<[usize; 5]> = SmallVec::from_elem(0, lead.len());
    let mut at = [0; K];
    let steps = core::array::from_fn::<_, K, _>(|k| strides[k][lead.len()]);
    for start in (0..size).step_by(*last) {
        let mut place = at;
        for i in 0..*last {
            f(start + i, place);
            place.iter_mut().zip(steps).for_each(|(place, step)| *place += step);
        }
        for axis in (0..lead.len()).rev() {
            index[axis] += 1;
            for (at, strides) in at.iter_mut().zip(strides) {
                *at += strides[axis];
            }
            if index[axis] < lead[axis] {
                break;
            }
            for (at, strides) in at.iter_mut().zip(strides) {
                *at -= strides[axis] * lead[axis];
            }
            index[axis] = 0;
        }
    }
}

/// The same elements in another shape.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Reshape {
    name: &'static str,
    to: Shape,
}

impl Op for Reshape {
    fn name(&self) -> &'static str {
        self.name
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Reshape)
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        let from = &inputs[0].shape;
        let size = self.to.iter().try_fold(1usize, |n, length| n.checked_mul(*length));
        if size != Some(from.size()) {
            return Err(Problem::Size { from: from.clone(), to: self.to.clone() });
        }
        Ok(one(Spec::new(&self.to, inputs[0].dtype)))
    }

    fn run(&self) -> Run<'_> {
        Run::View
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        vec![Some(shaped(at.dy(), at.inputs[0].shape().clone(), "reshape"))]
    }
}

/// `x` in another shape with as many elements.
#[track_caller]
pub(crate) fn shaped(x: &Symbolic, to: Shape, name: &'static str) -> Symbolic {
    if !x.is_mistake() && x.shape() == &to {
        return x.clone();
    }
    apply(Reshape { name, to }, core::slice::from_ref(x))
}

/// The same elements in another shape. One length may be -1: what the others leave.
#[track_caller]
pub fn reshape(x: impl Operand, newshape: impl AsRef<[isize]>) -> Symbolic {
    let (x, lengths) = (x.symbolic(), newshape.as_ref());
    let open: Vec<usize> = (0..lengths.len()).filter(|i| lengths[*i] == -1).collect();
    if let Some(length) = lengths.iter().find(|length| **length < -1) {
        return Symbolic::mistake(
            "reshape",
            Problem::Argument(format!("a length of {length}; -1 is what is left")),
        );
    }
    if open.len() > 1 {
        return Symbolic::mistake("reshape", Problem::Argument("only one length can be -1".to_string()));
    }
    let rest: usize = lengths.iter().filter(|length| **length >= 0).map(|length| *length as usize).product();
    let left = x.shape().size().checked_div(rest).unwrap_or(0);
    let to = lengths.iter().map(|length| if *length == -1 { left } else { *length as usize }).collect();
    shaped(&x, to, "reshape")
}

/// With a new axis of length 1 at `axis` of the result.
#[track_caller]
pub fn expand_dims(x: impl Operand, axis: impl Into<Axes>) -> Symbolic {
    let (x, axes) = (x.symbolic(), axis.into());
    let rank = x.ndim() + axes.count(0);
    match axes.of(rank) {
        Err(problem) => Symbolic::mistake("expand_dims", problem),
        Ok(axes) => {
            let mut old = x.shape().iter();
            let length = |axis| if axes.contains(&axis) { 1 } else { *old.next().unwrap_or(&1) };
            let to = (0..rank).map(length).collect();
            shaped(&x, to, "expand_dims")
        }
    }
}

/// Without axes of length 1: those that are named, or `None` for all.
#[track_caller]
pub fn squeeze(x: impl Operand, axis: impl Into<Axes>) -> Symbolic {
    let (x, axes) = (x.symbolic(), axis.into());
    let named = match axes.of(x.ndim()) {
        Err(problem) => return Symbolic::mistake("squeeze", problem),
        Ok(_) if axes == Axes::ALL => (0..x.ndim()).filter(|axis| x.shape()[*axis] == 1).collect(),
        Ok(named) => named,
    };
    if let Some(axis) = named.iter().find(|axis| x.shape()[**axis] != 1) {
        let (shape, axis) = (x.shape().clone(), *axis);
        let why = "only such an axis can be left out";
        return Symbolic::mistake("squeeze", Problem::Length { of: "x", shape, axis, expected: 1, why });
    }
    let to = (0..x.ndim()).filter(|axis| !named.contains(axis)).map(|axis| x.shape()[axis]).collect();
    shaped(&x, to, "squeeze")
}

/// `x` in a larger shape by NumPy's rule: elements are repeated along new axes and those of length 1.
#[track_caller]
pub fn broadcast_to(x: impl Operand, shape: impl Into<Shape>) -> Symbolic {
    let (x, to) = (x.symbolic(), shape.into());
    if !x.is_mistake() && x.shape() == &to {
        return x;
    }
    apply(BroadcastTo { to }, &[x])
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct BroadcastTo {
    to: Shape,
}

impl Op for BroadcastTo {
    fn name(&self) -> &'static str {
        "broadcast_to"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::BroadcastTo)
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        let from = &inputs[0].shape;
        if from.broadcast(&self.to).as_ref() == Some(&self.to) {
            return Ok(one(Spec::new(&self.to, inputs[0].dtype)));
        }
        Err(Problem::Broadcast { a: from.clone(), b: self.to.clone() })
    }

    /// Elements of every type are copied by their bits.
    fn run(&self) -> Run<'_> {
        Run::Elementwise(Elementwise::Unary(keras_kernels::tile::Unary::Copy))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let x = io.inputs[0].data;
        let strides = [broadcast_strides(io.inputs[0].shape(), &self.to)];
        let to = &mut io.outputs[0];
        each_place(&self.to, &strides, |at, [i]| to[at] = x[i]);
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        vec![Some(unbroadcast(at.dy().clone(), at.inputs[0].shape()))]
    }
}

/// Whether an operation only repeats elements.
pub(crate) fn is_broadcast(op: &dyn Op) -> bool {
    op.as_any().is::<BroadcastTo>()
}

/// What a tensor repeats to fill its shape, if that is all that it does.
pub(crate) fn repeated(x: &Symbolic) -> Option<Symbolic> {
    x.node().filter(|(node, _)| is_broadcast(&*node.op)).map(|(node, _)| node.inputs[0].clone())
}

/// An operation that repeats elements to fill a shape.
pub(crate) fn broadcast_op(to: &Shape) -> impl Op + use<> {
    BroadcastTo { to: to.clone() }
}

/// The tensor that has the same elements in the same order, of which this may only be a view.
pub(crate) fn root(x: &Symbolic) -> Symbolic {
    let mut root = x.clone();
    while let Some((node, _)) = root.node().filter(|(node, _)| matches!(node.op.run(), Run::View)) {
        let below = node.inputs[0].clone();
        root = below;
    }
    root
}
