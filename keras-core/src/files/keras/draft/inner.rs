//! Models inside of a model.

use keras_shape::{Inferred, Mask, Outputs, TensorSpec, in_role, infer, kept_as};

use super::kept::lengths_of;
use super::{Draft, DraftLayer};
use crate::model::{Nested, Source, own_outputs};

impl Draft {
    /// What the model gives as a layer of another.
    pub(super) fn outputs(
        &self,
        name: &str,
        specs: &[Option<TensorSpec>],
        node: usize,
        drop: bool,
    ) -> Inferred {
        let structure = self.structure;
        let wants: Vec<Option<TensorSpec>> = structure.inputs.iter().map(|info| Some(info.spec)).collect();
        let gives: Vec<Option<TensorSpec>> =
            structure.outputs.iter().map(|source| Some(structure.spec(*source))).collect();
        let shape = structure.output_shape(0);
        let kept = |specs: Vec<Option<TensorSpec>>| {
            let key = (format!("{specs:?}"), lengths_of(specs.clone()));
            kept_as(specs, &key)
        };
        let inferred =
            own_outputs(name, shape, Some(Nested::new(kept(wants), kept(gives))), specs, node, drop);
        if drop { inferred } else { with_masks(inferred, &self.masks(name, specs)) }
    }

    /// The masks of the outputs, where inputs carry these: as Keras has it, layers inside use them and hand them on.
    fn masks(&self, name: &str, given: &[Option<TensorSpec>]) -> Vec<Mask> {
        let structure = self.structure;
        let mut known: Vec<Inferred> = Vec::new();
        let spec = |known: &[Inferred], source: &Source| match source {
            Source::Input(i) => {
                let carried = given.get(*i).copied().flatten().map_or(Mask::Absent, |spec| spec.mask);
                let mask = if carried == Mask::Present { carried } else { Mask::Absent };
                Some(TensorSpec { mask, ..structure.inputs[*i].spec })
            }
            Source::Node(node, i) => known[*node].output(*i),
        };
        for (at, node) in structure.nodes.iter().enumerate() {
            let inputs = node.inputs.iter().zip(node.roles);
            let specs: Vec<Option<TensorSpec>> =
                inputs.map(|(source, role)| in_role(spec(&known, source), *role)).collect();
            let inferred = match (structure.config(node), &self.layers[node.layer]) {
                (Some(config), _) => infer(&config, &specs, at, node.drop_mask),
                (None, DraftLayer::Model(inner)) => inner.outputs(name, &specs, at, node.drop_mask),
                _ => node.outputs,
            };
            // What is lost on the way is lost without a word.
            known.push(match inferred {
                Inferred::Known(outputs) => {
                    let present = |i: usize| match outputs.get(i).mask {
                        Mask::Present => Mask::Present,
                        _ => Mask::Absent,
                    };
                    with_masks(inferred, &(0..outputs.len()).map(present).collect::<Vec<_>>())
                }
                _ => node.outputs,
            });
        }
        let mask = |source: &Source| spec(&known, source).map_or(Mask::Absent, |spec| spec.mask);
        structure.outputs.iter().map(mask).collect()
    }
}

/// Outputs with these masks.
fn with_masks(inferred: Inferred, masks: &[Mask]) -> Inferred {
    let Inferred::Known(outputs) = inferred else { return inferred };
    let at = |i: usize| TensorSpec { mask: masks.get(i).copied().unwrap_or(Mask::Absent), ..outputs.get(i) };
    Inferred::Known((1..outputs.len()).fold(Outputs::one(at(0)), |all, i| all.and(at(i))))
}

/// What a model gives at each step of a sequence.
pub(super) fn over_steps(
    inner: &Draft,
    name: &str,
    specs: &[Option<TensorSpec>],
    node: usize,
    drop: bool,
) -> Inferred {
    let [Some(spec)] = specs else { return Inferred::Unknown };
    if spec.shape.rank() < 3 {
        return Inferred::Unknown;
    }
    let mask = spec.mask;
    let step = TensorSpec { shape: spec.shape.remove(1), mask: Mask::Absent, ..*spec };
    let Inferred::Known(outputs) = inner.outputs(name, &[Some(step)], node, drop) else {
        return inner.outputs(name, &[Some(step)], node, drop);
    };
    let at = |i: usize| {
        let output = outputs.get(i);
        TensorSpec { shape: output.shape.insert(1, spec.shape.dim(1)), mask, ..output }
    };
    Inferred::Known((1..outputs.len()).fold(Outputs::one(at(0)), |all, i| all.and(at(i))))
}
