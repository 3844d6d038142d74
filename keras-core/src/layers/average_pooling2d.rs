use burn::tensor::module;
use burn::tensor::ops::AvgPoolOptions;

use crate::tensor_ops::pool::pool_forward;

// With `same` padding, only real numbers count.
pool_forward!(AveragePooling2D, 4, |x, size, stride, sides| {
    let options = AvgPoolOptions::new(size).with_stride(stride).with_padding_pairs(sides);
    module::avg_pool2d(x, options.with_count_include_pad(false))
});
