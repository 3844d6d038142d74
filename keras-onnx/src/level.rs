//! One graph that is being written: the model's, or the body of a loop, as it was traced for several sets of lengths.

use keras_ops::graph::{Graph, Node, TensorId};
use keras_ops::{DType, Symbolic};

use crate::Result;
use crate::dims::Val;
use crate::model::NodeProto;

/// What stands for no node: a tensor that is given has none before it, an output of the graph is read by none.
pub(crate) const OUTSIDE: usize = usize::MAX;

/// A graph, traced for several sets of lengths: the same operations each time. Nodes and tensors have the same numbers in
/// all traces.
pub(crate) struct Level {
    pub graphs: Vec<Graph>,
    /// What tensors are called in the file, once they are.
    pub names: Vec<Option<String>>,
    /// What has been written.
    pub written: Vec<NodeProto>,
    /// Nodes that others have been written together with.
    pub done: Vec<bool>,
    /// The nodes that read each tensor and on which an output depends.
    pub readers: Vec<Vec<usize>>,
    /// The node that makes each tensor.
    pub makers: Vec<usize>,
    /// Whether an output depends on a node.
    pub live: Vec<bool>,
    /// The layer of each node.
    pub layers: Vec<Option<usize>>,
    /// Lengths that tensors of the file have: with each a tensor and its axis.
    pub known: Vec<(Val, String, usize)>,
    /// Lengths that have been computed: tensors of one integer.
    pub lengths: Vec<(Val, String)>,
}

impl Level {
    /// The graph of which the outputs with these numbers are needed.
    ///
    /// # Errors
    /// The traces have different operations: gives the number of the first that differs.
    pub fn new(graphs: Vec<Graph>, needed: &[usize]) -> core::result::Result<Level, usize> {
        let first = &graphs[0];
        for other in &graphs[1..] {
            if let Some(at) = differs(first, other) {
                return Err(at);
            }
        }
        let makers = makers(first);
        let mut live = vec![false; first.nodes().len()];
        let mut readers = vec![Vec::new(); first.tensors()];
        let mut wanted = vec![false; first.tensors()];
        for output in needed {
            wanted[first.outputs()[*output]] = true;
            readers[first.outputs()[*output]].push(OUTSIDE);
        }
        for (at, node) in first.nodes().iter().enumerate().rev() {
            live[at] = node.outputs.iter().any(|id| wanted[*id]);
            if live[at] {
                for id in &node.inputs {
                    wanted[*id] = true;
                    readers[*id].push(at);
                }
            }
        }
        let (nodes, tensors) = (first.nodes().len(), first.tensors());
        Ok(Level {
            names: vec![None; tensors],
            written: Vec::new(),
            done: vec![false; nodes],
            layers: vec![None; nodes],
            known: Vec::new(),
            lengths: Vec::new(),
            graphs,
            readers,
            makers,
            live,
        })
    }

    /// A node as it is in the first trace.
    pub fn node(&self, at: usize) -> &Node {
        &self.graphs[0].nodes()[at]
    }

    /// The node that makes a tensor.
    pub fn maker(&self, id: TensorId) -> Option<&Node> {
        self.graphs[0].nodes().get(self.makers[id])
    }

    /// The one node that reads a tensor, if there is no other.
    pub fn only_reader(&self, id: TensorId) -> Option<usize> {
        match self.readers[id][..] {
            [one] if one != OUTSIDE => Some(one),
            _ => None,
        }
    }

    pub fn rank(&self, id: TensorId) -> usize {
        self.graphs[0].tensor(id).shape.rank()
    }

    pub fn dtype(&self, id: TensorId) -> DType {
        self.graphs[0].tensor(id).dtype
    }

    /// The length of an axis in each trace.
    pub fn length(&self, id: TensorId, axis: usize) -> Val {
        self.graphs.iter().map(|graph| graph.tensor(id).shape[axis] as i64).collect()
    }

    /// The lengths of all axes.
    pub fn shape(&self, id: TensorId) -> Vec<Val> {
        (0..self.rank(id)).map(|axis| self.length(id, axis)).collect()
    }

    /// Says for the nodes before some tensors of which layer they are, unless that is known.
    pub fn assign(&mut self, layer: usize, outputs: &[TensorId]) {
        let mut open: Vec<usize> = outputs.iter().map(|id| self.makers[*id]).collect();
        while let Some(at) = open.pop() {
            if at == OUTSIDE || self.layers[at].is_some() {
                continue;
            }
            self.layers[at] = Some(layer);
            open.extend(self.graphs[0].nodes()[at].inputs.iter().map(|id| self.makers[*id]));
        }
    }

    /// The numbers of a tensor that follows from constants alone, in each trace.
    pub fn values(&self, id: TensorId) -> Option<Vec<Vec<f32>>> {
        self.graphs.iter().map(|graph| value(graph, &self.makers, id)).collect()
    }
}

/// For each tensor the node that makes it, or [`OUTSIDE`].
pub(crate) fn makers(graph: &Graph) -> Vec<usize> {
    let mut makers = vec![OUTSIDE; graph.tensors()];
    for (at, node) in graph.nodes().iter().enumerate() {
        node.outputs.iter().for_each(|id| makers[*id] = at);
    }
    makers
}

/// The number of the first node that is another one.
pub(crate) fn differs(a: &Graph, b: &Graph) -> Option<usize> {
    let same = |(x, y): (&Node, &Node)| {
        let kinds = |graph: &Graph, node: &Node| -> Vec<(usize, DType)> {
            let all = node.inputs.iter().chain(&node.outputs);
            all.map(|id| (graph.tensor(*id).shape.rank(), graph.tensor(*id).dtype)).collect()
        };
        x.name == y.name
            && x.inputs == y.inputs
            && x.outputs == y.outputs
            && core::mem::discriminant(&x.operation) == core::mem::discriminant(&y.operation)
            && kinds(a, x) == kinds(b, y)
    };
    let (count, other) = (a.nodes().len(), b.nodes().len());
    let first = a.nodes().iter().zip(b.nodes()).position(|pair| !same(pair));
    match first {
        None if count != other => Some(count.min(other)),
        None if a.outputs() != b.outputs() => Some(count),
        found => found,
    }
}

/// The numbers of a constant tensor.
fn value(graph: &Graph, makers: &[usize], id: TensorId) -> Option<Vec<f32>> {
    let node = graph.nodes().get(makers[id])?;
    if !node.constant {
        return None;
    }
    if let keras_ops::graph::Operation::Constant(numbers) = &node.operation {
        return Some(numbers.to_vec());
    }
    let inputs = node.inputs.iter().map(|id| value(graph, makers, *id)).collect::<Option<Vec<_>>>()?;
    let mut plan = node.plan().ok()?;
    plan.run(&inputs.iter().map(Vec::as_slice).collect::<Vec<_>>()).ok()?;
    let at = node.outputs.iter().position(|output| *output == id)?;
    Some(plan.output(at).to_vec())
}

/// The graph between some tensors.
pub(crate) fn graph_of(inputs: &[&Symbolic], outputs: &[&Symbolic]) -> Result<Graph> {
    Graph::new(inputs, outputs).map_err(|error| crate::ExportError {
        layer: None,
        operation: None,
        reason: error.to_string(),
    })
}
