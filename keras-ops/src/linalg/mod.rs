//! Products of vectors, matrices and tensors, and norms.

mod contract;
mod cross;
mod decompose;
mod einsum;
mod norm;
mod product;
mod solve;
mod tensordot;

pub use cross::{CrossCall, cross, kron};
pub use decompose::{eigh, lstsq, matrix_rank, pinv, qr, svd};
pub use einsum::einsum;
pub use norm::{NormCall, Order, norm};
pub use product::matmul;
pub use solve::*;
pub use tensordot::{ContractedAxes, dot, inner, outer, tensordot, vdot};
