//! What the macro's constants compute with: shapes as values become shapes as types.

use keras_ops::Symbolic;
use keras_shape::{Dim, LayerConfig, MAX_NUMBERS, Shape as Dims, TensorSpec, in_role};

use super::{NodeInfo, Structure};
use crate::tensor::{Axis, Dyn, Len, Shape};
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
    note = "`Input(tensor = ...)` names a type such as `Tensor<(Dyn, Len<64>)>`"
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

/// The number of axes; 0 of a tensor of which nothing is known, behind a mistake.
#[doc(hidden)]
pub const fn rank(spec: Option<TensorSpec>) -> usize {
    shape_of(spec).rank()
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

/// The parameters of a layer.
#[doc(hidden)]
pub const fn params(config: &LayerConfig, inputs: &[Option<TensorSpec>]) -> usize {
    let mut known = [TensorSpec::float(Dims::new(&[])); MAX_INPUTS];
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

/// The parameters of the layer of a node, made for the tensors to which that applies it.
const fn params_at(structure: &Structure, config: &LayerConfig, node: &NodeInfo) -> usize {
    let mut inputs = [None; MAX_INPUTS];
    let mut i = 0;
    while i < node.inputs.len() {
        if i == MAX_INPUTS {
            return 0;
        }
        inputs[i] = in_role(structure.known(node.inputs[i]), node.roles[i]);
        i += 1;
    }
    params(config, inputs.split_at(i).0)
}

/// The most tensors that a layer with weights takes.
const MAX_INPUTS: usize = 16;

/// The parameters of all layers together; in a constant, more than a machine can count are a compile error.
///
/// # Panics
/// If there are more than [`MAX_NUMBERS`].
#[doc(hidden)]
pub const fn total_params(structure: &Structure) -> usize {
    let mut sum = 0usize;
    let mut made = [false; MAX_LAYERS];
    let mut i = 0;
    while i < structure.nodes.len() {
        let node = &structure.nodes[i];
        if let (false, Some(config)) = (made[node.layer], &structure.layers[node.layer].config) {
            sum = sum.saturating_add(params_at(structure, config, node));
            made[node.layer] = true;
        }
        i += 1;
    }
    assert!(
        sum <= MAX_NUMBERS,
        "the model has more than 281474976710656 parameters (2^48), which no memory holds"
    );
    sum
}

/// The most layers of a model: the macro counts them.
const MAX_LAYERS: usize = 2_000;

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

impl<A, B, C, D, E, F, G, H> MakeShape<A, B, C, D, E, F, G, H> for Rank<0> {
    type Shape = crate::tensor::Unknown;
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

/// The type of a shape that constants say: an expression of type `Option<TensorSpec>`.
#[doc(hidden)]
#[macro_export]
macro_rules! __computed_shape {
    ($spec:expr) => {
        <$crate::model::Rank<{ $crate::model::rank($spec) }> as $crate::model::MakeShape<
            $crate::__computed_shape!($spec, 0),
            $crate::__computed_shape!($spec, 1),
            $crate::__computed_shape!($spec, 2),
            $crate::__computed_shape!($spec, 3),
            $crate::__computed_shape!($spec, 4),
            $crate::__computed_shape!($spec, 5),
            $crate::__computed_shape!($spec, 6),
            $crate::__computed_shape!($spec, 7),
        >>::Shape
    };
    ($spec:expr, $axis:literal) => {
        $crate::model::AxisOf<
            { $crate::model::is_dynamic($spec, $axis) },
            { $crate::model::axis($spec, $axis) },
        >
    };
}

/// A model inside a model is run as a graph, never called as a layer.
#[doc(hidden)]
pub fn nested_is_run() -> Result<Symbolic> {
    Err(Error::layer("a model inside a model is run as a graph"))
}
