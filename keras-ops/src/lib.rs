//! Operations on symbolic tensors, with the names and meanings of [`keras.ops`](https://keras.io/api/ops/).
//!
//! An operation computes nothing: it adds to a graph. [`gradients`] adds the gradients of what the graph says so far, as
//! more operations. A [`Plan`] is made from a graph once, for the shapes that its tensors have, and runs as often as
//! wanted, without allocating.
//!
//! ```
//! use keras_ops::{self as ops, DType, Plan};
//!
//! // Layer normalisation, and the gradient of the sum of its squares.
//! let x = ops::input([2, 3], DType::Float32);
//! let centred = &x - ops::mean(&x, -1).keepdims(true);
//! let y = &centred * ops::rsqrt(ops::var(&x, -1).keepdims(true) + 1e-3);
//! let dx = ops::gradients(ops::square(&y), &[&x]).remove(0);
//!
//! let mut plan = Plan::new(&[&x], &[&y, &dx])?;
//! plan.run(&[&[1.0, 2.0, 3.0, 4.0, 4.0, 7.0]])?;
//! assert!((plan.output(0)[2] - 1.2238).abs() < 1e-4);
//! # Ok::<(), ops::OpError>(())
//! ```

mod arrays;
mod create;
pub mod custom;
mod dtype;
mod elementwise;
mod error;
mod fft;
pub mod fingerprint;
mod gradient;
pub mod graph;
mod hashed;
pub mod image;
mod linalg;
mod nn;
mod op;
mod operand;
mod order;
mod plan;
pub mod random;
mod reduce;
mod scan;
mod shape;
mod shapes;
mod strided;
mod symbolic;
mod traced;

pub use arrays::*;
pub use create::*;
pub use dtype::DType;
pub use elementwise::*;
pub use error::{OpError, Problem};
pub use fft::*;
pub use gradient::{gradients, vjp};
pub use hashed::{crossed_buckets, hash_buckets, look_up};
pub use linalg::*;
pub use nn::*;
pub use op::Cost;
pub use operand::{Built, Operand};
pub use order::{constants, depends, shared};
pub use plan::{Plan, integers};
pub use reduce::*;
pub use scan::{associative_scan, fori_loop, map, scan, vectorized_map, while_loop};
pub use shape::{Axes, Shape};
pub use shapes::{broadcast_to, expand_dims, reshape, squeeze};
pub use symbolic::Symbolic;
pub use traced::substitute;
