//! What a train step takes as a batch.

use keras_ops::DType;
use ndarray::{ArrayBase, Dimension};
use smallvec::SmallVec;

use crate::tensor::{ArrayElement, Raw, Shape, Tensor, bits};
use crate::{Error, Result};

/// The lengths of the axes of a tensor.
pub type Lengths = SmallVec<[usize; 6]>;

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
