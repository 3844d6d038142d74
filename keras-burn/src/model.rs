//! Models on a device.

use std::sync::Arc;

use burn::tensor::Device;
use keras_core::executor::{Buffer, Prepared, TensorSpec};
use keras_core::model::{AnyModel, ModelGraph};
use keras_ops::{self as ops, DType, Symbolic};

use crate::{Array, Error, Executor};

/// A device of Burn as what runs a model: see [`AnyModel::set_executor`](keras_core::model::AnyModel::set_executor).
///
/// ```
/// use keras_burn::OnDevice;
/// use keras_core::prelude::*;
/// use ndarray::Array2;
///
/// let model = model!(Input(4) => Dense(8, activation = relu) => Dense(2, activation = softmax));
/// let x = Array2::from_shape_fn((3, 4), |(i, j)| (i + j) as f32 / 4.0);
/// let on_cpu = model.predict(&x)?.to_vec()?;
///
/// model.set_executor(Some(OnDevice::new(&burn::tensor::Device::flex())));
/// let on_device = model.predict(&x)?.to_vec()?;
/// assert!(on_cpu.iter().zip(&on_device).all(|(a, b)| (a - b).abs() < 1e-6));
///
/// // Training, too: `fit` makes its steps on the device.
/// let mut model = model.compile(Adam::new(0.01), SparseCategoricalCrossentropy::new(), ());
/// model.fit(&x, &ndarray::arr1(&[0u8, 1, 1])).epochs(2).verbose(0).run()?;
///
/// // And so do all models that say nothing else, from here on.
/// let device = OnDevice::new(&burn::tensor::Device::flex());
/// keras_core::runtime::set_default(keras_core::runtime::Runtime::new().executor(device));
/// assert_eq!(model!(Input(4) => Dense(1)).predict(&x)?.to_vec()?.len(), 3);
/// # Ok::<(), keras_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct OnDevice {
    device: Device,
}

impl OnDevice {
    /// The executor of a device. Models may share it.
    #[allow(clippy::new_ret_no_self, reason = "models take executors that they share")]
    pub fn new(device: &Device) -> Arc<OnDevice> {
        Arc::new(OnDevice { device: device.clone() })
    }

    /// The names of operations that run on the host when a model predicts, or with `training` when it is trained, for inputs
    /// of these lengths: see [`Executor::on_host`].
    ///
    /// ```
    /// use keras_burn::OnDevice;
    /// use keras_core::prelude::*;
    ///
    /// let device = OnDevice::new(&burn::tensor::Device::flex());
    /// let model = model!(Input(4) => Dense(8) => GaussianNoise(0.1) => Dense(2));
    /// assert!(device.on_host(&model, &[&[3, 4]], false)?.is_empty());
    /// assert_eq!(device.on_host(&model, &[&[3, 4]], true)?, ["normal"]);
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Lengths that the model does not take; what a layer finds wrong.
    pub fn on_host(
        &self,
        model: &dyn AnyModel,
        lengths: &[&[usize]],
        training: bool,
    ) -> keras_core::Result<Vec<&'static str>> {
        let graph = ModelGraph::new(model, lengths, training)?;
        let mut outputs: Vec<Symbolic> = graph.computed().into_iter().cloned().collect();
        if training {
            let loss = graph
                .outputs
                .iter()
                .chain(&graph.losses)
                .fold(ops::zeros(()), |sum, y| sum + ops::sum(ops::cast(y, DType::Float32), None));
            let weights: Vec<&Symbolic> = graph.weights.iter().map(|weight| &weight.tensor).collect();
            outputs.extend(ops::gradients(loss, &weights));
        }
        let executor = Executor::new(&graph.given(), &outputs.iter().collect::<Vec<_>>(), &self.device);
        Ok(executor.map_err(wrong)?.on_host().to_vec())
    }
}

fn wrong(e: Error) -> keras_core::Error {
    keras_core::Error::Argument(e.to_string())
}

impl keras_core::executor::Executor for OnDevice {
    fn prepare(&self, inputs: &[&Symbolic], outputs: &[&Symbolic]) -> keras_core::Result<Box<dyn Prepared>> {
        let executor = Executor::new(inputs, outputs, &self.device).map_err(wrong)?;
        Ok(Box::new(executor))
    }

    fn upload(&self, numbers: &[f32], spec: &TensorSpec) -> keras_core::Result<Buffer> {
        Array::from_host(numbers, spec, &self.device).map(Buffer::new).map_err(wrong)
    }

    fn download(&self, buffer: &Buffer, numbers: &mut [f32]) -> keras_core::Result<()> {
        let found = array(buffer)?.to_host().map_err(wrong)?;
        if found.len() != numbers.len() {
            let (found, expected) = (found.len(), numbers.len());
            return Err(keras_core::Error::Argument(format!(
                "a tensor has {found} elements, and not {expected}"
            )));
        }
        numbers.copy_from_slice(&found);
        Ok(())
    }
}

fn array(buffer: &Buffer) -> keras_core::Result<&Array> {
    let other = || keras_core::Error::Argument("the tensor is of another executor".to_string());
    buffer.get::<Array>().ok_or_else(other)
}

impl Prepared for Executor {
    fn run(&self, inputs: &[Buffer]) -> keras_core::Result<Vec<Buffer>> {
        let inputs = inputs.iter().map(|x| array(x).cloned()).collect::<keras_core::Result<Vec<Array>>>()?;
        let outputs = self.run_on_device(&inputs).map_err(wrong)?;
        Ok(outputs.into_iter().map(Buffer::new).collect())
    }
}
