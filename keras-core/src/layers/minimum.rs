use keras_ops as ops;

use super::merge::{extreme, merged};
use crate::engine::kernels::{self, Pairwise};

merged!(
    Minimum by |terms| extreme(terms, ops::minimum),
    run by |_, site| kernels::merge::choose(Pairwise::Minimum, site)
);
