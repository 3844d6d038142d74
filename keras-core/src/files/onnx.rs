//! Models as files of [ONNX](https://onnx.ai), which other programs run: [`Model::export`](crate::model::Model::export).
//!
//! A file has the operators of opset 17, the weights as initialisers under our names, and inputs and outputs under Keras's.
//! Axes that are `None` stay open: the batch is `batch`, an axis with a name has that, and others are `time`, or `height`
//! and `width` of images. The model is traced for several sets of lengths; what differs between these is computed from the
//! shapes of the inputs, and what cannot be is refused in words.
//!
//! Layers are written as they predict: dropout and augmentation do nothing. Convolutions, pooling, LSTM, GRU, simple
//! recurrent layers, and normalisation by batch and layer become the operators that ONNX has for them. What it has none
//! for is written in others, loops over steps among them. `book/src/files_in_detail.md` has a table.

use std::path::Path;

use keras_onnx::{Export, ExportError, Input, Trace, Weight};
use keras_ops::Symbolic;
use keras_shape::Dim;

use super::tensors::file_error;
use crate::data::{DataError, write_atomically};
use crate::model::{AnyModel, InputInfo, ModelGraph, Random, Structure};
use crate::{Error, Result};

/// Lengths for which models are traced: odd and even ones, of every remainder by 3 and 4.
const LENGTHS: [usize; 5] = [7, 8, 10, 13, 15];
/// Numbers of samples.
const BATCHES: [usize; 5] = [2, 3, 5, 7, 4];
/// What is done to lengths for models that take no such ones: added, then multiplied by.
const SIZES: [(usize, usize); 11] =
    [(0, 1), (32, 1), (128, 1), (512, 1), (0, 2), (0, 4), (0, 8), (0, 16), (0, 32), (0, 64), (0, 128)];

/// Writes a model as a file of ONNX.
///
/// # Errors
/// As [`Model::export`](crate::model::Model::export).
pub(crate) fn export(model: &dyn AnyModel, path: &Path) -> Result<()> {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    if extension != "onnx" {
        return Err(file_error(path, "a file of ONNX has a name that ends in `.onnx`"));
    }
    let bytes = bytes(model)?;
    write_atomically(path, |out| out.write_all(&bytes)).map_err(|error| match error {
        DataError::Write { source, .. } => file_error(path, format!("cannot be written: {source}")),
        other => file_error(path, other),
    })
}

/// A model as the bytes of a file of ONNX: what [`Model::export`](crate::model::Model::export) writes.
///
/// # Errors
/// A layer has an operation that ONNX has not, or not for lengths that only the data knows.
pub fn bytes(model: &dyn AnyModel) -> Result<Vec<u8>> {
    let open = Axes::unnamed(model.structure());
    let ways = partitions(open);
    let (mut said, mut refused) = (None, Vec::new());
    for size in SIZES {
        for way in &ways {
            let axes = Axes::new(model.structure(), way);
            let made = match traced(model, &axes, size) {
                Ok(graphs) => written(model, &axes, &graphs).map_err(|error| refused.push(error)),
                Err(error) => {
                    said = Some(said.unwrap_or(error));
                    continue;
                }
            };
            if made.is_ok() || refused.len() == TRIES || axes.names.len() < 2 {
                return made.map_err(|()| refused.swap_remove(0));
            }
            // Short sequences may be left whole where long ones are cut: others are tried, but not all.
            break;
        }
        if ways[0].is_empty() && Axes::new(model.structure(), &[]).names.len() < 2 {
            break;
        }
    }
    let said = refused.into_iter().next().or(said);
    Err(said.unwrap_or_else(|| Error::Argument("the model cannot be traced".into())))
}

/// For how many sets of lengths a model is written before what is wrong with it is said.
const TRIES: usize = 3;

/// From how many axes without a name on not every way is tried in which some of them can be equal.
const MANY: usize = 6;

/// The ways in which so many axes can be equal to each other, those first in which the fewest are: a number for each axis,
/// the same for those that are equal.
fn partitions(axes: usize) -> Vec<Vec<usize>> {
    if axes > MANY {
        return vec![(0..axes).collect(), vec![0; axes]];
    }
    let mut all: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..axes {
        let more = |way: Vec<usize>| {
            let next = way.iter().max().map_or(0, |most| most + 1);
            (0..=next).map(move |n| way.iter().copied().chain([n]).collect::<Vec<usize>>())
        };
        all = all.into_iter().flat_map(more).collect();
    }
    all.sort_by_key(|way| core::cmp::Reverse(way.iter().max().copied()));
    all
}

/// What is known of the axes of inputs.
struct Axes {
    /// For each axis of each input which of the open lengths it has.
    open: Vec<Vec<Option<usize>>>,
    /// The names of the open lengths. The batch is the first.
    names: Vec<String>,
}

/// Whether an axis is open and has no name. That of the batch has one.
fn is_unnamed(dim: Dim, axis: usize) -> bool {
    axis > 0 && matches!(dim, Dim::Dynamic(None))
}

impl Axes {
    /// How many axes are open and have no name.
    fn unnamed(structure: &Structure) -> usize {
        let shapes = structure.inputs.iter().map(|info| info.spec.shape);
        shapes.map(|shape| (0..shape.rank()).filter(|axis| is_unnamed(shape.dim(*axis), *axis)).count()).sum()
    }

    /// `way` has a number for each axis without a name.
    fn new(structure: &Structure, way: &[usize]) -> Axes {
        let mut keys: Vec<String> = vec!["batch".into()];
        let mut names = keys.clone();
        let mut open = Vec::new();
        let mut way = way.iter();
        for info in structure.inputs {
            let shape = info.spec.shape;
            let one = |axis: usize| {
                let key = match shape.dim(axis) {
                    Dim::Dynamic(Some(name)) => name.to_string(),
                    Dim::Dynamic(None) if axis == 0 => "batch".into(),
                    Dim::Dynamic(None) => format!("- {}", way.next().copied().unwrap_or_default()),
                    _ => return None,
                };
                let known = keys.iter().position(|known| *known == key);
                Some(known.unwrap_or_else(|| {
                    // With the channels first what follows them is a place further on.
                    let first = shape.rank() > 3
                        && shape.dim(1).fixed().is_some()
                        && shape.dim(shape.rank() - 1).fixed().is_none();
                    let place = if first { axis.saturating_sub(1) } else { axis };
                    names.push(unique(&names, name(shape.dim(axis), place, shape.rank())));
                    keys.push(key);
                    keys.len() - 1
                }))
            };
            open.push((0..shape.rank()).map(one).collect());
        }
        Axes { open, names }
    }

    /// How long an open axis is in trace `k`.
    fn length(open: usize, k: usize, (plus, times): (usize, usize)) -> usize {
        match open.checked_sub(1) {
            None => BATCHES[k],
            Some(i) => (LENGTHS[(k + 2 * i) % LENGTHS.len()] + 2 * i + plus) * times,
        }
    }

    /// The lengths of all inputs.
    fn shapes(&self, structure: &Structure, length: impl Fn(usize) -> usize) -> Vec<Vec<usize>> {
        let shape = |(open, info): (&Vec<Option<usize>>, &InputInfo)| -> Vec<usize> {
            let one = |axis: usize| match open[axis] {
                Some(open) => length(open),
                None => info.spec.shape.dim(axis).fixed().unwrap_or(1),
            };
            (0..info.spec.shape.rank()).map(one).collect()
        };
        self.open.iter().zip(structure.inputs).map(shape).collect()
    }
}

/// What an axis is called.
fn name(dim: Dim, axis: usize, rank: usize) -> &'static str {
    match (dim.name(), rank, axis) {
        (Some(name), ..) => name,
        (None, 4, 1) | (None, 5, 2) => "height",
        (None, 4, 2) | (None, 5, 3) => "width",
        (None, 5, 1) => "depth",
        _ => "time",
    }
}

fn unique(known: &[String], name: &str) -> String {
    let mut names = core::iter::once(name.to_string()).chain((1..).map(|n| format!("{name}_{n}")));
    names.find(|name| !known.contains(name)).unwrap_or_default()
}

fn graph_for(model: &dyn AnyModel, shapes: &[Vec<usize>]) -> Result<ModelGraph> {
    ModelGraph::new(model, &shapes.iter().map(Vec::as_slice).collect::<Vec<_>>(), false)
}

/// The model's graphs for several sets of lengths; the first alone where all are fixed.
fn traced(model: &dyn AnyModel, axes: &Axes, size: (usize, usize)) -> Result<Vec<ModelGraph>> {
    let varies = axes.open.iter().flatten().any(Option::is_some);
    let one =
        |k: usize| graph_for(model, &axes.shapes(model.structure(), |open| Axes::length(open, k, size)));
    (0..if varies { BATCHES.len() } else { 1 }).map(one).collect()
}

/// Numbers of samples, and lengths, for which it is looked at whether a model computes with the same operations.
const PROBES: [(usize, usize); 8] = [(2, 2), (4, 3), (3, 4), (5, 5), (3, 40), (2, 300), (2, 2100), (300, 9)];
/// How many numbers an input of these has at most: constants of its size are made.
const LARGEST: usize = 1 << 22;

/// The same for lengths that are shorter or longer than those, of whichever the model takes.
fn probes(model: &dyn AnyModel, axes: &Axes) -> Vec<ModelGraph> {
    if !axes.open.iter().flatten().any(Option::is_some) {
        return Vec::new();
    }
    let one = |(batch, length): &(usize, usize)| {
        let shapes =
            axes.shapes(model.structure(), |open| if open == 0 { *batch } else { length + open - 1 });
        let small = shapes.iter().all(|shape| shape.iter().product::<usize>() <= LARGEST);
        small.then(|| graph_for(model, &shapes).ok()).flatten()
    };
    PROBES.iter().filter_map(one).collect()
}

/// What a file cannot be given when it runs, and why not.
fn refused(graph: &ModelGraph) -> Vec<(Symbolic, String)> {
    let drawn = |random: &Random| {
        let why = "it draws other numbers in every run, which no file of ONNX does; leave `training = true` out of its call";
        (random.tensor().clone(), why.to_string())
    };
    let kept = |tensor: &Symbolic| {
        let why =
            "`stateful = true` keeps states from batch to batch, which no file of ONNX does; leave it out";
        (tensor.clone(), why.to_string())
    };
    let states = graph.states.iter().flat_map(|state| &state.before);
    graph.random.iter().map(drawn).chain(states.map(kept)).collect()
}

fn written(model: &dyn AnyModel, axes: &Axes, graphs: &[ModelGraph]) -> Result<Vec<u8>> {
    let structure = model.structure();
    let trace = |graph: &ModelGraph| Trace {
        inputs: graph.inputs.clone(),
        weights: graph.weights.iter().map(|weight| weight.tensor.clone()).collect(),
        refused: refused(graph),
        layers: graph.layers.iter().map(|(_, outputs)| outputs.clone()).collect(),
        outputs: graph.outputs.clone(),
    };
    let input = |(info, open): (&InputInfo, &Vec<Option<usize>>)| Input {
        name: info.name.to_string(),
        axes: open.iter().map(|open| open.map(|open| axes.names[open].clone())).collect(),
    };
    let weight =
        |(path, param): (String, &crate::param::Param)| Ok(Weight { path, numbers: param.value.to_vec()? });
    let mut outputs: Vec<String> = Vec::new();
    for i in 0..structure.outputs.len() {
        let name = structure.output_names.get(i).copied().unwrap_or("output");
        outputs.push(unique(&outputs, name));
    }
    let export = Export {
        name: structure.name.to_string(),
        inputs: structure.inputs.iter().zip(&axes.open).map(input).collect(),
        outputs,
        weights: model.named_params().into_iter().map(weight).collect::<Result<_>>()?,
        layers: graphs[0].layers.iter().map(|(name, _)| name.clone()).collect(),
        traces: graphs.iter().map(trace).collect(),
        probes: probes(model, axes).iter().map(trace).collect(),
    };
    keras_onnx::bytes(&export).map_err(|error: ExportError| match &error.layer {
        Some(layer) => {
            let message = ExportError { layer: None, ..error.clone() }.to_string();
            Error::Layer { layer: layer.clone(), message }
        }
        None => Error::Argument(error.to_string()),
    })
}
