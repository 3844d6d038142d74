//! A tensor whose rank is a value, not a type: what flows between layers. Layers are checked by
//! types and constants, but not compiled once per rank and size.

use std::sync::atomic::{AtomicU64, Ordering};

use burn::backend::TensorMetadata;
use burn::tensor::{Bool, Device};
use burn::tensor::{DispatchTensor, Int, Tensor, TensorData, kind::Basic};

use keras_shape::Role;

use crate::{Error, Result};

/// A tensor of floats, integers or truth values, of any rank on any backend.
#[derive(Clone, Debug)]
pub struct Raw {
    tensor: DispatchTensor,
    stamp: u64,
}

/// A number that no tensor had before.
fn fresh() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Raw {
    /// Erases the rank of a Burn tensor.
    pub fn new<const D: usize, K: Basic>(tensor: Tensor<D, K>) -> Self {
        Raw { tensor: tensor.into_dispatch(), stamp: fresh() }
    }

    /// Tells these numbers from all others of the program: tensors of the same stamp hold the same numbers.
    pub(crate) fn stamp(&self) -> u64 {
        self.stamp
    }

    /// Burn's own form of it.
    pub(super) fn dispatch(&self) -> &DispatchTensor {
        &self.tensor
    }

    /// Burn's own form of it, to be changed.
    pub(super) fn dispatch_mut(&mut self) -> &mut DispatchTensor {
        self.stamp = fresh();
        &mut self.tensor
    }

    /// Copies floats to a device.
    ///
    /// # Errors
    /// `values` has another length than `shape` says.
    pub fn from_f32(values: Vec<f32>, shape: &[usize], device: &Device) -> Result<Self> {
        check_len(values.len(), shape)?;
        let data = TensorData::new(values, shape.to_vec());
        by_rank!(shape.len(), D => Raw::new(Tensor::<D>::from_data(data, device)))
    }

    /// Copies integers to a device.
    ///
    /// # Errors
    /// `values` has another length than `shape` says.
    pub fn from_i32(values: Vec<i32>, shape: &[usize], device: &Device) -> Result<Self> {
        check_len(values.len(), shape)?;
        let data = TensorData::new(values, shape.to_vec());
        by_rank!(shape.len(), D => Raw::new(Tensor::<D, Int>::from_data(data, device)))
    }

    /// Copies truth values to a device.
    ///
    /// # Errors
    /// `values` has another length than `shape` says.
    pub fn from_bool(values: Vec<bool>, shape: &[usize], device: &Device) -> Result<Self> {
        check_len(values.len(), shape)?;
        let data = TensorData::new(values, shape.to_vec());
        by_rank!(shape.len(), D => Raw::new(Tensor::<D, Bool>::from_data(data, device)))
    }

    /// The length of each axis.
    pub fn shape(&self) -> Vec<usize> {
        self.tensor.shape().to_vec()
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.tensor.shape().num_dims()
    }

    /// Whether it holds floats.
    pub fn is_float(&self) -> bool {
        self.tensor.dtype().is_float()
    }

    /// Whether it holds truth values: a mask.
    pub fn is_bool(&self) -> bool {
        self.tensor.dtype().is_bool()
    }

    /// The tensor as floats of rank `D`; integers are converted, true is 1.
    ///
    /// # Errors
    /// The rank is another.
    pub fn float<const D: usize>(&self) -> Result<Tensor<D>> {
        self.check_rank(D)?;
        if self.is_float() {
            Ok(Tensor::from_dispatch(self.tensor.clone()))
        } else if self.is_bool() {
            Ok(Tensor::<D, Bool>::from_dispatch(self.tensor.clone()).float())
        } else {
            Ok(Tensor::<D, Int>::from_dispatch(self.tensor.clone()).float())
        }
    }

    /// The tensor as integers of rank `D`; floats are cut, as Keras does for indices.
    ///
    /// # Errors
    /// The rank is another.
    pub fn int<const D: usize>(&self) -> Result<Tensor<D, Int>> {
        self.check_rank(D)?;
        if self.is_float() {
            Ok(Tensor::<D>::from_dispatch(self.tensor.clone()).int())
        } else if self.is_bool() {
            Ok(Tensor::<D, Bool>::from_dispatch(self.tensor.clone()).int())
        } else {
            Ok(Tensor::from_dispatch(self.tensor.clone()))
        }
    }

    /// The tensor as truth values of rank `D`; what is not 0 is true.
    ///
    /// # Errors
    /// The rank is another.
    pub fn bool<const D: usize>(&self) -> Result<Tensor<D, Bool>> {
        self.check_rank(D)?;
        if self.is_float() {
            Ok(Tensor::<D>::from_dispatch(self.tensor.clone()).not_equal_elem(0.0f32))
        } else if self.is_bool() {
            Ok(Tensor::from_dispatch(self.tensor.clone()))
        } else {
            Ok(Tensor::<D, Int>::from_dispatch(self.tensor.clone()).not_equal_elem(0))
        }
    }

    /// The tensor as floats, all axes made one.
    pub fn flat(&self) -> Result<Tensor<1>> {
        let n = self.shape().iter().product();
        self.reshape(&[n])?.float()
    }

    /// The tensor as floats, all axes but the last made one: `(rows, last)`.
    pub fn rows(&self) -> Result<Tensor<2>> {
        let shape = self.shape();
        let last = shape.last().copied().unwrap_or(1);
        let rows = shape.iter().take(shape.len().saturating_sub(1)).product();
        self.reshape(&[rows, last])?.float()
    }

    /// The same numbers in other axes.
    ///
    /// # Errors
    /// The number of elements would change.
    pub fn reshape(&self, shape: &[usize]) -> Result<Raw> {
        let from = self.shape();
        if from == shape {
            return Ok(self.clone());
        }
        check_len(from.iter().product(), shape)?;
        by_rank!(from.len(), D => {
            if self.is_float() {
                let tensor = Tensor::<D>::from_dispatch(self.tensor.clone());
                by_rank!(shape.len(), E => Raw::new(tensor.reshape::<E, _>(dims::<E>(shape))))?
            } else if self.is_bool() {
                let tensor = Tensor::<D, Bool>::from_dispatch(self.tensor.clone());
                by_rank!(shape.len(), E => Raw::new(tensor.reshape::<E, _>(dims::<E>(shape))))?
            } else {
                let tensor = Tensor::<D, Int>::from_dispatch(self.tensor.clone());
                by_rank!(shape.len(), E => Raw::new(tensor.reshape::<E, _>(dims::<E>(shape))))?
            }
        })
    }

    /// The numbers, row by row.
    ///
    /// # Errors
    /// The device could not deliver them.
    pub fn to_vec(&self) -> Result<Vec<f32>> {
        self.flat()?
            .inner()
            .into_data()
            .convert::<f32>()
            .try_to_vec()
            .map_err(|e| Error::Argument(format!("the device did not deliver its data: {e:?}")))
    }

    /// The numbers as integers, row by row; floats are cut.
    ///
    /// # Errors
    /// The device could not deliver them, or one is beyond `i32`.
    pub fn to_integers(&self) -> Result<Vec<i32>> {
        let n = self.shape().iter().product();
        let data = self.reshape(&[n])?.int::<1>()?.into_data();
        let beyond = |x: i64| {
            i32::try_from(x).map_err(|_| Error::Argument(format!("{x} is beyond the range of int32")))
        };
        data.iter::<i64>().map(beyond).collect()
    }

    /// Without gradients.
    pub fn inner(&self) -> Result<Raw> {
        if !self.is_float() {
            return Ok(self.clone());
        }
        by_rank!(self.rank(), D => Raw::new(Tensor::<D>::from_dispatch(self.tensor.clone()).inner()))
    }

    /// A leaf of a new gradient tape.
    pub fn tracked(&self) -> Result<Raw> {
        by_rank!(self.rank(), D => Raw::new(Tensor::<D>::from_dispatch(self.tensor.clone()).inner().autodiff().require_grad()))
    }

    /// This leaf's gradient.
    pub fn grad(&self, gradients: &mut burn::tensor::Gradients) -> Result<Option<Raw>> {
        by_rank!(self.rank(), D => Tensor::<D>::from_dispatch(self.tensor.clone()).grad_remove(gradients).map(Raw::new))
    }

    /// The device that holds it.
    pub fn device(&self) -> Result<Device> {
        by_rank!(self.rank(), D => if self.is_float() {
            Tensor::<D>::from_dispatch(self.tensor.clone()).device()
        } else if self.is_bool() {
            Tensor::<D, Bool>::from_dispatch(self.tensor.clone()).device()
        } else {
            Tensor::<D, Int>::from_dispatch(self.tensor.clone()).device()
        })
    }

    fn check_rank(&self, rank: usize) -> Result<()> {
        if self.rank() == rank {
            return Ok(());
        }
        Err(Error::layer(format!("expected a tensor of {rank} axes, found one of shape {:?}", self.shape())))
    }
}

/// The lengths as an array.
pub(crate) fn dims<const D: usize>(shape: &[usize]) -> [usize; D] {
    core::array::from_fn(|i| shape[i])
}

fn check_len(len: usize, shape: &[usize]) -> Result<()> {
    if shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d)) == Some(len) {
        return Ok(());
    }
    Err(Error::Argument(format!("{len} numbers do not fill a tensor of shape {shape:?}")))
}

/// Runs code with the rank as a constant.
macro_rules! by_rank {
    ($rank:expr, $d:ident => $body:expr) => {
        match $rank {
            1 => {
                const $d: usize = 1;
                Ok($body)
            }
            2 => {
                const $d: usize = 2;
                Ok($body)
            }
            3 => {
                const $d: usize = 3;
                Ok($body)
            }
            4 => {
                const $d: usize = 4;
                Ok($body)
            }
            5 => {
                const $d: usize = 5;
                Ok($body)
            }
            6 => {
                const $d: usize = 6;
                Ok($body)
            }
            7 => {
                const $d: usize = 7;
                Ok($body)
            }
            8 => {
                const $d: usize = 8;
                Ok($body)
            }
            rank => Err($crate::Error::Argument(format!("tensors have 1 to 8 axes, not {rank}"))),
        }
    };
}
pub(crate) use by_rank;

/// A tensor on its way through a model, with its mask.
#[derive(Clone, Debug)]
pub struct Value {
    /// The numbers.
    pub data: Raw,
    /// Which time steps count: truth values, `(batch, time)` for a sequence; all of them if there is
    /// none. The rank is that of the data less the features, so `(batch, rows, columns)` exists too.
    pub mask: Option<Raw>,
    /// What it is to the layer that it is given to.
    pub role: Role,
}

impl Value {
    /// A value without a mask.
    pub fn new(data: impl Into<Raw>) -> Self {
        Value { data: data.into(), mask: None, role: Role::Input }
    }

    /// The same value with this mask.
    #[must_use]
    pub fn with_mask(mut self, mask: Option<Raw>) -> Self {
        self.mask = mask;
        self
    }
}

impl<const D: usize> From<Tensor<D>> for Raw {
    fn from(tensor: Tensor<D>) -> Self {
        Raw::new(tensor)
    }
}

impl<const D: usize> From<Tensor<D, Bool>> for Raw {
    fn from(tensor: Tensor<D, Bool>) -> Self {
        Raw::new(tensor)
    }
}

impl<const D: usize> From<Tensor<D, Int>> for Raw {
    fn from(tensor: Tensor<D, Int>) -> Self {
        Raw::new(tensor)
    }
}
