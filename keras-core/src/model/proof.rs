//! What the macro's constants compute with: shapes as values become shapes as types.

use keras_shape::{
    Dim, Inferred, LayerConfig, MAX_NUMBERS, Mask, Outputs, Shape as Dims, ShapeError, TensorSpec, Text,
};

use crate::tensor::{Axis, Dyn, Len, Raw, Shape};
use crate::{Error, Result};

/// The shape of a tensor, or none at all.
#[doc(hidden)]
pub const fn shape_of(spec: Option<TensorSpec>) -> Dims {
    match spec {
        Some(spec) => spec.shape,
        None => Dims::new(&[]),
    }
}

/// A typed tensor: `Input(tensor = Features)` takes its shape.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tensor with a shape in its type",
    note = "`Input(tensor = ...)` names a type such as `Tensor<(Dyn, Fixed<64>)>`"
)]
pub trait TypedTensor {
    /// Its shape.
    type Shape: Shape;
}

impl<S: Shape> TypedTensor for crate::tensor::Tensor<S> {
    type Shape = S;
}

/// An input shaped as a typed tensor is, with any batch.
#[doc(hidden)]
pub const fn like<T: TypedTensor>() -> TensorSpec {
    TensorSpec::float(<T::Shape as Shape>::DIMS.with(0, Dim::NONE))
}

/// The input of a block inside a wrapper; of a tensor without steps, which is a mistake that is reported where the
/// wrapper stands, none at all.
#[doc(hidden)]
pub const fn step_spec(step: Option<TensorSpec>) -> TensorSpec {
    match step {
        Some(step) => step,
        None => TensorSpec::float(Dims::new(&[])),
    }
}

/// The number of axes.
#[doc(hidden)]
pub const fn rank(spec: Option<TensorSpec>) -> usize {
    let rank = shape_of(spec).rank();
    if rank == 0 { 1 } else { rank }
}

/// The length of an axis, 0 where only the data knows it.
#[doc(hidden)]
pub const fn axis(spec: Option<TensorSpec>, axis: usize) -> usize {
    match shape_of(spec).dim(axis) {
        Dim::Fixed(n) => n,
        _ => 0,
    }
}

/// Whether only the data knows the length of an axis.
#[doc(hidden)]
pub const fn is_dynamic(spec: Option<TensorSpec>, axis: usize) -> bool {
    shape_of(spec).dim(axis).is_dynamic()
}

/// The number of a layer's parameters.
#[doc(hidden)]
pub const fn params(config: &LayerConfig, inputs: &[Option<TensorSpec>]) -> usize {
    let mut known = [TensorSpec::float(Dims::new(&[])); 16];
    // Layers that take many tensors merge them, without weights.
    if inputs.len() > known.len() {
        return 0;
    }
    let mut i = 0;
    while i < inputs.len() {
        match inputs[i] {
            Some(spec) => known[i] = spec,
            // The mistake is reported where it was made.
            None => return 0,
        }
        i += 1;
    }
    match config.weights(known.split_at(inputs.len()).0).count(false) {
        Some(n) => n,
        None => 0,
    }
}

/// The parameters of all layers together; in a constant, more than a machine can count are a compile error.
///
/// # Panics
/// If there are more than [`MAX_NUMBERS`].
#[doc(hidden)]
pub const fn total_params(params: &[usize]) -> usize {
    let mut sum = 0usize;
    let mut i = 0;
    while i < params.len() {
        sum = sum.saturating_add(params[i]);
        i += 1;
    }
    assert!(
        sum <= MAX_NUMBERS,
        "the model has more than 281474976710656 parameters (2^48), which no memory holds"
    );
    sum
}

/// An axis from constants.
#[doc(hidden)]
pub struct AxisOf<const DYNAMIC: bool, const N: usize>;

/// See [`AxisOf`].
#[doc(hidden)]
pub trait AxisCode {
    /// The axis.
    type Axis: Axis;
}

impl<const N: usize> AxisCode for AxisOf<true, N> {
    type Axis = Dyn;
}

impl<const N: usize> AxisCode for AxisOf<false, N> {
    type Axis = Len<N>;
}

/// A number of axes.
#[doc(hidden)]
pub struct Rank<const R: usize>;

/// A shape of as many of these axes as the rank says.
#[doc(hidden)]
pub trait MakeShape<A, B, C, D, E, F, G, H> {
    /// The shape.
    type Shape: Shape;
}

macro_rules! make_shape {
    ($($rank:literal: ($($axis:ident),*);)*) => { $(
        impl<A: AxisCode, B: AxisCode, C: AxisCode, D: AxisCode, E: AxisCode, F: AxisCode, G: AxisCode, H: AxisCode>
            MakeShape<A, B, C, D, E, F, G, H> for Rank<$rank>
        {
            type Shape = ($($axis::Axis,)*);
        }
    )* };
}
make_shape! {
    1: (A);
    2: (A, B);
    3: (A, B, C);
    4: (A, B, C, D);
    5: (A, B, C, D, E);
    6: (A, B, C, D, E, F);
    7: (A, B, C, D, E, F, G);
    8: (A, B, C, D, E, F, G, H);
}

/// The outputs of a model that is a layer of another, for these inputs. Lengths that only the data
/// knows are those of the tensors that the outer model gives: by name, and the batch axis always.
#[doc(hidden)]
pub const fn nested_outputs(
    name: &str,
    wants: &[Option<TensorSpec>],
    gives: &[Option<TensorSpec>],
    given: &[Option<TensorSpec>],
    drop_mask: bool,
    node: usize,
) -> Inferred {
    let mut i = 0;
    while i < given.len() {
        if given[i].is_none() {
            return Inferred::Unknown;
        }
        i += 1;
    }
    if wants.len() != given.len() {
        let text = Text::new().s(name).s(" takes ").n(wants.len()).s(" tensors; it is given ").n(given.len());
        let help = Text::new().s("a list goes before it: `[a, b] => ").s(name).s("`");
        return Inferred::Wrong(ShapeError::new(text).help(help));
    }
    let mut i = 0;
    while i < wants.len() {
        if let Some(error) = nested_problem(name, shape_of(wants[i]), shape_of(given[i])) {
            return Inferred::Wrong(match in_wrong_order(name, wants, given, i) {
                Some(error) => error,
                None => error,
            });
        }
        i += 1;
    }
    let mut outputs: Option<Outputs> = None;
    let mut o = 0;
    while o < gives.len() {
        let Some(mut spec) = gives[o] else { return Inferred::Unknown };
        let mut axis = 0;
        while axis < spec.shape.rank() {
            let bound = bound_to(spec.shape.dim(axis), axis == 0, wants, given);
            spec.shape = spec.shape.with(axis, bound);
            axis += 1;
        }
        spec.mask = match shape_mask(given) {
            Mask::Present if !drop_mask => Mask::Lost(node),
            Mask::Lost(by) if !drop_mask => Mask::Lost(by),
            _ => Mask::Absent,
        };
        outputs = Some(match outputs {
            None => Outputs::one(spec),
            Some(outputs) => outputs.and(spec),
        });
        o += 1;
    }
    match outputs {
        Some(outputs) => Inferred::Known(outputs),
        None => Inferred::Unknown,
    }
}

const fn shape_mask(given: &[Option<TensorSpec>]) -> Mask {
    match given {
        [Some(first), ..] => first.mask,
        _ => Mask::Absent,
    }
}

/// What an axis of an inner model's output is in the outer model.
const fn bound_to(dim: Dim, batch: bool, wants: &[Option<TensorSpec>], given: &[Option<TensorSpec>]) -> Dim {
    if !dim.is_dynamic() {
        return dim;
    }
    if batch {
        return match given {
            [Some(first), ..] => first.shape.dim(0),
            _ => dim,
        };
    }
    let Some(name) = dim.name() else { return dim };
    let mut i = 0;
    while i < wants.len() {
        let (want, given) = (shape_of(wants[i]), shape_of(given[i]));
        let mut axis = 0;
        while axis < want.rank() {
            if want.dim(axis).same(Dim::Dynamic(Some(name))) {
                return match dim {
                    Dim::Derived(_, follows) => given.dim(axis).then(follows),
                    _ => given.dim(axis),
                };
            }
            axis += 1;
        }
        i += 1;
    }
    Dim::NONE
}

/// Which axes of a tensor are not what a model takes: all before the last, and the last.
const fn differ(wants: Dims, given: Dims) -> (bool, bool) {
    if given.rank() != wants.rank() {
        return (true, true);
    }
    let (mut before_last, mut last) = (false, false);
    let mut axis = 0;
    while axis < wants.rank() {
        let fits = match (wants.dim(axis), given.dim(axis)) {
            (Dim::Fixed(a), Dim::Fixed(b)) => a == b,
            (Dim::Fixed(_), _) => false,
            _ => true,
        };
        if axis + 1 == wants.rank() {
            last = !fits;
        } else if !fits {
            before_last = true;
        }
        axis += 1;
    }
    (before_last, last)
}

/// What is wrong if a model is given another tensor than it takes.
const fn nested_problem(name: &str, wants: Dims, given: Dims) -> Option<ShapeError> {
    let (before_last, last) = differ(wants, given);
    if !before_last && !last {
        return None;
    }
    let error =
        ShapeError::new(Text::new().s(name).s(" takes ").shape(&wants).s("; it is given ").shape(&given));
    if before_last || wants.rank() < 2 {
        return Some(error);
    }
    let help = Text::new().s("`Dense(").d(wants.last()).s(")` before it brings the tensor to that width");
    Some(error.help(help))
}

/// Two tensors of which each is what the other should be.
const fn in_wrong_order(
    name: &str,
    wants: &[Option<TensorSpec>],
    given: &[Option<TensorSpec>],
    i: usize,
) -> Option<ShapeError> {
    let mut j = i + 1;
    while j < wants.len() {
        let (here, there) =
            (differ(shape_of(wants[i]), shape_of(given[j])), differ(shape_of(wants[j]), shape_of(given[i])));
        if !here.0 && !here.1 && !there.0 && !there.1 {
            let text = Text::new().s("two tensors are in the wrong order: ").s(name).s(" takes ");
            let text = text.shape(&shape_of(wants[i])).s(" as number ").n(i + 1).s(" and ");
            let text = text.shape(&shape_of(wants[j])).s(" as number ").n(j + 1);
            let help = Text::new()
                .s("swap number ")
                .n(i + 1)
                .s(" and number ")
                .n(j + 1)
                .s(" of the list before `=>`");
            return Some(ShapeError::new(text).help(help));
        }
        j += 1;
    }
    None
}

/// A model inside a model is run as a graph, never called as a layer.
#[doc(hidden)]
pub fn nested_is_run() -> Result<Raw> {
    Err(Error::layer("a model inside a model is run as a graph"))
}
