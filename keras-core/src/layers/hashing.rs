use keras_ops::{self as ops, Symbolic};
use keras_shape::Token;
use keras_shape::layers::Hashing;

use super::Operations;
use super::categories::{encode, key};
use crate::Result;
use crate::model::Trace;

impl Operations for Hashing {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = ops::cast(&inputs[0], ops::DType::Int32);
        let (bins, key) = (self.num_bins.or(1), key(self.salt));
        let numbers = match self.mask_value {
            // Bucket 0 is kept for it.
            Some(mask) if bins > 1 => {
                let others = ops::hash_buckets(&x, bins - 1, key) + 1;
                match mask {
                    Token::Integer(mask) if i32::try_from(mask).is_ok() => {
                        ops::where_(ops::equal(x, mask as i32), 0, others)
                    }
                    _ => others,
                }
            }
            _ => ops::hash_buckets(x, bins, key),
        };
        Ok(vec![encode(numbers, self.output_mode, bins)])
    }
}
