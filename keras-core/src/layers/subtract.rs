use super::merge::{folded, merged};
use crate::engine::kernels::{self, Pairwise};

merged!(
    Subtract by |terms| folded(terms, |a, b| a - b),
    run by |_, site| kernels::merge::choose(Pairwise::Subtract, site)
);
