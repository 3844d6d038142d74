use keras_shape::layers::Reshape;
use keras_shape::{Extent, Size};

use super::Forward;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::Value;
use crate::{Error, Result};

impl Forward for Reshape {
    fn call(&self, _: &[Weight], inputs: &[Value], _: &mut Context) -> Result<Vec<Value>> {
        let x = &inputs[0].data;
        let from = x.shape();
        let have: usize = from.iter().skip(1).product();
        let known: usize = self.target_shape.0.iter().map(|entry| length(entry).unwrap_or(1)).product();
        let open = self.target_shape.0.iter().any(|entry| length(entry).is_none());
        if known == 0 || !have.is_multiple_of(known) || (!open && have != known) {
            let entries: Vec<String> = self
                .target_shape
                .0
                .iter()
                .map(|e| length(e).map_or("-1".into(), |n| n.to_string()))
                .collect();
            let target = entries.join(", ");
            return Err(Error::layer(format!(
                "{have} numbers of {from:?} without the batch do not fill ({target})"
            )));
        }
        let lengths = self.target_shape.0.iter().map(|entry| length(entry).unwrap_or(have / known));
        let shape: Vec<usize> = core::iter::once(from[0]).chain(lengths).collect();
        Ok(vec![Value::new(x.reshape(&shape)?)])
    }
}

/// The length that an entry says; none for `-1` and `None`.
fn length(entry: &Extent) -> Option<usize> {
    match entry {
        Extent::Size(Size::Known(n)) => Some(*n),
        _ => None,
    }
}
