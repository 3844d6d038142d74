use keras_ops::Symbolic;
use keras_shape::layers::CategoryEncoding;

use super::Operations;
use super::categories::encode;
use crate::Result;
use crate::model::Trace;

impl Operations for CategoryEncoding {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let depth = self.num_tokens.map_or(1, |size| size.or(1));
        Ok(vec![encode(&inputs[0], self.output_mode, depth)])
    }
}
