use burn::tensor::module;
use burn::tensor::ops::MaxPoolOptions;

use crate::tensor_ops::pool::pool_forward;

pool_forward!(MaxPooling1D, 3, |x, size, stride, sides| {
    module::max_pool1d(x, MaxPoolOptions::new(size).with_stride(stride).with_padding_pairs(sides))
});
