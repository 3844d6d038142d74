use keras_ops as ops;

use super::merge::{extreme, merged};

merged!(Maximum by |terms| extreme(terms, ops::maximum));
