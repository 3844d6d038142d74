//! The operations by which Keras has made masks, in graphs of its files. What gives no more than the masks that tensors carry
//! anyway is no layer here: it stands beside them, as in models of `model!`.

use std::collections::{HashMap, HashSet};

use keras_files::{TensorRef, shown};
use keras_shape::layers::{Binary, Op};
use keras_shape::{
    Called, LayerConfig, MaskCall, MaskGiven, MaskOperation, MaskSource, Masks, Role, kept, kept_text,
};

use super::calls::Applied;
use super::{Drafting, Origin};
use crate::model::MaskInfo;

/// The masks of a graph that Keras makes by itself.
#[derive(Default)]
pub(super) struct OwnMasks {
    /// The operations, each with the place of its layer in the file.
    pub infos: Vec<(usize, MaskInfo)>,
    /// The calls that are given them.
    pub given: Vec<MaskGiven>,
}

impl OwnMasks {
    /// The operation that a layer of the file is.
    pub fn of_layer(&self, layer: usize) -> Option<usize> {
        self.infos.iter().position(|(at, _)| *at == layer)
    }
}

/// What has been found of a graph so far.
#[derive(Default)]
struct Found {
    masks: Masks,
    /// The masks that calls of the file make.
    made: HashMap<(usize, usize), usize>,
    /// The calls that are given what their tensors carry.
    taken: HashSet<usize>,
}

impl Drafting<'_> {
    /// Takes the operations out of the calls, where that can be done.
    ///
    /// # Errors
    /// A mask is given by name to what takes none here.
    pub(super) fn take_masks(&mut self, writer: &keras_files::Writer) -> Result<OwnMasks, Vec<String>> {
        let found = self.find_masks();
        let taken = self.is_whole(&found);
        for at in 0..self.calls.len() {
            let call = &self.calls[at];
            let takes_none = matches!(self.sources[call.layer], Some(Origin::Model(_) | Origin::Wrapped(_)));
            if takes_none && call.roles.contains(&Role::Mask) && !(taken && found.taken.contains(&at)) {
                if self.graph.names_carried_masks(call.layer, call.call, writer) {
                    self.calls[at].drop_masks();
                    continue;
                }
                let name = shown(&self.graph.layers[call.layer].name);
                return Err(vec![format!(
                    "the call of layer `{name}`: its argument `mask` takes no tensor here that is not the mask of its input"
                )]);
            }
        }
        Ok(if taken { self.without(&found) } else { OwnMasks::default() })
    }

    fn find_masks(&self) -> Found {
        let mut found = Found::default();
        for (i, input) in self.graph.inputs.iter().enumerate() {
            let input = self.graph.layers[input.layer].input.as_ref();
            found.masks.input(i, input.is_some_and(|input| input.dtype.contains("float")));
        }
        // What is told to compute without masks hands on none here.
        for (at, call) in self.calls.iter().enumerate().filter(|(_, call)| !call.no_masks) {
            let config;
            let called = match &self.sources[call.layer] {
                Some(Origin::Keras(made)) => {
                    config = call.args.of(made.config);
                    Called::Keras(&config)
                }
                Some(Origin::Cells(cells)) => Called::Keras(&cells.made.config),
                Some(Origin::Wrapped(_)) => Called::EachStep,
                Some(Origin::Model(inner)) if inner.structure.sequential => Called::Chain,
                Some(Origin::Model(_)) => Called::Own,
                // They hand on no masks.
                Some(Origin::Custom(..) | Origin::Function(_)) | None => continue,
            };
            let Some(inputs) = self.sources_of(call) else { continue };
            let plain: Vec<(MaskSource, Role)> =
                inputs.iter().filter(|(_, role)| *role != Role::Mask).copied().collect();
            let precision = keras_files::precision(&self.graph.layers[call.layer]);
            let as_given =
                MaskCall { called, node: at, inputs: &inputs, drop_mask: false, call: call.args, precision };
            let as_carried = MaskCall { inputs: &plain, ..as_given };
            let named = call.inputs.iter().zip(&call.roles).filter(|(_, role)| **role == Role::Mask);
            let named: Vec<TensorRef> = named.map(|(tensor, _)| *tensor).collect();
            let gives = found.masks.gives(&as_carried);
            let same = !named.is_empty()
                && named.len() == gives.len()
                && named.iter().zip(&gives).all(|(tensor, mask)| self.is_mask(*tensor, *mask, &mut found));
            if same {
                found.taken.insert(at);
            }
            let call = if same { &as_carried } else { &as_given };
            found.masks.call(call, &mut |_| String::new());
        }
        found
    }

    /// The tensors of a call with their roles.
    fn sources_of(&self, call: &Applied) -> Option<Vec<(MaskSource, Role)>> {
        let inputs = call.inputs.iter().zip(&call.roles);
        inputs.map(|(tensor, role)| Some((self.mask_source(*tensor)?, *role))).collect()
    }

    fn mask_source(&self, tensor: TensorRef) -> Option<MaskSource> {
        self.tensor(tensor).map(MaskSource::from)
    }

    /// Whether a tensor of the file is this mask.
    fn is_mask(&self, tensor: TensorRef, mask: MaskSource, found: &mut Found) -> bool {
        let MaskSource::Mask(number) = mask else { return self.mask_source(tensor) == Some(mask) };
        let place = (tensor.layer, tensor.call);
        if let Some(known) = found.made.get(&place) {
            return *known == number;
        }
        let Some(call) = self.calls.iter().find(|call| (call.layer, call.call) == place) else {
            return false;
        };
        let node = found.masks.nodes[number].clone();
        let mut inputs = call.inputs.clone();
        if node.operation == MaskOperation::ZerosLike {
            // It is read as a comparison of a tensor with itself.
            inputs.dedup();
        }
        let same = self.computes(tensor.layer, node.operation)
            && inputs.len() == node.inputs.len()
            && inputs.iter().zip(&node.inputs).all(|(tensor, mask)| self.is_mask(*tensor, *mask, found));
        if same {
            found.made.insert(place, number);
        }
        same
    }

    /// Whether a layer of the file is this operation.
    fn computes(&self, layer: usize, operation: MaskOperation) -> bool {
        let info = &self.graph.layers[layer];
        if info.class != operation.class() || !info.module.contains(".ops") || info.calls.len() != 1 {
            return false;
        }
        let says = |key: &str| info.config.get(key).filter(|value| !value.is_null());
        let word = |key: &str| says(key).and_then(serde_json::Value::as_str);
        let axis = says("axis").and_then(serde_json::Value::as_i64);
        match operation {
            MaskOperation::Cast(precision) => {
                word("dtype") == Some(precision.map_or("float32", keras_shape::Precision::name))
            }
            MaskOperation::NotEqual(number, _) => match &self.sources[layer] {
                Some(Origin::Keras(made)) => is_not_equal(&made.config, number),
                _ => false,
            },
            MaskOperation::Any => axis == Some(-1) && says("keepdims").is_none_or(|keep| keep == false),
            MaskOperation::ExpandDims => axis == Some(-1),
            MaskOperation::ZerosLike | MaskOperation::OnesLike => word("dtype") == Some("bool"),
            MaskOperation::Concatenate(at) => axis == Some(at as i64),
            MaskOperation::LogicalOr => true,
            MaskOperation::ConvertToTensor => says("dtype").is_none(),
        }
    }

    /// Whether all that is made of the operations are masks of which Keras says no more than is carried.
    fn is_whole(&self, found: &Found) -> bool {
        let is_made = |tensor: &TensorRef| found.made.contains_key(&(tensor.layer, tensor.call));
        let used = self.calls.iter().enumerate().all(|(at, call)| {
            let makes = found.made.contains_key(&(call.layer, call.call));
            let taken = found.taken.contains(&at);
            makes
                || call
                    .inputs
                    .iter()
                    .zip(&call.roles)
                    .all(|(tensor, role)| !is_made(tensor) || taken && *role == Role::Mask)
        });
        used && !self.graph.outputs.iter().any(is_made)
    }

    /// Takes the operations out.
    fn without(&mut self, found: &Found) -> OwnMasks {
        let mut kept_calls = Vec::new();
        let mut place = Vec::new();
        for (at, mut call) in std::mem::take(&mut self.calls).into_iter().enumerate() {
            place.push(kept_calls.len());
            if found.made.contains_key(&(call.layer, call.call)) {
                self.sources[call.layer] = None;
                continue;
            }
            if found.taken.contains(&at) {
                call.drop_masks();
            }
            kept_calls.push(call);
        }
        self.calls = kept_calls;
        let mut made: Vec<(usize, usize)> =
            found.made.iter().map(|((layer, _), mask)| (*mask, *layer)).collect();
        made.sort_unstable();
        let moved = |source: MaskSource| match source {
            MaskSource::Input(_) => source,
            MaskSource::Node(node, output) => MaskSource::Node(place[node], output),
            MaskSource::Mask(mask) => {
                MaskSource::Mask(made.iter().position(|(other, _)| *other == mask).unwrap_or(0))
            }
        };
        let infos = made.iter().map(|(mask, layer)| {
            let node = &found.masks.nodes[*mask];
            let inputs = kept(node.inputs.iter().map(|source| moved(*source)).collect());
            let name = kept_text(&self.graph.layers[*layer].name);
            (*layer, MaskInfo { name, operation: node.operation, inputs })
        });
        let given = found.masks.given.iter().filter(|given| found.taken.contains(&given.node));
        let given =
            given.map(|given| MaskGiven { node: place[given.node], mask: moved(given.mask), ..*given });
        OwnMasks { infos: infos.collect(), given: given.collect() }
    }
}

/// Whether an operation compares with this number.
fn is_not_equal(config: &LayerConfig, number: f64) -> bool {
    matches!(config.operation(), Some(Op::Number(Binary::NotEqual, value, ..)) if *value == number)
}
