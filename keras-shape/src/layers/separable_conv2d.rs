use super::depthwise::separable_layer;

separable_layer! {
    /// 2D convolution of each channel on its own, then of all channels at each place, `(batch, height, width, channels)` to
    /// `(batch, new_height, new_width, filters)`.
    /// [Keras](https://keras.io/api/layers/convolution_layers/separable_convolution2d/).
    SeparableConv2D, 2, "height and width"
}

facts!(SeparableConv2D {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    linear_in: |_layer| super::depthwise::LINEAR_IN_POINTWISE,
});
