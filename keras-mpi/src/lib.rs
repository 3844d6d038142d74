//! Training on several machines, or on several processes of one, by [MPI](https://www.mpi-forum.org): data parallelism in the
//! words of [`keras.distribution`](https://keras.io/api/distribution/).
//!
//! ```no_run
//! use keras_core::prelude::*;
//! use keras_mpi::distribution::{self, DataParallel};
//! use ndarray::Array2;
//!
//! fn main() -> keras_core::Result<()> {
//!     let _processes = distribution::initialize()?;
//!     distribution::set_distribution(DataParallel::new());
//!
//!     let (x, y) = (Array2::<f32>::zeros((1024, 8)), Array2::<f32>::ones((1024, 1)));
//!     let mut model = model!(Input(8) => Dense(64, activation = relu) => Dense(1)).compile("adam", MeanSquaredError::new(), ());
//!     model.fit(&x, &y).epochs(10).batch_size(256).run()?;
//!     Ok(())
//! }
//! ```
//!
//! `mpirun -n 4 ./train` trains in four processes, and `srun -n 4 ./train` where a cluster has Slurm. Started alone the same
//! program trains alone, with the same numbers.
//!
//! What `fit`, `evaluate` and `predict` do then is told at [`keras_core::distribution`]. The crate is a workspace of its own: it
//! needs an MPI with its headers and libclang to build.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

mod collective;
pub mod distribution;
mod parcels;
mod watch;
