use burn::tensor::module;

use crate::tensor_ops::conv::conv_forward;

conv_forward!(Conv1D, 1, 3, module::conv1d);
