//STUB
use keras_shape::layers::MaxPooling2D;
use super::Forward;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::Value;
use crate::{Error, Result};
impl Forward for MaxPooling2D {
    fn call(&self, _: &[Weight], _: &[Value], _: &mut Context) -> Result<Vec<Value>> { Err(Error::layer("stub")) }
}
