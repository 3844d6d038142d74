//! Whether tensors and weights are small enough to be made at all.

use core::any::Any;

use crate::{
    Dim, Extent, Extents, Ints, Outputs, PartialShape, Shape, ShapeError, Sides, Size, Sizes, TensorSpec,
    Text, Weights, wording,
};

/// The most numbers that a tensor or the weights of a layer may hold: 2^48, a petabyte of `f32`. Nothing that is
/// computed from such a number, as bytes, bits or the parameters of a whole model, passes 2^64.
pub const MAX_NUMBERS: usize = (1u64 << 48) as usize;

/// How many numbers the constant axes of a shape hold, or nothing if they are more than [`MAX_NUMBERS`].
pub const fn numbers(shape: &Shape) -> Option<usize> {
    let mut product = 1usize;
    let mut axis = 0;
    while axis < shape.rank() {
        if let Dim::Fixed(n) = shape.dim(axis) {
            if n > MAX_NUMBERS {
                return None;
            }
            product = match product.checked_mul(n) {
                Some(product) if product <= MAX_NUMBERS => product,
                _ => return None,
            };
        }
        axis += 1;
    }
    Some(product)
}

/// What is wrong with the tensors that a layer is given, whatever layer it is.
pub(crate) const fn check_inputs(class: &str, inputs: &[TensorSpec]) -> Option<ShapeError> {
    let mut i = 0;
    while i < inputs.len() {
        let shape = &inputs[i].shape;
        if shape.rank() == 0 {
            return Some(wording::no_axes(class));
        }
        if numbers(shape).is_none() {
            return Some(wording::too_large(Text::new().s(class).s(": the input is ").shape(shape)));
        }
        i += 1;
    }
    None
}

/// An output that is too large.
pub(crate) const fn check_outputs(class: &str, outputs: &Outputs) -> Option<ShapeError> {
    let mut i = 0;
    while i < outputs.len() {
        let output = outputs.get(i);
        if numbers(&output.shape).is_none() {
            return Some(wording::too_large(Text::new().s(class).s(" would give ").shape(&output.shape)));
        }
        i += 1;
    }
    None
}

/// A weight that is too large, or all of them together.
pub const fn too_many_weights(class: &str, weights: &Weights) -> Option<ShapeError> {
    let weights = weights.as_slice();
    let mut sum = 0;
    let mut i = 0;
    while i < weights.len() {
        let weight = &weights[i];
        // Each is at most 2^48, and there are few.
        let fits = match numbers(&weight.shape) {
            Some(n) => {
                sum += n;
                true
            }
            None => false,
        };
        if !fits || sum > MAX_NUMBERS {
            let text = Text::new().s(class).s(": its `").s(weight.path.as_str()).s("` would be ");
            let text = text.shape(&weight.shape);
            return Some(wording::too_large(if fits {
                text.s(", and with the weights before it")
            } else {
                text
            }));
        }
        i += 1;
    }
    None
}

/// The largest number in an argument that is a size or has sizes in it.
pub(crate) fn largest(argument: &dyn Any) -> Option<usize> {
    let most = |sizes: &[Size]| sizes.iter().filter_map(|size| size.known()).max();
    if let Some(size) = argument.downcast_ref::<Size>() {
        return size.known();
    }
    if let Some(size) = argument.downcast_ref::<Option<Size>>() {
        return size.and_then(Size::known);
    }
    if let Some(Ints(sizes)) = argument.downcast_ref::<Ints<1>>() {
        return most(sizes);
    }
    if let Some(Ints(sizes)) = argument.downcast_ref::<Ints<2>>() {
        return most(sizes);
    }
    if let Some(Sizes(sizes)) = argument.downcast_ref::<Option<Sizes>>().copied().flatten() {
        return most(sizes);
    }
    if let Some(Ints(sizes)) = argument.downcast_ref::<Ints<3>>() {
        return most(sizes);
    }
    if let Some(Sides(sides)) = argument.downcast_ref::<Sides<2>>() {
        return most(&sides.map(|Ints(sizes)| sizes).concat());
    }
    if let Some(Sides(sides)) = argument.downcast_ref::<Sides<3>>() {
        return most(&sides.map(|Ints(sizes)| sizes).concat());
    }
    let extents = argument.downcast_ref::<Extents>().map(|Extents(extents)| extents);
    let partial = argument.downcast_ref::<PartialShape>().map(|PartialShape(extents)| extents);
    if let Some(extents) = extents.or(partial) {
        let sizes = extents.iter().filter_map(|extent| match extent {
            Extent::Size(size) => size.known(),
            Extent::Rest | Extent::Free => None,
        });
        return sizes.max();
    }
    None
}

#[cfg(test)]
#[path = "size_tests.rs"]
mod tests;
