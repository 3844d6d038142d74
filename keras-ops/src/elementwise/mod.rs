//! The same function of every element, with NumPy's broadcasting.

mod binary;
pub(crate) mod bits;
mod composed;
mod integer;
mod operators;
mod representation;
mod select;
mod slopes;
mod special;
mod unary;

use core::hash::{Hash, Hasher};

use keras_kernels::tile;

pub use binary::*;
pub use bits::{
    bitwise_and, bitwise_invert, bitwise_left_shift, bitwise_not, bitwise_or, bitwise_right_shift,
    bitwise_xor, gcd, lcm, left_shift, right_shift,
};
pub use composed::*;
pub use representation::{nextafter, view};
pub use select::{clip, where_};
pub use special::{angle, erfc, i0};
pub use unary::*;

pub(crate) use composed::floats;
pub(crate) use integer::{IntegerBinary, IntegerUnary};
pub(crate) use unary::cast_to;

/// A function that a chain computes, from numbers and truth values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Elementwise {
    Unary(tile::Unary),
    Binary(tile::Binary),
    Where,
}

impl Eq for Elementwise {}

impl Hash for Elementwise {
    fn hash<H: Hasher>(&self, state: &mut H) {
        core::mem::discriminant(self).hash(state);
        match self {
            Elementwise::Binary(f) => f.hash(state),
            Elementwise::Unary(f) => {
                core::mem::discriminant(f).hash(state);
                // Activations have arguments, which are no keys; their kinds are few.
                if let tile::Unary::Activation(act) | tile::Unary::Slope(act) = f {
                    core::mem::discriminant(act).hash(state);
                }
            }
            Elementwise::Where => {}
        }
    }
}
