use super::depthwise::depthwise_layer;

depthwise_layer! {
    /// 2D convolution of each channel on its own, `(batch, height, width, channels)` to
    /// `(batch, new_height, new_width, channels * depth_multiplier)`.
    /// [Keras](https://keras.io/api/layers/convolution_layers/depthwise_convolution2d/).
    DepthwiseConv2D, 2, "height and width"
}

facts!(DepthwiseConv2D {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    linear_in: |_layer| crate::facts::LINEAR_IN_KERNEL,
});
