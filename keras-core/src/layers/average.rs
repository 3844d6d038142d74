use super::merge::{folded, merged};
use crate::engine::kernels::{self, Pairwise};

merged!(
    Average by |terms| {
        let n = terms.len() as f64;
        folded(terms, |a, b| a + b) / n
    },
    run by |_, site| kernels::merge::choose(Pairwise::Average, site)
);
