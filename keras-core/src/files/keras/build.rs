//! From the graph of a file to a model that runs: the reasons against it, and its weights.

use keras_files::{Array, LayerPart, ModelPart, Part, WantedWeight};
use keras_shape::{LayerConfig, WeightSpec};

use super::custom::CustomBuilt;
use super::draft::{Draft, DraftLayer};
use super::functions::FunctionLayer;
use super::load_weights::raw;
use super::loaded::{LoadedLayer, LoadedModel, ModelLayer, Report};
use super::parts::{cells_of, counts, of_config};
use crate::Result;
use crate::model::{Built, Core, OwnCells, RunCell, TimeDistributed};
use crate::param::{Param, ParamId};

/// What is asked of the file; `next` is the number of the next weight.
pub(super) fn parts_of(draft: &Draft, name: &str, frozen: bool, next: &mut usize) -> ModelPart {
    let trainable = draft.trainable && !frozen;
    let frozen = draft.is_frozen(frozen);
    let infos = draft.structure.layers;
    let layers: Vec<Part> =
        draft.layers.iter().zip(infos).map(|(layer, info)| part_of(layer, info.name, frozen, next)).collect();
    let structure = draft.structure;
    let parts =
        structure.order.iter().filter(|member| counts(structure, member)).map(|member| match *member {
            crate::model::Member::Layer(layer) => layers[layer].clone(),
            _ => Part::Input,
        });
    let class = if draft.structure.sequential { "Sequential" } else { "Functional" };
    let (name, stored) = (name.to_string(), draft.stored.map(str::to_string));
    ModelPart { name, class: class.into(), stored, trainable, parts: parts.collect() }
}

/// What is asked of the file for a layer of this name.
fn part_of(layer: &DraftLayer, name: &str, frozen: bool, next: &mut usize) -> Part {
    let mut wanted = |spec: &WeightSpec, path: &str, trainable: bool| {
        let index = *next;
        *next += 1;
        let path = format!("{name}/{path}");
        WantedWeight { index, path, shape: lengths(spec), trainable: trainable && !frozen && spec.trainable }
    };
    let own = |class: &str, weights: Vec<WantedWeight>| {
        let (name, class) = (name.to_string(), class.to_string());
        Part::Layer(LayerPart { name, class, own: true, weights, ..LayerPart::default() })
    };
    match layer {
        DraftLayer::Model(inner) => Part::Model(parts_of(inner, name, frozen, next)),
        DraftLayer::Wrapped(inner) => {
            let model = parts_of(inner, inner.structure.name, frozen, next);
            Part::Wrapped(name.to_string(), Box::new(Part::Model(model)))
        }
        DraftLayer::Custom { class, trainable, weights, .. } => {
            own(class, weights.iter().map(|spec| wanted(spec, spec.path.as_str(), *trainable)).collect())
        }
        DraftLayer::Function(function) => own(function.class(), Vec::new()),
        DraftLayer::Cells { config, cells, paths, trainable } => {
            let specs = cells.iter().flatten().flat_map(RunCell::weights);
            let weights = specs.zip(paths).map(|(spec, path)| wanted(spec, path, *trainable));
            own(config.class(), weights.collect())
        }
        DraftLayer::Keras { config, trainable, weights, stored } => {
            let (inner, first) = of_config(config);
            let weights = weights.as_slice().iter();
            Part::Layer(LayerPart {
                name: name.to_string(),
                class: config.class().to_string(),
                // Of a class of Keras 3 paths have its name in Python, and the file has it by the one that Keras exports.
                stored: Some(stored.class.clone())
                    .filter(|class| !class.is_empty() && LayerConfig::default_of(class).is_none()),
                inner,
                cells: cells_of(config),
                channels_first: first || stored.channels_first,
                own: false,
                weights: weights.map(|spec| wanted(spec, spec.path.as_str(), *trainable)).collect(),
                idf_weights: None,
                quantized: stored.quantized.clone(),
            })
        }
    }
}

/// The axes of a weight. Keras's single numbers have none; tensors here have one at least.
fn lengths(spec: &WeightSpec) -> Vec<usize> {
    let lengths: Vec<usize> = spec.shape.dims().iter().map(|dim| dim.fixed().unwrap_or(0)).collect();
    if lengths.is_empty() { vec![1] } else { lengths }
}

/// The model with its weights, which the file has all of.
pub(super) fn finish(
    draft: Draft,
    frozen: bool,
    arrays: &mut dyn Iterator<Item = Array>,
    report: Report,
) -> Result<LoadedModel> {
    let frozen = draft.is_frozen(frozen);
    let mut layers = Vec::with_capacity(draft.layers.len());
    for (layer, info) in draft.layers.into_iter().zip(draft.structure.layers) {
        layers.push(match layer {
            DraftLayer::Model(inner) => {
                let trainable = !inner.is_frozen(frozen);
                let model = finish(inner, frozen, arrays, Report::default())?;
                LoadedLayer::Model(ModelLayer::new(info.name, trainable, model))
            }
            DraftLayer::Wrapped(inner) => {
                let trainable = !inner.is_frozen(frozen);
                let name = inner.structure.name;
                let model = finish(inner, frozen, arrays, Report::default())?;
                LoadedLayer::Wrapped(TimeDistributed::new(info.name, ModelLayer::new(name, trainable, model)))
            }
            DraftLayer::Custom { layer, class, trainable, weights, output } => {
                let params = weights.iter().map(|spec| param(spec, arrays));
                let weights = params.collect::<Result<Vec<Param>>>()?;
                let (name, trainable) = (info.name.to_string(), trainable && !frozen);
                LoadedLayer::Custom(CustomBuilt { name, class, trainable, weights, layer, output })
            }
            DraftLayer::Function(function) => {
                LoadedLayer::Function(FunctionLayer { name: info.name.to_string(), function })
            }
            DraftLayer::Cells { config, cells, trainable, .. } => {
                let specs = cells.iter().flatten().flat_map(RunCell::weights);
                let params = specs.map(|spec| param(spec, arrays)).collect::<Result<Vec<Param>>>()?;
                let trainable = trainable && !frozen;
                LoadedLayer::Cells(OwnCells::with_weights(info.name, trainable, config, cells, params))
            }
            DraftLayer::Keras { config, trainable, weights, .. } => {
                let params = weights.as_slice().iter().map(|spec| param(spec, arrays));
                let params = params.collect::<Result<Vec<Param>>>()?;
                LoadedLayer::Keras(Built::with_weights(info.name, config, params, trainable && !frozen))
            }
        });
    }
    Ok(LoadedModel::new(draft.structure, layers, Core::new(), report))
}

fn param(spec: &WeightSpec, arrays: &mut dyn Iterator<Item = Array>) -> Result<Param> {
    let array = arrays.next().ok_or_else(|| crate::Error::layer("a weight is missing"))?;
    Ok(Param {
        id: ParamId::fresh(),
        path: spec.path.as_str().to_string(),
        value: raw(&array, &lengths(spec))?,
        trainable: spec.trainable,
        trains: spec.trains,
        regularizer: spec.regularizer,
        constraint: spec.constraint,
    })
}
