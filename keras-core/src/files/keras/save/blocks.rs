//! Blocks of layers: to Keras a `Sequential` inside the model.

use keras_shape::Shape as Dims;
use serde_json::{Map, Value, json};

use super::super::json::object;
use super::{Writing, shape_json};
use crate::model::{NodeInfo, Source};

impl Writing<'_> {
    /// The layers of a chain, with those of blocks in it as models of their own; `parent` is the block that the chain is.
    pub(super) fn chain(&self, parent: Option<usize>, layers: &[usize]) -> Result<Vec<Value>, String> {
        let mut out = Vec::new();
        let mut rest = layers;
        while let Some(first) = rest.first() {
            let blocks = self.structure.blocks(*first);
            let inside = match parent {
                None => blocks.first(),
                Some(parent) => blocks.iter().skip_while(|block| **block != parent).nth(1),
            };
            let count = match inside {
                None => {
                    out.push(self.layer(*first)?);
                    1
                }
                Some(block) => {
                    let is_inside = |layer: &&usize| self.structure.blocks(**layer).contains(block);
                    let count = rest.iter().take_while(is_inside).count();
                    out.push(self.block(*block, &rest[..count])?);
                    count
                }
            };
            rest = &rest[count..];
        }
        Ok(out)
    }

    /// A block as an object of Keras.
    pub(super) fn block(&self, block: usize, layers: &[usize]) -> Result<Value, String> {
        let name = self.structure.groups[block].name;
        let shape = self.input_of_block(block, layers)?;
        let input = json!({
            "batch_shape": shape_json(&shape.0), "dtype": shape.1, "sparse": false, "ragged": false,
            "name": format!("{name}_input"),
        });
        let mut all = vec![object("keras.layers", "InputLayer", input)];
        all.extend(self.chain(Some(block), layers)?);
        let config = json!({
            "name": name, "trainable": true, "dtype": "float32", "layers": all,
            "build_input_shape": shape_json(&shape.0),
        });
        Ok(object("keras", "Sequential", config))
    }

    /// The shape and the type of what a block is applied to first.
    fn input_of_block(&self, block: usize, layers: &[usize]) -> Result<(Dims, &'static str), String> {
        let name = self.structure.groups[block].name;
        let first = layers.first().and_then(|layer| self.applied(*layer).next());
        let first = first.ok_or_else(|| format!("block `{name}` is applied to nothing"))?;
        let [source] = first.inputs else {
            return Err(format!(
                "block `{name}` takes {} tensors, and a `Sequential` of Keras takes one: write it as a model of its own",
                first.inputs.len()
            ));
        };
        let spec = self.structure.spec(*source);
        Ok((spec.shape, spec.dtype.name()))
    }

    /// Where a layer is applied.
    fn applied(&self, layer: usize) -> impl Iterator<Item = &'static NodeInfo> {
        self.structure.nodes.iter().filter(move |node| node.layer == layer)
    }

    /// The calls of a block, which is a chain.
    pub(super) fn calls_of_block(&self, block: usize) -> Result<Vec<Value>, String> {
        let layers = self.structure.inside(block);
        let name = self.structure.groups[block].name;
        let count = layers.first().map_or(0, |layer| self.applied(*layer).count());
        let as_chain = || {
            format!(
                "block `{name}` is no chain of layers, as a `Sequential` of Keras is: write it as a model of its own"
            )
        };
        let mut calls = Vec::new();
        for call in 0..count {
            let nodes: Option<Vec<&NodeInfo>> =
                layers.iter().map(|layer| self.applied(*layer).nth(call)).collect();
            let nodes = nodes.filter(|_| layers.iter().all(|layer| self.applied(*layer).count() == count));
            let nodes = nodes.ok_or_else(as_chain)?;
            for (before, node) in nodes.iter().zip(nodes.iter().skip(1)) {
                let is_next = match node.inputs {
                    [Source::Node(source, 0)] => {
                        core::ptr::eq(*before, &raw const self.structure.nodes[*source])
                    }
                    _ => false,
                };
                if !is_next {
                    return Err(as_chain());
                }
            }
            let mut value = self.call_of_block(name, &nodes)?;
            let first = nodes.first();
            let place = |node: &NodeInfo| first.is_some_and(|first| core::ptr::eq(*first, node));
            if let Some(index) = self.structure.nodes.iter().position(place) {
                self.add_masks(index, &mut value);
            }
            calls.push(value);
        }
        Ok(calls)
    }

    /// One call: what is said of all layers is said of the block.
    fn call_of_block(&self, name: &str, nodes: &[&'static NodeInfo]) -> Result<Value, String> {
        let mut kwargs = Map::new();
        for (at, node) in nodes.iter().enumerate() {
            let layer = self.structure.layers[node.layer].name;
            if self.operation(node.layer).is_some() {
                return Err(format!(
                    "`{layer}` in block `{name}` is an operation, for which a `Sequential` of Keras has no place"
                ));
            }
            let mut says = self.call_arguments(node)?;
            let training: Map<String, Value> = says.remove_entry("training").into_iter().collect();
            if at > 0 && training != kwargs
                || !says.is_empty()
                || node.roles.iter().any(|role| !role.is_input())
            {
                return Err(format!(
                    "layer `{layer}` in block `{name}` is called with arguments, for which a `Sequential` of Keras has no place"
                ));
            }
            kwargs = training;
        }
        let first = nodes.first().and_then(|node| node.inputs.first());
        let args: Vec<Value> = first.into_iter().map(|source| self.tensor(*source)).collect();
        Ok(json!({ "args": args, "kwargs": kwargs }))
    }
}
