//! Axes that are no [`Len`]: numbers of typenum, and lengths that stable Rust cannot write in a type.

use core::marker::PhantomData;

use ::typenum::{Const as Number, ToUInt, Unsigned};
use keras_shape::{Dim, Shape as Dims};
use ndarray::IxDyn;

use super::typed::{Axis, ClassNumbers, Dyn, Fits, FitsAxis, Len, Shape, TakesArray, TakesTarget};

#[diagnostic::do_not_recommend]
impl<N: Unsigned + Send + Sync> Axis for N {
    const DIM: Dim = Dim::Fixed(N::USIZE);
}

// A number of typenum fits the same number, and `Dyn`.
#[diagnostic::do_not_recommend]
impl<N: Unsigned + Send + Sync> FitsAxis<Dyn> for N {}
#[diagnostic::do_not_recommend]
impl<N: Unsigned + Send + Sync> FitsAxis<N> for N {}
// The compiler has a table of which `Len` is which number of typenum: up to 1024, and powers of 2 and 10.
#[diagnostic::do_not_recommend]
impl<N: Unsigned + Send + Sync, const M: usize> FitsAxis<Len<M>> for N where Number<M>: ToUInt<Output = N> {}
#[diagnostic::do_not_recommend]
impl<N: Unsigned + Send + Sync, const M: usize> FitsAxis<N> for Len<M> where Number<M>: ToUInt<Output = N> {}

/// Shapes of a model with parameters, by number.
#[doc(hidden)]
pub trait ShapeAt<const I: usize>: Send + Sync + 'static {
    /// The shape.
    const DIMS: Dims;
}

/// An axis of a shape of which no type can say the length: arithmetic of a constant parameter.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct ComputedAxis<P, const I: usize, const AXIS: usize>(PhantomData<fn() -> P>);

impl<P: ShapeAt<I>, const I: usize, const AXIS: usize> Axis for ComputedAxis<P, I, AXIS> {
    const DIM: Dim = P::DIMS.dim(AXIS);
}

/// A shape of which no type can say the number of axes: what follows another model with parameters. Arrays and tensors
/// are compared with it when the program runs.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Computed<P, const I: usize>(PhantomData<fn() -> P>);

/// A shape without its last axis.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct WithoutLast<P>(PhantomData<fn() -> P>);

impl<P: ShapeAt<I>, const I: usize> ShapeAt<I> for WithoutLast<P> {
    const DIMS: Dims = without_last(P::DIMS);
}

const fn without_last(dims: Dims) -> Dims {
    match dims.dims() {
        [first @ .., _] if !first.is_empty() => Dims::new(first),
        _ => dims,
    }
}

impl<P: ShapeAt<I>, const I: usize> Shape for Computed<P, I> {
    const DIMS: Dims = P::DIMS;
    type Dim = IxDyn;
    type Init = Computed<WithoutLast<P>, I>;
    type Element = f32;
}

#[diagnostic::do_not_recommend]
impl<S: Shape, P: ShapeAt<I>, const I: usize> Fits<Computed<P, I>> for S {}
#[diagnostic::do_not_recommend]
impl<S: Shape, P: ShapeAt<I>, const I: usize> Fits<ClassNumbers<Computed<P, I>>> for S {}
#[diagnostic::do_not_recommend]
impl<P: ShapeAt<I>, const I: usize, const FOUND: usize> TakesArray<FOUND> for Computed<P, I> {}
#[diagnostic::do_not_recommend]
impl<P: ShapeAt<I>, const I: usize, const FOUND: usize> TakesTarget<FOUND> for Computed<P, I> {}
#[diagnostic::do_not_recommend]
impl<P: ShapeAt<I>, const I: usize, const FOUND: usize> TakesTarget<FOUND> for ClassNumbers<Computed<P, I>> {}
