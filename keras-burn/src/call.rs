//! Own code in tensors of Burn, as an operation.

use core::fmt;
use std::sync::Arc;

use burn::tensor::{Device, Tensor};
use keras_ops::custom::{CustomOp, View, custom};
use keras_ops::graph::TensorSpec;
use keras_ops::{DType, Shape, Symbolic};

use crate::{Array, Error};

/// A function of tensors on a device.
type Function = dyn Fn(&[Array]) -> Result<Array, Error> + Send + Sync;

/// A function in tensors of Burn.
#[derive(Clone)]
pub(crate) struct BurnOp {
    f: Arc<Function>,
    to: TensorSpec,
    /// Whether it is the gradient of the function: operands are those of the function and the gradient of its result,
    /// results are the gradients of its operands of floats.
    gradient: bool,
}

impl fmt::Debug for BurnOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BurnOp")
            .field("to", &self.to)
            .field("gradient", &self.gradient)
            .finish_non_exhaustive()
    }
}

/// Runs code with a number of axes as a constant.
macro_rules! by_rank {
    ($rank:expr, $d:ident => $body:expr) => {
        match $rank {
            0 | 1 => {
                const $d: usize = 1;
                $body
            }
            2 => {
                const $d: usize = 2;
                $body
            }
            3 => {
                const $d: usize = 3;
                $body
            }
            4 => {
                const $d: usize = 4;
                $body
            }
            5 => {
                const $d: usize = 5;
                $body
            }
            6 => {
                const $d: usize = 6;
                $body
            }
            7 => {
                const $d: usize = 7;
                $body
            }
            8 => {
                const $d: usize = 8;
                $body
            }
            rank => Err(Error::argument(format!("own code takes tensors of up to 8 axes, not {rank}"))),
        }
    };
}

impl BurnOp {
    /// The results.
    pub fn run(&self, x: &[Array]) -> Result<Vec<Array>, Error> {
        if self.gradient { self.gradients(x) } else { Ok(vec![self.result(x)?]) }
    }

    fn result(&self, x: &[Array]) -> Result<Array, Error> {
        let y = (self.f)(x)?.fitted(&self.to);
        if y.spec() == &self.to {
            return Ok(y);
        }
        let [found, expected] = [y.spec(), &self.to].map(|x| format!("{} {}", x.dtype, x.shape));
        Err(Error::argument(format!("the code gave {found}, and was to give {expected}")))
    }

    fn gradients(&self, x: &[Array]) -> Result<Vec<Array>, Error> {
        let (dy, x) = match x.split_last() {
            Some(both) => both,
            None => return Ok(Vec::new()),
        };
        let leaf = |x: &Array| -> Result<Array, Error> {
            if x.dtype() != DType::Float32 {
                return Ok(x.clone());
            }
            let spec = x.spec();
            by_rank!(x.shape().rank(), D => {
                let leaf = x.float::<D>()?.autodiff().require_grad();
                Ok(Array::of(leaf.into_dispatch(), spec))
            })
        };
        let leaves = x.iter().map(leaf).collect::<Result<Vec<Array>, Error>>()?;
        let y = self.result(&leaves)?;
        let mut found = by_rank!(y.shape().rank(), D => {
            let y = y.float::<D>()?;
            // What does not follow from the operands has no gradient.
            Ok(y.is_tracked().then(|| dy.float::<D>().map(|dy| (y * dy.autodiff()).sum().backward())).transpose()?)
        })?;
        let floats = leaves.iter().filter(|x| x.dtype() == DType::Float32);
        let of = |x: &Array| -> Result<Array, Error> {
            by_rank!(x.shape().rank(), D => {
                let leaf: Tensor<D> = x.float()?;
                let own = found.as_mut().and_then(|found| leaf.grad_remove(found));
                let dx = own.unwrap_or_else(|| leaf.inner().zeros_like());
                Ok(Array::of(dx.into_dispatch(), x.spec()))
            })
        };
        floats.map(of).collect()
    }

    /// On the CPU.
    fn on_host(&self, inputs: &[View<'_>], outputs: &mut [&mut [f32]]) -> Result<(), Error> {
        let device = cpu()?;
        let x = inputs.iter().map(|x| Array::from_host(x.data, x.spec, &device));
        let x = x.collect::<Result<Vec<Array>, Error>>()?;
        for (y, to) in self.run(&x)?.iter().zip(outputs) {
            to.copy_from_slice(&y.to_host()?);
        }
        Ok(())
    }
}

/// Burn's CPU backend.
fn cpu() -> Result<Device, Error> {
    #[cfg(feature = "flex")]
    return Ok(Device::flex());
    #[cfg(not(feature = "flex"))]
    Err(Error::argument(
        "a plan on the CPU runs code in tensors of Burn by its CPU backend: turn the feature `flex` on"
            .to_string(),
    ))
}

impl CustomOp for BurnOp {
    fn name(&self) -> &'static str {
        "burn"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<Vec<TensorSpec>, String> {
        if let Some(x) = inputs.iter().chain([&&self.to]).find(|x| x.shape.rank() > 8) {
            return Err(format!("own code takes and gives tensors of up to 8 axes, not {}", x.shape));
        }
        if !self.gradient {
            return Ok(vec![self.to.clone()]);
        }
        let own = &inputs[..inputs.len().saturating_sub(1)];
        Ok(own.iter().filter(|x| x.dtype.is_float()).map(|x| (*x).clone()).collect())
    }

    fn compute(&self, inputs: &[View<'_>], outputs: &mut [&mut [f32]]) -> Result<(), String> {
        self.on_host(inputs, outputs).map_err(|e| e.to_string())
    }

    fn gradient(&self, x: &[Symbolic], _: &[Symbolic], dy: &[Option<Symbolic>]) -> Vec<Option<Symbolic>> {
        if self.gradient {
            let text = "code in tensors of Burn has a gradient, but not the gradient of that".to_string();
            return x.iter().map(|_| Some(Symbolic::invalid("burn", text.clone()))).collect();
        }
        let Some(Some(dy)) = dy.first().filter(|_| self.to.dtype.is_float()) else {
            return vec![None; x.len()];
        };
        let inputs: Vec<&Symbolic> = x.iter().chain([dy]).collect();
        let floats = x.iter().filter(|x| x.dtype().is_float()).count();
        if floats == 0 {
            return vec![None; x.len()];
        }
        let found = custom(BurnOp { gradient: true, ..self.clone() }, &inputs);
        let mut found = found.into_iter();
        x.iter().map(|x| x.dtype().is_float().then(|| found.next()).flatten()).collect()
    }
}

/// Code in tensors of Burn as an operation: a function of tensors that gives one of this shape and type.
///
/// An [`Executor`](crate::Executor) runs it on its device, where the tensors are; a plan on the CPU runs it by Burn's CPU
/// backend, from copies. Its gradient is computed by Burn's autodiff; the gradient of that does not exist.
///
/// ```
/// use burn::tensor::activation::gelu;
/// use keras_burn::{Executor, call};
/// use keras_ops::{self as ops, DType};
///
/// let x = ops::input([2, 3], DType::Float32);
/// let y = call(&[&x], [2, 3], DType::Float32, |x| Ok(gelu(x[0].float::<2>()?).into()));
/// let dx = ops::gradients(&y, &[&x]).remove(0);
///
/// let executor = Executor::new(&[&x], &[&y, &dx], &burn::tensor::Device::flex())?;
/// let results = executor.run(&[&[0.0, 1.0, -1.0, 2.0, -2.0, 30.0]])?;
/// assert_eq!((results[0][5], results[1][0], results[1][5]), (30.0, 0.5, 1.0));
/// # Ok::<(), keras_burn::Error>(())
/// ```
///
/// The code is tried once on zeros when it is called: what it gives of another shape or type is a mistake of the tensor that
/// is returned. What it fails with in a run is the error of the run.
#[track_caller]
pub fn call(
    inputs: &[&Symbolic],
    shape: impl Into<Shape>,
    dtype: DType,
    f: impl Fn(&[Array]) -> Result<Array, Error> + Send + Sync + 'static,
) -> Symbolic {
    let op = BurnOp { f: Arc::new(f), to: TensorSpec::new(shape, dtype), gradient: false };
    if let Some(mistake) = inputs.iter().find(|x| (**x).clone().check().is_err()) {
        return (*mistake).clone();
    }
    if let Err(e) = tried(&op, inputs) {
        return Symbolic::invalid("burn", e.to_string());
    }
    custom(op, inputs).swap_remove(0)
}

/// Runs code once on zeros.
fn tried(op: &BurnOp, inputs: &[&Symbolic]) -> Result<(), Error> {
    let all = inputs.iter().map(|x| x.shape()).chain([&op.to.shape]);
    // Burn's devices do not agree on tensors without elements, nor are such worth the time.
    if cfg!(not(feature = "flex")) || all.clone().any(|shape| shape.size() == 0 || shape.rank() > 8) {
        return Ok(());
    }
    let device = cpu()?;
    let zero = |x: &&Symbolic| {
        let spec = TensorSpec::new(x.shape(), x.dtype());
        Array::from_host(&vec![0.0; x.shape().size()], &spec, &device)
    };
    let x = inputs.iter().map(zero).collect::<Result<Vec<Array>, Error>>()?;
    op.result(&x).map(|_| ())
}
