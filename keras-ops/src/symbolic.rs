//! Symbolic tensors: values that are computed later. What is done with them is remembered as a graph.

use core::fmt;
use core::panic::Location;
use std::sync::Arc;

use keras_kernels::room::elements;
use smallvec::SmallVec;

use crate::error::{OpError, Problem};
use crate::op::{Op, Spec};
use crate::{DType, Shape};

/// A tensor of known shape and type whose elements are computed when a [`Plan`](crate::Plan) runs.
///
/// Copies are cheap. A mistake (shapes that do not fit, say) makes an operation's result a symbolic tensor without a
/// value; what is computed from that has none either, and [`Symbolic::check`] or the plan tells the first mistake.
#[derive(Clone)]
pub struct Symbolic(State);

#[derive(Clone)]
enum State {
    Output { node: Arc<Node>, index: usize },
    Mistake(Arc<OpError>),
}

/// An operation applied.
pub(crate) struct Node {
    pub op: Arc<dyn Op>,
    pub inputs: SmallVec<[Symbolic; 3]>,
    pub outputs: SmallVec<[Spec; 1]>,
}

/// An output of an operation, by address.
pub(crate) type Key = (*const Node, usize);

impl Drop for Node {
    /// Not by recursion: a chain may be longer than the stack is deep.
    fn drop(&mut self) {
        let mut left: Vec<Symbolic> = self.inputs.drain(..).collect();
        while let Some(Symbolic(state)) = left.pop() {
            if let State::Output { node, .. } = state
                && let Some(mut node) = Arc::into_inner(node)
            {
                left.extend(node.inputs.drain(..));
            }
        }
    }
}

static FLOAT: Spec = Spec { shape: Shape::EMPTY, dtype: DType::Float32 };

impl Symbolic {
    /// The shape; no axes after a mistake.
    pub fn shape(&self) -> &Shape {
        &self.spec().shape
    }

    /// The type of the elements.
    pub fn dtype(&self) -> DType {
        self.spec().dtype
    }

    /// How many axes it has.
    pub fn ndim(&self) -> usize {
        self.shape().rank()
    }

    /// Itself, or the mistake that it stands for.
    ///
    /// # Errors
    /// The first mistake on the way to this tensor.
    pub fn check(self) -> Result<Symbolic, OpError> {
        match &self.0 {
            State::Mistake(mistake) => Err((**mistake).clone()),
            State::Output { .. } => Ok(self),
        }
    }

    /// Shape and type.
    pub(crate) fn spec(&self) -> &Spec {
        match &self.0 {
            State::Output { node, index } => &node.outputs[*index],
            State::Mistake(_) => &FLOAT,
        }
    }

    /// The operation that gives it, and which output of that it is; none after a mistake.
    pub(crate) fn node(&self) -> Option<(&Arc<Node>, usize)> {
        match &self.0 {
            State::Output { node, index } => Some((node, *index)),
            State::Mistake(_) => None,
        }
    }

    /// What tells it from all other tensors.
    pub(crate) fn key(&self) -> Option<Key> {
        self.node().map(|(node, index)| (Arc::as_ptr(node), index))
    }

    /// Whether both have the same elements in the same order, one of them perhaps in another shape.
    pub fn is_same_as(&self, other: &Symbolic) -> bool {
        let roots = [self, other].map(|x| crate::shapes::root(x).key());
        roots[0].is_some() && roots[0] == roots[1]
    }

    /// The operation that gives it, if it is one of this type.
    pub(crate) fn op<O: Op>(&self) -> Option<&O> {
        self.node().and_then(|(node, _)| node.op.as_any().downcast_ref())
    }

    /// A tensor that stands for a mistake.
    #[track_caller]
    pub(crate) fn mistake(op: &'static str, problem: Problem) -> Symbolic {
        Symbolic(State::Mistake(Arc::new(OpError {
            op,
            problem: Box::new(problem),
            location: Location::caller(),
        })))
    }

    /// A tensor that stands for a mistake that was found elsewhere.
    pub(crate) fn of_mistake(mistake: OpError) -> Symbolic {
        Symbolic(State::Mistake(Arc::new(mistake)))
    }

    /// A tensor that stands for a mistake which no shape rule knows: what is asked of `op` cannot be, for the reason that
    /// `text` says.
    #[track_caller]
    pub fn invalid(op: &'static str, text: String) -> Symbolic {
        Symbolic::mistake(op, Problem::Argument(text))
    }

    /// Whether it stands for a mistake.
    pub(crate) fn is_mistake(&self) -> bool {
        matches!(self.0, State::Mistake(_))
    }
}

impl fmt::Debug for Symbolic {
    /// The operation, shape and type: `add (32, 10) float32`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            State::Output { node, .. } => write!(f, "{} {} {}", node.op.name(), self.shape(), self.dtype()),
            State::Mistake(mistake) => write!(f, "{mistake}"),
        }
    }
}

/// The first of these that stands for a mistake.
pub(crate) fn mistaken(tensors: &[&Symbolic]) -> Option<Symbolic> {
    tensors.iter().find(|x| x.is_mistake()).map(|x| (*x).clone())
}

/// What was made, or a tensor that stands for what is wrong.
#[track_caller]
pub(crate) fn settled(op: &'static str, made: Result<Symbolic, Problem>) -> Symbolic {
    match made {
        Ok(made) => made,
        Err(problem) => Symbolic::mistake(op, problem),
    }
}

/// Applies an operation of one output.
#[track_caller]
pub(crate) fn apply(op: impl Op, inputs: &[Symbolic]) -> Symbolic {
    apply_all(op, inputs).swap_remove(0)
}

/// Applies an operation: its outputs, at least one. After a mistake there is one, which stands for it.
#[track_caller]
pub(crate) fn apply_all(op: impl Op, inputs: &[Symbolic]) -> Vec<Symbolic> {
    applied(Arc::new(op), inputs)
}

// Behind `dyn`, or all of this is compiled once more for each operation.
#[track_caller]
fn applied(op: Arc<dyn Op>, inputs: &[Symbolic]) -> Vec<Symbolic> {
    if let Some(mistake) = inputs.iter().find(|x| x.is_mistake()) {
        return vec![mistake.clone()];
    }
    let specs: SmallVec<[&Spec; 4]> = inputs.iter().map(Symbolic::spec).collect();
    match op.infer(&specs) {
        Err(problem) => vec![Symbolic::mistake(op.name(), problem)],
        Ok(outputs) => {
            let lengths = |spec: &Spec| elements(spec.shape.iter().copied());
            if let Some(spec) = outputs.iter().find(|spec| lengths(spec).is_none()) {
                let text = format!("a tensor of shape {} is larger than memory can be", spec.shape);
                return vec![Symbolic::mistake(op.name(), Problem::Argument(text))];
            }
            let count = outputs.len();
            let node = Arc::new(Node { op, inputs: inputs.into(), outputs });
            (0..count).map(|index| Symbolic(State::Output { node: node.clone(), index })).collect()
        }
    }
}

impl Symbolic {
    /// An output of an operation.
    pub(crate) fn output(node: Arc<Node>, index: usize) -> Symbolic {
        Symbolic(State::Output { node, index })
    }
}
