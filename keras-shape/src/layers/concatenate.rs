use super::check::{axis_in, free, tri, weightless};
use super::merge::{joined, some};
use crate::{Outputs, ShapeError, TensorSpec, Text, wording};

layer! {
    /// Puts tensors one behind the other on one axis; all other axes must agree.
    /// [Keras](https://keras.io/api/layers/merging_layers/concatenate/).
    #[doc(alias = "Concat")]
    pub struct Concatenate {
        /// The axis that grows.
        axis: isize = [-1 = -1],
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl Concatenate {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(some("Concatenate", inputs));
        let first = inputs[0].shape;
        let at = tri!(axis_in("Concatenate", "axis", self.axis, &first));
        let mut out = first;
        let mut i = 1;
        while i < inputs.len() {
            let next = inputs[i].shape;
            if next.rank() != first.rank() {
                let help = "`Flatten()` makes one axis of them all; `RepeatVector(n)` puts the same features at every step; `Reshape` adds axes of length 1";
                return Err(wording::ranks("Concatenate", wording::SAME_RANK, inputs, first.rank(), help));
            }
            let mut axis = 0;
            while axis < first.rank() {
                let (a, b) = (first.dim(axis), next.dim(axis));
                if axis != at && a.clashes(b) {
                    let text = Text::new()
                        .s("Concatenate joins tensors on axis ")
                        .n(at)
                        .s(", and all other axes must agree; axis ")
                        .n(axis)
                        .s(" does not: ");
                    let help = other_axis(self.axis, &first, &next, axis);
                    return Err(wording::lengths(text, inputs, axis as isize, a, b, help).arg("axis"));
                }
                axis += 1;
            }
            out = out.with(at, out.dim(at).plus(next.dim(at)));
            i += 1;
        }
        Ok(joined(out, inputs))
    }
}

/// What to do where `axis` differs: often it is the one that was meant.
const fn other_axis(given: isize, a: &crate::Shape, b: &crate::Shape, axis: usize) -> &'static str {
    let mut others = 0;
    let mut i = 0;
    while i < a.rank() {
        if i != axis && a.dim(i).clashes(b.dim(i)) {
            others += 1;
        }
        i += 1;
    }
    match (given, axis, a.rank()) {
        (-1, 1, _) if others == 0 && matches!(a.rank(), 2 | 3) => {
            "to join them on that axis, write `axis = 1`"
        }
        (_, axis, rank) if axis + 1 == rank && others == 0 => "to join them on that axis, write `axis = -1`",
        (_, 1 | 2, 4) => {
            "bring both to the same height and width: `padding = same`, `ZeroPadding2D` or cropping, or an `Input` whose size can be halved as often as the model halves it"
        }
        _ => "bring them to the same length first, or choose another `axis`",
    }
}

weightless!(Concatenate, PassAny);

free!(Concatenate);

facts!(Concatenate {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    strings: |_layer| crate::TakesStrings::Moves,
    as_operation: |_layer| Some(crate::Operands::List),
    merges: |_layer| true,
    mask_from: |layer| crate::MaskFrom::Joined(layer.axis),
});
