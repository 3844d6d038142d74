//! The masks that a model hands on as a layer of another, where its inputs carry some: as Keras has it, layers inside use them
//! and hand them on.

// Errors of constants, which have no boxes.
#![allow(clippy::result_large_err)]

use keras_shape::{LayerConfig, Mask, Role, Shape, ShapeError, TensorSpec, mask_of_outputs};

use super::nested::Nested;
use super::structure::{NodeInfo, Source, Structure};

/// What a layer that is none of Keras's has inside: what it does with masks.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Inside {
    /// A function, which hands no mask on; also every layer of Keras, whose arguments say what it does.
    Leaf,
    /// A layer of somebody's own, which hands none on, or a model.
    Own(&'static Option<Nested>),
    /// A layer that is applied to each step.
    EachStep,
    /// Own cells, stepped as this recurrent layer does.
    Cells(&'static LayerConfig),
}

/// The nodes of a model whose masks are followed; beyond them it hands none on.
const MOST_NODES: usize = 1024;

/// The outputs of a model, or of a node, of which the masks are known; those behind carry none.
pub(super) const MOST_OUTPUTS: usize = 8;

/// The tensors of a node that may carry masks; a node of more hands none on.
const MOST_INPUTS: usize = 16;

/// The masks of several outputs.
pub(super) type Masks = [Mask; MOST_OUTPUTS];

/// Where a mask was dropped that was dropped inside of the model: no node of the outer one.
pub(super) const DROPPED_INSIDE: usize = usize::MAX;

/// The masks of all nodes, in a byte each: models may be nested deep, and a program's stack is small.
struct Known {
    codes: [[u8; MOST_OUTPUTS]; MOST_NODES],
    /// The node of the outer model that dropped the mask of an input, if one did: the first.
    dropper: usize,
}

impl Known {
    const fn new(given: &[Option<TensorSpec>]) -> Self {
        let mut known = Known { codes: [[0; MOST_OUTPUTS]; MOST_NODES], dropper: DROPPED_INSIDE };
        let mut i = given.len();
        while i > 0 {
            i -= 1;
            if let Some(spec) = given[i]
                && let Mask::Lost(by) = spec.mask
                && by != DROPPED_INSIDE
            {
                known.dropper = by;
            }
        }
        known
    }

    const fn get(&self, node: usize, output: usize) -> Mask {
        if node >= MOST_NODES || output >= MOST_OUTPUTS {
            return Mask::Lost(DROPPED_INSIDE);
        }
        match self.codes[node][output] {
            0 => Mask::Absent,
            1 => Mask::Present,
            2 => Mask::Lost(DROPPED_INSIDE),
            _ => Mask::Lost(self.dropper),
        }
    }

    const fn set(&mut self, node: usize, masks: &Masks) {
        let mut i = 0;
        while i < MOST_OUTPUTS {
            self.codes[node][i] = match masks[i] {
                Mask::Absent => 0,
                Mask::Present => 1,
                Mask::Lost(DROPPED_INSIDE) => 2,
                Mask::Lost(_) => 3,
            };
            i += 1;
        }
    }
}

/// The masks of a model's outputs for those that its inputs carry. A mask that a layer inside drops is lost without a word, as
/// in Keras.
///
/// # Errors
/// A layer inside would use a mask that was dropped before this model, at the node which the error names as culprit.
pub(super) const fn masks_of(
    structure: &Structure,
    given: &[Option<TensorSpec>],
) -> Result<Masks, ShapeError> {
    let mut known = Known::new(given);
    let mut at = 0;
    while at < structure.nodes.len() && at < MOST_NODES {
        match of_node(structure, &structure.nodes[at], given, &known) {
            Ok(masks) => known.set(at, &masks),
            Err(error) => return Err(error),
        }
        at += 1;
    }
    let mut outputs = [Mask::Absent; MOST_OUTPUTS];
    let mut i = 0;
    while i < structure.outputs.len() && i < MOST_OUTPUTS {
        outputs[i] = of_tensor(structure.outputs[i], given, &known);
        i += 1;
    }
    Ok(outputs)
}

const fn of_tensor(source: Source, given: &[Option<TensorSpec>], known: &Known) -> Mask {
    match source {
        Source::Input(i) => match given[i] {
            Some(spec) => spec.mask,
            None => Mask::Absent,
        },
        Source::Node(node, i) => known.get(node, i),
    }
}

const fn of_node(
    structure: &Structure,
    node: &NodeInfo,
    given: &[Option<TensorSpec>],
    known: &Known,
) -> Result<Masks, ShapeError> {
    let layer = &structure.layers[node.layer];
    let config = match (layer.config, layer.inside) {
        (Some(config), _) => Some(node.call.of(config)),
        (None, Inside::Cells(config)) => Some(node.call.of(*config)),
        (None, Inside::Leaf | Inside::Own(_) | Inside::EachStep) => None,
    };
    let uses = match config {
        Some(config) => config.uses_mask(),
        None => false,
    };
    if node.inputs.len() > MOST_INPUTS {
        let mut i = 0;
        while i < node.inputs.len() {
            if !matches!(of_tensor(node.inputs[i], given, known), Mask::Absent) {
                return Ok([Mask::Lost(DROPPED_INSIDE); MOST_OUTPUTS]);
            }
            i += 1;
        }
        return Ok([Mask::Absent; MOST_OUTPUTS]);
    }
    let mut list = [TensorSpec::float(Shape::new(&[])); MOST_INPUTS];
    let mut len = 0;
    while len < node.inputs.len() {
        let Some(mut spec) = structure.known(node.inputs[len]) else {
            return Ok([Mask::Absent; MOST_OUTPUTS]);
        };
        spec.role = node.roles[len];
        spec.mask = match of_tensor(node.inputs[len], given, known) {
            _ if node.drop_mask => Mask::Absent,
            Mask::Lost(DROPPED_INSIDE) if uses => Mask::Absent,
            mask => mask,
        };
        list[len] = spec;
        len += 1;
    }
    let inputs = list.split_at(len).0;
    match (config, layer.inside) {
        (Some(config), _) => match mask_of_outputs(&config, inputs, DROPPED_INSIDE) {
            Ok(mask) => Ok(first(mask, config.masked_outputs())),
            Err(error) => Err(error),
        },
        (None, Inside::Own(Some(inner))) => of_inner(*inner, inputs),
        (None, Inside::EachStep) => Ok(first(first_mask(inputs), MOST_OUTPUTS)),
        (None, Inside::Leaf | Inside::Own(None) | Inside::Cells(_)) => {
            Ok(first(dropped(first_mask(inputs)), MOST_OUTPUTS))
        }
    }
}

/// The masks that a model inside the model hands on.
const fn of_inner(inner: Nested, inputs: &[TensorSpec]) -> Result<Masks, ShapeError> {
    let mut given = [None; MOST_INPUTS];
    let mut i = 0;
    while i < inputs.len() {
        given[i] = Some(inputs[i]);
        i += 1;
    }
    inner.masks(given.split_at(inputs.len()).0)
}

const fn first_mask(inputs: &[TensorSpec]) -> Mask {
    let mut i = 0;
    while i < inputs.len() {
        if matches!(inputs[i].role, Role::Input) {
            return inputs[i].mask;
        }
        i += 1;
    }
    Mask::Absent
}

/// What is left of a mask behind a layer that hands none on.
const fn dropped(mask: Mask) -> Mask {
    match mask {
        Mask::Present => Mask::Lost(DROPPED_INSIDE),
        mask => mask,
    }
}

/// The first outputs carry a mask, the others none.
const fn first(mask: Mask, count: usize) -> Masks {
    let mut masks = [Mask::Absent; MOST_OUTPUTS];
    let mut i = 0;
    while i < count && i < MOST_OUTPUTS {
        masks[i] = mask;
        i += 1;
    }
    masks
}
