//! What a train step takes as a batch.

use keras_ops::DType;
use ndarray::{ArrayBase, Dimension};
use smallvec::SmallVec;

use crate::tensor::{ArrayElement, Raw, Shape, Tensor, bits};
use crate::{Error, Result};

/// The lengths of the axes of a tensor.
pub type Lengths = SmallVec<[usize; 6]>;

/// The arrays of a batch of [`TrainStep::fit`](super::TrainStep::fit): a tuple of arrays or tensors, one alone, or a `Result` of
/// these, whose error ends the training.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a batch of {N} arrays",
    note = "a batch is a tuple of what `TrainStep::run` takes by reference, `(x, y)`, with as many arrays as the function takes"
)]
pub trait StepBatch<'a, const N: usize>: Sized + 'a {
    /// The arrays.
    ///
    /// # Errors
    /// The one that stands in the place of a batch.
    #[doc(hidden)]
    fn tensors(self) -> Result<[Box<dyn BatchTensor + 'a>; N]>;
}

macro_rules! tuples {
    ($($n:literal: $($T:ident)+),*) => { $(
        #[diagnostic::do_not_recommend]
        impl<'a, $($T: BatchTensor + 'a),+> StepBatch<'a, $n> for ($($T,)+) {
            #[allow(non_snake_case)]
            fn tensors(self) -> Result<[Box<dyn BatchTensor + 'a>; $n]> {
                let ($($T,)+) = self;
                Ok([$(Box::new($T)),+])
            }
        }
    )* };
}
tuples!(1: A, 2: A B, 3: A B C, 4: A B C D, 5: A B C D E, 6: A B C D E F);

#[diagnostic::do_not_recommend]
impl<'a, T: ArrayElement + 'a, S: ndarray::Data<Elem = T> + 'a, D: Dimension + 'a> StepBatch<'a, 1>
    for ArrayBase<S, D>
{
    fn tensors(self) -> Result<[Box<dyn BatchTensor + 'a>; 1]> {
        Ok([Box::new(self)])
    }
}

#[diagnostic::do_not_recommend]
impl<'a, B: StepBatch<'a, N>, E: Into<Error> + 'a, const N: usize> StepBatch<'a, N>
    for core::result::Result<B, E>
{
    fn tensors(self) -> Result<[Box<dyn BatchTensor + 'a>; N]> {
        self.map_err(Into::into)?.tensors()
    }
}

/// The batches of an epoch.
pub(super) type Epoch<'a, const N: usize> =
    Box<dyn Iterator<Item = Result<[Box<dyn BatchTensor + 'a>; N]>> + 'a>;

/// What makes the batches of each epoch.
pub(super) struct Batches<'a, const N: usize>(Box<dyn FnMut() -> Epoch<'a, N> + 'a>);

impl<'a, const N: usize> Batches<'a, N> {
    pub fn new<I>(mut batches: impl FnMut() -> I + 'a) -> Self
    where
        I: IntoIterator,
        I::IntoIter: 'a,
        I::Item: StepBatch<'a, N>,
    {
        Batches(Box::new(move || Box::new(batches().into_iter().map(StepBatch::tensors))))
    }

    pub fn epoch(&mut self) -> Epoch<'a, N> {
        (self.0)()
    }
}

/// An array of a batch: of `ndarray`, a [`Tensor`] or a [`Raw`]. Integers come as integers, floats and truth values as
/// floats.
pub trait BatchTensor {
    /// The lengths of its axes.
    fn lengths(&self) -> Lengths;

    /// The type of the symbolic tensor that stands for it.
    fn dtype(&self) -> DType;

    /// Writes its numbers row by row; integers by their bits.
    ///
    /// # Errors
    /// A number that is no `i32` among integers.
    #[doc(hidden)]
    fn write(&self, to: &mut [f32]) -> Result<()>;
}

impl<T: ArrayElement, S: ndarray::Data<Elem = T>, D: Dimension> BatchTensor for ArrayBase<S, D> {
    fn lengths(&self) -> Lengths {
        self.shape().into()
    }

    fn dtype(&self) -> DType {
        if T::IS_INTEGER { DType::Int32 } else { DType::Float32 }
    }

    fn write(&self, to: &mut [f32]) -> Result<()> {
        for (to, x) in to.iter_mut().zip(self) {
            *to = match T::IS_INTEGER {
                false => x.float(),
                true => bits(x.integer().ok_or_else(|| {
                    Error::Argument(format!("train step: {} is beyond the range of int32", x.shown()))
                })?),
            };
        }
        Ok(())
    }
}

impl BatchTensor for Raw {
    fn lengths(&self) -> Lengths {
        self.shape().into_iter().collect()
    }

    fn dtype(&self) -> DType {
        if self.is_float() || self.is_bool() { DType::Float32 } else { DType::Int32 }
    }

    fn write(&self, to: &mut [f32]) -> Result<()> {
        if let Some(numbers) = self.as_f32() {
            to.copy_from_slice(numbers);
        } else if self.is_float() || self.is_bool() {
            to.copy_from_slice(&self.to_vec()?);
        } else {
            to.iter_mut().zip(self.to_integers()?).for_each(|(to, x)| *to = bits(x));
        }
        Ok(())
    }
}

impl<S: Shape> BatchTensor for Tensor<S> {
    fn lengths(&self) -> Lengths {
        self.raw().lengths()
    }

    fn dtype(&self) -> DType {
        self.raw().dtype()
    }

    fn write(&self, to: &mut [f32]) -> Result<()> {
        self.raw().write(to)
    }
}
