use super::merge::{folded, merged};

merged!(Average by |terms| {
    let n = terms.len() as f64;
    folded(terms, |a, b| a + b) / n
});
