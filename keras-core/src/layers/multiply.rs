use keras_ops as ops;

use super::merge::{Term, any, folded, merged};
use crate::engine::kernels::{self, Pairwise};

merged!(
    // Masked elements count as 1, and as 0 where no tensor has one that counts.
    Multiply by |terms| {
        let any = any(&terms);
        let one = |Term { x, mask }: Term| match mask {
            Some(mask) => Term { x: ops::where_(mask, &x, ops::cast(1.0, x.dtype())), mask: None },
            None => Term { x, mask },
        };
        let y = folded(terms.into_iter().map(one).collect(), |a, b| a * b);
        match any {
            Some(any) => ops::where_(any, &y, ops::cast(0.0, y.dtype())),
            None => y,
        }
    },
    run by |_, site| kernels::merge::choose(Pairwise::Multiply, site)
);
