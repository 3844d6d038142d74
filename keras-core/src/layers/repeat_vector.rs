//STUB
use keras_shape::layers::RepeatVector;
use super::Forward;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::Value;
use crate::{Error, Result};
impl Forward for RepeatVector {
    fn call(&self, _: &[Weight], _: &[Value], _: &mut Context) -> Result<Vec<Value>> { Err(Error::layer("stub")) }
}
