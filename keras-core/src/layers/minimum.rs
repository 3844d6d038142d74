use keras_ops as ops;

use super::merge::{extreme, merged};

merged!(Minimum by |terms| extreme(terms, ops::minimum));
