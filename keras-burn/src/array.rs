//! Tensors on a device, of any rank and type.

use burn::backend::ops::*;
use burn::backend::{Dispatch, DispatchDevice, DispatchTensor, TensorMetadata, get_or_init_device_settings};
use burn::tensor::kind::Basic;
use burn::tensor::{Bool, Device, Int, IntDType, Shape as BurnShape, Tensor, TensorData};
use keras_ops::graph::TensorSpec;
use keras_ops::{DType, Shape};

use crate::Error;

/// A tensor on a device of Burn: floats, integers of 32 bits or truth values. Copies are cheap.
///
/// Burn has no tensors without axes: such a one is there of shape `[1]`.
#[derive(Clone, Debug)]
pub struct Array {
    tensor: DispatchTensor,
    spec: TensorSpec,
}

/// The shape that a tensor has on a device.
pub(crate) fn on_device(shape: &Shape) -> BurnShape {
    if shape.rank() == 0 { BurnShape::from(vec![1]) } else { BurnShape::from(shape.to_vec()) }
}

impl Array {
    /// Of a tensor that has this shape and type.
    pub(crate) fn of(tensor: DispatchTensor, spec: &TensorSpec) -> Array {
        debug_assert_eq!(tensor.shape(), on_device(&spec.shape));
        let tensor = match spec.dtype {
            // Some operations of Burn leave truth values as bytes.
            DType::Bool if !tensor.dtype().is_bool() => {
                let store = get_or_init_device_settings::<Dispatch>(&tensor.device()).bool_dtype;
                let integers = Dispatch::bool_into_int(tensor, IntDType::I32);
                Dispatch::int_not_equal_elem(integers, 0.into(), store)
            }
            _ => tensor,
        };
        Array { tensor, spec: spec.clone() }
    }

    /// Copies numbers to a device. They are as a [`Plan`](keras_ops::Plan) takes them: truth values 1 and 0, integers by
    /// their bits.
    ///
    /// # Errors
    /// There are not as many as the shape says.
    pub fn from_host(numbers: &[f32], spec: &TensorSpec, device: &Device) -> Result<Array, Error> {
        let (size, shape) = (spec.shape.size(), on_device(&spec.shape));
        if numbers.len() != size {
            let (shape, found) = (&spec.shape, numbers.len());
            return Err(Error::argument(format!(
                "a tensor of shape {shape} has {size} elements, not {found}"
            )));
        }
        let device: &DispatchDevice = device.as_dispatch();
        let tensor = match spec.dtype {
            DType::Float32 => Dispatch::float_from_data(TensorData::new(numbers.to_vec(), shape), device),
            DType::Int32 => {
                let integers = numbers.iter().map(|x| x.to_bits() as i32).collect::<Vec<i32>>();
                Dispatch::int_from_data(TensorData::new(integers, shape), device)
            }
            DType::Bool => {
                let truth = numbers.iter().map(|x| *x != 0.0).collect::<Vec<bool>>();
                Dispatch::bool_from_data(TensorData::new(truth, shape), device)
            }
        };
        Ok(Array { tensor, spec: spec.clone() })
    }

    /// Copies the numbers from the device, in the form that [`from_host`](Self::from_host) takes.
    ///
    /// # Errors
    /// The device does not deliver them.
    pub fn to_host(&self) -> Result<Vec<f32>, Error> {
        let (size, tensor) = (BurnShape::from(vec![self.spec.shape.size()]), self.tensor.clone());
        let undelivered =
            |e: &dyn core::fmt::Debug| Error::Device(format!("it did not deliver its numbers: {e:?}"));
        Ok(match self.spec.dtype {
            DType::Float32 => {
                let data = Tensor::<1>::from_dispatch(Dispatch::float_reshape(tensor, size)).try_into_data();
                let data = data.map_err(|e| undelivered(&e))?;
                data.convert::<f32>().try_to_vec().map_err(|e| undelivered(&e))?
            }
            DType::Int32 => {
                let data =
                    Tensor::<1, Int>::from_dispatch(Dispatch::int_reshape(tensor, size)).try_into_data();
                let data = data.map_err(|e| undelivered(&e))?;
                data.iter::<i64>().map(|x| f32::from_bits(x as i32 as u32)).collect()
            }
            DType::Bool => {
                let data =
                    Tensor::<1, Bool>::from_dispatch(Dispatch::bool_reshape(tensor, size)).try_into_data();
                let data = data.map_err(|e| undelivered(&e))?;
                data.iter::<bool>().map(|x| f32::from(u8::from(x))).collect()
            }
        })
    }

    /// Shape and type.
    pub fn spec(&self) -> &TensorSpec {
        &self.spec
    }

    /// The shape.
    pub fn shape(&self) -> &Shape {
        &self.spec.shape
    }

    /// The type of the elements.
    pub fn dtype(&self) -> DType {
        self.spec.dtype
    }

    /// Burn's own form of it.
    pub(crate) fn tensor(&self) -> DispatchTensor {
        self.tensor.clone()
    }

    fn checked<const D: usize, K: Basic>(&self, dtype: DType) -> Result<Tensor<D, K>, Error> {
        let found = self.spec.shape.rank().max(1);
        if found != D || self.spec.dtype != dtype {
            let TensorSpec { shape, dtype: found } = &self.spec;
            return Err(Error::argument(format!(
                "a tensor of {D} axes of {dtype} is asked for; it is {found} {shape}"
            )));
        }
        Ok(Tensor::from_dispatch(self.tensor.clone()))
    }

    /// As a tensor of Burn, of floats and `D` axes.
    ///
    /// # Errors
    /// It has another number of axes or another type.
    pub fn float<const D: usize>(&self) -> Result<Tensor<D>, Error> {
        self.checked(DType::Float32)
    }

    /// As a tensor of Burn, of integers and `D` axes.
    ///
    /// # Errors
    /// It has another number of axes or another type.
    pub fn int<const D: usize>(&self) -> Result<Tensor<D, Int>, Error> {
        self.checked(DType::Int32)
    }

    /// As a tensor of Burn, of truth values and `D` axes.
    ///
    /// # Errors
    /// It has another number of axes or another type.
    pub fn bool<const D: usize>(&self) -> Result<Tensor<D, Bool>, Error> {
        self.checked(DType::Bool)
    }

    fn own(tensor: DispatchTensor, dtype: DType) -> Array {
        let shape: Shape = tensor.shape().to_vec().into();
        Array { tensor, spec: TensorSpec::new(shape, dtype) }
    }

    /// The same as a tensor of no axes, if that is what is wanted of one of shape `[1]`.
    pub(crate) fn fitted(mut self, to: &TensorSpec) -> Array {
        if self.spec.shape[..] == [1] && to.shape.rank() == 0 {
            self.spec.shape = Shape::EMPTY;
        }
        self
    }
}

impl<const D: usize> From<Tensor<D>> for Array {
    fn from(tensor: Tensor<D>) -> Array {
        Array::own(tensor.into_dispatch(), DType::Float32)
    }
}

impl<const D: usize> From<Tensor<D, Int>> for Array {
    fn from(tensor: Tensor<D, Int>) -> Array {
        Array::own(tensor.cast(burn::tensor::IntDType::I32).into_dispatch(), DType::Int32)
    }
}

impl<const D: usize> From<Tensor<D, Bool>> for Array {
    fn from(tensor: Tensor<D, Bool>) -> Array {
        Array::own(tensor.into_dispatch(), DType::Bool)
    }
}
