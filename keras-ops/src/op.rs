//! What an operation is: shape rule, kernel, gradient and cost in one place.

use core::any::Any;
use core::fmt::Debug;
use core::hash::{Hash, Hasher};

use smallvec::{SmallVec, smallvec};

use crate::elementwise::Elementwise;
use crate::error::Problem;
use crate::graph::Operation;
use crate::reduce::Reduction;
use crate::{DType, OpError, Shape, Symbolic};

/// Shape and type of a tensor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spec {
    /// The lengths of the axes.
    pub shape: Shape,
    /// The type of the elements.
    pub dtype: DType,
}

impl Spec {
    /// Of this shape and type.
    pub fn new(shape: impl Into<Shape>, dtype: DType) -> Spec {
        Spec { shape: shape.into(), dtype }
    }

    /// Of floats.
    pub fn float(shape: impl Into<Shape>) -> Spec {
        Spec::new(shape, DType::Float32)
    }
}

/// Shapes and types of an operation's outputs.
pub(crate) type Outputs = SmallVec<[Spec; 1]>;

/// The outputs of an operation that has one.
pub(crate) fn one(spec: Spec) -> Outputs {
    smallvec![spec]
}

/// What an operation costs, once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Multiplications with their addition; each other function of a number counts as one.
    pub multiply_adds: u64,
    /// Bytes read and written.
    pub bytes: u64,
}

/// How a plan runs an operation.
pub(crate) enum Run<'a> {
    /// By [`Op::eval`].
    Kernel,
    /// In a chain with others: the same function of every element.
    Elementwise(Elementwise),
    /// In a chain with others: a reduction.
    Reduction(&'a Reduction),
    /// The elements stay as they are; only the shape changes.
    View,
}

/// An operation with its arguments. Two that are equal give the same for the same inputs.
pub(crate) trait Op: Identity + Debug + Send + Sync + 'static {
    /// Its name in `keras.ops`.
    fn name(&self) -> &'static str;

    /// What it computes, as data: none of an input, which computes nothing. The inputs are as in [`Op::infer`].
    fn describe(&self, inputs: &[&Spec]) -> Option<Operation>;

    /// The shape rule.
    ///
    /// # Errors
    /// The inputs do not fit.
    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem>;

    /// How a plan runs it.
    fn run(&self) -> Run<'_> {
        Run::Kernel
    }

    /// Computes the outputs, which hold left-over numbers before. What [`Op::run`] says is run otherwise has no kernel
    /// of its own.
    fn eval(&self, _io: Eval<'_, '_>) {
        unreachable!("{} is run by a plan as part of a chain", self.name())
    }

    /// Whether equal inputs always give equal outputs: not so of random numbers.
    fn repeats(&self) -> bool {
        true
    }

    /// How many numbers of temporary memory [`Op::eval`] wants.
    fn scratch(&self, _inputs: &[&Spec]) -> usize {
        0
    }

    /// The gradient for each input from those of the outputs; none for inputs on which nothing depends smoothly.
    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>>;

    /// What it costs: one function of a number for each element of the first output, unless said otherwise.
    fn cost(&self, inputs: &[&Spec], outputs: &[Spec]) -> Cost {
        let size = |spec: &Spec| spec.shape.size() as u64;
        let moved: u64 = inputs.iter().map(|x| size(x)).sum::<u64>() + outputs.iter().map(size).sum::<u64>();
        Cost { multiply_adds: outputs.first().map_or(0, size), bytes: 4 * moved }
    }
}

/// An operation that was applied, with the gradients of its outputs: what a gradient is made of.
pub(crate) struct Applied<'a> {
    pub inputs: &'a [Symbolic],
    pub outputs: &'a [Symbolic],
    /// Nothing for an output on which the result does not depend.
    pub gradients: &'a [Option<Symbolic>],
}

impl Applied<'_> {
    /// The gradient of the only output.
    pub fn dy(&self) -> &Symbolic {
        self.gradients[0].as_ref().expect("a gradient is asked for only where one of an output is known")
    }

    /// The gradient of output `i`; zeros where nothing depends on it.
    pub fn dy_of(&self, i: usize) -> Symbolic {
        self.gradients[i].clone().unwrap_or_else(|| crate::create::zeros(self.outputs[i].shape()))
    }
}

/// A tensor that a kernel reads. Elements of every type lie in numbers of 32 bits: truth values as 1 and 0, integers by
/// their bits.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The elements, as many as the shape says.
    pub data: &'a [f32],
    /// Shape and type.
    pub spec: &'a Spec,
}

impl<'a> Input<'a> {
    /// The shape.
    pub fn shape(&self) -> &'a Shape {
        &self.spec.shape
    }

    /// The integers of a tensor of them.
    pub fn integers(&self) -> &'a [i32] {
        bytemuck::cast_slice(self.data)
    }
}

/// Integers as the numbers of the same bits, to be written.
pub(crate) fn integers_mut(data: &mut [f32]) -> &mut [i32] {
    bytemuck::cast_slice_mut(data)
}

/// What a kernel works on.
pub(crate) struct Eval<'a, 'm> {
    pub inputs: &'a [Input<'a>],
    pub outputs: &'a mut [&'m mut [f32]],
    pub specs: &'a [Spec],
    /// As many numbers as [`Op::scratch`] says, left over from earlier use.
    pub scratch: &'a mut [f32],
    /// Why the outputs could not be computed: only what comes from outside of this crate can fail.
    pub failed: &'a mut Option<OpError>,
}

/// Equality and hash of an operation behind a pointer: what finds equal ones.
pub(crate) trait Identity {
    fn as_any(&self) -> &dyn Any;
    fn same(&self, other: &dyn Op) -> bool;
    fn hash(&self, state: &mut dyn Hasher);
}

impl<T: Op + Eq + Hash> Identity for T {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn same(&self, other: &dyn Op) -> bool {
        other.as_any().downcast_ref::<T>().is_some_and(|other| self == other)
    }

    fn hash(&self, mut state: &mut dyn Hasher) {
        core::any::TypeId::of::<T>().hash(&mut state);
        Hash::hash(self, &mut state);
    }
}
