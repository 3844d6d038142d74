use burn::tensor::module;

use crate::ops::conv::conv_forward;

conv_forward!(Conv2D, 2, 4, module::conv2d);
