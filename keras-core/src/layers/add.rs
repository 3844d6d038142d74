use super::merge::{folded, merged};
use crate::engine::kernels::{self, Pairwise};

merged!(
    Add by |terms| folded(terms, |a, b| a + b),
    run by |_, site| kernels::merge::choose(Pairwise::Add, site),
    linked by |_, site| kernels::merge::sum(site)
);
