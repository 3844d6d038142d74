use super::merge::{folded, merged};

merged!(Subtract by |terms| folded(terms, |a, b| a - b));
