//! Graphs as data, for whoever runs them elsewhere or writes them to a file.
//!
//! A [`Graph`] has the operations between some inputs and outputs, each after those that it reads. A [`Node`] says what it
//! computes as an [`Operation`], which can be matched on, and from which tensors, by number. What an executor has no form
//! for is computed by [`Node::plan`], on the CPU.
//!
//! ```
//! use keras_ops::graph::{Graph, Operation, Unary};
//! use keras_ops::{self as ops, DType};
//!
//! let x = ops::input([2, 3], DType::Float32);
//! let y = ops::exp(ops::transpose(&x, None));
//! let graph = Graph::new(&[&x], &[&y])?;
//!
//! assert!(matches!(&graph.nodes()[0].operation, Operation::Transpose { axes } if axes[..] == [1, 0]));
//! assert!(matches!(graph.nodes()[1].operation, Operation::Unary(Unary::Exp)));
//! let result = graph.nodes()[1].outputs[0];
//! assert_eq!(graph.outputs(), [result]);
//! assert_eq!(graph.tensor(result).shape[..], [3, 2]);
//! # Ok::<(), ops::OpError>(())
//! ```

mod operation;

use std::sync::Arc;

use smallvec::SmallVec;

pub use crate::op::Spec as TensorSpec;
pub use operation::*;

use crate::op::Op;
use crate::plan::graph as planned;
use crate::symbolic::Node as Applied;
use crate::traced::arguments;
use crate::{OpError, Plan, Symbolic};

/// A tensor of a graph, by number.
pub type TensorId = usize;

/// An operation applied to tensors.
#[derive(Clone)]
pub struct Node {
    /// The name of the operation in `keras.ops`.
    pub name: &'static str,
    /// What is computed.
    pub operation: Operation,
    /// From which tensors.
    pub inputs: SmallVec<[TensorId; 3]>,
    /// The tensors that are its results.
    pub outputs: SmallVec<[TensorId; 1]>,
    /// Whether it follows from constants alone, and so is the same in every run.
    pub constant: bool,
    op: Arc<dyn Op>,
    specs: [Vec<TensorSpec>; 2],
}

impl core::fmt::Debug for Node {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} {:?} <- {:?}: {:?}", self.name, self.outputs, self.inputs, self.operation)
    }
}

impl Node {
    /// A plan of this operation alone: it takes the node's inputs, in their order, and gives its outputs.
    ///
    /// # Errors
    /// None for a node of a [`Graph`].
    pub fn plan(&self) -> Result<Plan, OpError> {
        let [from, to] = &self.specs;
        let inputs = arguments(from);
        let node = Arc::new(Applied {
            op: self.op.clone(),
            inputs: inputs.iter().cloned().collect(),
            outputs: to.iter().cloned().collect(),
        });
        let outputs: Vec<Symbolic> = (0..to.len()).map(|i| Symbolic::output(node.clone(), i)).collect();
        Plan::new(&inputs.iter().collect::<Vec<_>>(), &outputs.iter().collect::<Vec<_>>())
    }
}

/// The operations that compute some tensors from others.
#[derive(Clone, Debug)]
pub struct Graph {
    nodes: Vec<Node>,
    tensors: Vec<TensorSpec>,
    inputs: Vec<TensorId>,
    outputs: Vec<TensorId>,
}

impl Graph {
    /// The graph of `outputs` from `inputs`: tensors made by [`input`](crate::input), or any others, whose making is then not
    /// looked into. Equal operations on the same tensors are there once.
    ///
    /// # Errors
    /// The first mistake in the graph; an output that needs an input which is not among `inputs`.
    pub fn new(inputs: &[&Symbolic], outputs: &[&Symbolic]) -> Result<Graph, OpError> {
        let graph = planned::Graph::checked(inputs, outputs, false)?;
        let spec = |id: &TensorId| graph.spec(*id).clone();
        let node = |applied: &planned::Applied| {
            let specs = [&applied.inputs[..], &applied.outputs].map(|ids| ids.iter().map(spec).collect());
            let [from, _]: &[Vec<TensorSpec>; 2] = &specs;
            Some(Node {
                name: applied.op.name(),
                operation: applied.op.describe(&from.iter().collect::<Vec<_>>())?,
                inputs: applied.inputs.clone(),
                outputs: applied.outputs.clone(),
                constant: graph.tensors[applied.outputs[0]].constant,
                op: applied.op.clone(),
                specs,
            })
        };
        Ok(Graph {
            nodes: graph.ops.iter().filter_map(node).collect(),
            tensors: graph.tensors.iter().map(|tensor| tensor.spec.clone()).collect(),
            inputs: graph.inputs,
            outputs: graph.outputs,
        })
    }

    /// The operations, each after those that compute what it reads.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Shape and type of a tensor.
    pub fn tensor(&self, id: TensorId) -> &TensorSpec {
        &self.tensors[id]
    }

    /// How many tensors there are: their numbers are below.
    pub fn tensors(&self) -> usize {
        self.tensors.len()
    }

    /// The tensors that are given, in the order in which the graph was asked for.
    pub fn inputs(&self) -> &[TensorId] {
        &self.inputs
    }

    /// The tensors that were asked for; some may be the same, or be inputs.
    pub fn outputs(&self) -> &[TensorId] {
        &self.outputs
    }
}
