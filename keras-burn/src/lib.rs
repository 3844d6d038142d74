//! Keras models and graphs of operations on the devices of [Burn](https://burn.dev).
//!
//! `keras-core` runs models by plans on the CPU. This crate runs the same graphs of operations in Burn's tensors, so on
//! whatever device Burn has: which it is says the caller, and a feature of the crate of the device's name (`wgpu`, `vulkan`,
//! `metal`, `cuda`, `rocm`; `flex`, the CPU, is on by default) builds it. Nothing moves to a device that is not asked to.
//!
//! - [`Executor`] runs a graph of `keras_ops`, gradients included: those are operations like all others.
//! - [`OnDevice`] runs models: `predict`, `evaluate`, `fit` and gradients of a model that is given one run there.
//! - [`call`] makes code in tensors of Burn an operation, for own layers, losses and whatever is traced.
//!
//! ```
//! use keras_burn::Executor;
//! use keras_ops::{self as ops, DType};
//!
//! let (x, w) = (ops::input([2, 3], DType::Float32), ops::input([3, 1], DType::Float32));
//! let loss = ops::sum(ops::square(ops::tanh(ops::matmul(&x, &w))), None).build();
//! let dw = ops::gradients(&loss, &[&w]).remove(0);
//!
//! let device = burn::tensor::Device::flex();
//! let executor = Executor::new(&[&x, &w], &[&loss, &dw], &device)?;
//! let results = executor.run(&[&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0], &[0.0, 1.0, 2.0]])?;
//! assert!((results[0][0] - 1f32.tanh().powi(2)).abs() < 1e-6);
//! assert!(executor.on_host().is_empty());
//! # Ok::<(), keras_burn::Error>(())
//! ```

mod array;
mod call;
mod error;
mod executor;
mod model;
mod ops;

pub use array::Array;
pub use call::call;
pub use error::Error;
pub use executor::Executor;
pub use model::OnDevice;
