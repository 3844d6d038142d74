use crate::tensor_ops::pool::global_pool_forward;

global_pool_forward!(GlobalAveragePooling2D, |x, _, _| Ok(x.mean_dim(1)));
