//! What a file of ONNX has, before it is bytes.

use crate::proto::{Message, subgraph};

/// The version of the operators: <https://github.com/onnx/onnx/blob/main/docs/Versioning.md>.
const OPSET: i64 = 17;
/// The version of the format that goes with it.
const IR_VERSION: i64 = 8;

/// The type of elements, by its number in `TensorProto.DataType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    Float = 1,
    Int32 = 6,
    Int64 = 7,
    Bool = 9,
    Float16 = 10,
    Double = 11,
    Bfloat16 = 16,
}

/// The length of an axis of an input or output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    Fixed(usize),
    Named(String),
    Unknown,
}

/// An input or output.
#[derive(Clone, Debug)]
pub(crate) struct Port {
    pub name: String,
    pub element: Element,
    pub shape: Vec<Length>,
}

/// Numbers that are known: weights and constants.
#[derive(Clone, Debug)]
pub(crate) struct Initializer {
    pub name: String,
    pub element: Element,
    pub shape: Vec<usize>,
    /// Little endian.
    pub data: Vec<u8>,
}

/// An argument of a node.
#[derive(Clone, Debug)]
pub(crate) enum Attribute {
    Float(f32),
    Int(i64),
    Text(&'static str),
    Floats(Vec<f32>),
    Ints(Vec<i64>),
    Texts(Vec<&'static str>),
    Graph(Box<Subgraph>),
}

/// An operator applied to tensors; an empty name is an input that is left out.
#[derive(Clone, Debug)]
pub(crate) struct NodeProto {
    pub op: &'static str,
    pub name: String,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    pub attributes: Vec<(&'static str, Attribute)>,
}

impl NodeProto {
    /// Calls `f` with the name of every tensor that the node or a graph inside it reads or makes.
    pub fn names(&mut self, f: &mut impl FnMut(&mut String)) {
        self.inputs.iter_mut().chain(&mut self.outputs).for_each(&mut *f);
        for (_, attribute) in &mut self.attributes {
            if let Attribute::Graph(graph) = attribute {
                graph.nodes.iter_mut().for_each(|node| node.names(f));
                graph.outputs.iter_mut().for_each(|port| f(&mut port.name));
            }
        }
    }
}

/// A graph: the whole model, or the body of a loop.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subgraph {
    pub name: String,
    pub nodes: Vec<NodeProto>,
    pub initializers: Vec<Initializer>,
    pub inputs: Vec<Port>,
    pub outputs: Vec<Port>,
}

/// `ModelProto` as bytes.
pub(crate) fn bytes(graph: &Subgraph) -> Vec<u8> {
    let mut opset = Message::default();
    opset.text(1, "");
    opset.int(2, OPSET);
    let mut model = Message::default();
    model.int(1, IR_VERSION);
    model.text(2, "keras-core");
    model.text(3, env!("CARGO_PKG_VERSION"));
    model.message(7, &subgraph(graph));
    model.message(8, &opset);
    model.into_bytes()
}
