use super::check::{axis_in, tri, weightless};
use super::merge::{batch, exactly_two};
use crate::cost::{MultiplyAdds, along};
use crate::{Axes, Dim, Outputs, ShapeError, TensorSpec, Text, wording, wording::list};

layer! {
    /// The products of two tensors, summed over one axis of each.
    /// [Keras](https://keras.io/api/layers/merging_layers/dot/).
    pub struct Dot {
        /// The axis that is summed over, or one for each tensor.
        axes: Axes,
        /// Whether that axis is first brought to length 1, which gives the cosine.
        normalize: bool = false,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl Dot {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(exactly_two("Dot", inputs));
        let (a, b) = (inputs[0].shape, inputs[1].shape);
        let [i, j] = match (self.axes.bare, self.axes.list) {
            (true, [axis]) => [*axis, *axis],
            (false, [i, j]) => [*i, *j],
            _ => {
                let text =
                    Text::new().s("Dot: `axes` is one number, or one for each of the two tensors, found ");
                let text = text.n(self.axes.list.len()).s(" in the list");
                let help = Text::new().s("write `axes = 1`, or `axes = (1, 2)`");
                return Err(ShapeError::new(text).help(help).arg("axes"));
            }
        };
        let i = tri!(axis_in("Dot", "axes", i, &a));
        let j = tri!(axis_in("Dot", "axes", j, &b));
        if i == 0 || j == 0 {
            let text = list(Text::new().s("Dot cannot sum over axis 0, the batch axis: "), inputs);
            let help =
                Text::new().s("axes are numbered from 1, the first after the batch axis; -1 is the last");
            return Err(ShapeError::new(text).help(help).arg("axes"));
        }
        let batch = tri!(batch("Dot", inputs));
        let (x, y) = (a.dim(i), b.dim(j));
        // A length that only the data knows against a constant: Keras refuses it too.
        let mixed = (x.is_dynamic() && y.is_fixed()) || (x.is_fixed() && y.is_dynamic());
        if x.clashes(y) || mixed {
            let text = Text::new().s("Dot sums over axis ").n(i).s(" of the first tensor and axis ").n(j);
            let text = text.s(" of the second, which must be equally long: ");
            let help = "choose other `axes`, or bring one to the length of the other, as with `Dense`";
            return Err(wording::lengths(text, inputs, j as isize, x, y, help).arg("axes"));
        }
        if a.rank() + b.rank() > crate::MAX_RANK + 3 {
            let text = Text::new().s("Dot: the result would have more than ").n(crate::MAX_RANK).s(" axes: ");
            return Err(ShapeError::new(list(text, inputs)));
        }
        let mut out = a.remove(i).with(0, batch);
        let mut axis = 1;
        while axis < b.rank() {
            if axis != j {
                out = out.push(b.dim(axis));
            }
            axis += 1;
        }
        if out.rank() == 1 {
            out = out.push(Dim::Fixed(1));
        }
        Ok(Outputs::float(out))
    }
}

weightless!(Dot, Drop);

impl Dot {
    /// The multiply-adds of one sample.
    pub(crate) fn multiply_adds(&self, inputs: &[TensorSpec]) -> MultiplyAdds {
        let input = inputs[0].shape;
        let (Some(other), Some(axis)) = (inputs.get(1), self.axes.list.last()) else {
            return MultiplyAdds::unknown();
        };
        let Some(summed) = other.shape.axis(*axis) else { return MultiplyAdds::unknown() };
        let rest = other.shape.remove(summed);
        let each = along(MultiplyAdds::new(1), &input, 1..input.rank());
        along(each, &rest, 1..rest.rank())
    }
}

facts!(Dot { takes_ids: false, uses_batch: false, named_mask: None });
