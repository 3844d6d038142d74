use burn::tensor::module;
use burn::tensor::ops::MaxPoolOptions;

use crate::tensor_ops::pool::pool_forward;

pool_forward!(MaxPooling2D, 4, |x, size, stride, sides| {
    module::max_pool2d(x, MaxPoolOptions::new(size).with_stride(stride).with_padding_pairs(sides))
});
