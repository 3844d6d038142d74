use keras_ops as ops;

use super::merge::{extreme, merged};
use crate::engine::kernels::{self, Pairwise};

merged!(
    Maximum by |terms| extreme(terms, ops::maximum),
    run by |_, site| kernels::merge::choose(Pairwise::Maximum, site)
);
