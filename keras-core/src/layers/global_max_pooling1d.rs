use crate::tensor_ops::extremes::largest;
use crate::tensor_ops::pool::global_pool_forward;

global_pool_forward!(GlobalMaxPooling1D, |x, _, records| Ok(largest(x, 1, records)));
