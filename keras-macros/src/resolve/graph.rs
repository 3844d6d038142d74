//! What a model is once its names are resolved: layers, and the places where they are applied.

use std::collections::HashMap;
use std::rc::Rc;

use keras_shape::{CallArgs, Code, DType, Dim, LayerConfig, Masks, Precision, Role, TensorSpec};
use proc_macro2::{Span, TokenStream};
use syn::Path;
use syn::ext::IdentExt;

use crate::parse::{Argument, Length};

/// A model as layers and the places where they are applied.
#[derive(Clone)]
pub struct Graph {
    /// The model's inputs.
    pub inputs: Vec<Input>,
    /// The layers, in Keras's order.
    pub layers: Vec<Layer>,
    /// Where layers are applied, in an order in which each finds its inputs.
    pub nodes: Vec<Node>,
    /// What the model gives.
    pub outputs: Vec<TensorRef>,
    /// Keras's names of the outputs: of the layers that give them.
    pub output_names: Vec<String>,
    /// Whether the outputs stand in a dict.
    pub outputs_named: bool,
    /// The names of the outputs in Rust: of the layers if they were given, else of the bindings.
    pub output_fields: Vec<String>,
    /// Whether Keras would call it `Sequential`: a chain that binds no tensor.
    pub sequential: bool,
    /// Whether its summary says what is connected to what.
    pub connected: bool,
    /// Inputs, layers and blocks in Keras's order.
    pub order: Vec<Member>,
    /// Inputs that are of models inside alone: they leave with what they lead to.
    pub claimed: Vec<usize>,
    /// The names that tensors are bound to.
    pub bound: Vec<(TensorRef, String, proc_macro2::Span)>,
    /// Tensors of which the length of an axis is asked for, each with the number of the question.
    pub asked: Vec<(usize, TensorRef)>,
    /// How many parts models and layers have, by the numbers of the questions.
    pub counted: HashMap<usize, Counted>,
    /// Nodes whose tensors a pattern takes apart.
    pub apart: HashMap<usize, Apart>,
    /// The blocks, for layers that belong to one.
    pub groups: Vec<Group>,
    /// Of a block inside a wrapper, what an `Input` in it says of the step.
    pub declared: Option<(TensorSpec, Span)>,
    /// Keras's name for a model that has none: `sequential`.
    pub model_name: String,
    /// The operations of which Keras makes masks, and the calls that are given them.
    pub masks: Masks,
    /// What [`Graph::index`] finds.
    pub index: Index,
}

/// What is asked for at every node, found once.
#[derive(Clone, Default)]
pub struct Index {
    /// Where each layer is applied first.
    first: Vec<Option<usize>>,
    /// How often the layer of each node was applied before.
    calls: Vec<usize>,
    /// The last name that each tensor is bound to.
    names: HashMap<TensorRef, usize>,
}

/// The answer to the question how many parts there are.
#[derive(Clone)]
pub enum Counted {
    /// So many.
    Known(Length),
    /// As many as this node gives.
    Of(usize),
}

/// A pattern that takes the tensors of a node apart: `let (y, h) = ...`.
#[derive(Clone)]
pub struct Apart {
    /// How many names it has.
    pub names: usize,
    /// Whether there must be a name for each tensor.
    pub all: bool,
}

/// What has a row in a summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Member {
    /// An input of the model.
    Input(usize),
    /// A layer that belongs to no block.
    Layer(usize),
    /// A block that is in no other.
    Block(usize),
    /// An operation that makes a mask.
    Mask(usize),
}

/// A block of layers: to Keras a `Sequential` inside the model.
#[derive(Clone, Default)]
pub struct Group {
    /// Keras's name.
    pub name: String,
    /// The block that it is in.
    pub parent: Option<usize>,
    /// Its layers and those of the blocks in it, in the order in which they are applied.
    pub layers: Vec<usize>,
    /// What an `Input` in it says of the tensor that it is given, and where that stands.
    pub declared: Option<(TensorSpec, Span)>,
}

/// `Input(None, 50)`.
#[derive(Clone)]
pub struct Input {
    /// Keras's name: `input_layer`, if none is given.
    pub name: String,
    /// The name in Rust, in structs and messages: the one given, else that of the binding.
    pub field: String,
    /// What is known of it; nothing, if a tensor's type says it.
    pub spec: Option<TensorSpec>,
    /// What the numbers are.
    pub dtype: DType,
    /// How each axis is made again, the batch axis first.
    pub dims: Vec<Code>,
    /// The type of a tensor whose shape is meant.
    pub tensor: Option<TokenStream>,
}

/// A layer with weights of its own.
#[derive(Clone)]
pub struct Layer {
    /// Keras's name.
    pub name: String,
    /// Whether the name was given.
    pub named: bool,
    /// What it is.
    pub kind: Kind,
    /// Whether its weights are trained.
    pub trainable: bool,
    /// The numbers of 16 bits in which it computes, if it does.
    pub precision: Option<Precision>,
    /// Where its name stands.
    pub span: Span,
    /// Where each argument stands.
    pub args: HashMap<String, TokenStream>,
    /// The block that it belongs to.
    pub group: Option<usize>,
}

/// What a layer is.
// A model has few layers, and almost all are the large variant.
#[allow(clippy::large_enum_variant)]
#[derive(Clone)]
pub enum Kind {
    /// A layer of Keras.
    Keras {
        /// Its arguments.
        config: LayerConfig,
        /// How they are made again.
        code: Code,
        /// Whether all that shapes depend on is known here.
        sure: bool,
    },
    /// A type in scope: an own layer or another model.
    Own {
        /// The type.
        path: Path,
        /// Its arguments, if there are parentheses.
        args: Option<Vec<Argument>>,
    },
    /// A closure in operations.
    Lambda {
        /// The closure.
        closure: TokenStream,
        /// The axes of its output after the batch axis, if given: each with how it is made again.
        output: Option<Vec<(Dim, Code)>>,
    },
    /// `TimeDistributed` around what is more than a layer of Keras with arguments.
    TimeDistributed {
        /// The layer at each step: an own layer, a model, a block, or another wrapper.
        inner: Box<Layer>,
    },
    /// `RNN` or `Bidirectional` around cells of which one is of somebody's own.
    Cells {
        /// The arguments, with a cell of one unit in the place of these.
        config: LayerConfig,
        /// How they are made again.
        code: Code,
        /// The cells of each direction, their names as the paths of their weights begin; one direction alone has none
        /// in the second.
        cells: [Vec<Layer>; 2],
    },
    /// The layers of a block inside a wrapper, as a model of their own.
    Block {
        /// Its one input is the step; what is known of that is known by the wrapper's place.
        graph: Box<Graph>,
    },
    /// A model inside of the model.
    Model {
        /// Which of these it is.
        number: usize,
        /// What stands between its inputs and its outputs.
        graph: Box<Graph>,
    },
    /// Something that could not be read; it has been complained about. The class, if that much is
    /// known: then the model still has such a field.
    Broken(Option<&'static str>),
}

/// A layer applied to tensors.
#[derive(Clone)]
pub struct Node {
    /// Which layer.
    pub layer: usize,
    /// To which tensors.
    pub inputs: Vec<TensorRef>,
    /// What each of them is to the layer: those by name come last.
    pub roles: Vec<Role>,
    /// Whether `mask = None` is among the arguments.
    pub drop_mask: bool,
    /// What the call says beside its tensors.
    pub call: CallArgs,
    /// Where it is applied by a name, if it is.
    pub at: Option<Span>,
    /// The applications of functions and rounds of loops in which it stands, the outermost first.
    pub context: Vec<Rc<str>>,
}

/// A tensor of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TensorRef {
    /// An input of the model.
    Input(usize),
    /// An output of a node.
    Node(usize, usize),
    /// Nobody knows; it has been complained about.
    Broken,
}

impl Graph {
    /// A graph of nothing.
    pub fn new() -> Self {
        Graph {
            inputs: Vec::new(),
            layers: Vec::new(),
            nodes: Vec::new(),
            outputs: Vec::new(),
            output_names: Vec::new(),
            outputs_named: false,
            output_fields: Vec::new(),
            sequential: true,
            connected: false,
            order: Vec::new(),
            claimed: Vec::new(),
            bound: Vec::new(),
            asked: Vec::new(),
            counted: HashMap::new(),
            apart: HashMap::new(),
            groups: Vec::new(),
            declared: None,
            model_name: String::new(),
            masks: Masks::default(),
            index: Index::default(),
        }
    }

    /// Where something is broken, if anything is: a layer, or a tensor that a layer takes.
    pub fn broken(&self) -> Option<Span> {
        let layer = self.layers.iter().find(|layer| matches!(layer.kind, Kind::Broken(_)));
        let node = self.nodes.iter().find(|node| node.inputs.contains(&TensorRef::Broken));
        let output = self.outputs.contains(&TensorRef::Broken).then(Span::call_site);
        layer.map(|layer| layer.span).or(node.map(|node| self.layers[node.layer].span)).or(output)
    }

    /// The layer of a node as that node calls it, if it is one of Keras and known here.
    pub fn config(&self, node: &Node) -> Option<LayerConfig> {
        match &self.layers[node.layer].kind {
            Kind::Keras { config, .. } => Some(node.call.of(*config)),
            _ => None,
        }
    }

    /// The outermost block that a layer is in.
    pub fn block_of(&self, layer: usize) -> Option<usize> {
        let mut block = self.layers[layer].group?;
        while let Some(parent) = self.groups[block].parent {
            block = parent;
        }
        Some(block)
    }

    /// Brings the index up to date with the layers and nodes.
    pub fn index(&mut self) {
        let mut index = Index { first: vec![None; self.layers.len()], ..Index::default() };
        let mut counts = vec![0; self.layers.len()];
        for (i, node) in self.nodes.iter().enumerate() {
            index.first[node.layer].get_or_insert(i);
            index.calls.push(counts[node.layer]);
            counts[node.layer] += 1;
        }
        index.names = self.bound.iter().enumerate().map(|(i, (tensor, ..))| (*tensor, i)).collect();
        self.index = index;
    }

    /// The node at which a layer is applied first.
    pub fn first(&self, layer: usize) -> Option<usize> {
        self.index.first.get(layer).copied().flatten()
    }

    /// How often the layer of a node was applied before.
    pub fn calls_before(&self, node: usize) -> usize {
        self.index.calls.get(node).copied().unwrap_or(0)
    }

    /// The name that a tensor is bound to, the last if there are several.
    pub fn name_of(&self, tensor: TensorRef) -> Option<&str> {
        self.index.names.get(&tensor).map(|i| self.bound[*i].1.as_str())
    }

    /// Where the layer of a node was applied before.
    pub fn before(&self, node: usize) -> Option<&Node> {
        let first = self.first(self.nodes[node].layer).filter(|first| *first < node);
        first.map(|first| &self.nodes[first])
    }

    /// Where a mistake at a node is shown: at the layer, or where a name applies it again.
    pub fn span(&self, node: usize) -> Span {
        let layer = &self.layers[self.nodes[node].layer];
        // A model stands where it is made from tensors.
        let is_model = matches!(layer.kind, Kind::Model { .. });
        let again = self.nodes[node].at.filter(|_| is_model || self.before(node).is_some());
        again.unwrap_or(layer.span)
    }
}

impl Layer {
    /// Whether code of others is in it, of which nobody knows whether it can be copied.
    pub fn has_own(&self) -> bool {
        match &self.kind {
            Kind::Own { .. } => true,
            Kind::TimeDistributed { inner } => inner.has_own(),
            Kind::Block { graph } | Kind::Model { graph, .. } => graph.layers.iter().any(Layer::has_own),
            Kind::Keras { .. } | Kind::Cells { .. } | Kind::Lambda { .. } | Kind::Broken(_) => false,
        }
    }

    /// Whether none of its weights are trained. Of a model that is frozen some layers may be trained again.
    pub fn is_frozen(&self) -> bool {
        let inside = match &self.kind {
            Kind::Model { graph, .. } => graph.layers.iter().all(Layer::is_frozen),
            _ => true,
        };
        !self.trainable && inside
    }

    /// The blocks in it that are models of their own.
    pub fn block_mut(&mut self) -> Option<&mut Graph> {
        match &mut self.kind {
            Kind::TimeDistributed { inner } => inner.block_mut(),
            Kind::Block { graph } | Kind::Model { graph, .. } => Some(graph),
            _ => None,
        }
    }

    /// See [`Layer::block_mut`].
    pub fn block(&self) -> Option<&Graph> {
        match &self.kind {
            Kind::TimeDistributed { inner } => inner.block(),
            Kind::Block { graph } | Kind::Model { graph, .. } => Some(graph),
            _ => None,
        }
    }

    /// Whether the compiler alone knows what it gives: its constant is computed from types.
    pub fn is_typed(&self) -> bool {
        matches!(
            self.kind,
            Kind::Own { .. } | Kind::Cells { .. } | Kind::TimeDistributed { .. } | Kind::Model { .. }
        )
    }

    /// The class name.
    pub fn class(&self) -> String {
        match &self.kind {
            Kind::Keras { config, .. } | Kind::Cells { config, .. } => config.class().to_string(),
            Kind::Own { path, .. } => {
                path.segments.last().map(|s| s.ident.unraw().to_string()).unwrap_or_default()
            }
            Kind::Lambda { .. } => "Lambda".to_string(),
            Kind::TimeDistributed { .. } => "TimeDistributed".to_string(),
            Kind::Block { .. } => "Sequential".to_string(),
            Kind::Model { .. } => "Functional".to_string(),
            Kind::Broken(class) => class.unwrap_or_default().to_string(),
        }
    }
}
