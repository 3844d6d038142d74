//! The operations of which Keras makes masks, as nodes of a model's graph: they have rows in summaries, boxes in drawings and
//! places in files. Nothing here computes them.

#[cfg(feature = "files")]
use keras_shape::MaskOperation;
use keras_shape::{MaskGiven, MaskSource, Shape};

use super::layer::AnyLayer;
use super::structure::{MaskInfo, Source, Structure};

/// Those of a model that its layers are given something of.
pub(crate) struct MaskNodes {
    structure: &'static Structure,
    shown: Vec<bool>,
    given: Vec<MaskGiven>,
    shapes: Vec<Shape>,
}

impl MaskNodes {
    /// Of a model with these layers. Keras gives masks to models, and not to a layer of the author's own: which of both a
    /// type in `model!` is, its macro does not know.
    pub fn new(structure: &'static Structure, layers: &[&dyn AnyLayer]) -> Self {
        let takes = |given: &&MaskGiven| {
            let layer = structure.nodes[given.node].layer;
            !given.if_model || layers.get(layer).is_some_and(|layer| layer.nested().is_some())
        };
        let given: Vec<MaskGiven> = structure.masked.iter().filter(takes).copied().collect();
        let shown = made_of(structure, given.iter().map(|given| given.mask).collect());
        let mut nodes = MaskNodes { structure, shown, given, shapes: Vec::new() };
        for mask in structure.masks {
            let inputs: Vec<Shape> = mask.inputs.iter().map(|source| nodes.shape(*source)).collect();
            nodes.shapes.push(mask.operation.shape(&inputs));
        }
        nodes
    }

    /// Whether a layer is given any.
    pub fn is_any_given(&self) -> bool {
        !self.given.is_empty()
    }

    /// Those that are written to a file: none, where masks are made of numbers of 16 bits, which readers of files here do not
    /// make. Keras makes its masks anew where a file has none.
    #[cfg(feature = "files")]
    pub fn in_files(mut self) -> Self {
        let casts = |mask: &MaskInfo| matches!(mask.operation, MaskOperation::Cast(_));
        if self.structure.masks.iter().zip(&self.shown).any(|(mask, shown)| *shown && casts(mask)) {
            self.given.clear();
            self.shown.fill(false);
        }
        self
    }

    /// An operation, if a layer is given something of it.
    pub fn get(&self, mask: usize) -> Option<&'static MaskInfo> {
        self.shown[mask].then(|| &self.structure.masks[mask])
    }

    /// The operations that a mask is made of, itself one perhaps, each behind those that it takes.
    #[cfg(feature = "plot")]
    pub fn made_of(&self, mask: MaskSource) -> Vec<usize> {
        let made = made_of(self.structure, vec![mask]).into_iter().enumerate();
        made.filter_map(|(mask, is_part)| is_part.then_some(mask)).collect()
    }

    /// The masks that a node is given.
    pub fn of_node(&self, node: usize) -> impl Iterator<Item = MaskSource> {
        self.given.iter().filter(move |given| given.node == node).map(|given| given.mask)
    }

    /// The shape of a tensor or mask.
    pub fn shape(&self, source: MaskSource) -> Shape {
        match tensor(source) {
            Ok(tensor) => self.structure.spec(tensor).shape,
            Err(mask) => self.shapes.get(mask).copied().unwrap_or(Shape::new(&[])),
        }
    }
}

/// Of each operation of a model whether one of these masks is made of it.
fn made_of(structure: &Structure, mut masks: Vec<MaskSource>) -> Vec<bool> {
    let mut made = vec![false; structure.masks.len()];
    while let Some(source) = masks.pop() {
        if let MaskSource::Mask(mask) = source
            && !std::mem::replace(&mut made[mask], true)
        {
            masks.extend(structure.masks[mask].inputs);
        }
    }
    made
}

impl From<Source> for MaskSource {
    fn from(source: Source) -> Self {
        match source {
            Source::Input(input) => MaskSource::Input(input),
            Source::Node(node, output) => MaskSource::Node(node, output),
        }
    }
}

/// The tensor of the model that is meant, or the number of the operation.
pub(crate) fn tensor(source: MaskSource) -> Result<Source, usize> {
    match source {
        MaskSource::Input(input) => Ok(Source::Input(input)),
        MaskSource::Node(node, output) => Ok(Source::Node(node, output)),
        MaskSource::Mask(mask) => Err(mask),
    }
}
