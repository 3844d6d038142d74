//! The operations where a CPU needs more than general tensor code: plain functions, slices in, slices out.
//!
//! Every matrix, image and sequence is row-major, the last axis contiguous. Nothing here knows any
//! tensor library. Each operation picks the instruction set when it runs ([`simd`]), splits the batch over threads
//! where that pays ([`threads`]) and takes its temporary memory from a pool that keeps it ([`scratch`]), so that a
//! training loop allocates nothing once it has run a first step.
//!
//! Shapes are given as numbers beside the slices. A slice whose length does not fit the shape is a bug of the
//! caller and panics.

pub mod activation;
mod after;
pub mod aligned;
pub mod attention;
pub mod conv;
pub mod conv3d;
pub mod conv_dense;
pub mod conv_norm;
pub mod conv_pool;
pub mod convolved;
pub mod dense;
pub mod depthwise;
pub mod dot;
pub mod embedding;
pub mod gemm;
pub mod half;
pub mod join;
mod lanes;
pub mod late;
pub mod math;
mod moments;
pub mod norm;
pub mod optim;
pub mod pool;
pub mod product;
pub mod rare;
pub mod recurrent;
pub mod repeat;
pub mod resize;
pub mod room;
mod row;
pub mod scratch;
pub mod simd;
pub mod softmax;
pub mod sum;
pub mod threads;
pub mod tile;
mod vector;

#[cfg(test)]
#[path = "../tests/common/numbers.rs"]
mod numbers;
