//! What stays of a model of a file until the program ends: its graph, once for equal ones.

use keras_shape::{TensorSpec, kept_as};

use crate::model::Structure;

/// The axes of tensors in full: `{:?}` prints them as they are shown.
pub(super) fn lengths_of(specs: Vec<Option<TensorSpec>>) -> Vec<Vec<keras_shape::Dim>> {
    specs.iter().map(|spec| spec.map_or(Vec::new(), |spec| spec.shape.dims().to_vec())).collect()
}

/// A structure, of which equal ones are kept once: those that consist of the same lists, which are kept themselves, and whose
/// layers compute the same where no list says what. Plans are found by it.
pub(super) fn kept_structure(structure: Structure, own: Vec<String>) -> &'static Structure {
    let Structure {
        name,
        sequential,
        connected,
        inputs,
        layers,
        nodes,
        outputs,
        output_names,
        outputs_named,
        order,
        masks,
        masked,
        ..
    } = structure;
    let lists = (inputs.as_ptr(), layers.as_ptr(), nodes.as_ptr(), outputs.as_ptr(), output_names.as_ptr());
    let masks = (masks.as_ptr(), masked.as_ptr());
    let key = (name, [sequential, connected, outputs_named], lists, order.as_ptr(), masks, own);
    &kept_as(vec![structure], &key)[0]
}
