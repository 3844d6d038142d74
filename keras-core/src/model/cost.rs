//! What a model costs: the multiply-adds of its layers, by the rules of `keras-shape`.

use keras_shape::{Dim, Inferred, MultiplyAdds, Shape as Dims, TensorSpec, in_role};

use super::api::AnyModel;
use super::entry::check_lengths;
use super::layer::AnyLayer;
use super::run::as_declared;
use super::structure::Source;
use crate::{Error, Result};

/// The multiply-adds of each layer of a model, over all places where it is applied.
#[derive(Clone, Debug, Default)]
pub(super) struct Costs {
    layers: Vec<MultiplyAdds>,
    inner: Vec<Option<Costs>>,
}

impl Costs {
    /// For the lengths that the model's inputs declare.
    pub fn declared(model: &dyn AnyModel) -> Costs {
        let inputs: Vec<Dims> = model.structure().inputs.iter().map(|info| info.spec.shape).collect();
        // The proof has been through these rules; were it not, a summary shows what it can.
        let unknown =
            |_| Costs { layers: vec![MultiplyAdds::unknown(); model.layers().len()], inner: vec![] };
        walk(model, &inputs).map_or_else(unknown, |(costs, _)| costs)
    }

    /// Of layer `i`, that of the layers in it if it is a model.
    pub fn layer(&self, i: usize) -> MultiplyAdds {
        self.layers.get(i).cloned().unwrap_or_default()
    }

    /// Of the layers inside the model that layer `i` is, at the lengths that it is given.
    pub fn inside(&self, i: usize, model: &dyn AnyModel) -> Costs {
        self.inner.get(i).cloned().flatten().unwrap_or_else(|| Costs::declared(model))
    }

    fn sum(&self) -> MultiplyAdds {
        self.layers.iter().fold(MultiplyAdds::default(), |sum, layer| sum.plus(layer))
    }

    fn empty(layers: usize) -> Costs {
        Costs { layers: vec![MultiplyAdds::default(); layers], inner: vec![None; layers] }
    }

    /// A model that is applied once more.
    fn add(&mut self, other: &Costs) {
        for (layer, more) in self.layers.iter_mut().zip(&other.layers) {
            *layer = core::mem::take(layer).plus(more);
        }
        for (inner, more) in self.inner.iter_mut().zip(&other.inner) {
            match (inner, more) {
                (Some(inner), Some(more)) => inner.add(more),
                (inner @ None, Some(more)) => *inner = Some(more.clone()),
                (_, None) => {}
            }
        }
    }
}

/// See [`Model::multiply_adds`](super::Model::multiply_adds).
pub(super) fn for_lengths(model: &dyn AnyModel, lengths: &[&[usize]]) -> Result<u64> {
    let structure = model.structure();
    if lengths.len() != structure.inputs.len() {
        let (n, m) = (structure.inputs.len(), lengths.len());
        return Err(Error::Argument(format!("the model has {n} inputs; found the lengths of {m}")));
    }
    let mut inputs = Vec::new();
    for (info, lengths) in structure.inputs.iter().zip(lengths) {
        let declared = info.spec.shape;
        let fits = declared.rank() == lengths.len() + 1
            && declared.dims()[1..].iter().zip(*lengths).all(|(d, n)| d.fixed().is_none_or(|d| d == *n));
        if !fits {
            let what = info.field.to_string();
            let message = format!("expected the lengths of {declared} without the batch; found {lengths:?}");
            return Err(Error::shape(what, message));
        }
        inputs.push(lengths.iter().fold(Dims::new(&[declared.batch()]), |s, n| s.push(Dim::Fixed(*n))));
    }
    let batch = structure.fixed_batch().unwrap_or(1);
    let whole: Vec<Vec<usize>> = lengths
        .iter()
        .map(|lengths| core::iter::once(batch).chain(lengths.iter().copied()).collect())
        .collect();
    check_lengths(model, &whole.iter().map(Vec::as_slice).collect::<Vec<_>>())?;
    let (costs, _) = walk(model, &inputs)?;
    if let Some(number) = costs.sum().number() {
        return Ok(number);
    }
    let at = costs.layers.iter().position(|layer| layer.number().is_none()).unwrap_or_default();
    let message =
        "nobody knows its multiply-adds: it is no layer of Keras, or a length after one".to_string();
    Err(Error::Layer { layer: structure.layers[at].name.to_string(), message })
}

/// The costs for inputs of these shapes, and the shapes of the outputs. Models inside are gone through at the shapes
/// that they are given, which are often more than they declare.
fn walk(model: &dyn AnyModel, inputs: &[Dims]) -> Result<(Costs, Vec<Dims>)> {
    let (structure, layers) = (model.structure(), model.layers());
    let mut costs = Costs::empty(layers.len());
    let mut known: Vec<Inferred> = Vec::new();
    let spec_of = |known: &[Inferred], source: Source| match source {
        Source::Input(i) => {
            inputs.get(i).map(|shape| TensorSpec { shape: *shape, ..structure.inputs[i].spec })
        }
        Source::Node(node, i) => known[node].output(i),
    };
    for (at, node) in structure.nodes.iter().enumerate() {
        let given = node.inputs.iter().zip(node.roles);
        let given: Vec<Option<TensorSpec>> =
            given.map(|(source, role)| in_role(spec_of(&known, *source), *role)).collect();
        let specs: Option<Vec<TensorSpec>> = given.iter().copied().collect();
        let (cost, outputs) = match (&structure.config(node), layers[node.layer].nested()) {
            (Some(config), _) => {
                let outputs =
                    as_declared(config.at_run_time().infer(&given, at, node.drop_mask), &node.outputs);
                if let Inferred::Wrong(error) = &outputs {
                    let layer = structure.layers[node.layer].name.to_string();
                    return Err(Error::Layer { layer, message: error.to_string() });
                }
                let cost = specs.map_or_else(MultiplyAdds::unknown, |specs| config.multiply_adds(&specs));
                (cost, outputs)
            }
            (None, Some(model)) => {
                let shapes: Vec<Dims> = specs.iter().flatten().map(|spec| spec.shape).collect();
                let (inner, shapes) = walk(model, &shapes)?;
                let sum = inner.sum();
                match &mut costs.inner[node.layer] {
                    Some(all) => all.add(&inner),
                    none => *none = Some(inner),
                }
                (sum, reshaped(node.outputs, &shapes))
            }
            (None, None) => {
                let shape = specs.as_deref().and_then(|specs| Some(specs.first()?.shape));
                (wrapped(layers[node.layer], shape)?, node.outputs)
            }
        };
        costs.layers[node.layer] = costs.layer(node.layer).plus(&cost);
        known.push(outputs);
    }
    let outputs = structure.outputs.iter().map(|source| {
        let spec = spec_of(&known, *source);
        spec.map_or_else(|| structure.spec(*source).shape, |spec| spec.shape)
    });
    Ok((costs, outputs.collect()))
}

/// What a wrapper costs: what it wraps at one step, for each step.
fn wrapped(layer: &dyn AnyLayer, shape: Option<Dims>) -> Result<MultiplyAdds> {
    let (Some(inner), Some(shape)) = (layer.wrapped(), shape) else { return Ok(MultiplyAdds::unknown()) };
    let step = shape.remove(1);
    let cost = match inner.nested() {
        Some(model) => walk(model, &[step])?.0.sum(),
        None => wrapped(inner, Some(step))?,
    };
    Ok(cost.times(shape.dim(1)))
}

/// What a model inside declares to give, with the shapes that it gives here.
fn reshaped(declared: Inferred, shapes: &[Dims]) -> Inferred {
    declared.map(|i, spec| TensorSpec { shape: shapes.get(i).copied().unwrap_or(spec.shape), ..spec })
}
