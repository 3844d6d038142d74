use burn::tensor::module;

use crate::tensor_ops::conv::conv_forward;

conv_forward!(Conv2D, 2, 4, module::conv2d);
