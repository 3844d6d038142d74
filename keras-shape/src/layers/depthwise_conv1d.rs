use super::depthwise::depthwise_layer;

depthwise_layer! {
    /// 1D convolution of each channel on its own, `(batch, steps, channels)` to
    /// `(batch, new_steps, channels * depth_multiplier)`.
    /// [Keras](https://keras.io/api/layers/convolution_layers/depthwise_convolution1d/).
    DepthwiseConv1D, 1, "steps"
}

facts!(DepthwiseConv1D {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    linear_in: |_layer| crate::facts::LINEAR_IN_KERNEL,
});
