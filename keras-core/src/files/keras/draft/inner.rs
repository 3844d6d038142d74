//! Models inside of a model.

use keras_shape::{Inferred, Mask, TensorSpec, kept_as, kept_one};

use super::kept::lengths_of;
use super::{Draft, DraftLayer};
use crate::model::{Inside, Nested, own_outputs};

impl Draft {
    /// What the model gives as a layer of another.
    pub(super) fn outputs(
        &self,
        name: &str,
        specs: &[Option<TensorSpec>],
        node: usize,
        drop: bool,
    ) -> Inferred {
        own_outputs(name, self.structure.output_shape(0), Some(self.nested()), specs, node, drop)
    }

    /// What it takes and gives, with its graph.
    fn nested(&self) -> Nested {
        let structure = self.structure;
        let wants: Vec<Option<TensorSpec>> = structure.inputs.iter().map(|info| Some(info.spec)).collect();
        let gives: Vec<Option<TensorSpec>> =
            structure.outputs.iter().map(|source| Some(structure.spec(*source))).collect();
        let kept = |specs: Vec<Option<TensorSpec>>| {
            let key = (format!("{specs:?}"), lengths_of(specs.clone()));
            kept_as(specs, &key)
        };
        Nested::new(kept(wants), kept(gives), structure)
    }
}

impl DraftLayer {
    /// What a layer that is none of Keras's does with masks.
    pub(super) fn inside(&self) -> Inside {
        match self {
            DraftLayer::Model(inner) => Inside::Own(kept_one(Some(inner.nested()))),
            DraftLayer::Wrapped(_) => Inside::EachStep,
            DraftLayer::Cells { config, .. } => Inside::Cells(kept_one(*config)),
            DraftLayer::Keras { .. } | DraftLayer::Custom { .. } | DraftLayer::Function(_) => Inside::Leaf,
        }
    }
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
    let every_step = |_, output: TensorSpec| TensorSpec {
        shape: output.shape.insert(1, spec.shape.dim(1)),
        mask,
        ..output
    };
    inner.outputs(name, &[Some(step)], node, drop).map(every_step)
}
