use super::merge::{folded, merged};

merged!(Add by |terms| folded(terms, |a, b| a + b));
