//! A model as the macro wrote it down: which layers, applied to what.

use std::borrow::Cow;

use keras_shape::{
    CallArgs, Inferred, LayerConfig, MaskGiven, MaskOperation, MaskSource, Role, Shape, TensorSpec, in_role,
};

use super::nested_masks::Inside;

/// A tensor of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// An input of the model.
    Input(usize),
    /// An output of a node.
    Node(usize, usize),
}

/// An input of a model.
#[derive(Clone, Copy, Debug)]
pub struct InputInfo {
    /// Keras's name: `input_layer`, if none is given.
    pub name: &'static str,
    /// The name in Rust, in structs and messages: the one given, else that of the binding.
    pub field: &'static str,
    /// What it takes.
    pub spec: TensorSpec,
}

/// What has a row in a summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// An input of the model.
    Input(usize),
    /// A layer that belongs to no block.
    Layer(usize),
    /// A block that is in no other.
    Block(usize),
    /// An operation of which Keras makes a mask.
    Mask(usize),
}

/// An operation of which Keras makes a mask: a node of its graph, which nothing here computes.
#[derive(Clone, Copy, Debug)]
pub struct MaskInfo {
    /// Its name.
    pub name: &'static str,
    /// What it computes.
    pub operation: MaskOperation,
    /// Of which tensors and masks.
    pub inputs: &'static [MaskSource],
}

/// A layer of a model.
#[derive(Clone, Copy, Debug)]
pub struct LayerInfo {
    /// Its name.
    pub name: &'static str,
    /// Its class name.
    pub class: &'static str,
    /// Its arguments, if it is a layer of Keras.
    pub config: Option<LayerConfig>,
    /// What it has inside, if it is none of Keras.
    pub inside: Inside,
    /// The block that it belongs to: the innermost.
    pub group: Option<usize>,
}

/// A block of layers: to Keras a `Sequential` inside the model.
#[derive(Clone, Copy, Debug)]
pub struct BlockInfo {
    /// Its name.
    pub name: &'static str,
    /// The block that it is in.
    pub parent: Option<usize>,
}

/// A layer applied to tensors.
#[derive(Clone, Copy, Debug)]
pub struct NodeInfo {
    /// Which layer.
    pub layer: usize,
    /// To which tensors.
    pub inputs: &'static [Source],
    /// What each of them is to the layer: those by name come last.
    pub roles: &'static [Role],
    /// What it gives.
    pub outputs: Inferred,
    /// Whether the mask ends here on purpose.
    pub drop_mask: bool,
    /// What the call says beside its tensors.
    pub call: CallArgs,
}

/// The graph of a model.
#[derive(Clone, Copy, Debug)]
pub struct Structure {
    /// Keras's name of the model: `sequential`, or the type's name.
    pub name: &'static str,
    /// Whether Keras would call it `Sequential`: a chain that binds no tensor.
    pub sequential: bool,
    /// Whether its summary says what is connected to what.
    pub connected: bool,
    /// The inputs.
    pub inputs: &'static [InputInfo],
    /// The layers.
    pub layers: &'static [LayerInfo],
    /// Where layers are applied, each after its inputs.
    pub nodes: &'static [NodeInfo],
    /// The outputs.
    pub outputs: &'static [Source],
    /// Keras's names of them: of the layers that give them.
    pub output_names: &'static [&'static str],
    /// Whether they stand in a dict, whose keys their names are then.
    pub outputs_named: bool,
    /// Their names in Rust: of the layers if they were given, else of the bindings.
    pub output_fields: &'static [&'static str],
    /// The blocks.
    pub groups: &'static [BlockInfo],
    /// What a summary lists, in Keras's order.
    pub order: &'static [Member],
    /// The operations of which Keras makes masks.
    pub masks: &'static [MaskInfo],
    /// The masks that Keras gives nodes by itself.
    pub masked: &'static [MaskGiven],
}

impl Structure {
    /// What is known of a tensor.
    pub const fn spec(&self, source: Source) -> TensorSpec {
        match source {
            Source::Input(i) => self.inputs[i].spec,
            Source::Node(node, i) => match self.nodes[node].outputs.output(i) {
                Some(spec) => spec,
                None => TensorSpec::float(Shape::new(&[])),
            },
        }
    }

    /// The tensors to which a layer is applied first, each in its role.
    pub(crate) fn first_inputs(&self, layer: usize) -> Vec<Option<TensorSpec>> {
        let Some(node) = self.nodes.iter().find(|node| node.layer == layer) else { return Vec::new() };
        let inputs = node.inputs.iter().zip(node.roles);
        inputs.map(|(source, role)| in_role(self.known(*source), *role)).collect()
    }

    /// What is known of a tensor; nothing where a mistake was made, which is reported there.
    pub(crate) const fn known(&self, source: Source) -> Option<TensorSpec> {
        match source {
            Source::Input(i) => Some(self.inputs[i].spec),
            Source::Node(node, i) => self.nodes[node].outputs.output(i),
        }
    }

    /// The layer of a node as that node calls it, if it is one of Keras.
    pub fn config(&self, node: &NodeInfo) -> Option<Cow<'static, LayerConfig>> {
        let config = self.layers[node.layer].config.as_ref()?;
        // Most calls change nothing, and this is asked in every step of a training.
        Some(if node.call.changes_config() {
            Cow::Owned(config.at_run_time().called(&node.call))
        } else {
            Cow::Borrowed(config)
        })
    }

    /// The blocks that a layer is in, outermost first.
    pub(crate) fn blocks(&self, layer: usize) -> Vec<usize> {
        let mut blocks: Vec<usize> =
            std::iter::successors(self.layers[layer].group, |block| self.groups[*block].parent).collect();
        blocks.reverse();
        blocks
    }

    /// The layers of a block and of the blocks in it.
    pub(crate) fn inside(&self, block: usize) -> Vec<usize> {
        (0..self.layers.len()).filter(|layer| self.blocks(*layer).contains(&block)).collect()
    }

    /// The number of samples in a batch, if the model fixes it.
    pub fn fixed_batch(&self) -> Option<usize> {
        self.inputs.first().and_then(|info| info.spec.shape.batch().fixed())
    }

    /// The shape of output `i`.
    pub const fn output_shape(&self, i: usize) -> Shape {
        self.spec(self.outputs[i]).shape
    }
}
