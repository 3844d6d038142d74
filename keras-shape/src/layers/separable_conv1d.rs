use super::depthwise::separable_layer;

separable_layer! {
    /// 1D convolution of each channel on its own, then of all channels at each place, `(batch, steps, channels)` to
    /// `(batch, new_steps, filters)`.
    /// [Keras](https://keras.io/api/layers/convolution_layers/separable_convolution1d/).
    SeparableConv1D, 1, "steps"
}

facts!(SeparableConv1D {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    linear_in: |_layer| super::depthwise::LINEAR_IN_POINTWISE,
});
