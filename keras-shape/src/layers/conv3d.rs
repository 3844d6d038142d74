use super::conv::conv_layer;
use crate::TensorSpec;
use crate::cost::{MultiplyAdds, along, kernels};

conv_layer! {
    /// 3D convolution, `(batch, depth, height, width, channels)` to
    /// `(batch, new_depth, new_height, new_width, filters)`.
    /// [Keras](https://keras.io/api/layers/convolution_layers/convolution3d/).
    Conv3D, 3, "depth, height and width"
}

impl Conv3D {
    /// The multiply-adds of one sample.
    pub(crate) fn multiply_adds(&self, inputs: &[TensorSpec]) -> MultiplyAdds {
        // The kernel at each place that it takes, which is that of an output.
        let Ok(outputs) = self.output(inputs) else { return MultiplyAdds::unknown() };
        let first = super::steps_axis(self.data_format);
        along(kernels(self.weights(inputs), 1), &outputs.get(0).shape, first..first + 3)
    }
}
