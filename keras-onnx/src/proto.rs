//! The few messages of [ONNX](https://github.com/onnx/onnx/blob/main/onnx/onnx.proto) that a file has, in the encoding of
//! protobuf. Only writing is needed, which is a hundred lines; a library for it would be ten crates more to build.

use crate::model::{Attribute, Element, Initializer, Length, NodeProto, Port, Subgraph};

/// A message: fields, each with its number, one after the other.
#[derive(Default)]
pub(crate) struct Message(Vec<u8>);

/// How the bytes of a field are laid out.
#[derive(Clone, Copy)]
enum Wire {
    Varint = 0,
    Length = 2,
    Fixed32 = 5,
}

impl Message {
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn varint(&mut self, mut n: u64) {
        while n >= 0x80 {
            self.0.push(n as u8 | 0x80);
            n >>= 7;
        }
        self.0.push(n as u8);
    }

    fn key(&mut self, field: u32, wire: Wire) {
        self.varint(u64::from(field << 3 | wire as u32));
    }

    pub fn int(&mut self, field: u32, n: i64) {
        self.key(field, Wire::Varint);
        self.varint(n as u64);
    }

    pub fn float(&mut self, field: u32, x: f32) {
        self.key(field, Wire::Fixed32);
        self.0.extend(x.to_le_bytes());
    }

    pub fn bytes(&mut self, field: u32, bytes: &[u8]) {
        self.key(field, Wire::Length);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
    }

    pub fn text(&mut self, field: u32, text: &str) {
        self.bytes(field, text.as_bytes());
    }

    pub fn message(&mut self, field: u32, message: &Message) {
        self.bytes(field, &message.0);
    }
}

/// `AttributeProto`.
fn attribute(name: &str, value: &Attribute) -> Message {
    let mut message = Message::default();
    message.text(1, name);
    let kind = match value {
        Attribute::Float(x) => {
            message.float(2, *x);
            1
        }
        Attribute::Int(n) => {
            message.int(3, *n);
            2
        }
        Attribute::Text(text) => {
            message.text(4, text);
            3
        }
        Attribute::Graph(graph) => {
            message.message(6, &subgraph(graph));
            5
        }
        Attribute::Floats(all) => {
            all.iter().for_each(|x| message.float(7, *x));
            6
        }
        Attribute::Ints(all) => {
            all.iter().for_each(|n| message.int(8, *n));
            7
        }
        Attribute::Texts(all) => {
            all.iter().for_each(|text| message.text(9, text));
            8
        }
    };
    message.int(20, kind);
    message
}

/// `NodeProto`.
pub(crate) fn node(node: &NodeProto) -> Message {
    let mut message = Message::default();
    node.inputs.iter().for_each(|name| message.text(1, name));
    node.outputs.iter().for_each(|name| message.text(2, name));
    message.text(3, &node.name);
    message.text(4, node.op);
    for (name, value) in &node.attributes {
        message.message(5, &attribute(name, value));
    }
    message
}

/// `TensorProto`.
pub(crate) fn tensor(initializer: &Initializer) -> Message {
    let mut message = Message::default();
    initializer.shape.iter().for_each(|n| message.int(1, *n as i64));
    message.int(2, initializer.element as i64);
    message.text(8, &initializer.name);
    message.bytes(9, &initializer.data);
    message
}

/// `ValueInfoProto`.
pub(crate) fn port(port: &Port) -> Message {
    let mut shape = Message::default();
    for length in &port.shape {
        let mut dim = Message::default();
        match length {
            Length::Fixed(n) => dim.int(1, *n as i64),
            Length::Named(name) => dim.text(2, name),
            Length::Unknown => {}
        }
        shape.message(1, &dim);
    }
    let mut tensor = Message::default();
    tensor.int(1, port.element as i64);
    tensor.message(2, &shape);
    let mut kind = Message::default();
    kind.message(1, &tensor);
    let mut message = Message::default();
    message.text(1, &port.name);
    message.message(2, &kind);
    message
}

/// `GraphProto`.
pub(crate) fn subgraph(graph: &Subgraph) -> Message {
    let mut message = Message::default();
    graph.nodes.iter().for_each(|one| message.message(1, &node(one)));
    message.text(2, &graph.name);
    graph.initializers.iter().for_each(|one| message.message(5, &tensor(one)));
    graph.inputs.iter().for_each(|one| message.message(11, &port(one)));
    graph.outputs.iter().for_each(|one| message.message(12, &port(one)));
    message
}

/// The element types that there are here, by their numbers in `TensorProto.DataType`.
impl From<keras_ops::DType> for Element {
    fn from(dtype: keras_ops::DType) -> Element {
        match dtype {
            keras_ops::DType::Float32 => Element::Float,
            keras_ops::DType::Int32 => Element::Int32,
            keras_ops::DType::Bool => Element::Bool,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Subgraph;

    /// The examples of <https://protobuf.dev/programming-guides/encoding>.
    #[test]
    fn fields_are_those_of_the_specification() {
        let bytes = |write: &dyn Fn(&mut Message)| {
            let mut message = Message::default();
            write(&mut message);
            message.into_bytes()
        };
        assert_eq!(bytes(&|m| m.int(1, 150)), [0x08, 0x96, 0x01]);
        assert_eq!(bytes(&|m| m.text(2, "testing")), [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]);
        assert_eq!(
            bytes(&|m| m.int(1, -2)),
            [0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]
        );
        // A number of 20 takes two bytes: 20 << 3 is 160.
        assert_eq!(bytes(&|m| m.int(20, 2)), [0xa0, 0x01, 0x02]);
        assert_eq!(bytes(&|m| m.float(2, 1.0)), [0x15, 0x00, 0x00, 0x80, 0x3f]);
    }

    /// As `onnx.helper.make_node("Relu", ["x"], ["y"], name="r", axis=1).SerializeToString()` has it.
    #[test]
    fn a_node_is_that_of_the_python_package() {
        let relu = NodeProto {
            op: "Relu",
            name: "r".into(),
            inputs: vec!["x".into()],
            outputs: vec!["y".into()],
            attributes: vec![("axis", Attribute::Int(1))],
        };
        let expected = b"\x0a\x01x\x12\x01y\x1a\x01r\x22\x04Relu\x2a\x0b\x0a\x04axis\x18\x01\xa0\x01\x02";
        assert_eq!(node(&relu).into_bytes(), expected);
        let graph = Subgraph { name: "g".into(), nodes: vec![relu], ..Subgraph::default() };
        let wanted = [&[0x0a, expected.len() as u8][..], expected, b"\x12\x01g"].concat();
        assert_eq!(subgraph(&graph).into_bytes(), wanted);
    }
}
