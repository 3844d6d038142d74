//! What is asked of a file: the layers of a model with the weights that they have.

use keras_files::{LayerPart, ModelPart, Part, WantedWeight};
use keras_shape::LayerConfig;

use crate::model::{AnyLayer, AnyModel, Member, Structure};

/// The parts of a model.
pub(super) fn of_model(model: &dyn AnyModel) -> ModelPart {
    let mut next = 0;
    model_part(model, model.structure().name, &mut next)
}

fn model_part(model: &dyn AnyModel, name: &str, next: &mut usize) -> ModelPart {
    let structure = model.structure();
    // Weights are numbered in the order of the layers, and listed in Keras's order, in which blocks are one.
    let layers: Vec<Part> = model.layers().into_iter().map(|layer| layer_part(layer, next)).collect();
    let class = if structure.sequential { "Sequential" } else { "Functional" };
    let trainable = model.layers().iter().any(|layer| layer.trainable()) || layers.is_empty();
    let parts =
        structure.order.iter().filter(|member| counts(structure, member)).map(|member| match *member {
            Member::Input(_) | Member::Mask(_) => Part::Input,
            Member::Layer(layer) => layers[layer].clone(),
            Member::Block(block) => block_part(structure, &layers, block),
        });
    let (name, class) = (name.to_string(), class.to_string());
    ModelPart { name, class, stored: None, trainable, parts: parts.collect() }
}

/// Whether a member of a model is one of Keras's layers: operations are in the graph alone.
pub(super) fn counts(structure: &Structure, member: &Member) -> bool {
    match member {
        Member::Input(_) | Member::Block(_) => true,
        Member::Layer(layer) => !structure.layers[*layer].config.is_some_and(|config| config.is_operation()),
        Member::Mask(_) => false,
    }
}

/// A block: to Keras a `Sequential` inside the model.
fn block_part(structure: &Structure, layers: &[Part], block: usize) -> Part {
    let mut parts = Vec::new();
    let mut inner = Vec::new();
    for layer in structure.inside(block) {
        let blocks = structure.blocks(layer);
        match blocks.iter().skip_while(|at| **at != block).nth(1) {
            Some(at) if inner.contains(at) => {}
            Some(at) => {
                inner.push(*at);
                parts.push(block_part(structure, layers, *at));
            }
            None => parts.push(layers[layer].clone()),
        }
    }
    let name = structure.groups[block].name.to_string();
    Part::Model(ModelPart { name, class: "Sequential".into(), stored: None, trainable: true, parts })
}

/// Hands each layer with weights of its own on, also of models inside, and how many weights there are before it.
pub(super) fn each_layer(model: &dyn AnyModel, visit: &mut dyn FnMut(&dyn AnyLayer, usize)) {
    fn of_layer(layer: &dyn AnyLayer, next: &mut usize, visit: &mut dyn FnMut(&dyn AnyLayer, usize)) {
        if let Some(inner) = layer.wrapped() {
            return of_layer(inner, next, visit);
        }
        if let Some(model) = layer.nested() {
            return model.layers().into_iter().for_each(|layer| of_layer(layer, next, visit));
        }
        visit(layer, *next);
        *next += layer.params().len();
    }
    let mut next = 0;
    model.layers().into_iter().for_each(|layer| of_layer(layer, &mut next, visit));
}

fn layer_part(layer: &dyn AnyLayer, next: &mut usize) -> Part {
    if let Some(inner) = layer.wrapped() {
        return Part::Wrapped(layer.name().to_string(), Box::new(layer_part(inner, next)));
    }
    if let Some(model) = layer.nested() {
        let mut part = model_part(model, layer.name(), next);
        part.trainable &= layer.trainable();
        return Part::Model(part);
    }
    let weights = layer.named_params().into_iter().map(|(path, param)| {
        let index = *next;
        *next += 1;
        let trainable = layer.trainable() && param.trainable;
        WantedWeight {
            index,
            path: format!("{}/{path}", layer.name()),
            shape: param.value.shape(),
            trainable,
        }
    });
    let weights = weights.collect();
    let (inner, channels_first) = layer.config().map_or((None, false), of_config);
    let cells = layer.config().map_or(Vec::new(), cells_of);
    Part::Layer(LayerPart {
        name: layer.name().to_string(),
        class: layer.class().to_string(),
        stored: None,
        inner,
        cells,
        channels_first,
        own: false,
        weights,
        quantized: None,
        idf_weights: layer.reads().and_then(|table| table.get(layer).ok()?.idf_weights()),
    })
}

/// The class of the layer inside a wrapper, and whether the channels come first.
pub(super) fn of_config(config: &LayerConfig) -> (Option<String>, bool) {
    let inner = config.both_ways().map(|wrapper| wrapper.layer).or(config.facts().each_step);
    // Of a wrapper in a wrapper the classes of both: `Bidirectional/LSTM`.
    let name = inner.map(|inner| match of_config(inner.config).0 {
        Some(inside) => format!("{}/{inside}", inner.config.class()),
        None => inner.config.class().to_string(),
    });
    (name, inner.map_or(config, |inner| inner.config).channels_first())
}

/// The classes of the cells of a stack, also inside of a wrapper.
pub(super) fn cells_of(config: &LayerConfig) -> Vec<String> {
    if let Some(cells) = config.facts().stack {
        return cells.iter().map(|cell| cell.config.class().to_string()).collect();
    }
    config.wrapped().first().map_or(Vec::new(), |inner| cells_of(inner.config))
}
