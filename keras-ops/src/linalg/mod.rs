//! Products of vectors, matrices and tensors, and norms.

mod contract;
mod cross;
mod decompose;
mod einsum;
mod inverse;
mod lu;
mod norm;
mod product;
mod solve;
mod tensordot;

pub use cross::{CrossCall, cross, kron};
pub use decompose::{QrMode, eigh, qr, svd};
pub use einsum::einsum;
pub use inverse::{lstsq, matrix_rank, pinv};
pub use lu::lu_factor;
pub use norm::{NormCall, Order, norm};
pub use product::matmul;
pub use solve::*;
pub use tensordot::{ContractedAxes, dot, inner, outer, tensordot, vdot};
